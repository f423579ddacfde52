"""Combs as they come back from scanners and fax machines, with what stands in each cell."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.hand_train.glyphs import CAPITALS, DIGITS, SIGNS, Glyphs

Picture = NDArray[np.uint8]
Reals = NDArray[np.float32]
#: What a cell can hold: its index here is its class.
CLASSES = (*DIGITS, *CAPITALS, *SIGNS, "empty", "garbage")
EMPTY, GARBAGE = CLASSES.index("empty"), CLASSES.index("garbage")
KINDS = ("digits", "letters", "mixed")


class Strip(NamedTuple):
    """A picture of a comb at 300 dpi and the class of each of its cells."""

    image: Picture
    classes: list[int]


def comb(glyphs: Glyphs, shares: tuple[float, float, float], rng: np.random.Generator) -> Strip:
    """One comb, printed, filled in and degraded."""
    cells = int(rng.integers(5, 14))
    pitch, tall = rng.uniform(44, 76), rng.uniform(58, 96)
    margin = int(rng.integers(8, 20))
    width, height = round(pitch * cells) + 2 * margin, round(tall) + 2 * margin
    ink = np.zeros((height, width), np.float32)
    classes: list[int] = []
    kind = KINDS[rng.choice(3, p=shares)]
    font = glyphs.pick_font(rng)
    habits = _Habits(rng, thick=kind == "digits")
    for cell in range(cells):
        glyph, label = _content(glyphs, kind, font, rng)
        classes.append(label)
        if glyph is not None:
            x, y = margin + pitch * (cell + 0.5), margin + tall / 2
            _place(ink, glyph, x, y, pitch, tall, habits, rng)
    paper = _print(ink, margin, pitch, tall, cells, rng)
    return Strip(_crop(degrade(paper, rng), margin, rng), classes)


class _Habits:
    """What one hand keeps from cell to cell."""

    def __init__(self, rng: np.random.Generator, thick: bool) -> None:
        self.size = rng.uniform(0.52, 0.92)
        self.slant = rng.normal(0, 0.12)
        self.rise = rng.normal(0, 0.05)
        self.drift = rng.normal(0, 0.05)
        self.darkness = rng.uniform(0.62, 1.0)
        # Thin pens would vanish: only the thick strokes of the digit file are ever thinned.
        self.weight = int(rng.choice([-1, 0, 0, 1, 2] if thick else [0, 0, 0, 1, 2]))


def _content(
    glyphs: Glyphs, kind: str, font: Path | None, rng: np.random.Generator
) -> tuple[Picture | None, int]:
    draw = rng.random()
    if draw < 0.05:
        return None, EMPTY
    if draw < 0.065:
        return _speck(rng), EMPTY
    if draw < 0.085:
        return _blot(glyphs, font, rng), GARBAGE
    if kind == "digits":
        glyph, char = glyphs.written_digit(rng)
    elif draw > 0.97:
        char = SIGNS[rng.integers(len(SIGNS))]
        glyph = _framed(glyphs.character(char, font, rng))
    else:
        of = CAPITALS if kind == "letters" or rng.random() < 0.5 else DIGITS
        char = of[rng.integers(len(of))]
        glyph = glyphs.character(char, font, rng)
    return glyph, CLASSES.index(char)


def _speck(rng: np.random.Generator) -> Picture:
    """A dot or a short sliver: nobody wrote it."""
    image = np.zeros((84, 84), np.uint8)
    x, y = (int(v) for v in rng.integers(10, 74, 2))
    dx, dy = (int(v) for v in rng.integers(-9, 10, 2))
    cv2.line(image, (x, y), (x + dx, y + dy), 255, int(rng.integers(2, 5)))
    return _framed(image)


def _framed(glyph: Picture) -> Picture:
    """``glyph`` in a frame as high as a capital, so that a small sign is not enlarged."""
    h, w = glyph.shape
    frame = np.zeros((max(84, h), max(60, w)), np.uint8)
    y, x = (frame.shape[0] - h) // 2, (frame.shape[1] - w) // 2
    frame[y : y + h, x : x + w] = glyph
    frame[0, 0] = frame[-1, -1] = 1
    return frame


def _blot(glyphs: Glyphs, font: Path | None, rng: np.random.Generator) -> Picture:
    """A character struck out, a scribble, or a blot."""
    image = np.zeros((112, 96), np.uint8)
    draw = rng.random()
    if draw < 0.55:
        of = DIGITS + CAPITALS
        under = glyphs.character(of[rng.integers(len(of))], font, rng)
        if draw < 0.2:
            under = glyphs.written_digit(rng)[0]
        image[:] = cv2.resize(under, (96, 112), interpolation=cv2.INTER_AREA)
        for _ in range(int(rng.integers(2, 5))):
            a, b = rng.integers(5, 105, 2)
            c, d = rng.integers(2, 20), rng.integers(74, 94)
            cv2.line(image, (int(c), int(a)), (int(d), int(b)), 255, int(rng.integers(3, 8)))
    elif draw < 0.85:
        points = rng.integers(8, 92, (int(rng.integers(9, 18)), 2)).astype(np.int32)
        cv2.polylines(image, [points], False, 255, int(rng.integers(3, 8)))
    else:
        for _ in range(int(rng.integers(1, 4))):
            centre = (int(rng.integers(30, 66)), int(rng.integers(36, 76)))
            axes = (int(rng.integers(12, 34)), int(rng.integers(12, 34)))
            cv2.ellipse(image, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    return image


def _place(
    ink: Reals,
    glyph: Picture,
    x: float,
    y: float,
    pitch: float,
    tall: float,
    habits: _Habits,
    rng: np.random.Generator,
) -> None:
    """Put ``glyph`` around (x, y), sized for the cell, bent as a hand bends it."""
    ys, xs = np.nonzero(glyph)
    h, w = np.ptp(ys) + 1, np.ptp(xs) + 1
    scale = habits.size * rng.uniform(0.88, 1.12) * min(tall / h, 1.02 * pitch / w)
    shear = habits.slant + rng.normal(0, 0.08)
    angle = rng.normal(0, 0.06)
    sx, sy = scale * rng.uniform(0.88, 1.12), scale
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos * sx, (sin + shear) * sy], [-sin * sx, cos * sy]])
    centre = np.array([(xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2])
    dx = (rng.normal(0, 0.07) + habits.drift) * pitch
    dy = (rng.normal(0, 0.05) + habits.rise) * tall
    side_x, side_y = int(2.2 * pitch), int(1.7 * tall)
    left, top = round(x + dx - side_x / 2), round(y + dy - side_y / 2)
    shift = np.array([x + dx - left, y + dy - top]) - turn @ centre
    matrix = np.hstack([turn, shift[:, None]])
    moved = np.asarray(cv2.warpAffine(glyph, matrix, (side_x, side_y)), np.uint8)
    if rng.random() < 0.8:
        moved = _bend(moved, pitch, rng)
    if habits.weight and rng.random() < 0.7:
        kernel = np.ones((1 + abs(habits.weight),) * 2, np.uint8)
        change = cv2.dilate if habits.weight > 0 else cv2.erode
        moved = np.asarray(change(moved, kernel), np.uint8)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(ink.shape[1], left + side_x), min(ink.shape[0], top + side_y)
    patch = moved[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32) / 255
    ink[y0:y1, x0:x1] = np.maximum(ink[y0:y1, x0:x1], patch * habits.darkness)


def _bend(image: Picture, pitch: float, rng: np.random.Generator) -> Picture:
    """An elastic distortion, from displacements on a coarse grid."""
    h, w = image.shape
    coarse = rng.normal(0, rng.uniform(0.01, 0.05) * pitch, (2, 6, 6)).astype(np.float32)
    dx, dy = (cv2.resize(c, (w, h), interpolation=cv2.INTER_CUBIC) for c in coarse)
    gx, gy = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return np.asarray(cv2.remap(image, gx + dx, gy + dy, cv2.INTER_LINEAR), np.uint8)


def _print(
    ink: Reals, margin: int, pitch: float, tall: float, cells: int, rng: np.random.Generator
) -> Reals:
    """Ink on paper with the comb's lines, or with what their subtraction left; 0 is black."""
    lines = np.zeros_like(ink)
    x0, x1 = margin, round(margin + cells * pitch)
    y0, y1 = margin, round(margin + tall)
    weight = int(rng.integers(1, 5))
    style = rng.choice(["boxes", "comb", "apart"], p=[0.6, 0.25, 0.15])
    tick = round(y1 - tall * rng.uniform(0.2, 0.6)) if style == "comb" else y0
    for k in range(cells + 1):
        x = round(margin + k * pitch)
        gaps = (-3, 3) if style == "apart" and 0 < k < cells else (0,)
        for gap in gaps:
            cv2.line(lines, (x + gap, tick if 0 < k < cells else y0), (x + gap, y1), 1.0, weight)
    cv2.line(lines, (x0, y1), (x1, y1), 1.0, weight)
    if style != "comb" or rng.random() < 0.4:
        cv2.line(lines, (x0, y0), (x1, y0), 1.0, weight)
    if rng.random() < 0.25:  # the blank's lines were subtracted: gaps in the ink, slivers left
        gone = cv2.dilate(lines, np.ones((3, 3), np.uint8))
        ink = ink * (1 - gone * np.float32(rng.random() < 0.5))
        noise = cv2.resize(
            rng.random((ink.shape[0] // 6 + 1, ink.shape[1] // 6 + 1)).astype(np.float32),
            (ink.shape[1], ink.shape[0]),
        )
        lines = lines * (noise < rng.uniform(0, 0.3))
    lines *= np.float32(rng.uniform(0.35, 1.0))
    return np.asarray(1 - np.maximum(ink, lines), np.float32)


def degrade(paper: Reals, rng: np.random.Generator) -> Picture:
    """Scan it: grey or bitonal at 300 or 200 dpi, or faxed fine or standard."""
    h, w = paper.shape
    angle = rng.normal(0, 0.25)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0)
    seen: Reals = np.asarray(
        cv2.warpAffine(paper, turn, (w, h), borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    way = rng.choice(["grey", "bitonal", "200", "fine", "standard"], p=[0.2, 0.15, 0.15, 0.3, 0.2])
    seen = _worn(seen, rng)
    sizes = {"200": (200, 200), "fine": (204, 196), "standard": (204, 98)}
    if way in sizes:
        across, down = sizes[way]
        size = (max(8, round(w * across / 300)), max(8, round(h * down / 300)))
        seen = np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.float32)
    blur = rng.uniform(0.3, 1.1 if way in ("grey", "bitonal") else 0.7)
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), blur), np.float32)
    seen = seen + rng.normal(0, rng.uniform(0.005, 0.06), seen.shape).astype(np.float32)
    if way == "grey":
        low, high = rng.uniform(0, 0.35), rng.uniform(0.75, 1.0)
        return np.asarray(np.clip((low + (high - low) * seen) * 255, 0, 255).astype(np.uint8))
    bits = _dirt((seen > rng.uniform(0.52, 0.82)).astype(np.uint8), rng)
    how = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    return np.asarray(cv2.resize(bits * np.uint8(255), (w, h), interpolation=how), np.uint8)


