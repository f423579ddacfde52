"""Where the letters of a line of writing are, and what their places say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from extractors.zones import Mask

#: Signs so small that a reader may pass over them.
_DOTS = frozenset(".,'-_·:;\"~^`’")
#: A mark lower and narrower than this share of the other letters' height is such a sign.
_DOT_SHARE = 0.52
_FEWEST_FEET = 4
#: A gap wider than this share of a letter's height is a space; beside a dot, than the second.
_GAP, _WIDE_GAP = 0.36, 0.8


class Letter(NamedTuple):
    """One letter with what belongs to it, in pixels of the line's mask.

    ``tops`` counts the parts that float above the rest, as accents do: a diaeresis has two.
    """

    left: int
    right: int
    top: int
    bottom: int
    tops: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def letters(ink: Mask) -> list[Letter]:
    """The letters of one line, from left to right; those that touch are taken for one."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    blobs = sorted((x, x + width, y, y + height) for x, y, width, height, _ in stats[1:].tolist())
    groups: list[list[tuple[int, int, int, int]]] = []
    for blob in blobs:
        for group in groups[-2:]:
            if any(_overlap(blob, other) for other in group):
                group.append(blob)
                break
        else:
            groups.append([blob])
    return [_letter(group) for group in groups]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two blobs stand one above the other."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared > 0.5 * min(one[1] - one[0], other[1] - other[0])


def _letter(blobs: list[tuple[int, int, int, int]]) -> Letter:
    lefts, rights, tops, bottoms = zip(*blobs, strict=True)
    body = max(blobs, key=lambda blob: blob[3] - blob[2])
    floating = sum(blob[3] <= body[2] + 1 for blob in blobs)
    return Letter(min(lefts), max(rights), min(tops), max(bottoms), floating)


def spaces(found: Sequence[Letter]) -> int:
    """How many gaps among the letters are as wide as a space.

    Beside a dot or a dash a gap must be wider: type of one width leaves room there.
    """
    tall = median(letter.height for letter in found) if found else 0
    return sum(
        right.left - left.right
        > tall * (_WIDE_GAP if _is_dot(left, tall) or _is_dot(right, tall) else _GAP)
        for left, right in pairwise(found)
    )


def unevenness(found: Sequence[Letter]) -> float | None:
    """How far, in pixels, the feet of the letters are from one line: the median distance.

    Type stands on a line, a hand does not. ``None`` when there are too few letters to tell.
    """
    tall = median(letter.height for letter in found) if found else 0
    feet = [(letter.left, letter.bottom) for letter in found if letter.height > 0.6 * tall]
    if len(feet) < _FEWEST_FEET:
        return None
    across, down = np.array(feet, float).T
    off = down - np.polyval(np.polyfit(across, down, 1), across)
    return float(np.median(np.abs(off - np.median(off))))


def passed_over(text: str, found: Sequence[Letter]) -> bool:
    """Whether there are more dots and dashes among ``found`` than ``text`` has."""
    tall = median(letter.height for letter in found) if found else 0
    small = sum(_is_dot(letter, tall) for letter in found)
    return small > sum(sign in _DOTS for sign in text)


def _is_dot(letter: Letter, tall: float) -> bool:
    return max(letter.height, letter.width / 2) < _DOT_SHARE * tall
