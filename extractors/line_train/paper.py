"""Lines as they are cut out of forms that came back from scanners and fax machines."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from extractors.hand_train import strokes
from extractors.hand_train.paper import degrade
from extractors.images import blobs
from extractors.letters import on_line
from extractors.zones import darkness

Picture = NDArray[np.uint8]
Reals = NDArray[np.float32]

#: Glyphs are kept this high (a capital), on a patch this large with their origin at (left, base).
_CAP, _PATCH, _LEFT, _BASE = 64, 240, 80, 150
#: Where the line stands on its paper, and how high that is.
_ON, _TALL = 118, 180
#: Combining marks as strokes, in heights of a capital around the letter's middle and over its top.
_ACCENTS = {
    "\u0301": ((-0.08, 0.12), (0.15, 0.34)),
    "\u0300": ((-0.15, 0.34), (0.08, 0.12)),
    "\u0302": ((-0.2, 0.12), (0.0, 0.34), (0.2, 0.12)),
}
#: A speck is smaller (square pixels at 300 dpi).
_SPECK = 12


class Glyph(NamedTuple):
    """A sign on its patch, and how far it carries to the right."""

    ink: Picture
    advance: float


@dataclass
class Pens:
    """Where signs come from: fonts of hands and of machines, real digits, drawn strokes."""

    hands: list[Path]
    machines: list[Path]
    digits: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    _owned: dict[tuple[Path, str], Glyph | None] = field(default_factory=dict)
    _glyphs: dict[tuple[Path, str], Glyph | None] = field(default_factory=dict)
    _faces: dict[tuple[Path, int], ImageFont.FreeTypeFont] = field(default_factory=dict)
    _one_case: dict[Path, bool] = field(default_factory=dict)

    def glyph(self, font: Path, sign: str) -> Glyph | None:
        """``sign`` as the font draws it, or its letter and an accent by hand; ``None``: neither."""
        key = (font, sign)
        if key not in self._glyphs:
            self._glyphs[key] = self._own(font, sign) or self._accented(font, sign)
        return self._glyphs[key]

    def face(self, font: Path, cap: int) -> ImageFont.FreeTypeFont:
        """The font at the size whose capitals are ``cap`` pixels high."""
        key = (font, cap)
        if key not in self._faces:
            trial = ImageFont.truetype(str(font), 100)
            _, top, _, bottom = trial.getbbox("E", anchor="ls")
            size = max(8, round(100 * cap / (bottom - top)))
            self._faces[key] = ImageFont.truetype(str(font), size)
        return self._faces[key]

    def pick(self, by_hand: bool, rng: np.random.Generator) -> Path:
        """A font of a hand or of a machine."""
        fonts = self.hands if by_hand else self.machines
        return fonts[rng.integers(len(fonts))]

    def has(self, font: Path, text: str) -> bool:
        """Whether the font draws every sign of ``text`` itself."""
        return all(sign == " " or self._own(font, sign) for sign in set(text))

    def _own(self, font: Path, sign: str) -> Glyph | None:
        key = (font, sign)
        if key not in self._owned:
            self._owned[key] = self._drawn(font, sign)
        return self._owned[key]

    def is_of_one_case(self, font: Path) -> bool:
        """Whether the font draws small letters as capitals: nobody could tell which was meant."""
        if font not in self._one_case:
            alike = sum(
                _alike(self.glyph(font, sign), self.glyph(font, sign.upper())) for sign in "aegnrt"
            )
            self._one_case[font] = alike >= 4
        return self._one_case[font]

    def _drawn(self, font: Path, sign: str) -> Glyph | None:
        face = self.face(font, _CAP)
        if bytes(face.getmask(sign)) in (b"", bytes(face.getmask("\uffff"))):
            return None
        image = Image.new("L", (_PATCH, _PATCH))
        ImageDraw.Draw(image).text((_LEFT, _BASE), sign, font=face, fill=255, anchor="ls")
        ink = np.array(image)
        return Glyph(ink, face.getlength(sign)) if ink.any() else None

    def _accented(self, font: Path, sign: str) -> Glyph | None:
        bare, *marks = list(unicodedata.normalize("NFD", sign))
        if not marks or not (letter := self._own(font, bare)):
            return None
        ink = letter.ink.copy()
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        middle, top = (columns[0] + columns[-1]) / 2, float(rows[0])
        if marks[0] in _ACCENTS:
            points = [(middle + x * _CAP, top - y * _CAP) for x, y in _ACCENTS[marks[0]]]
            cv2.polylines(ink, [np.rint(points).astype(np.int32)], False, 255, 6, cv2.LINE_AA)
        elif marks[0] == "\u0308":
            for x in (-0.16, 0.16):
                at = round(middle + x * _CAP), round(top - 0.22 * _CAP)
                cv2.circle(ink, at, 5, 255, -1, cv2.LINE_AA)
        else:
            foot = float(rows[-1])
            points = [(middle, foot), (middle + 5, foot + 9), (middle - 7, foot + 14)]
            cv2.polylines(ink, [np.rint(points).astype(np.int32)], False, 255, 5, cv2.LINE_AA)
        return Glyph(ink, letter.advance)


def _alike(one: Glyph | None, other: Glyph | None) -> bool:
    if one is None or other is None:
        return True
    masks = []
    for glyph in (one, other):
        rows, columns = np.flatnonzero(glyph.ink.any(axis=1)), np.flatnonzero(glyph.ink.any(axis=0))
        part = glyph.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        masks.append(cv2.GaussianBlur(cv2.resize(part, (32, 32)), (0, 0), 2) > 60)
    return bool((masks[0] & masks[1]).sum() > 0.8 * (masks[0] | masks[1]).sum())


class Line(NamedTuple):
    """A line as it is cut out at run time: its text, the writing on white, and its ink."""

    text: str
    writing: Picture
    ink: Picture


def line(pens: Pens, text: str, by_hand: bool, rng: np.random.Generator) -> Line:
    """``text`` written, degraded and cut out; in capitals where the font has no others."""
    font = pens.pick(by_hand, rng)
    if pens.is_of_one_case(font):
        text = text.upper()
    ink = _by_hand(pens, font, text, rng) if by_hand else _typed(pens, font, text, rng)
    paper = 1 - np.maximum(ink, _remains(ink, pens, rng))
    seen = degrade(np.asarray(paper, np.float32), rng)
    dark = on_line(_swept(darkness(seen)))
    near = cv2.dilate(dark, np.ones((3, 3), np.uint8))
    return Line(text, np.where(near > 0, seen, np.uint8(255)), dark)


def _swept(ink: Picture) -> Picture:
    labels, stats, _ = blobs(ink)
    large = stats[:, cv2.CC_STAT_AREA] >= _SPECK
    large[0] = False
    return np.asarray(large[labels], np.uint8)


def _typed(pens: Pens, font: Path, text: str, rng: np.random.Generator) -> Reals:
    while not pens.has(font, text):
        font = pens.pick(False, rng)
    ink = _set(pens, font, int(rng.integers(11, 21)) * 2, text, rng)
    if rng.random() < 0.2:
        ink = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)), np.float32)
    return ink * np.float32(rng.uniform(0.72, 1.0))


def _set(pens: Pens, font: Path, cap: int, text: str, rng: np.random.Generator) -> Reals:
    """The whole of ``text`` as the font sets it."""
    face = pens.face(font, cap)
    left, _, right, _ = face.getbbox(text, anchor="ls")
    image = Image.new("L", (round(right - left) + 60, _TALL))
    at = (30 - left + rng.uniform(0, 1), _ON + rng.uniform(0, 1))
    ImageDraw.Draw(image).text(at, text, font=face, fill=255, anchor="ls")
    return np.asarray(image, np.float32) / np.float32(255)


def _by_hand(pens: Pens, font: Path, text: str, rng: np.random.Generator) -> Reals:
    draw = rng.random()
    if draw < 0.3 and pens.has(font, text):
        ink = _set(pens, font, int(rng.integers(7, 15)) * 4, text, rng)
        ink = _leaning(ink, rng.normal(0, 0.08))
    else:
        ink = _placed(pens, font, draw > 0.88 and text.isupper(), text, rng)
    if rng.random() < 0.7:
        ink = _bent(ink, rng)
    if rng.random() < 0.35:
        side = int(rng.integers(2, 5))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        ink = np.asarray(cv2.dilate(ink, kernel), np.float32)
    return ink * np.float32(rng.uniform(0.55, 1.0))


def _placed(pens: Pens, font: Path, drawn: bool, text: str, rng: np.random.Generator) -> Reals:
    """Sign by sign, as a hand prints: never twice the same; capitals ``drawn`` as strokes are."""
    cap = rng.uniform(30, 58)
    unrest = rng.uniform(0.4, 1.4)
    slant, drift = rng.normal(0.03, 0.09), rng.normal(0, 0.008)
    apart, blank = rng.uniform(0.02, 0.26) * cap, rng.uniform(0.4, 0.9) * cap
    breadth = rng.uniform(0.75, 1.15)
    real = len(pens.digits) > 0 and rng.random() < 0.6
    ink = np.zeros((_TALL, round(len(text) * cap * 1.7) + 120), np.float32)
    x = 40.0
    for sign in text:
        if sign == " ":
            x += blank * rng.uniform(0.8, 1.25)
            continue
        mask, centre, width, base, tall = _sign(pens, font, drawn, sign, real, rng)
        scale = cap / tall * rng.normal(1, 0.05 * unrest)
        across = scale * breadth * rng.normal(1, 0.05 * unrest)
        carried = width * across
        y = _ON + drift * (x - 40) + rng.normal(0, 0.05 * cap * unrest)
        shape = np.array([[across, -(slant + rng.normal(0, 0.04)) * scale], [0, scale]])
        turn = rng.normal(0, 0.04 * unrest)
        linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ shape
        side = round(3.6 * cap)
        target = np.array([side / 2, side * 0.62])
        move = np.column_stack([linear, target - linear @ np.array([centre, base])])
        moved = cv2.warpAffine(mask, move, (side, side), flags=cv2.INTER_LINEAR)
        _lay(
            ink,
            np.asarray(moved, np.uint8),
            round(x + carried / 2 - side / 2),
            round(y - side * 0.62),
        )
        x += carried + apart * rng.uniform(0.5, 1.6)
    return ink[:, : round(x) + 40]


def _sign(
    pens: Pens, font: Path, drawn: bool, sign: str, real: bool, rng: np.random.Generator
) -> tuple[Picture, float, float, float, float]:
    """A sign's mask, the middle and width of its ink, its base line, and how high capitals are."""
    if sign.isascii() and sign.isdigit() and real:
        pool = np.flatnonzero(pens.labels == int(sign))
        image = pens.digits[pool[rng.integers(len(pool))]]
        mask = np.asarray(cv2.resize(image, (84, 84), interpolation=cv2.INTER_CUBIC), np.uint8)
        base, tall = 72.0, 60.0
    elif drawn and sign in strokes.KNOWN:
        mask, base, tall = strokes.draw(sign, rng), 92.0, 64.0
    else:
        while (found := pens.glyph(font, sign)) is None:
            font = pens.pick(True, rng)
        mask, base, tall = found.ink, float(_BASE), float(_CAP)
    columns = np.flatnonzero(mask.max(axis=0) > 40)
    left, right = float(columns[0]), float(columns[-1] + 1)
    return mask, (left + right) / 2, right - left, base, tall


