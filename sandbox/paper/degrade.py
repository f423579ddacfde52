"""What scanners and telephone lines do to paper.

Augraphy ages the ink and the sheet; the geometry of a feeder, and everything that is a fax's own
(its two resolutions, its two tones, lost lines, the header line), are ours: see
``docs/decisions/degradation.md``. Pages are ``uint8`` arrays, 0 is black.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from greffier.words import DPI
from sandbox.paper.fonts import font_path
from sandbox.paper.ink import Page

LevelName = Literal["none", "light", "medium", "heavy"]

#: A fax line has 1728 dots whatever the paper (ITU-T T.4): a Letter page loses three a side.
FAX_WIDTH = 1728
#: Dots and lines an inch.
FINE, STANDARD = (204, 196), (204, 98)


@dataclass(frozen=True)
class Level:
    """How bad it is. Lengths in pixels at 300 dpi, angles in degrees, grey in 0-255.

    ``ageing`` is how many of augraphy's effects strike a page, ``lost`` how many runs of fax
    lines are lost, ``specks`` how many a million dots.
    """

    skew: float
    shift: float
    blur: float
    noise: float
    ageing: int
    lost: int
    specks: int


LEVELS: dict[str, Level] = {
    "none": Level(skew=0, shift=0, blur=0, noise=0, ageing=0, lost=0, specks=0),
    "light": Level(skew=0.35, shift=9, blur=0.6, noise=4, ageing=0, lost=1, specks=6),
    "medium": Level(skew=0.9, shift=20, blur=0.9, noise=8, ageing=1, lost=3, specks=40),
    "heavy": Level(skew=1.8, shift=30, blur=1.2, noise=13, ageing=2, lost=6, specks=150),
}


def scanned(page: Page, level: str, seed: int) -> Page:
    """``page`` as a flatbed or a feeder sees it: grey, same size in pixels."""
    spec = LEVELS[level]
    if level == "none":
        return page
    # Importing augraphy draws from the generators that are about to be seeded.
    augraphy = _augraphy() if spec.ageing else None
    with _seeded(seed) as rng:
        page = _fed(page, spec, rng)
        for effect in _ageing(augraphy, rng, spec.ageing) if augraphy else ():
            page = _grey(effect(page))
        page = cv2.GaussianBlur(page, (0, 0), spec.blur).astype(np.uint8)
        return _lit(page, spec, rng)


def bitonal(page: Page, level: str, seed: int) -> Page:
    """``page`` scanned in black and white: 0 or 255, same size."""
    with _seeded(seed) as rng:
        threshold = 150 + (0 if level == "none" else rng.randrange(-15, 16))
        return _specked(np.where(page < threshold, 0, 255).astype(np.uint8), LEVELS[level], rng)


def faxed(page: Page, level: str, seed: int, *, fine: bool, header: str) -> Page:
    """``page`` as it comes out of a fax: 0 or 255; of a Letter page, 1728 × 2156 dots (fine) or
    1728 × 1078 (standard).

    ``header`` is the line the sending machine prints at the top.
    """
    spec = LEVELS[level]
    with _seeded(seed) as rng:
        small = _noisy(_on_fax_lines(page, FINE if fine else STANDARD), 1.5 * spec.noise, rng)
        threshold = 165 if level == "none" else rng.randrange(150, 185)
        dots = _specked(np.where(small < threshold, 0, 255).astype(np.uint8), spec, rng)
        dots = _under_header(dots, header, fine)
        _lose_lines(dots, spec, rng)
        return dots


def _on_fax_lines(page: Page, resolution: tuple[int, int]) -> Page:
    """``page`` at the fax's resolution, in the middle of its lines."""
    width, height = (
        round(pixels * per_inch / DPI)
        for pixels, per_inch in zip(page.shape[::-1], resolution, strict=True)
    )
    small = cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA)
    out = np.full((height, max(width, FAX_WIDTH)), 255, np.uint8)
    left = (out.shape[1] - width) // 2
    out[:, left : left + width] = small
    start = (out.shape[1] - FAX_WIDTH) // 2
    return np.ascontiguousarray(out[:, start : start + FAX_WIDTH])


@contextmanager
def _seeded(seed: int) -> Iterator[random.Random]:
    """Everything random from ``seed``: augraphy draws from the global generators."""
    state, numpy_state = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    cv2.setRNGSeed(seed % 2**31)
    try:
        yield random.Random(seed)
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)


