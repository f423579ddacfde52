"""Capitals and digits drawn from strokes, as a pen does, each time a little differently.

``shapes.toml`` holds the characters' shapes and says how they are written down.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_SHAPES: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("shapes.toml").read_text(encoding="utf-8")
)
#: What can be drawn.
KNOWN = frozenset(_SHAPES)
_ACCENTS = {
    "acute": "20 41",
    "grave": "20 41",
    "circumflex": "11 30 51",
    "diaeresis": "20 21;40 41",
}
#: Accents that French puts on capitals; they are read as the bare letter.
_ACCENTED = {
    "A": ("grave", "circumflex"),
    "E": tuple(_ACCENTS),
    "I": ("circumflex", "diaeresis"),
    "O": ("circumflex",),
    "U": ("grave", "circumflex", "diaeresis"),
}

Strokes = list[tuple[bool, NDArray[np.float64]]]


def _parse(shape: str) -> Strokes:
    strokes: Strokes = []
    for stroke in shape.split(";"):
        points = np.array([[int(c[0]), int(c[1])] for c in stroke.lstrip("~").split()], np.float64)
        strokes.append((stroke.startswith("~"), points))
    return strokes


_PARSED = {char: [_parse(shape) for shape in shapes] for char, shapes in _SHAPES.items()}


def _curve(points: NDArray[np.float64], smooth: bool) -> NDArray[np.float64]:
    """A polyline through ``points``: Catmull-Rom when ``smooth``."""
    if not smooth or len(points) < 3:
        return points
    closed = bool(np.allclose(points[0], points[-1], atol=0.6))
    before = points[-2] if closed else 2 * points[0] - points[1]
    after = points[1] if closed else 2 * points[-1] - points[-2]
    padded = np.vstack([before, points, after])
    t = np.linspace(0, 1, 10, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return np.vstack([*parts, points[-1:]])


def draw(char: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One drawing of ``char`` (A–Z, 0–9, - ' /) on 112×96 pixels, 255 as ink."""
    shape = _PARSED[char][rng.integers(len(_PARSED[char]))]
    width, height = rng.uniform(30, 56), rng.uniform(56, 72)
    wobble = rng.uniform(0.05, 0.3)
    image = np.zeros((112, 96), np.uint8)
    pen = int(rng.integers(3, 10))
    strokes = [(smooth, points.copy()) for smooth, points in shape]
    if char in _ACCENTED and rng.random() < 0.2:
        accent = _ACCENTED[char][rng.integers(len(_ACCENTED[char]))]
        for smooth, points in _parse(_ACCENTS[accent]):
            mirrored = points * [-1, 1] + [6, 0] if accent == "acute" else points
            strokes.append((smooth, mirrored * [1, rng.uniform(0.8, 1.4)] - [0, 2.4]))
    for smooth, points in strokes:
        points = points + rng.normal(0, wobble, points.shape)
        if len(points) == 2 or smooth:  # a straight stroke bends a little, too
            middle = points.mean(axis=0) + rng.normal(0, 1.2 * wobble, 2)
            if len(points) == 2:
                points, smooth = np.array([points[0], middle, points[1]]), True
        line = _curve(points, smooth) / [6, 8] * [width, height] + [(96 - width) / 2, 28]
        cv2.polylines(image, [np.rint(line * 8).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 3)
    return image
