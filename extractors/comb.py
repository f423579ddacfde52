"""A comb laid out as an ordinary word, for readers that read words.

A comb holds one character a box, 6 mm apart; readers of print take each for a word of its own. So
the characters are cut out box by box and set side by side, as a printer would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors.hand_cells import Cells, normalise
from extractors.hand_decode import Distribution, weighed
from extractors.images import Grey, blobs
from extractors.letters import letters_in, unevenness
from extractors.zones import LETTER, Cut, Mask, darkness
from forms.types import pattern

#: Between characters, and for an empty box between two filled ones, in pixels at 300 dpi.
_GAP, _SPACE, _MARGIN = 7, 26, 24
#: Square pixels at 300 dpi: a box with no neighbour holds more, and a sign is not smaller.
_LONE_SPECK, _LEAST_SWEPT = 100, 18
#: Of the height of the comb's characters: a body is at least so high, a dot at most so high and
#: wide; so far in from both sides of a letter hangs its cedilla; so high over the line, or higher,
#: floats the middle of a hyphen.
_BODY, _DOT, _CEDILLA, _FLOATS = 0.6, 0.3, 0.25, 0.15
#: A dash is so many times as long as it is high, at least; the other signs so small are dots.
_FLAT = 1.5
_DOTS = ".,'"


class Squeezed(NamedTuple):
    """The boxes of a comb set side by side: the ``picture``, and from which of its columns to which
    each filled box goes."""

    picture: Grey
    spans: tuple[tuple[int, int], ...]


def one_a_box(cut: Cut, pad: int, cells: int, signs: str) -> Cut:
    """``cut`` without the specks that stand beside a character in its box, or under it, nor those
    alone in a box that are none of ``signs``, all that the field's type knows.

    A box holds one character. What is so small beside one is no part of it, unless it floats over
    it, as accents do, or hangs from it, as a cedilla does. By itself it may be a dash or a dot, if
    the type has such signs, and if it stands where they do.
    """
    blobs, labels = _blobs(cut.ink, pad, cells)
    bodies = _bodies(blobs)
    if not bodies:
        return cut
    tall = median(body.high for body in bodies.values())
    line = median(body.bottom for body in bodies.values())
    small = [n for n, blob in enumerate(blobs) if max(blob.wide, blob.high) <= _DOT * tall]
    dirt = np.zeros(len(blobs) + 1, bool)
    for n in small:
        blob = blobs[n]
        if body := bodies.get(blob.cell):
            alone = not any(m != n and _floats(blobs[m], body) for m in small)
            dirt[n + 1] = blob is not body and _is_beside(blob, body, alone)
        else:
            inner = min(bodies) < blob.cell < max(bodies)
            dirt[n + 1] = not _is_sign(blob, line, tall, signs, inner)
    swept = np.asarray(dirt[labels], np.uint8)
    return replace(cut, ink=cut.ink & (1 - swept), dirt=cut.dirt | swept)


class _Blob(NamedTuple):
    """Ink that holds together, and the box it is in."""

    cell: int
    left: int
    top: int
    wide: int
    high: int
    area: int

    @property
    def right(self) -> int:
        return self.left + self.wide

    @property
    def bottom(self) -> int:
        return self.top + self.high


def _blobs(ink: Mask, pad: int, cells: int) -> tuple[list[_Blob], npt.NDArray[np.int32]]:
    """The blobs of a comb, and the label of each pixel: 0, or one more than the blob's place."""
    labels, stats, owners = _parted(ink, pad, cells)
    blobs = []
    for label, (x, y, wide, high, area) in enumerate(stats[1:].tolist(), 1):
        here = slice(y, y + high), slice(x, x + wide)
        cell = int(owners[here].max(where=labels[here] == label, initial=-1))
        blobs.append(_Blob(cell, x, y, wide, high, area))
    return blobs, labels


def _bodies(blobs: Sequence[_Blob]) -> dict[int, _Blob]:
    """The blob of each box that is a character, or the most of one."""
    large = [blob.high for blob in blobs if blob.area >= LETTER]
    least = _BODY * median(large) if large else 0.0
    bodies: dict[int, _Blob] = {}
    for blob in sorted(blobs, key=lambda blob: blob.high):
        if blob.high >= least:
            bodies[blob.cell] = blob
    return bodies