def _lay(ink: Reals, patch: Picture, left: int, top: int) -> None:
    height, width = ink.shape
    x0, y0, x1, y1 = max(0, left), max(0, top), left + patch.shape[1], top + patch.shape[0]
    x1, y1 = min(width, x1), min(height, y1)
    if x1 > x0 and y1 > y0:
        part = patch[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32) / 255
        ink[y0:y1, x0:x1] = np.maximum(ink[y0:y1, x0:x1], part)


def _leaning(ink: Reals, slant: float) -> Reals:
    move = np.array([[1, -slant, slant * _ON], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(ink, move, ink.shape[::-1]), np.float32)


def _bent(ink: Reals, rng: np.random.Generator) -> Reals:
    """An elastic distortion, from displacements on a grid of some 40 pixels."""
    height, width = ink.shape
    grid = (2, height // 40 + 2, width // 40 + 2)
    coarse = rng.normal(0, rng.uniform(0.5, 2.4), grid).astype(np.float32)
    dx, dy = (cv2.resize(c, (width, height), interpolation=cv2.INTER_CUBIC) for c in coarse)
    gx, gy = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(cv2.remap(ink, gx + dx, gy + dy, cv2.INTER_LINEAR), np.float32)


def _remains(ink: Reals, pens: Pens, rng: np.random.Generator) -> Reals:
    """What the form's own print leaves behind: shreds of a line, a caption's feet, an upright."""
    left = np.zeros_like(ink)
    height, width = ink.shape
    if rng.random() < 0.12:
        y = _ON + int(rng.integers(4, 26))
        cv2.line(left, (0, y), (width, y + int(rng.integers(-3, 4))), 1.0, int(rng.integers(1, 4)))
        shreds = cv2.resize(rng.random((1, width // 20 + 1)).astype(np.float32), (width, 1))
        left *= shreds < rng.uniform(0.1, 0.6)
    if rng.random() < 0.08:
        x = int(rng.integers(0, width))
        top = int(rng.integers(20, 100))
        cv2.line(left, (x, top), (x, top + int(rng.integers(10, 60))), 1.0, 2)
    if rng.random() < 0.06:
        face = pens.face(pens.pick(False, rng), 18)
        shown = Image.new("L", (width, height))
        at = (int(rng.integers(0, width)), int(rng.integers(8, 28)))
        caption = "date du nom rue de ville"[int(rng.integers(16)) :]
        ImageDraw.Draw(shown).text(at, caption, font=face, fill=255, anchor="ls")
        left = np.maximum(left, np.asarray(shown, np.float32) / 255)
        left[: int(rng.integers(2, 24))] = 0
    return left * np.float32(rng.uniform(0.4, 1.0))
