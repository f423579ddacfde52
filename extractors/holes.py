"""Punch holes: discs of the scanner's lid on the margins of a page.

ISO 838 has holes of 6 mm, 80 mm apart, 12 mm from the edge; North American binders have 6 to 7 mm,
2 ¾ or 4 ¼ inches apart. Nobody punches one hole: a disc alone is a mark that somebody made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey, darker, percentile, smaller
from greffier.words import DPI

#: A hole, or ink, as 1.
Mask = npt.NDArray[np.uint8]

_MM = DPI / 25.4
#: Holes are looked for at a third of 300 dpi.
_COARSE = 3
#: The lid is so much darker than the paper, and as dark all over.
_DARKER, _UNEVEN = 45, 30.0
#: A hole's width in millimetres, worn or seen by a fax; strokes and lines narrower than the last
#: are cut off before its shape is looked at.
_NARROWEST, _WIDEST, _STROKE = 4.8, 8.0, 3.0
#: Of the smallest circle around it it fills this share: a square, its corners rounded by the
#: cutting, fills 0.80 at most.
_ROUND = 0.84
#: How far its middle is from an edge of the sheet, at most; how far from those of others, at
#: least; and how much farther from the edge than theirs (a sheet askew). In millimetres.
_DEEPEST, _APART, _UNLIKE = 25.0, 60.0, 8.0
#: A hole in the black of a heading has no shape: it is looked for as far from another as punches
#: have them, in millimetres, give or take; it is as wide, nearly.
_STEPS, _SLACK, _HIDDEN = (69.85, 80.0, 107.95), 2.5, 0.9
#: So many pixels around a hole are its shadow.
_SHADOW = 5


class Hole(NamedTuple):
    """The middle of a hole and half its width, in pixels of the page at 300 dpi."""

    x: float
    y: float
    radius: float


def punched(image: Grey) -> tuple[Hole, ...]:
    """The holes of a page ((H, W) grey, 300 dpi), whichever way up it lies."""
    small = smaller(image, _COARSE)
    dark = darker(small, percentile(small, 90) - _DARKER)
    side = round(_STROKE * _MM / _COARSE)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    discs = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, brush), np.uint8)
    outlines, _ = cv2.findContours(discs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = [hole for line in outlines if (hole := _hole(small, discs, line, image.shape))]
    for hole in tuple(found):
        for other in _hidden(hole, discs, image.shape):
            if all(math.hypot(other.x - x, other.y - y) > radius for x, y, radius in found):
                found.append(other)
    return tuple(hole for hole in found if any(_go_together(hole, x, image.shape) for x in found))


def filled(image: Grey, holes: tuple[Hole, ...]) -> Grey:
    """``image`` with paper where the holes are."""
    if not holes:
        return image
    image = image.copy()
    for hole in holes:
        middle = round(hole.x), round(hole.y)
        cv2.circle(image, middle, math.ceil(hole.radius) + _SHADOW, 255, -1)
    return image


def _hole(
    small: Grey, discs: Mask, outline: cv2.typing.MatLike, shape: tuple[int, ...]
) -> Hole | None:
    """What ``outline``, that of one of the ``discs``, is, if it is a hole."""
    left, top, wide, high = cv2.boundingRect(outline)
    if max(wide, high) * _COARSE > 1.2 * _WIDEST * _MM:
        return None
    part = _deep(discs, left, top, left + wide, top + high)
    y, x = (int(at) for at in np.unravel_index(int(part.argmax()), part.shape))
    inner = float(part[y, x])
    if not _NARROWEST <= 2 * inner * _COARSE / _MM <= _WIDEST:
        return None
    _, outer = cv2.minEnclosingCircle(outline)
    if np.count_nonzero(part) < _ROUND * math.pi * (outer + 0.5) ** 2:
        return None
    tones = small[top : top + high, left : left + wide][part > 2]
    middle = (_COARSE - 1) / 2
    hole = Hole(_COARSE * (left + x) + middle, _COARSE * (top + y) + middle, _COARSE * inner)
    near = min(_depths(hole, shape)) <= _DEEPEST * _MM
    return hole if near and float(tones.std()) <= _UNEVEN else None


def _hidden(hole: Hole, discs: Mask, shape: tuple[int, ...]) -> Iterator[Hole]:
    """Holes that may be in what is printed in black, where a punch would make one with ``hole``."""
    along = int(np.argmin(_depths(hole, shape))) < 2
    slack = round(_SLACK * _MM / _COARSE)
    for step in _STEPS:
        for off in (-step * _MM, step * _MM):
            x, y = (round(at / _COARSE) for at in _moved(hole, off, along))
            if not (0 <= x < discs.shape[1] and 0 <= y < discs.shape[0]):
                continue
            part = _deep(discs, max(0, x - slack), max(0, y - slack), x + slack + 1, y + slack + 1)
            down, across = (int(at) for at in np.unravel_index(int(part.argmax()), part.shape))
            if part[down, across] * _COARSE >= _HIDDEN * hole.radius:
                at = max(0, x - slack) + across, max(0, y - slack) + down
                yield Hole(_COARSE * at[0] + 1.0, _COARSE * at[1] + 1.0, hole.radius)


def _deep(discs: Mask, left: int, top: int, right: int, bottom: int) -> npt.NDArray[np.float32]:
    """How far each pixel of a part of ``discs`` is from the paper, as far as a hole is wide."""
    beyond = round(_WIDEST * _MM / _COARSE)
    up, before = max(0, top - beyond), max(0, left - beyond)
    around = discs[up : bottom + beyond, before : right + beyond]
    deep = cv2.distanceTransform(around, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(deep[top - up : bottom - up, left - before : right - before], np.float32)


def _moved(hole: Hole, off: float, along: bool) -> tuple[float, float]:
    return (hole.x, hole.y + off) if along else (hole.x + off, hole.y)


def _depths(hole: Hole, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """How far the hole is from the left, right, upper and lower edge."""
    return hole.x, shape[1] - hole.x, hole.y, shape[0] - hole.y


def _go_together(one: Hole, other: Hole, shape: tuple[int, ...]) -> bool:
    """Whether both were punched along one edge."""
    apart = math.hypot(one.x - other.x, one.y - other.y)
    return apart >= _APART * _MM and any(
        max(mine, theirs) <= _DEEPEST * _MM and abs(mine - theirs) <= _UNLIKE * _MM
        for mine, theirs in zip(_depths(one, shape), _depths(other, shape), strict=True)
    )
