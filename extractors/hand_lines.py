"""The horizontal lines of a comb, followed from left to right: paper folds and fax lines slip.

Masks are (H, W) of uint8, ink as 1, at 300 dpi.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

#: A printed line is no thicker than this, in pixels.
THICKEST = 12
#: A line is followed in steps of so many columns; it climbs at most one row a step.
_STEP = 4
#: What climbing one row costs, where a step wholly on paper costs 1.
_CLIMB = 0.15
#: A level line leaves at most one step of its length bare, and is this share of the picture long.
_LONG = 0.8
#: Ink on this share of what is followed, over a cell and a half, makes it a line.
_SHARE = 0.8


class Line(NamedTuple):
    """``mask``: the line's ink. ``rows``: its middle, for each column. ``half``: half its
    thickness, in rows."""

    mask: Mask
    rows: NDArray[np.float64]
    half: float


def follow(dark: Mask, deep: int, pitch: float) -> tuple[Line | None, Line | None]:
    """The lines that run through the first and through the last ``deep`` rows of ``dark``; ``None``
    where there is none.

    ``pitch`` is the width of a cell: strokes of characters are shorter.
    """
    height, width = dark.shape
    if min(deep, width) < 2 * _STEP:
        return None, None
    whole = dark[:, : width // _STEP * _STEP].reshape(height, -1, _STEP).mean(axis=2)
    first = (0, height - deep)
    shares = [
        np.asarray(cv2.blur(band, (1, 3), borderType=cv2.BORDER_CONSTANT), np.float64)
        for band in (whole[at : at + deep] for at in first)
    ]
    ways = _level(shares)
    if ways is None:
        ways = _cheapest(1 - np.stack(shares))
    upper, lower = (
        _along(dark, at, share, path, pitch)
        for at, share, path in zip(first, shares, ways, strict=True)
    )
    return upper, lower


def _along(
    dark: Mask, first: int, share: NDArray[np.float64], path: NDArray[np.int64], pitch: float
) -> Line | None:
    """The line along ``path``, if there is ink enough; ``share``: of ink by steps, from row
    ``first``."""
    steps, columns = np.arange(len(path)), np.arange(dark.shape[1])
    near = np.max([share[np.clip(path + d, 0, len(share) - 1), steps] for d in (-1, 0, 1)], axis=0)
    window = max(3, round(1.5 * pitch / _STEP))
    # A blur over three rows leaves a line of one row a third of its ink.
    inked = np.asarray(cv2.blur(np.minimum(1, 3 * near)[None], (window, 1))[0], np.float64)
    on = np.interp(columns / _STEP, steps, inked) >= _SHARE
    if not on.any():
        return None
    rows = np.rint(np.interp(columns / _STEP, steps, path)).astype(int)
    return _line(dark, rows + first, on)


def _level(shares: Sequence[NDArray[np.float64]]) -> NDArray[np.int64] | None:
    """The rows of the lines, if all of them are level from end to end, as on most flat pages: then
    no way need be looked for."""
    rows = [int(share.sum(axis=1).argmax()) for share in shares]
    for share, row in zip(shares, rows, strict=True):
        # A line of one row is a third of the ink of three.
        inked = np.flatnonzero(share[max(0, row - 1) : row + 2].max(axis=0) >= 1 / 3)
        if inked.size < _LONG * share.shape[1] or inked.size < np.ptp(inked):
            return None
    return np.repeat(rows, shares[0].shape[1]).reshape(len(rows), -1)


def _cheapest(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row, for each step of each of ``costs`` (bands, rows, steps), of the cheapest way from
    left to right: (bands, steps)."""
    bands, height, steps = costs.shape
    # What the cheapest way to each place costs, between two rows that none leads over.
    total = np.full((steps, bands, height + 2), np.inf)
    total[0, :, 1:-1] = costs[:, :, 0]
    for step in range(1, steps):
        before, here = total[step - 1], total[step, :, 1:-1]
        np.minimum(before[:, :-2], before[:, 2:], out=here)
        here += _CLIMB
        np.minimum(here, before[:, 1:-1], out=here)
        here += costs[:, :, step]
    path = np.empty((bands, steps), np.int64)
    for band in range(bands):
        row = path[band, -1] = int(total[-1, band].argmin())
        for step in range(steps - 2, -1, -1):
            up, level, down = total[step, band, row - 1 : row + 2].tolist()
            if min(up, down) + _CLIMB <= level:
                row += -1 if up <= down else 1
            path[band, step] = row
    return path - 1


def _line(dark: Mask, rows: NDArray[np.int64], on: NDArray[np.bool_]) -> Line | None:
    """The ink of the line along ``rows``, as thick as it is where nothing crosses it."""
    height, width = dark.shape
    columns = np.arange(width)
    # The ink nearest to the path in each column, and how far it goes up and down from there.
    reach = (0, -1, 1, -2, 2)
    near = np.stack([dark[np.clip(rows + d, 0, height - 1), columns] for d in reach])
    start = np.clip(rows + np.array(reach)[near.argmax(axis=0)], 0, height - 1)
    inked = on & near.any(axis=0)
    above, below = _extent(dark, start, -1), _extent(dark, start, 1)
    thick = above + below + 1
    plausible = inked & (thick <= THICKEST)
    if not plausible.any():
        return None
    usual = float(np.median(thick[plausible]))
    bare = inked & (thick <= usual + 2)
    middle = np.interp(columns, columns[bare], (start + (below - above) / 2)[bare])
    half = usual / 2
    y = np.arange(height)[:, None]
    mask = (np.abs(y - middle) <= half + 1) & on
    mask |= bare & (y >= start - above) & (y <= start + below)
    return Line(mask.astype(np.uint8) & dark, middle, half)


def _extent(dark: Mask, start: NDArray[np.int64], sense: int) -> NDArray[np.int64]:
    """How many pixels of ink follow one another from ``start``, up (-1) or down (1)."""
    reach = THICKEST + 3
    beyond = np.pad(dark, ((reach, reach), (0, 0)))
    rows = reach + start + sense * np.arange(1, reach + 1)[:, None]
    ink = beyond[rows, np.arange(dark.shape[1])] > 0
    return np.asarray(np.logical_and.accumulate(ink).sum(axis=0), np.int64)
