"""Where the letters of a line of writing are, and what their places say."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from extractors.images import blobs
from extractors.zones import Mask

#: Signs so small that a reader may pass over them.
_DOTS = frozenset(".,'-_·:;\"~^`’")
#: A mark lower and narrower than this share of the other letters' height is such a sign.
_DOT_SHARE = 0.52
#: Where such a sign ends, over the line, as shares of the tallest letter's height.
_COMMA, _APOSTROPHE = -0.35, 0.85
#: Square pixels at 300 dpi: a letter has more. Smaller than the first share of the usual height are
#: accents and dots, which are at most the other shares of it over and under the letters beside.
_LEAST_LETTER, _BODY, _OVER, _UNDER = 120, 0.6, 0.5, 0.4
#: A stroke is no letter that is so many letters' heights long, and so many pixels thick at most.
_LONG, _THIN = 2.5, 9
#: How many letters are beside it.
_BESIDE = 3
#: The dots of a diaeresis: how large, and how far apart, they are at most, and how level, as shares
#: of the usual height.
_TWIN_DOT, _TWIN_LEVEL = 0.35, 0.1
#: Pieces over a letter that are so near each other, in pixels, are of one accent, which ink that
#: ran dry has broken: the dots of a diaeresis are farther apart.
_BROKEN = 2
_FEWEST_FEET = 4


class Letter(NamedTuple):
    """One letter with what belongs to it, in pixels of the line's mask.

    ``tops`` counts the parts that float above the rest, as accents do: a diaeresis has two, a
    circumflex has one, even if it is broken.
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
    stats = blobs(ink).stats[1:]
    found = sorted((x, x + width, y, y + height) for x, y, width, height, _ in stats.tolist())
    tall = median(bottom - top for *_, top, bottom in found) if found else 0
    groups: list[list[_Blob]] = []
    for blob in found:
        for group in groups[-2:]:
            if any(_overlap(blob, other) or _diaeresis(blob, other, tall) for other in group):
                group.append(blob)
                break
        else:
            groups.append([blob])
    return [_letter(group) for group in _joined(groups)]


def letters_in(ink: Mask, spans: Sequence[tuple[int, int]]) -> list[Letter]:
    """The letters of a line of which it is known from which column to which each goes."""
    found = []
    for left, right in spans:
        stats = blobs(np.ascontiguousarray(ink[:, left:right])).stats
        if len(stats) > 1:
            here = [(left + x, left + x + w, y, y + h) for x, y, w, h, _ in stats[1:].tolist()]
            found.append(_letter(here))
    return found


#: Left, right, top and bottom.
_Blob = tuple[int, int, int, int]


def _joined(groups: list[list[_Blob]]) -> list[list[_Blob]]:
    """The groups, those put together of which one stands within the breadth of the other: an I
    between the dots of its diaeresis."""
    joined: list[list[_Blob]] = []
    for group in groups:
        if joined and _overlap(_around(joined[-1]), _around(group)):
            joined[-1] += group
        else:
            joined.append(group)
    return joined


def _around(blobs: list[_Blob]) -> _Blob:
    lefts, rights, tops, bottoms = zip(*blobs, strict=True)
    return min(lefts), max(rights), min(tops), max(bottoms)


def _overlap(one: _Blob, other: _Blob) -> bool:
    """Whether two blobs stand one above the other."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared > 0.5 * min(one[1] - one[0], other[1] - other[0])


def _diaeresis(one: _Blob, other: _Blob, tall: float) -> bool:
    """Whether two blobs are dots side by side, nearer to each other than letters."""
    small = max(max(b[1] - b[0], b[3] - b[2]) for b in (one, other)) < _TWIN_DOT * tall
    level = abs(one[2] - other[2]) < _TWIN_LEVEL * tall
    return small and level and max(one[0], other[0]) - min(one[1], other[1]) < _TWIN_DOT * tall


def _letter(blobs: list[_Blob]) -> Letter:
    lefts, rights, tops, bottoms = zip(*blobs, strict=True)
    body = max(blobs, key=lambda blob: blob[3] - blob[2])
    floating = sorted(blob for blob in blobs if blob[3] <= body[2] + 1)
    parts, reached = 0, -_BROKEN - 1
    for left, right, *_ in floating:
        parts += left > reached + _BROKEN
        reached = max(reached, right)
    return Letter(min(lefts), max(rights), min(tops), max(bottoms), parts)


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
    """Whether there are more dots and dashes among ``found`` than ``text`` has.

    One stands where such signs do: no lower than a comma, no higher than an apostrophe.
    """
    if not found:
        return False
    tall = median(letter.height for letter in found)
    line, ascent = (
        median(letter.bottom for letter in found),
        max((letter.height for letter in found if letter.height < 1.5 * tall), default=tall),
    )
    small = sum(
        _is_dot(letter, tall) and _COMMA * ascent < line - letter.bottom < _APOSTROPHE * ascent
        for letter in found
    )
    return small > sum(sign in _DOTS for sign in text)


def on_line(ink: Mask) -> Mask:
    """``ink`` without what stands on another line: small blobs that float far over or under the
    letters beside them, and a long thin stroke with all that is beyond it.

    They are remains of what the form prints there, the stroke a frame that a fold has moved; a
    letter's own parts are nearer.
    """
    labels, stats, _ = blobs(ink)
    left, top, width, height, area = stats.T[:5].astype(int)
    letter = area >= _LEAST_LETTER
    letter[0] = False
    if not letter.any():
        return ink
    tall = float(np.median(height[letter]))
    tops, bottoms, middles = top, top + height, left + width / 2
    strokes = letter & (width > _LONG * tall) & (height < tall) & (area < _THIN * width)
    big = np.flatnonzero(letter & (height >= _BODY * tall) & ~strokes)
    kept = ~strokes
    if not big.size:
        return ink
    for stroke in np.flatnonzero(strokes):
        over = tops[stroke] + bottoms[stroke] < tops[big].mean() + bottoms[big].mean()
        columns = np.clip(middles, left[stroke], left[stroke] + width[stroke] - 1).astype(int)
        rows = (labels == stroke).argmax(axis=0)[columns]
        kept &= (bottoms > rows) if over else (tops < rows)
    for blob in np.flatnonzero(kept & (height < _BODY * tall)):
        beside = big[np.argsort(np.abs(middles[big] - middles[blob]))[:_BESIDE]]
        over = tops[beside].min() - bottoms[blob]
        under = tops[blob] - bottoms[beside].max()
        kept[blob] = over < _OVER * tall and under < _UNDER * tall
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _is_dot(letter: Letter, tall: float) -> bool:
    return max(letter.height, letter.width / 2) < _DOT_SHARE * tall
