"""Printed phrases found again in what a reader of print made of them.

A fax turns « Registration No. » into « ZRULSTRATION WO, »: phrases are looked for letter by letter,
with so many letters misread, dropped or added (``edits``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from extractors.edits import best_place
from greffier.words import Box

#: Signs that readers take for one another, made the same.
_ALIKE = str.maketrans("1|!i05", "llllos")
#: Words farther apart than this many times their height stand in separate cells.
_CELL_GAP = 1.9
#: The words a match is in may have so many more letters than the phrase, as a share.
_LOOSE = 0.4


class Word(NamedTuple):
    """A word as read, and where: pixels at 300 dpi of the page. Confidence: the engine's own."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True)
class Row:
    """Words side by side with no wide gap between them: a line of text, or one cell's share."""

    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        return around(word.box for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def letters(self) -> str:
        """What is compared: letters and digits, look-alikes made one."""
        return "".join(folded(word.text) for word in self.words)

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each of ``letters``, which word it is of."""
        return tuple(n for n, word in enumerate(self.words) for _ in folded(word.text))


class Sighting(NamedTuple):
    """A phrase found: how much of it was misread (0 to 1), where, and in which words of the row."""

    phrase: str
    misread: float
    row: Row
    first: int
    last: int

    @property
    def box(self) -> Box:
        return around(word.box for word in self.row.words[self.first : self.last + 1])

    @property
    def fills_row(self) -> float:
        """The share of the row's letters that are the phrase's."""
        inside = sum(self.first <= owner <= self.last for owner in self.row.owners)
        return inside / max(len(self.row.letters), 1)


def folded(text: str) -> str:
    """The letters and digits of ``text``, small, bare, and look-alikes made one."""
    parts = unicodedata.normalize("NFKD", text.lower()).translate(_ALIKE)
    return "".join(sign for sign in parts if sign.isalnum())


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds ``boxes``, of which there is one at least."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def rows(words: Iterable[Word]) -> list[Row]:
    """``words`` as they stand side by side on the page, from the top."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.y0 + word.box.y1):
        if not folded(word.text):
            continue
        middle = (word.box.y0 + word.box.y1) / 2
        for line in lines[-4:]:
            if any(_beside(word, other, middle) for other in line):
                line.append(word)
                break
        else:
            lines.append([word])
    return [row for line in lines for row in _cells(sorted(line, key=lambda word: word.box.x0))]


def _beside(word: Word, other: Word, middle: float) -> bool:
    return (
        other.box.y0 < middle < other.box.y1
        and word.box.y0 < (other.box.y0 + other.box.y1) / 2 < word.box.y1
    )


def _cells(line: list[Word]) -> list[Row]:
    tall = float(np.median([word.box.height for word in line]))
    cells: list[list[Word]] = []
    for word in line:
        if cells and word.box.x0 - cells[-1][-1].box.x1 < _CELL_GAP * tall:
            cells[-1].append(word)
        else:
            cells.append([word])
    return [Row(tuple(cell)) for cell in cells]


def sightings(found: Sequence[Row], phrases: Iterable[str], most: float) -> list[Sighting]:
    """Each phrase's best place in each row, where at most a share ``most`` of it is misread."""
    wanted = [(phrase, letters) for phrase in phrases if (letters := folded(phrase))]
    seen = []
    for row in found:
        for phrase, letters in wanted:
            if not (place := best_place(letters, row.letters, int(most * len(letters)))):
                continue
            first, last = row.owners[place.start], row.owners[place.end - 1]
            if _covers(row, first, last, len(letters)):
                seen.append(Sighting(phrase, place.changes / len(letters), row, first, last))
    return seen


def _covers(row: Row, first: int, last: int, length: int) -> bool:
    """Whether a match of so many letters is of whole words: « Name » is not in « Government »."""
    inside = sum(first <= owner <= last for owner in row.owners)
    return inside <= length * (1 + _LOOSE)
