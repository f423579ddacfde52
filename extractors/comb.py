"""A comb laid out as an ordinary word, for readers that read words.

A comb holds one character a box, 6 mm apart; readers of print take each for a word of its own. So
the characters are cut out box by box and set side by side, as a printer would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from extractors.hand_decode import Distribution, weighed
from extractors.images import Grey
from extractors.zones import Cut, Mask
from forms.types import pattern

#: Between characters, and for an empty box between two filled ones, in pixels at 300 dpi.
_GAP, _SPACE, _MARGIN = 7, 26, 24
#: Square pixels at 300 dpi: a box with no neighbour holds more, and a sign is not smaller.
_LONE_SPECK, _LEAST_SWEPT = 100, 18


def squeeze(cut: Cut, pad: int, cells: int, filled: Sequence[int]) -> Grey:
    """The writing in the boxes ``filled`` of ``cut`` as one word.

    ``cut`` is the zone of a comb of ``cells``, and ``pad`` pixels around it.

    Shape (height of the cut + margins, as wide as needed); one white pixel column if empty.
    """
    owners = _owners(cut.ink, pad, cells)
    picture = cut.writing
    pieces: list[Grey] = []
    last = 0
    for cell in filled:
        mask = owners == cell
        columns = np.flatnonzero(mask.any(axis=0))
        if pieces:
            pieces.append(_paper(mask.shape[0], _GAP + (_SPACE if cell > last + 1 else 0)))
        last = cell
        span = slice(int(columns[0]), int(columns[-1]) + 1)
        near = cv2.dilate(mask[:, span].astype(np.uint8), np.ones((3, 3), np.uint8))
        pieces.append(np.where(near > 0, picture[:, span], np.uint8(255)))
    if not pieces:
        return _paper(cut.image.shape[0], 1)
    word = np.hstack(pieces)
    return np.pad(word, _MARGIN // 2, constant_values=255)


def occupied(cut: Cut, pad: int, cells: int) -> list[int]:
    """Which of the boxes are written in, from 0. A speck with no neighbour is no writing."""
    owners = _owners(cut.ink, pad, cells)
    amount = np.bincount(owners[owners >= 0], minlength=cells)
    beside = np.convolve(amount, (1, 0, 1))[1:-1] if cells > 1 else amount
    return np.flatnonzero((amount > _LONE_SPECK) | (amount > 0) & (beside > 0)).tolist()


def has_swept_gap(cut: Cut, pad: int, cells: int, filled: Sequence[int]) -> bool:
    """Whether a box left empty between two filled ones held something taken for dirt."""
    pitch = (cut.ink.shape[1] - 2 * pad) / cells
    gaps = set(range(filled[0], filled[-1])) - set(filled)
    swept = (
        cut.dirt[pad + 8 : -pad - 8, pad + round(gap * pitch) : pad + round((gap + 1) * pitch)]
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


def _owners(ink: Mask, pad: int, cells: int) -> npt.NDArray[np.int32]:
    """For each pixel of ink, the box it belongs to; -1 elsewhere.

    A character that leans over the border of its box stays whole: each blob of ink goes to the
    box that holds its middle, unless it is wider than a box.
    """
    pitch = (ink.shape[1] - 2 * pad) / cells
    owners = np.full(ink.shape, -1, np.int32)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    for blob in range(1, count):
        x, y, width, height, _ = stats[blob]
        window = labels[y : y + height, x : x + width] == blob
        if width < 1.5 * pitch:
            cell = int(np.clip((centres[blob][0] - pad) // pitch, 0, cells - 1))
            owners[y : y + height, x : x + width][window] = cell
        else:
            columns = np.clip((np.arange(x, x + width) - pad) // pitch, 0, cells - 1)
            spread = np.broadcast_to(columns.astype(np.int32), window.shape)
            owners[y : y + height, x : x + width][window] = spread[window]
    return owners


def _paper(height: int, width: int) -> Grey:
    return np.full((height, width), 255, np.uint8)
