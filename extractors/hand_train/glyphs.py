"""Where the characters on the practice combs come from: the digit file, fonts, drawn strokes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from extractors.hand_train import strokes

Ink = NDArray[np.uint8]
DIGITS, CAPITALS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: What else people write in combs: between names, and in civic numbers.
SIGNS = "-'/"
_ACCENTED = {"A": "ÀÂ", "C": "Ç", "E": "ÉÈÊË", "I": "ÎÏ", "O": "Ô", "U": "ÙÛÜ"}
#: The weights of a family of npm's that are used.
_WEIGHTS = (300, 400, 700)
log = logging.getLogger(__name__)


@dataclass
class Glyphs:
    """A source of characters: ``digits`` (N, 28, 28) with their labels, and fonts by path."""

    digits: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    fonts: list[Path]
    stroke_share: float = 0.5
    _cache: dict[tuple[Path, str], Ink | None] = field(default_factory=dict)

    def written_digit(self, rng: np.random.Generator) -> tuple[Ink, str]:
        """A digit of the digit file, enlarged threefold, and what it is."""
        at = int(rng.integers(len(self.digits)))
        how = (cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST)[
            rng.choice(3, p=[0.5, 0.3, 0.2])
        ]
        big = cv2.resize(self.digits[at], (84, 84), interpolation=how)
        return big, str(self.labels[at])

    def pick_font(self, rng: np.random.Generator) -> Path | None:
        """A font for one comb, or ``None`` for drawn strokes."""
        if not self.fonts or rng.random() < self.stroke_share:
            return None
        return self.fonts[rng.integers(len(self.fonts))]

    def character(self, char: str, font: Path | None, rng: np.random.Generator) -> Ink:
        """``char`` in ``font`` or drawn; an accent may stand on a capital."""
        if font is None:
            return strokes.draw(char, rng)
        shown = char
        if char in _ACCENTED and rng.random() < 0.12:
            shown = str(rng.choice(list(_ACCENTED[char])))
        ink = self._render(font, shown)
        if ink is None:
            ink = self._render(font, char)
        return strokes.draw(char, rng) if ink is None else ink

    def _render(self, font: Path, char: str) -> Ink | None:
        key = (font, char)
        if key not in self._cache:
            self._cache[key] = render(font, char)
        return self._cache[key]


def render(font: Path, char: str) -> Ink | None:
    """``char`` in ``font``, about 84 pixels high, 255 as ink; ``None`` when the font lacks it."""
    face = ImageFont.truetype(str(font), 96)
    picture = Image.new("L", (220, 220), 0)
    ImageDraw.Draw(picture).text((60, 50), char, font=face, fill=255)
    missing = Image.new("L", (220, 220), 0)
    ImageDraw.Draw(missing).text((60, 50), "\U0010fffd", font=face, fill=255)
    ink = np.asarray(picture)
    if not ink.any() or np.array_equal(ink, np.asarray(missing)):
        return None
    ys, xs = np.nonzero(ink > 32)
    return np.pad(ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], 10)


def find_fonts(names: list[str], folders: list[str]) -> list[Path]:
    """The files of fonts called ``names``: a stem, or a family of npm's in every weight it has;
    what is missing is logged and left out."""
    files = [
        path
        for folder in folders
        for suffix in ("ttf", "otf", "woff")
        for path in sorted(Path(folder).rglob(f"*.{suffix}"))
    ]
    by_name = {path.name: path for path in files}
    by_stem = {path.stem: path for path in files}
    found = []
    for name in names:
        family = [by_name.get(f"{name}-latin-{weight}-normal.woff") for weight in _WEIGHTS]
        mine = [path for path in (by_stem.get(name), *family) if path]
        if not mine:
            log.warning("font %s is not there: left out", name)
        found += mine
    return found


def load_digits(
    path: Path, train: int, held_out: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images and labels of the digit file: ``train`` of them, or those held out.

    The file may be sorted by label: the split is drawn once and for all, not cut at a place.
    """
    with np.load(path) as data:
        images, labels = data["images"], data["labels"]
    order = np.random.default_rng(0).permutation(len(labels))
    part = order[train:] if held_out else order[:train]
    return images[part], labels[part]
