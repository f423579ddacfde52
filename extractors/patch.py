"""Patch codes: four thick bars that tell a scanner, or whoever reads its pages, "new document".

zxing-cpp does not know them. A symbol is 0.8 inch of four bars, two wide (0.20 in) and two narrow
(0.08 in), three narrow spaces between them; there are no data, only six orders of wide and narrow.
Sheets print it along one edge or all four, so it may be met in any of four directions, and a
patch T (NWNW) upside down is a patch 3 (WNWN). Source: Kodak, "Patch Code Information", A-61599.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey
from greffier.words import DPI

#: Inches: the bars and the spaces, as printed.
NARROW, WIDE, SPACE = 0.08, 0.20, 0.08
#: What separates documents, bars in the order of reading: wide or not. The other three switch a
#: scanner's colour or are left to its owner.
PATCHES = {
    "2": (True, False, False, True),
    "T": (False, True, False, True),
    "3": (True, False, True, False),
}
#: Lines are looked along at this resolution: a narrow bar is five pixels.
_DPI = 60
#: Bars may be fat or thin by this much (inches), a symbol long or short by this share.
_THICKER, _STRETCH = 0.04, 0.15
#: So much of a bar's length must be seen; Kodak asks for 0.75 inch and more.
_SEEN = 0.5
#: Lines a bar may be broken over, and how far a symbol may wander from one line to the next.
_GAP, _DRIFT = 2, 2
_INK = 140


def patch_on(image: Grey) -> str | None:
    """Which patch the page bears, ``"2"``, ``"T"`` or ``"3"``; ``None`` for no such patch.

    ``image`` is at 300 dpi, its borders still there: a bar may run to the edge of the sheet.
    """
    small = cv2.resize(image, None, fx=_DPI / DPI, fy=_DPI / DPI, interpolation=cv2.INTER_AREA)
    ink = small < _INK
    for lines in (ink.T, ink):  # a page shows its patches along its top more often than on a side
        if name := _along(lines):
            return name
    return None


def _along(lines: npt.NDArray[np.bool_]) -> str | None:
    """The patch that enough neighbouring ``lines``, read from their start, cross."""
    # All lines in one row, with more white between them than a symbol has anywhere.
    padded = np.pad(lines, ((0, 0), (_DPI // 5, _DPI // 5))).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded.ravel()))
    if edges.size < 8:
        return None
    # Edges alternate: paper to ink, ink to paper. A symbol is eight of them.
    symbols = np.lib.stride_tricks.sliding_window_view(edges, 8)[::2]
    runs = np.diff(symbols, axis=1) / _DPI
    bars, spaces = runs[:, ::2], runs[:, 1::2]
    wide = np.abs(bars - WIDE) < _THICKER
    shaped = (
        (wide | (np.abs(bars - NARROW) < _THICKER)).all(axis=1)
        & (np.abs(spaces - SPACE) < _THICKER).all(axis=1)
        & (np.abs(runs.sum(axis=1) / 0.8 - 1) < _STRETCH)
    )
    line, place = np.divmod(symbols[:, 0], padded.shape[1])
    for name, pattern in PATCHES.items():
        here = shaped & (wide == pattern).all(axis=1)
        if _longest(line[here], place[here]) >= _SEEN * _DPI:
            return name
    return None


def _longest(line: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> int:
    """The most lines that follow one another with the symbol at about the same place."""
    best = 0
    ends: dict[int, list[tuple[int, int]]] = {}  # by line: places, and how many lines they go back
    for here, at in zip(line.tolist(), place.tolist(), strict=True):
        before = (
            length
            for back in range(1, _GAP + 2)
            for other, length in ends.get(here - back, ())
            if abs(other - at) <= _DRIFT
        )
        length = 1 + max(before, default=0)
        ends.setdefault(here, []).append((at, length))
        best = max(best, length)
    return best