def _floats(blob: _Blob, body: _Blob) -> bool:
    return blob.cell == body.cell and blob.bottom <= body.top + 1


def _is_beside(blob: _Blob, body: _Blob, alone: bool) -> bool:
    """Whether ``blob`` is no part of the character ``body``; ``alone``: no other floats over it.

    The dots of a diaeresis may both stand out at the sides of an I.
    """
    aside = blob.right <= body.left or blob.left >= body.right
    if _floats(blob, body):
        return aside and alone
    hang, middle = _CEDILLA * body.wide, blob.left + blob.wide / 2
    hangs = body.left + hang <= middle <= body.right - hang
    return aside or (blob.top > body.bottom and not hangs)


def _is_sign(blob: _Blob, line: float, tall: float, signs: str, inner: bool) -> bool:
    """Whether ``blob``, alone in its box, is one of the small ``signs``: those on or over the
    ``line`` on which characters ``tall`` stand. No text begins or ends with a dash or an
    apostrophe: they are ``inner``, between characters.
    """
    if blob.top > line + 1:
        return False
    if blob.wide >= _FLAT * blob.high:
        return inner and "-" in signs and line - (blob.top + blob.bottom) / 2 > _FLOATS * tall
    on_line = blob.bottom >= line - _FLOATS * tall
    return any(dot in signs for dot in _DOTS) and (inner or on_line)


