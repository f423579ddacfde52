"""From the picture of a comb to one normalised glyph a cell.

A comb is a row of boxes, or of ticks, one character a box. The picture is the zone of the field on
a registered page: grey, dark ink on light, 300 dpi, off by a few pixels, perhaps a fax stretched
to 300 dpi, with its printed lines or with what their subtraction left.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.hand_lines import THICKEST, Line, Mask, follow
from extractors.images import Grey, blobs, percentile

#: Side of a normalised glyph and of the longest side of the ink within it, in pixels.
SIDE, INK_SIDE = 32, 24
#: A comb may be this far from where the form says, as shares of a cell.
_SHIFT, _STRETCH = 0.2, 0.04
#: Vertical lines are this near to the borders that were found, in pixels.
_BESIDE = 8
#: Horizontal lines are within this share of the picture's height from its top and bottom.
_OUTER = 0.4
#: Two grey levels nearer than this are not ink and paper.
_LEAST_CONTRAST = 48


class Lattice(NamedTuple):
    """Where the cells are: ``edges`` are their borders (cells + 1 abscissae, pixels), ``top`` and
    ``bottom`` the rows between the horizontal lines, for each column of the picture; ``ruled``
    whether vertical lines were seen."""

    edges: NDArray[np.float64]
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    ruled: bool

    @property
    def height(self) -> float:
        return float(np.median(self.bottom - self.top))


class Cells(NamedTuple):
    """Glyphs (cells, SIDE, SIDE) with 255 as ink, and the ink of each cell in pixels at 300 dpi."""

    glyphs: NDArray[np.uint8]
    ink: NDArray[np.int64]


def split(image: Grey, cells: int) -> Cells:
    """The glyph in each of the ``cells`` of a comb drawn on ``image`` (H, W)."""
    if image.ndim != 2 or image.dtype != np.uint8:
        raise ValueError("a comb is a grey picture: (H, W) of uint8")
    dark = darken(image)
    height, pitch = len(image), image.shape[1] / cells
    upper, lower = follow(dark, round(_OUTER * height), pitch)
    lattice = find_lattice(dark, upper, lower, cells)
    return _glyphs(_without_lines(dark, upper, lower, lattice), lattice)


def darken(image: Grey) -> Mask:
    """The ink of ``image`` as 1, its paper as 0; the paper may be shaded, the ink pale pencil."""
    size = max(31, min(61, image.shape[0] // 2 * 2 - 1))
    depth = np.asarray(cv2.subtract(_closed(image, size, size), image), np.uint8)
    darkest = percentile(depth, 99.5)
    if darkest < _LEAST_CONTRAST:
        return np.zeros_like(image)
    # Pencil is paler than print: nearer to the paper than halfway still counts as ink.
    return (depth > 0.42 * darkest).astype(np.uint8)


def find_lattice(dark: Mask, upper: Line | None, lower: Line | None, cells: int) -> Lattice:
    """Fit ``cells`` equal cells to the vertical lines, or to the gaps between the characters.

    ``upper`` and ``lower`` are the horizontal lines, where they were found.
    """
    height, width = dark.shape
    top = upper.rows + upper.half + 1 if upper else np.zeros(width)
    bottom = lower.rows - lower.half - 1 if lower else np.full(width, height - 1.0)
    rows = np.arange(height)[:, None]
    body = dark * ((rows >= top) & (rows <= bottom))
    tall = float(np.median(bottom - top))
    runs = _opened(_closed(body, 7, 1), max(5, round(0.12 * tall)), 1)
    column = runs.sum(axis=0) / tall
    ruling = np.maximum(column, np.maximum(np.roll(column, 1), np.roll(column, -1)))
    x0, pitch = _fit(ruling, cells, width, sign=1.0)
    ruled = _is_ruled(ruling, x0 + pitch * np.arange(cells + 1.0), pitch)
    if not ruled:
        x0, pitch = _fit(body.sum(axis=0) / tall, cells, width, sign=-1.0)
    edges: NDArray[np.float64] = x0 + pitch * np.arange(cells + 1.0)
    if ruled:
        edges = _settle(edges, ruling, width)
    return Lattice(edges, top, bottom, ruled)


def _is_ruled(ruling: NDArray[np.float64], edges: NDArray[np.float64], pitch: float) -> bool:
    """Whether lines stand on the borders: alike in height, and thin.

    Characters that happen to stand on borders are neither.
    """
    width = len(ruling)
    at = [x for x in np.rint(edges).astype(int) if 3 <= x < width - 3]
    if not at:
        return False
    tall = np.array([ruling[x - 3 : x + 4].max() for x in at])
    aside = max(10, round(0.2 * pitch))
    beside = np.array(
        [max(ruling[max(0, x - aside) : x].min(), ruling[x : x + aside].min()) for x in at]
    )
    usual = float(np.median(tall))
    alike = np.mean((tall > 0.75 * usual) & (beside < 0.4 * tall))
    return usual > 0.1 and bool(alike > 0.7)


def _fit(profile: NDArray[np.float64], cells: int, width: int, sign: float) -> tuple[float, float]:
    """Abscissa of the first border and pitch of the best fit.

    ``sign`` +1 seeks borders where the profile is high (lines), -1 where it is low (gaps).
    """
    nominal = width / cells
    pitches = nominal * np.linspace(1 - _STRETCH, 1 + _STRETCH, 21)
    shifts = np.arange(-round(_SHIFT * nominal), round(_SHIFT * nominal) + 1)
    middle = width / 2
    # Pivot on the middle of the zone, so that stretch and shift do not fight each other.
    first = middle + shifts[None, :] - pitches[:, None] * cells / 2
    at = first[:, :, None] + pitches[:, None, None] * np.arange(cells + 1)
    index = np.rint(at).astype(int)
    seen = (index >= 0) & (index < width)
    values = np.where(seen, profile[np.clip(index, 0, width - 1)], 0.0)
    score = values.sum(axis=2) / np.maximum(seen.sum(axis=2), 1)
    # The form is nearly right: between equals, the nearer; between gaps, the nearer by far.
    away = (shifts[None, :] / nominal) ** 2 + (4 * (pitches / nominal - 1)[:, None]) ** 2
    best = np.argmax(sign * score - (0.3 if sign > 0 else 1.0) * away)
    row, col = np.unravel_index(best, score.shape)
    return float(first[row, col]), float(pitches[row])


def _settle(
    edges: NDArray[np.float64], ruling: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """Move each border onto the line beside it."""
    settled = edges.copy()
    for k, edge in enumerate(edges):
        lo, hi = max(0, round(edge) - 4), min(width, round(edge) + 5)
        if hi > lo and ruling[lo:hi].max() > 0.1:
            near = np.flatnonzero(ruling[lo:hi] > 0.7 * ruling[lo:hi].max())
            settled[k] = lo + near.mean()
    return settled


def _without_lines(dark: Mask, upper: Line | None, lower: Line | None, lattice: Lattice) -> Mask:
    """The ink of the hand alone: printed lines go, strokes that cross them stay."""
    ink = dark
    for line in (upper, lower):
        if line:
            ink = _erase(ink, line.mask & ink, axis=0)
    if not lattice.ruled:
        return ink
    near = np.zeros_like(dark)
    for edge in lattice.edges:
        near[:, max(0, round(edge) - _BESIDE) : max(0, round(edge) + _BESIDE + 1)] = 1
    reach = max(5, round(0.16 * lattice.height))
    columns = _grown(_opened(_closed(dark, 5, 1), reach, 1) & near, 1, 3)
    return _erase(ink, columns & near & ink, axis=1)


def _erase(dark: Mask, line: Mask, axis: int) -> Mask:
    """``dark`` without ``line``, save where ink continues on both its sides along ``axis``."""
    inked = np.flatnonzero(line.any(axis=1))
    if not inked.size:
        return dark
    near = slice(max(0, int(inked[0]) - 1), int(inked[-1]) + 2)  # a line has few rows of all
    kept, rest = np.ones_like(line[near]), dark[near] & (1 - line[near])
    for sense in (1, -1):
        # Line pixels joined to ink on this side, through line pixels alone.
        joined = _shifted(rest, sense, axis) & line[near]
        for _ in range(THICKEST):
            joined = (joined | _shifted(joined, sense, axis)) & line[near]
        kept &= joined
    without = dark.copy()
    without[near] = rest | (line[near] & kept)
    return without


def _shifted(mask: Mask, sense: int, axis: int) -> Mask:
    """``mask`` moved by one pixel down or right (1), up or left (-1)."""
    moved = np.zeros_like(mask)
    to, at = (slice(1, None), slice(-1)) if sense > 0 else (slice(-1), slice(1, None))
    if axis == 0:
        moved[to] = mask[at]
    else:
        moved[:, to] = mask[:, at]
    return moved


def _glyphs(ink: Mask, lattice: Lattice) -> Cells:
    """Give each blob of ink to the cell that holds most of it; cut those that two cells share."""
    height, width = ink.shape
    cells = len(lattice.edges) - 1
    glyphs = np.zeros((cells, SIDE, SIDE), np.uint8)
    amount = np.zeros(cells, np.int64)
    owner = np.clip(np.searchsorted(lattice.edges, np.arange(width), side="right") - 1, -1, cells)
    labels, stats, _ = blobs(ink)
    pitch = float(np.mean(np.diff(lattice.edges)))
    canvas = np.full((height, width), -1, np.int16)
    for blob in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[blob])
        if _is_residue(x, y, w, h, area, lattice):
            continue
        part = labels[y : y + h, x : x + w] == blob
        columns = part.sum(axis=0)
        share = np.bincount(owner[x : x + w] + 1, weights=columns, minlength=cells + 2) / area
        most = int(np.argmax(share)) - 1
        target = canvas[y : y + h, x : x + w]
        # One character may lean over its border; two that touch are wider than a cell.
        if w < 1.12 * pitch or (share[most + 1] >= 0.75 and w < 1.4 * pitch):
            target[part] = most
        else:
            target[part] = np.broadcast_to(owner[x : x + w], part.shape)[part]
    for cell in range(cells):
        # What a cell owns begins and ends within a cell of it.
        left, right = lattice.edges[cell] - pitch, lattice.edges[cell + 1] + pitch
        mask = (canvas[:, max(0, int(left)) : max(0, int(right) + 1)] == cell).astype(np.uint8)
        amount[cell] = int(mask.sum())
        glyphs[cell] = normalise(mask)
    return Cells(glyphs, amount)


def _is_residue(x: int, y: int, w: int, h: int, area: int, lattice: Lattice) -> bool:
    """A speck, what is not in the row of cells, or a sliver of a line that stayed."""
    if max(w, h) < 7 and area < 24:
        return True
    middle = x + w // 2
    top, bottom = lattice.top[middle], lattice.bottom[middle]
    nearest = float(np.min(np.abs(lattice.edges - (x + w / 2))))
    outside = not top <= y + h / 2 <= bottom
    flat = h <= 4 and (y <= top + 3 or y + h >= bottom - 3)
    upright = w <= 4 and nearest < 6 and h < 0.9 * (bottom - top)
    return outside or flat or upright


def normalise(mask: Mask) -> Grey:
    """Crop to the ink, shrink its longest side to INK_SIDE, centre its mass: (SIDE, SIDE)."""
    glyph = np.zeros((SIDE, SIDE), np.uint8)
    left, top, wide, high = cv2.boundingRect(mask)
    if not wide:
        return glyph
    crop = mask[top : top + high, left : left + wide] * np.uint8(255)
    # Never enlarge: a speck blown up to full size would look like a character.
    scale = min(1.0, INK_SIDE / max(crop.shape))
    w, h = (max(1, round(s * scale)) for s in (crop.shape[1], crop.shape[0]))
    small = cv2.resize(crop, (w, h), interpolation=cv2.INTER_AREA)
    moments = cv2.moments(small)
    mass = max(moments["m00"], 1e-6)
    x = min(max(round(SIDE / 2 - moments["m10"] / mass - 0.5), 0), SIDE - w)
    y = min(max(round(SIDE / 2 - moments["m01"] / mass - 0.5), 0), SIDE - h)
    glyph[y : y + h, x : x + w] = small
    return glyph


def _grown(mask: Mask, rows: int, columns: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((rows, columns), np.uint8)), np.uint8)


def _closed(image: Grey, rows: int, columns: int) -> Grey:
    return _morphed(image, cv2.MORPH_CLOSE, rows, columns)


def _opened(image: Grey, rows: int, columns: int) -> Grey:
    return _morphed(image, cv2.MORPH_OPEN, rows, columns)


def _morphed(image: Grey, how: int, rows: int, columns: int) -> Grey:
    return np.asarray(cv2.morphologyEx(image, how, np.ones((rows, columns), np.uint8)), np.uint8)
