"""Who fills the form: a typist, or a hand that prints capitals.

Both write into combs (one box a character) and onto lines, on a page as ``sandbox.paper.ink``
knows it. A hand's digits may come from real handwriting (``Glyphs``).
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from greffier.errors import UsageError
from greffier.words import Box
from sandbox.paper.fonts import font_path
from sandbox.paper.ink import MM, Mask, Page, stamp, stroke

TYPE_FONTS = ("Liberation Mono", "Liberation Mono:bold", "Liberation Sans")
HAND_FONTS = (
    "Klee One", "Steve", "Delphine", "Rufscript", "Tomson Talks", "Breip", "kiloji", "Yusei Magic",
)  # fmt: skip
#: Draws the signs a hand font lacks (some have no ``@``).
SPARE_FONT = "Klee One"

#: Master glyphs: capitals this high, on a square patch, their origin at (left, baseline).
_CAP, _PATCH, _LEFT, _BASE = 100, 320, 100, 200
#: Real glyphs as MNIST has them: 28 × 28, the digit in the middle 20.
_GLYPH_SIDE, _GLYPH_INK = 28, 20


class Pen(Protocol):
    """What fills a field."""

    ink: int

    def comb(self, page: Page, box: Box, cells: int, text: str) -> None:
        """Write ``text``, one character a cell from the left."""

    def line(self, page: Page, box: Box, text: str) -> None:
        """Write ``text`` inside the frame."""


@dataclass(frozen=True)
class Glyphs:
    """Real characters by what they are: each an array N × 28 × 28, 255 where there is ink."""

    images: dict[str, NDArray[np.uint8]]


def load_glyphs(path: Path) -> Glyphs:
    """Read ``images`` (N × 28 × 28, white on black) and ``labels`` (digits, or characters).

    Raises ``UsageError("glyphs-invalid")`` when the file holds something else.
    """
    try:
        with np.load(path) as data:
            images = np.asarray(data["images"], np.uint8)
            labels = np.asarray(data["labels"]).astype(str)
    except (OSError, KeyError, ValueError) as error:
        raise UsageError("glyphs-invalid", path=path) from error
    if images.ndim != 3 or images.shape[1:] != (_GLYPH_SIDE,) * 2 or len(labels) != len(images):
        raise UsageError("glyphs-invalid", path=path)
    return Glyphs({str(sign): images[labels == sign] for sign in np.unique(labels)})


@lru_cache(maxsize=4096)
def _type_mask(path: Path, size: int, text: str) -> tuple[Mask, int]:
    """``text`` in a font of ``size`` pixels, and how far below the mask's top the baseline is."""
    font = ImageFont.truetype(str(path), size)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    image = Image.new("L", (max(1, round(right - left)) + 2, max(1, round(bottom - top)) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, font=font, fill=255, anchor="ls")
    return np.array(image), round(1 - top)


class Typist:
    """A typewriter, or a form filled on a screen and printed."""

    def __init__(self, rng: random.Random) -> None:
        self.ink = rng.randrange(10, 50)
        self._path = font_path(rng.choice(TYPE_FONTS))
        self._size = round(rng.uniform(4.0, 4.5) * MM)
        # The sheet is never quite straight in the machine.
        self._shift = (rng.gauss(0, 0.15) * MM, rng.gauss(0, 0.2) * MM)

    def comb(self, page: Page, box: Box, cells: int, text: str) -> None:
        step = box.width / cells
        base = box.y1 - 0.27 * box.height + self._shift[1]
        for cell, sign in enumerate(text[:cells]):
            if sign != " ":
                mask, rise = _type_mask(self._path, self._size, sign)
                x = box.x0 + (cell + 0.5) * step - mask.shape[1] / 2 + self._shift[0]
                stamp(page, mask, round(x), round(base) - rise, self.ink)

    def line(self, page: Page, box: Box, text: str) -> None:
        size = self._size
        while (made := _type_mask(self._path, size, text))[0].shape[1] > box.width - 3 * MM:
            size -= 1
        base = box.y1 - 0.3 * box.height + self._shift[1]
        stamp(
            page, made[0], round(box.x0 + 2 * MM + self._shift[0]), round(base) - made[1], self.ink
        )


class Hand:
    """Somebody who prints capitals with a pen: one writing, never twice the same sign."""

    def __init__(self, rng: random.Random, glyphs: Glyphs | None = None) -> None:
        self._rng = rng
        self._glyphs = glyphs.images if glyphs else {}
        self._path = font_path(rng.choice(HAND_FONTS))
        self._spare = font_path(SPARE_FONT)
        self.ink = rng.randrange(20, 95)
        self._cap = rng.uniform(3.7, 4.5) * MM
        self._slant = rng.gauss(0.03, 0.07)
        self._pen = rng.choice((0, 0, 1, 2))
        self._unrest = rng.uniform(0.6, 1.3)

    def comb(self, page: Page, box: Box, cells: int, text: str) -> None:
        step = box.width / cells
        base = box.y1 - 0.2 * box.height
        for cell, sign in enumerate(text[:cells]):
            if sign != " ":
                self._write(page, sign, box.x0 + (cell + 0.5) * step, base, 0.84 * step)

    def line(self, page: Page, box: Box, text: str) -> None:
        advance = [self._advance(sign) for sign in text]
        room = box.width - 5 * MM
        squeeze = min(1.0, room / max(1.0, sum(advance)))
        drift = self._rng.gauss(0, 0.006)
        x = box.x0 + self._rng.uniform(1.5, 3) * MM
        start, base = x, box.y1 - 0.21 * box.height
        for sign, width in zip(text, advance, strict=True):
            width *= squeeze
            if sign != " ":
                self._write(page, sign, x + width / 2, base + (x - start) * drift, width * 1.15)
            x += width

    def _advance(self, sign: str) -> float:
        if sign == " ":
            return 0.55 * self._cap
        if sign in self._glyphs:
            return 0.82 * self._cap
        return _master(self._path, self._spare, sign)[1] * self._cap / _CAP + 0.16 * self._cap

    def _write(self, page: Page, sign: str, x: float, base: float, room: float) -> None:
        """One sign, its middle at ``x``, on the line ``base``, no wider than ``room`` pixels."""
        rng, unrest = self._rng, self._unrest
        x += rng.gauss(0, 0.14 * MM * unrest)
        base += rng.gauss(0, 0.2 * MM * unrest)
        size = rng.gauss(1, 0.05 * unrest)
        turn = rng.gauss(0, 0.035 * unrest)
        if sign in self._glyphs:
            pool = self._glyphs[sign]
            master = pool[rng.randrange(len(pool))]
            scale = self._cap * size / _GLYPH_INK
            middle = (_GLYPH_SIDE / 2 - 0.5, _GLYPH_SIDE / 2 + _GLYPH_INK / 2 - 0.5)
            mask = _warp(master, scale, scale, 0.0, turn, middle)
            # Enlarged threefold, a scan is all blur: give the stroke its edge back.
            mask = np.clip((mask.astype(np.int16) - 70) * 3, 0, 255).astype(np.uint8)
        else:
            master, width, centre = _master(self._path, self._spare, sign)
            scale = self._cap * size / _CAP
            across = scale * min(1.0, room / max(1.0, width * scale))
            slant = self._slant + rng.gauss(0, 0.03 * unrest)
            mask = _warp(master, across, scale, slant, turn, (_LEFT + centre, _BASE))
            if self._pen:
                mask = cv2.dilate(mask, np.ones((self._pen + 1,) * 2, np.uint8)).astype(np.uint8)
        ink = max(0, min(140, round(rng.gauss(self.ink, 8))))
        half = mask.shape[1] // 2
        stamp(page, mask, round(x) - half, round(base) - mask.shape[0] * 2 // 3, ink)


def _warp(
    master: Mask, across: float, up: float, slant: float, turn: float, origin: tuple[float, float]
) -> Mask:
    """``master`` scaled, slanted and turned about ``origin``, which lands in the middle of the
    result's width and two thirds down."""
    side = max(24, round(up * (_PATCH if master.shape[0] > _GLYPH_SIDE else 2 * _GLYPH_SIDE)))
    cos, sin = np.cos(turn), np.sin(turn)
    shape = np.array([[across, -slant * up], [0.0, up]])
    linear = np.array([[cos, -sin], [sin, cos]]) @ shape
    target = np.array([side // 2, side * 2 // 3])
    matrix = np.column_stack([linear, target - linear @ np.array(origin)])
    flags = cv2.INTER_AREA if up < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(master, matrix, (side, side), flags=flags).astype(np.uint8)


@lru_cache(maxsize=2048)
def _master(path: Path, spare: Path, sign: str) -> tuple[Mask, float, float]:
    """A sign as the font draws it, its width, and its middle right of the origin.

    An accented letter the font lacks is the bare letter and an accent by hand; any other sign it
    lacks comes from ``spare``.
    """
    mask = _drawn(path, sign)
    bare, *marks = list(unicodedata.normalize("NFD", sign))
    if mask is None and marks and (letter := _drawn(path, bare)) is not None:
        mask = letter.copy()
        _accent(mask, marks[0])
    if mask is None:
        mask = _drawn(spare, sign)
    if mask is None:
        raise UsageError("sign-missing", sign=sign)
    columns = np.flatnonzero(mask.max(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return mask, float(right - left), (left + right) / 2 - _LEFT


@lru_cache(maxsize=2048)
def _drawn(path: Path, sign: str) -> Mask | None:
    """``sign`` on a patch, capitals ``_CAP`` high; ``None`` when the font has nothing for it.

    Some fonts list accented letters they only draw as nothing, and draw a box for the rest.
    """
    font = _font(path)
    image = Image.new("L", (_PATCH, _PATCH))
    ImageDraw.Draw(image).text((_LEFT, _BASE), sign, font=font, fill=255, anchor="ls")
    missing = bytes(font.getmask("\uffff"))
    mask = np.array(image)
    return mask if mask.any() and bytes(font.getmask(sign)) != missing else None


@lru_cache
def _font(path: Path) -> ImageFont.FreeTypeFont:
    """The font at the size whose capitals are ``_CAP`` pixels high."""
    trial = ImageFont.truetype(str(path), 100)
    _, top, _, bottom = trial.getbbox("E", anchor="ls")
    return ImageFont.truetype(str(path), round(100 * _CAP / (bottom - top)))


#: Combining marks as strokes, in cap heights above and around the letter's middle.
_ACCENTS = {
    "\u0301": ((-0.08, 0.16), (0.14, 0.36)),
    "\u0300": ((-0.14, 0.36), (0.08, 0.16)),
    "\u0302": ((-0.2, 0.15), (0.0, 0.36), (0.2, 0.15)),
}


def _accent(mask: Mask, mark: str) -> None:
    """Draw ``mark`` on the letter in ``mask``, as a pen would."""
    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    middle, top = (int(columns[0]) + int(columns[-1])) / 2, int(rows[0])
    inverse = 255 - mask
    if mark in _ACCENTS:
        stroke(inverse, [(middle + x * _CAP, top - y * _CAP) for x, y in _ACCENTS[mark]], 9, 0)
    elif mark == "\u0308":
        for x in (-0.16, 0.16):
            at = (middle + x * _CAP, top - 0.24 * _CAP)
            stroke(inverse, [at, (at[0] + 1, at[1] + 3)], 12, 0)
    elif mark == "\u0327":
        foot = int(rows[-1])
        stroke(inverse, [(middle, foot), (middle + 8, foot + 14), (middle - 10, foot + 22)], 8, 0)
    mask[:] = 255 - inverse