def _worn(paper: Reals, rng: np.random.Generator) -> Reals:
    """Folds, which bend the lines, and streaks where the ink ran dry."""
    h, w = paper.shape
    if rng.random() < 0.15:
        knots = np.sort(rng.uniform(0, w, 3))
        rise = np.interp(np.arange(w), knots, rng.uniform(-9, 9, 3)).astype(np.float32)
        gx, gy = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        bent = cv2.remap(paper, gx, gy + rise, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        paper = np.asarray(bent, np.float32)
    if rng.random() < 0.15:
        at, length = int(rng.integers(0, h)), int(rng.integers(20, w))
        left, thick = int(rng.integers(0, w)), int(rng.integers(1, 4))
        paper[at : at + thick, left : left + length] = np.float32(rng.uniform(0.6, 1.0))
    return paper


def _dirt(bits: Picture, rng: np.random.Generator) -> Picture:
    """Pepper, salt, and the lines a fax loses."""
    if rng.random() < 0.5:
        bits[rng.random(bits.shape) < rng.uniform(0, 0.006)] = 0
        bits[rng.random(bits.shape) < rng.uniform(0, 0.01)] = 1
    if rng.random() < 0.15:
        row = int(rng.integers(1, len(bits)))
        bits[row] = bits[row - 1] if rng.random() < 0.5 else 1
    return bits


def _crop(paper: Picture, margin: int, rng: np.random.Generator) -> Picture:
    """The zone as the form places it, a few pixels off, sometimes with a margin around it."""
    pad = int(rng.integers(-2, 5))
    left, right, top, bottom = (
        int(np.clip(margin - pad + rng.normal(0, 2.5), 0, 2 * margin)) for _ in range(4)
    )
    h, w = paper.shape
    shift = round(rng.normal(0, 2.5))
    left, right = max(0, left + shift), max(0, right - shift)
    return np.ascontiguousarray(paper[top : h - bottom, left : w - right])
