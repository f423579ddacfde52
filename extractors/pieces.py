"""A page in pieces of lines, found without reading, which costs next to nothing.

A title, a caption, what was typed beside it: each is a piece, some words with a wide gap or the
line of a frame on either side. A form can be told, and read, by a dozen of its pieces, which takes
a tenth of the time of reading the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from extractors import lines
from extractors.images import Grey, blobs, darker, smaller
from extractors.phrases import Word, rows
from greffier.words import Box

#: Pieces are looked for at 300 dpi divided by this. All sizes below are in pixels of that.
_COARSE = 2
#: Ink is darker; strokes this long are of frames and rules, across and down.
_INK, _ACROSS, _DOWN = 170, 60, 50
#: What can be a letter, by its height and width, and a piece, by its height.
_LETTER, _WIDEST, _PIECE = (5, 60), 120, (10, 70)
#: Words whose gap is less belong to one piece. Lines that touch by less are torn apart.
_GAP, _TOUCH = 27, 3
#: A full stop behind the last letter is too small to be seen for one: room for it.
_STOP = 6
#: A piece so many times as tall as others, or as a line of type can be, is several lines; between
#: them is so little ink.
_SEVERAL, _TALL, _VALLEY = 1.7, 24, 0.3
#: White around a piece when it is read, in pixels at 300 dpi.
_PAD = 6
#: Words enough to judge a page by, and how sure the reader is of half of them at least.
_FEW, _LEGIBLE = 3, 0.6


class Pieces:
    """The pieces of one upright page (300 dpi), from the top; each is read at most once."""

    def __init__(self, image: Grey) -> None:
        self.image = image
        self._read: dict[Box, list[Word]] = {}

    @cached_property
    def boxes(self) -> list[Box]:
        """Where the pieces are, in pixels of the page."""
        return sorted(_found(*_marks(self.image)), key=lambda box: (box.y0 + box.y1, box.x0))

    def within(self, area: Box, widest: float = np.inf) -> list[Box]:
        """The pieces whose middle is in ``area``, and that are not wider than that."""
        return [
            box
            for box in self.boxes
            if area.x0 <= (box.x0 + box.x1) / 2 < area.x1
            and area.y0 <= (box.y0 + box.y1) / 2 < area.y1
            and box.width <= widest
        ]

    def words(self, boxes: Iterable[Box]) -> list[Word]:
        """What is printed in those pieces."""
        return [word for box in boxes for word in self._words(box)]

    def text(self, share: float) -> str:
        """What is printed in that share of the page, from its top, line by line."""
        height, width = self.image.shape
        upper = self.words(self.within(Box(0, 0, width, round(share * height))))
        return "".join(f"{row.text}\n" for row in rows(upper))

    def _words(self, box: Box) -> list[Word]:
        if box not in self._read:
            part, x0, y0 = cut(self.image, box)
            self._read[box] = [
                Word(text, Box(x0 + b.x0, y0 + b.y0, x0 + b.x1, y0 + b.y1), confidence)
                for text, b, confidence in lines.words(part)
            ]
        return self._read[box]


def is_legible(words: Sequence[Word]) -> bool:
    """Whether words are those of a page that lies the right way up, and not of a picture."""
    return len(words) >= _FEW and median(word.confidence for word in words) > _LEGIBLE


def cut(image: Grey, box: Box) -> tuple[Grey, int, int]:
    """The piece, with white paper around it, and where on the page that begins."""
    part = image[box.y0 : box.y1, box.x0 : box.x1]
    return np.pad(part, _PAD, constant_values=255), box.x0 - _PAD, box.y0 - _PAD


Mask = npt.NDArray[np.uint8]


def _marks(image: Grey) -> tuple[Mask, Mask]:
    """Two masks: boxes around what may be a letter, and the upright lines of frames."""
    ink = darker(smaller(image, _COARSE), _INK)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, _ACROSS), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_DOWN, 1), np.uint8))
    ink[cv2.dilate(np.maximum(across, down), np.ones((3, 3), np.uint8)) > 0] = 0
    stats = blobs(ink).stats
    tall, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    letters = (tall >= _LETTER[0]) & (tall < _LETTER[1]) & (wide < _WIDEST)
    mask = np.zeros_like(ink)
    for x, y, width, height, _ in stats[letters].tolist():
        mask[y : y + height, x : x + width] = 1
    return mask, np.asarray(down, np.uint8)


def _found(letters: Mask, frames: Mask) -> Iterator[Box]:
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((1, _GAP), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((_TOUCH, _TOUCH), np.uint8))
    joined[(frames > 0) & (letters == 0)] = 0
    sides = blobs(np.asarray(joined, np.uint8)).stats[1:, :4].tolist()
    large = [blob for blob in sides if min(blob[2:]) >= _PIECE[0]]
    usual = min(_TALL, median(blob[3] for blob in large)) if large else 0
    for x, y, width, height in large:
        for top, bottom in _lines(letters[y : y + height, x : x + width], usual):
            if _PIECE[0] <= bottom - top < _PIECE[1]:
                room = frames[y + top : y + bottom, x + width : x + width + _STOP]
                stop = 0 if room.any() else room.shape[1]
                around = (x, y + top, x + width + stop, y + bottom)
                yield Box(*(_COARSE * side for side in around))


def _lines(letters: Mask, usual: float) -> Iterator[tuple[int, int]]:
    """Where lines begin and end that dirt or a stamp joined: between them there is less ink."""
    if len(letters) < _SEVERAL * usual:
        yield 0, len(letters)
        return
    ink = letters.sum(axis=1, dtype=np.int32)
    full = np.concatenate([[0], ink > _VALLEY * ink.max(), [0]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(full)).tolist()
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        yield max(0, top - 1), min(len(letters), bottom + 1)
