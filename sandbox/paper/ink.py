"""Ink on a page: how a mark darkens it, and the strokes a pen makes.

Pages are ``uint8`` arrays (height × width at 300 dpi, 0 is black). Masks are ``uint8`` arrays in
which 255 is full ink.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from greffier.words import DPI, Box

Page = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Point = tuple[float, float]

MM = DPI / 25.4
#: Fractional bits of the coordinates given to OpenCV's drawing functions.
_SHIFT = 4


def stamp(page: Page, mask: Mask, x: int, y: int, ink: int) -> None:
    """Darken ``page`` where ``mask`` has ink, its top left corner at (x, y); ``ink`` is the grey
    of full ink. What falls outside the page is lost."""
    top, left = max(0, -y), max(0, -x)
    height = min(mask.shape[0], page.shape[0] - y) - top
    width = min(mask.shape[1], page.shape[1] - x) - left
    if height <= 0 or width <= 0:
        return
    cut = mask[top : top + height, left : left + width]
    under = page[y + top : y + top + height, x + left : x + left + width]
    marked = 255 - (cut.astype(np.uint16) * (255 - ink) // 255)
    np.minimum(under, marked.astype(np.uint8), out=under)


def stroke(page: Page, points: Sequence[Point], thickness: float, ink: int) -> None:
    """Draw a line through ``points`` (pixels of the page) with a round pen of that thickness."""
    margin = int(thickness) + 3
    left = int(min(x for x, _ in points)) - margin
    top = int(min(y for _, y in points)) - margin
    width = int(max(x for x, _ in points)) + margin - left
    height = int(max(y for _, y in points)) + margin - top
    mask = np.zeros((height + 1, width + 1), np.uint8)
    scaled = (np.array(points) - (left, top)) * (1 << _SHIFT)
    line = [np.round(scaled).astype(np.int32)]
    cv2.polylines(mask, line, False, 255, max(1, round(thickness)), cv2.LINE_AA, _SHIFT)
    stamp(page, mask, left, top, ink)


def curve(points: Sequence[Point], steps: int = 10) -> list[Point]:
    """A smooth line through ``points`` (a Catmull-Rom spline)."""
    padded = [points[0], *points, points[-1]]
    found: list[Point] = []
    for start in range(len(points) - 1):
        p0, p1, p2, p3 = (np.array(p) for p in padded[start : start + 4])
        for t in np.linspace(0, 1, steps, endpoint=False):
            at = 0.5 * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
            found.append((float(at[0]), float(at[1])))
    return [*found, points[-1]]


def tick(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    """Mark a check box the way one person or another does."""
    kind = rng.choice((_cross, _cross, _check, _check, _fill, _sloppy))
    kind(page, box, rng, ink)


def _at(box: Box, x: float, y: float, rng: random.Random, spread: float = 0.06) -> Point:
    """The point at fractions (x, y) of the box, a little off."""
    return (
        box.x0 + box.width * (x + rng.gauss(0, spread)),
        box.y0 + box.height * (y + rng.gauss(0, spread)),
    )


def _cross(page: Page, box: Box, rng: random.Random, ink: int, reach: float = 0.12) -> None:
    thickness = rng.uniform(4, 7)
    for ends in (
        ((reach, reach), (1 - reach, 1 - reach)),
        ((1 - reach, reach), (reach, 1 - reach)),
    ):
        stroke(page, curve([_at(box, x, y, rng) for x, y in ends]), thickness, ink)


def _check(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    points = [_at(box, 0.1, 0.5, rng), _at(box, 0.4, 0.9, rng), _at(box, 1.25, -0.25, rng)]
    stroke(page, points, rng.uniform(4, 7), ink)


def _fill(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    rows = 8
    points = [
        _at(box, 0.1 + 0.8 * (n % 2), 0.1 + 0.8 * n / rows, rng, 0.03) for n in range(rows + 1)
    ]
    stroke(page, points, rng.uniform(5, 8), ink)


def _sloppy(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    """A hurried cross, larger than the box and beside its middle."""
    dx, dy = (round(rng.uniform(-0.22, 0.22) * box.width) for _ in range(2))
    moved = Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)
    _cross(page, moved, rng, ink, reach=-0.15)


def sign(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    """A signature: a tall initial, a falling wave of letters, often a line under it."""
    thickness = rng.uniform(3, 5)
    width, height = box.width * rng.uniform(0.45, 0.8), box.height
    x, base = box.x0 + box.width * 0.06, box.y0 + height * rng.uniform(0.6, 0.72)
    points: list[Point] = [
        (x, base),
        (x + width * 0.05, base - height * rng.uniform(0.4, 0.55)),
        (x + width * 0.13, base - height * 0.25),
        (x + width * 0.05, base + height * rng.uniform(0.0, 0.12)),
    ]
    waves = rng.randrange(6, 12)
    for n in range(2 * waves):
        at = x + width * (0.16 + 0.8 * n / (2 * waves)) + rng.gauss(0, width * 0.012)
        swing = height * (
            rng.uniform(0.25, 0.45) if rng.random() < 0.2 else rng.uniform(0.06, 0.17)
        )
        points.append((at, base - (swing if n % 2 else -swing * 0.3)))
    points.append((x + width, base - height * rng.uniform(-0.1, 0.3)))
    stroke(page, curve(points), thickness, ink)
    if rng.random() < 0.6:
        under = base + height * 0.2
        line = [(x + width * 0.9, under), (x + width * 0.5, under + rng.gauss(0, 6)), (x, under)]
        stroke(page, curve(line), thickness, ink)


def scribble_over(page: Page, box: Box, rng: random.Random, ink: int) -> None:
    """Make what is written in ``box`` unreadable: crossed out again and again, then a blot."""
    for _ in range(3):
        turns = max(8, box.width // 22)
        points = [
            _at(box, n / turns, 0.12 + 0.76 * (n % 2), rng, 0.05 if turns < 12 else 0.02)
            for n in range(turns + 1)
        ]
        stroke(page, curve(points, 5), rng.uniform(6, 9), ink)
    middle = (box.x0 + box.x1) // 2 + rng.randrange(-box.width // 4, box.width // 4 + 1)
    size = round(box.height * 1.3)
    blot = np.zeros((2 * size, 2 * size), np.uint8)
    for _ in range(7):
        centre = (
            size + rng.randrange(-size // 3, size // 3),
            size + rng.randrange(-size // 5, size // 5),
        )
        cv2.circle(blot, centre, rng.randrange(size // 4, size // 2), 255, -1, cv2.LINE_AA)
    y = (box.y0 + box.y1) // 2 - size
    stamp(page, cv2.GaussianBlur(blot, (0, 0), 2.0).astype(np.uint8), middle - size, y, ink)
    for start, end in pairwise([box.x0, (box.x0 + box.x1) // 2, box.x1]):
        row = [(start, box.y0 + box.height * 0.3), (end, box.y0 + box.height * 0.7)]
        stroke(page, row, 10, ink)
