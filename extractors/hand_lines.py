"""The horizontal lines of a comb, followed from left to right: paper folds and fax lines slip.

Masks are (H, W) of uint8, ink as 1, at 300 dpi.
"""

from __future__ import annotations

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
#: Ink on this share of what is followed, over a cell and a half, makes it a line.
_SHARE = 0.8


class Line(NamedTuple):
    """``mask``: the line's ink. ``rows``: its middle, for each column. ``half``: half its
    thickness, in rows."""

    mask: Mask
    rows: NDArray[np.float64]
    half: float


def follow(dark: Mask, first: int, last: int, pitch: float) -> Line | None:
    """The line that runs through rows ``first`` to ``last`` of ``dark``; ``None`` without one.

    ``pitch`` is the width of a cell: strokes of characters are shorter.
    """
    band = dark[first:last]
    if min(band.shape) < 2 * _STEP:
        return None
    share = band[:, : band.shape[1] // _STEP * _STEP].reshape(len(band), -1, _STEP).mean(axis=2)
    share = np.asarray(cv2.blur(share, (1, 3), borderType=cv2.BORDER_CONSTANT), np.float64)
    path = _cheapest(1 - share)
    steps = np.arange(len(path))
    near = np.max([share[np.clip(path + d, 0, len(band) - 1), steps] for d in (-1, 0, 1)], axis=0)
    window = max(3, round(1.5 * pitch / _STEP))
    # A blur over three rows leaves a line of one row a third of its ink.
    inked = np.asarray(cv2.blur(np.minimum(1, 3 * near)[None], (window, 1))[0], np.float64)
    on = np.interp(np.arange(band.shape[1]) / _STEP, steps, inked) >= _SHARE
    if not on.any():
        return None
    rows = np.rint(np.interp(np.arange(band.shape[1]) / _STEP, steps, path)).astype(int)
    return _line(dark, rows + first, on)


def _cheapest(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row, for each column of ``cost``, of the cheapest way from left to right."""
    height, width = cost.shape
    total = cost[:, 0]
    came = np.zeros((width, height), np.int64)
    ways, rows = np.full((3, height), np.inf), np.arange(height)
    for column in range(1, width):
        ways[0, 1:] = total[:-1] + _CLIMB
        ways[1] = total
        ways[2, :-1] = total[1:] + _CLIMB
        best = ways.argmin(axis=0)
        came[column] = best - 1
        total = ways[best, rows] + cost[:, column]
    path = np.zeros(width, np.int64)
    path[-1] = int(total.argmin())
    for column in range(width - 1, 0, -1):
        path[column - 1] = path[column] + came[column, path[column]]
    return path


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
    height, width = dark.shape
    columns, extent = np.arange(width), np.zeros(width, np.int64)
    going = np.ones(width, bool)
    for step in range(1, THICKEST + 4):
        row = start + sense * step
        going &= (row >= 0) & (row < height)
        going &= dark[np.clip(row, 0, height - 1), columns] > 0
        extent += going
    return extent
