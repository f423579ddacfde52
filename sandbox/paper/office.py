"""What an office does to a form before it is scanned: punches it, and stamps the day it came.

Holes, in millimetres: ISO 838 has two of 6 mm, 80 apart, their middles 12 from the edge, evenly
about its middle; files of four rings have two more, 80 farther on each side; North American
binders have three, 4 ¼ inches apart. The office, the stamp and the day are invented.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from greffier.words import Box
from sandbox.paper.fonts import font_path
from sandbox.paper.ink import MM, Mask, Page, stamp

Holes = Literal["left-2", "left-3", "left-4", "top-2"]

#: Where holes are along the edge, from its middle, in mm.
_ALONG: dict[Holes, tuple[float, ...]] = {
    "left-2": (-40, 40),
    "left-3": (-107.95, 0, 107.95),
    "left-4": (-120, -40, 40, 120),
    "top-2": (-40, 40),
}
_FROM_EDGE, _ACROSS = 12.0, 6.0
#: Rubber leaves some of its ink out, in spots of so many pixels.
_WORN, _SPOT = 0.12, 2.5


@dataclass(frozen=True)
class Handled:
    """What happened to the first page of one form.

    ``lid`` is the grey seen through a hole, ``inward`` by how many millimetres the sheet was pushed
    too far into the punch, ``along`` by how many it was off its middle. ``stamped`` names the zones
    that a received stamp lies across, ``ink`` is its grey.
    """

    seed: int
    holes: Holes | None = None
    lid: int = 0
    inward: float = 0.0
    along: float = 0.0
    stamped: tuple[str, ...] = ()
    ink: int = 40


def punch(page: Page, handled: Handled) -> None:
    """Holes where ``handled`` has them; none when it has none."""
    if handled.holes is None:
        return
    height, width = page.shape
    deep = (_FROM_EDGE + handled.inward) * MM
    for along in _ALONG[handled.holes]:
        off = (along + handled.along) * MM
        centre = (width / 2 + off, deep) if handled.holes == "top-2" else (deep, height / 2 + off)
        x, y = (round(16 * at) for at in centre)
        cv2.circle(page, (x, y), round(16 * _ACROSS / 2 * MM), handled.lid, -1, cv2.LINE_AA, 4)


def receive(page: Page, zone: Box, handled: Handled, number: int = 0) -> None:
    """A received stamp across ``zone``, at an angle of its own; the ``number`` th of the page."""
    rng = random.Random(f"{handled.seed}/{number}")
    mask = _worn(_turned(_rubber(rng), rng.choice((-1, 1)) * rng.uniform(1.5, 9)), rng)
    high, wide = mask.shape
    x = zone.x0 + round(rng.uniform(-0.1, 0.4) * max(zone.width - wide, 0.3 * zone.width))
    y = (zone.y0 + zone.y1) // 2 - round(high * rng.uniform(0.3, 0.7))
    stamp(page, mask, x, y, handled.ink)


def _rubber(rng: random.Random) -> Mask:
    """The stamp as it was cut: a frame, a word, an office and a day."""
    wide, high = round(rng.uniform(42, 62) * MM), round(rng.uniform(17, 26) * MM)
    image = Image.new("L", (wide, high), 0)
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, wide - 5, high - 5), outline=255, width=rng.randrange(4, 10))
    if rng.random() < 0.4:
        draw.rectangle((18, 18, wide - 19, high - 19), outline=255, width=3)
    day = f"{rng.randrange(1, 29)} {rng.choice(('OCT', 'NOV', 'DÉC'))}. 2026"
    rows = [rng.choice(("REÇU", "REÇU LE", "RECEIVED")), day, "Bureau de Saint-Exemple"]
    if rng.random() < 0.5:
        rows[0], rows[1] = rows[1], rows[0]
    for order, (row, share) in enumerate(zip(rows, (0.34, 0.30, 0.15), strict=True)):
        size = min(high * share, 1.5 * wide / len(row) * 0.8)
        face = ImageFont.truetype(str(font_path("Liberation Sans:bold")), round(size))
        draw.text((wide / 2, high * (0.26, 0.57, 0.82)[order]), row, 255, face, anchor="mm")
    return np.array(image)


def _turned(mask: Mask, degrees: float) -> Mask:
    turned = Image.fromarray(mask).rotate(degrees, Image.Resampling.BILINEAR, expand=True)
    return np.array(turned)


def _worn(mask: Mask, rng: random.Random) -> Mask:
    draws = np.random.default_rng(rng.randrange(2**32)).random(mask.shape).astype(np.float32)
    rough = cv2.GaussianBlur(draws, (0, 0), _SPOT)
    return np.where(rough < np.quantile(rough, _WORN), 0, mask).astype(np.uint8)