def _fed(page: Page, spec: Level, rng: random.Random) -> Page:
    """Turned and moved a little by the feeder."""
    height, width = page.shape
    angle = rng.choice((-1, 1)) * rng.uniform(0.25, 1) * spec.skew
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, rng.gauss(1, 0.0015))
    move = [[0, 0, rng.uniform(-spec.shift, spec.shift)] for _ in range(2)]
    fed = cv2.warpAffine(
        page, matrix + move, (width, height), flags=cv2.INTER_LINEAR, borderValue=255
    )
    return fed.astype(np.uint8)


def _lit(page: Page, spec: Level, rng: random.Random) -> Page:
    """The tone of paper and ink under the lamp, and the sensor's noise."""
    white, black = rng.randrange(240, 254), rng.randrange(8, 30)
    toned = cv2.convertScaleAbs(page, alpha=(white - black) / 255, beta=black)
    return _noisy(toned, spec.noise, rng)


def _noisy(page: Any, spread: float, rng: random.Random) -> Page:
    """Grey noise: one band, shifted, since 8 million draws a page would cost half a second."""
    height, width = page.shape
    draws = np.random.default_rng(rng.randrange(2**32)).normal(128, spread, (512, width + 512))
    band = np.clip(np.rint(draws), 0, 255).astype(np.uint8)
    starts = [rng.randrange(512) for _ in range(-(-height // 512))]
    noise = np.vstack([band[:, start : start + width] for start in starts])[:height]
    return cv2.addWeighted(page, 1.0, noise, 1.0, -128).astype(np.uint8)


def _augraphy() -> ModuleType:
    """The library, imported only where paper is aged: that takes a second and a half (numba)."""
    return importlib.import_module("augraphy")


def _ageing(aug: ModuleType, rng: random.Random, count: int) -> list[Any]:
    """The ``count`` effects that strike this page: ink that runs dry or bleeds, a fold, grain."""
    thin = (1, 2)
    # Folds without their noise: numba draws it, from generators nobody can seed.
    effects = [
        aug.LowInkRandomLines(count_range=(3, 8), use_consistent_lines=False, p=1),
        aug.LowInkPeriodicLines(
            count_range=thin, period_range=(120, 240), noise_probability=0.1, p=1
        ),
        aug.InkMottling(ink_mottling_alpha_range=(0.1, 0.2), p=1),
        aug.Folding(fold_count=1, fold_noise=0, gradient_height=(0.005, 0.01), p=1),
        aug.SubtleNoise(subtle_range=12, p=1),
        aug.NoiseTexturize(sigma_range=(3, 6), turbulence_range=(2, 4), p=1),
        aug.InkBleed(intensity_range=(0.2, 0.4), kernel_size=(3, 3), severity=(0.1, 0.25), p=1),
        aug.BindingsAndFasteners(effect_type="punch_holes", use_figshare_library=0, p=1),
    ]
    return rng.sample(effects, count)


def _grey(page: Any) -> Page:
    if page.ndim == 3:
        page = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    return np.asarray(page, np.uint8)


def _specked(dots: Page, spec: Level, rng: random.Random) -> Page:
    """Specks of dust: black on white and, fewer, white on black."""
    height, width = dots.shape
    for value, share in ((0, 1.0), (255, 0.4)):
        for _ in range(round(spec.specks * share * dots.size / 1e6)):
            y, x, size = rng.randrange(height), rng.randrange(width), rng.choice((1, 1, 1, 2, 3))
            dots[y : y + size, x : x + size] = value
    return dots


def _under_header(dots: Page, header: str, fine: bool) -> Page:
    """The page pushed down by the line the sending machine prints above it, in its small type."""
    font = ImageFont.truetype(str(font_path("Liberation Mono")), 26)
    line = Image.new("L", (FAX_WIDTH, 40), 255)
    ImageDraw.Draw(line).text((60, 22), header, font=font, fill=0, anchor="lm")
    band: Page = np.array(line if fine else line.resize((FAX_WIDTH, 20)))
    return np.vstack([np.where(band < 128, 0, 255).astype(np.uint8), dots])[: dots.shape[0]]


def _lose_lines(dots: Page, spec: Level, rng: random.Random) -> None:
    """Lines the receiver could not decode: it repeats the last good one, or leaves them white;
    now and then a run is decoded shifted."""
    height = dots.shape[0]
    for _ in range(spec.lost):
        row = rng.randrange(60, height - 8)
        count = rng.choice((1, 1, 1, 2, 2, 3))
        if rng.random() < 0.5:
            dots[row : row + count] = dots[row - 1]
        elif rng.random() < 0.6:
            dots[row : row + count] = 255
        else:
            dots[row : row + count] = np.roll(
                dots[row : row + count], rng.randrange(8, 200), axis=1
            )


def turned(page: Page) -> Page:
    """``page`` fed upside down."""
    return np.ascontiguousarray(page[::-1, ::-1])
