"""Lines of print at an angle of their own on a page of level lines, found without reading.

On a small picture of the page every level line is a stripe that a long, low filter answers to. What
is left when those are wiped off lies in few places. Each place is turned to the angle at which the
same filter answers most, and what it answers to there are its lines: a stamp's all lie alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey, blobs, smaller
from greffier.words import Box

#: The page is looked at with so many dots an inch, a sixth of its own. Sizes below are in these.
_SHARE = 1 / 6
#: Rules so long, looked for at half as many dots again, are no writing.
_RULE = 40
#: The filter: half the height of a line's core, and the length over which its ink is averaged, for
#: lines at an angle and, longer, for level ones. A letter of a stamp that stands upright on its
#: side is by itself no level line: those go on for this long.
_CORE, _LONG, _LEVEL_LONG, _GOES_ON = 2.0, 25, 41, 50
#: Answers of the filter from which there is a line, of 255 for solid ink.
_LEVEL_LINE, _LINE = 25.0, 12.0
#: What a level line's answer wipes off, above and below.
_WIPED = 7
#: Ink is darker than this; gaps in writing that belongs together are narrower.
_INK, _GAP = 60, 11
#: A place with writing is so long, so high, and so large at least.
_PLACE = (25, 5, 150)
#: Degrees between the angles that are tried first, and the steps by which the best is refined.
_TRIED, _STEPS = 10, (5, 2, 1)
#: Degrees from level that skew explains.
_LEVEL = 8

_Row = npt.NDArray[np.float32]


class Slanted(NamedTuple):
    """A line's middle (x, y), its length and height, in pixels of the page; by how many degrees,
    counter-clockwise, the page must be turned for it to be level; how much ink answered for it."""

    middle: tuple[float, float]
    size: tuple[float, float]
    angle: float
    strength: float

    @property
    def box(self) -> Box:
        """The upright box around it on the page."""
        corners = cv2.boxPoints((self.middle, self.size, -self.angle))
        low, high = corners.min(axis=0), np.ceil(corners.max(axis=0))
        return Box(max(0, int(low[0])), max(0, int(low[1])), int(high[0]), int(high[1]))


def slanted_lines(image: Grey) -> list[Slanted]:
    """The lines on ``image`` ((H, W) grey, upright, 300 dpi) that are not level, the strongest
    first. Some 15 to 30 ms."""
    rest = _without_level(_small(image))
    lines = [line for place in _places(rest) for line in _lines(*place)]
    return sorted(lines, key=lambda line: -line.strength)


def levelled(image: Grey, line: Slanted, beyond: int, pad: int) -> Grey:
    """The line cut out of ``image`` and laid level, one way up or the other, with ``pad`` pixels
    of what is around it, and ``beyond`` more at both ends."""
    size = (round(line.size[0]) + 2 * (beyond + pad), round(line.size[1]) + 2 * pad)
    turn = _turn(line.middle, line.angle, size)
    return np.asarray(cv2.warpAffine(image, turn, size, borderValue=255), np.uint8)


def _small(image: Grey) -> Grey:
    """The page's ink (as 255) at a sixth of its size, without long rules."""
    ink = 255 - smaller(image, 4)
    across, down = (
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        for shape in ((1, _RULE), (_RULE, 1))
    )
    rules = cv2.dilate(cv2.max(across, down), np.ones((3, 3), np.uint8))
    scale = 4 * _SHARE
    small = cv2.resize(
        cv2.subtract(ink, rules), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    return np.asarray(small, np.uint8)


def _answer(ink: Grey, length: int, kind: int = cv2.CV_32F) -> _Row:
    """The filter's answer: high where ink lies along a level line and none above and below it."""
    reach = round(3 * _CORE)
    away = np.square(np.arange(-reach, reach + 1) / _CORE)
    across = (1 - away) * np.exp(-away / 2)
    across /= across[across > 0].sum()
    return np.asarray(
        cv2.sepFilter2D(ink, kind, np.full(length, 1 / length), across - across.mean())
    )


def _without_level(ink: Grey) -> Grey:
    """The ink that is on no level line of some length."""
    level = (_answer(ink, _LEVEL_LONG, cv2.CV_16S) > _LEVEL_LINE).astype(np.uint8)
    lines = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, _GOES_ON), np.uint8))
    wiped = cv2.dilate(lines, np.ones((_WIPED, 1), np.uint8))
    return np.where(wiped > 0, np.uint8(0), ink)


def _places(ink: Grey) -> Iterator[tuple[Grey, int, int]]:
    """The places with writing: their ink alone, and where on the picture that begins."""
    joined = cv2.morphologyEx(
        (ink > _INK).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((_GAP, _GAP), np.uint8)
    )
    labels, stats, _ = blobs(np.asarray(joined, np.uint8))
    for label, (x, y, width, height, area) in enumerate(stats.tolist()):
        large = max(width, height) >= _PLACE[0] and min(width, height) >= _PLACE[1]
        if label and large and area >= _PLACE[2]:
            own = labels[y : y + height, x : x + width] == label
            yield np.where(own, ink[y : y + height, x : x + width], np.uint8(0)), x, y


def _lines(ink: Grey, left: int, top: int) -> Iterator[Slanted]:
    """The lines of one place, all at the angle that makes most of them."""
    angle = _angle(ink)
    if abs((angle + 90) % 180 - 90) <= _LEVEL:
        return
    turned, turn = _turned(ink, angle)
    answer = _answer(turned, _LONG)
    labels, stats, _ = blobs((answer > _LINE).astype(np.uint8))
    strengths = np.bincount(labels.ravel(), answer.ravel())
    back = cv2.invertAffineTransform(turn)
    for label, (x, y, width, height, _) in enumerate(stats.tolist()):
        if label and width >= _LONG:
            middle = back @ [x + (width - 1) / 2, y + (height - 1) / 2, 1] + [left, top] + 0.5
            yield Slanted(
                (float(middle[0]) / _SHARE, float(middle[1]) / _SHARE),
                (width / _SHARE, height / _SHARE), angle, float(strengths[label]),
            )  # fmt: skip


def _angle(ink: Grey) -> int:
    """By how many degrees the writing must be turned to be level, one way up or the other."""

    def striped(angle: int) -> float:
        return float(np.square(np.maximum(_answer(_turned(ink, angle)[0], _LONG), 0)).sum())

    best = max(range(-90, 90, _TRIED), key=striped)
    for step in _STEPS:
        best = max((best, best - step, best + step), key=striped)
    return best


def _turned(ink: Grey, angle: int) -> tuple[Grey, npt.NDArray[np.float64]]:
    """A picture turned about its middle, with room on all sides, and how."""
    height, width = ink.shape
    side = int(np.hypot(width, height)) + _LONG
    turn = _turn(((width - 1) / 2, (height - 1) / 2), angle, (side, side))
    return np.asarray(cv2.warpAffine(ink, turn, (side, side)), np.uint8), turn


def _turn(
    middle: tuple[float, float], angle: float, size: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """What turns a picture about ``middle`` and lays that in the middle of one of that size."""
    turn = np.asarray(cv2.getRotationMatrix2D(middle, angle, 1.0), np.float64)
    turn[:, 2] += np.array(size) / 2 - np.array(middle)
    return turn