@dataclass(frozen=True)
class Boxes:
    """The boxes of a comb: ``cut`` is its zone and ``pad`` pixels around, ``cells`` their number.

    Boxes are counted from 0.
    """

    cut: Cut
    pad: int
    cells: int

    @cached_property
    def owners(self) -> npt.NDArray[np.int32]:
        """For each pixel of ink, the box it belongs to; -1 elsewhere."""
        return _parted(self.cut.ink, self.pad, self.cells)[2]

    @cached_property
    def occupied(self) -> list[int]:
        """Which of the boxes are written in. A speck with no neighbour is no writing."""
        amount = np.bincount(self.owners[self.owners >= 0], minlength=self.cells)
        beside = np.convolve(amount, (1, 0, 1))[1:-1] if self.cells > 1 else amount
        return np.flatnonzero((amount > _LONE_SPECK) | (amount > 0) & (beside > 0)).tolist()

    @cached_property
    def word(self) -> Squeezed:
        """All that is written in them as one word."""
        return self.squeezed(self.occupied)

    @property
    def unevenness(self) -> float | None:
        """How far the characters are from one line: see ``letters.unevenness``."""
        return unevenness(letters_in(darkness(self.word.picture), self.word.spans))

    def squeezed(self, filled: Sequence[int]) -> Squeezed:
        """The writing in the boxes ``filled`` as one word.

        Shape (height of the cut + margins, as wide as needed); one white pixel column if empty.
        """
        picture = self.cut.writing
        pieces: list[Grey] = []
        spans: list[tuple[int, int]] = []
        last, x = 0, _MARGIN // 2
        for cell in filled:
            mask = self.owners == cell
            columns = np.flatnonzero(mask.any(axis=0))
            if pieces:
                gap = _GAP + (_SPACE if cell > last + 1 else 0)
                pieces.append(_paper(mask.shape[0], gap))
                x += gap
            last = cell
            span = slice(int(columns[0]), int(columns[-1]) + 1)
            near = cv2.dilate(mask[:, span].astype(np.uint8), np.ones((3, 3), np.uint8))
            pieces.append(np.where(near > 0, picture[:, span], np.uint8(255)))
            spans.append((x, x + span.stop - span.start))
            x = spans[-1][1]
        if not pieces:
            return Squeezed(_paper(self.cut.image.shape[0], 1), ())
        word = np.pad(np.hstack(pieces), _MARGIN // 2, constant_values=255)
        return Squeezed(word, tuple(spans))

    def glyphs(self) -> Cells:
        """What is in each box, for the reader of cells."""
        pitch = (self.cut.ink.shape[1] - 2 * self.pad) / self.cells
        # What a box owns begins and ends within a box of it.
        parts = (
            slice(
                max(0, round(self.pad + (cell - 1) * pitch)), round(self.pad + (cell + 2) * pitch)
            )
            for cell in range(self.cells)
        )
        masks = [(self.owners[:, part] == cell).astype(np.uint8) for cell, part in enumerate(parts)]
        ink = np.array([np.count_nonzero(mask) for mask in masks], np.int64)
        return Cells(np.stack([normalise(mask) for mask in masks]), ink)

    def has_swept_gap(self, filled: Sequence[int]) -> bool:
        """Whether a box left empty between two ``filled`` held something taken for dirt."""
        pad = self.pad
        pitch = (self.cut.ink.shape[1] - 2 * pad) / self.cells
        gaps = set(range(filled[0], filled[-1])) - set(filled)
        swept = (
            self.cut.dirt[
                pad + 8 : -pad - 8, pad + round(gap * pitch) : pad + round((gap + 1) * pitch)
            ]
            for gap in gaps
        )
        return any(int(part.sum()) >= _LEAST_SWEPT for part in swept)


def fitted(text: str, kind: str, cells: int) -> str:
    """What a reader of words made of a comb, in the signs the field's type knows.

    Such a reader does not know that a box holds digits only: an O there is how it writes a zero.
    Signs the type never has are dirt.
    """
    expected = pattern(kind, cells)
    known = set("".join(expected))
    if not any(sign.isalpha() for sign in known):
        text = text.translate(_AS_DIGITS)
    compact = "".join(text.upper().split()).translate(_STROKES)
    if len(compact) != cells:
        compact = "".join(sign for sign in compact if sign in known or sign in _TWINS)
    if len(compact) == cells:
        return "".join(map(_twin, compact, expected))
    return "".join(_twin(sign, "".join(known)) for sign in compact)


def as_expected(cells: Sequence[Mapping[str, float]], kind: str) -> list[Mapping[str, float]]:
    """What a reader of cells saw, where letter and digit of one shape are the same to it.

    The chance of a sign that the type does not have in a box goes to its twin, if it has that; if
    not, it counts as little as it does to ``hand_decode``.
    """
    found: list[Mapping[str, float]] = []
    for cell, expected in zip(cells, pattern(kind, len(cells)), strict=True):
        fitting: Distribution = {}
        for sign, chance in cell.items():
            sign = _twin(sign, expected)
            fitting[sign] = fitting.get(sign, 0.0) + chance
        found.append(weighed(fitting, expected))
    return found


def _twin(sign: str, expected: str) -> str:
    twin = _TWINS.get(sign, sign)
    return twin if sign not in expected and twin in expected else sign


#: Small letters that are digits where no letter can be, and strokes of a pen taken for signs.
_AS_DIGITS = str.maketrans("lbqg", "1699")
_STROKES = str.maketrans("|\\!×", "111X")
#: Letters and the digits of the same shape, both ways.
_TWINS = dict(zip("OISBZG015826", "015826OISBZG", strict=True))


def _parted(ink: Mask, pad: int, cells: int) -> tuple[npt.NDArray[np.int32], ...]:
    """For each pixel the blob it belongs to (0: paper), OpenCV's statistics of each blob, and for
    each pixel of ink the box it belongs to; -1 elsewhere.

    A character that leans over the border of its box stays whole: each blob of ink goes to the
    box that holds its middle, unless it is wider than a box.
    """
    pitch = (ink.shape[1] - 2 * pad) / cells
    labels, stats, centres = blobs(ink)
    boxes = np.clip((centres[:, 0] - pad) // pitch, 0, cells - 1).astype(np.int32)
    boxes[0] = -1
    owners = np.asarray(boxes[labels], np.int32)
    for blob in range(1, len(stats)):
        x, y, width, height, _ = stats[blob]
        if width >= 1.5 * pitch:
            window = labels[y : y + height, x : x + width] == blob
            columns = np.clip((np.arange(x, x + width) - pad) // pitch, 0, cells - 1)
            spread = np.broadcast_to(columns.astype(np.int32), window.shape)
            owners[y : y + height, x : x + width][window] = spread[window]
    return labels, stats, owners


def _paper(height: int, width: int) -> Grey:
    return np.full((height, width), 255, np.uint8)
