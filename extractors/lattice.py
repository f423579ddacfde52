"""What a number on a line may be: every string of digits with its chance, not one reading only.

The recogniser of lines says, for each narrow column of a line, how likely every sign is there, and
how likely none. The chance of a whole string is the sum over all ways to spread it over the
columns (A. Graves et al., Connectionist Temporal Classification, ICML 2006); the likeliest strings
are found by its prefix beam search. A line is read in several renderings: what one of them sees
only because a stroke is thick or broken, the others do not.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors.hand import line_recogniser
from extractors.images import Grey

#: The recogniser looks at lines of this height, in columns of so many pixels; it needs some.
_HEIGHT, _COLUMN, _NARROWEST = 48, 8, 12
#: Signs that are a digit where only digits can be, and signs that are nothing.
_TWINS = {"0": "OoQDθØ", "1": "lI|i!]", "2": "Zz", "5": "Ss", "6": "Gb", "8": "B&", "9": "gq"}
_NOTHING = " #№.,'-_·:;`’‘\"~^/\\"
#: Beams kept, and strings told.
_BEAMS, _TOLD = 12, 8
_DIGITS = "0123456789"

#: Chances by column (rows) of nothing, then of the ten digits. Rows sum to 1 at most: the rest is
#: the chance of signs that are no digits.
Lattice = npt.NDArray[np.float64]


class Look(NamedTuple):
    """What one picture of a line may say: its likeliest text of any signs, and the likeliest
    strings of digits with their chances, which sum to 1 at most."""

    text: str
    numbers: dict[str, float]


def look_at(parts: Sequence[Grey]) -> list[Look]:
    """One look at each picture of a line: dark ink on light, cut close around the line."""
    return [Look(text, strings(lattice)) for text, lattice in _lattices(parts)]


def renderings(part: Grey) -> list[Grey]:
    """The picture as it is, smaller, with thicker strokes, and with thinner ones."""
    small = cv2.resize(part, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    brush = np.ones((3, 3), np.uint8)
    return [
        part,
        *(
            np.asarray(p, np.uint8)
            for p in (small, cv2.erode(part, brush), cv2.dilate(part, brush))
        ),
    ]


def strings(lattice: Lattice) -> dict[str, float]:
    """The likeliest strings of a lattice, best first, with their chances."""
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for column in lattice:
        after: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        likely = [n for n in range(10) if column[n + 1] > 1e-4]
        for text, (ended, open_) in beams.items():
            after[text][0] += (ended + open_) * column[0]
            for n in likely:
                sign, chance = _DIGITS[n], column[n + 1]
                if text.endswith(sign):
                    after[text][1] += open_ * chance
                    after[text + sign][1] += ended * chance
                else:
                    after[text + sign][1] += (ended + open_) * chance
        best = sorted(after.items(), key=lambda item: -sum(item[1]))[:_BEAMS]
        beams = {text: (ended, open_) for text, (ended, open_) in best}
    totals = {text: float(sum(chances)) for text, chances in beams.items() if text}
    return {text: chance for text, chance in list(totals.items())[:_TOLD] if chance > 0}


def _lattices(parts: Sequence[Grey]) -> list[tuple[str, Lattice]]:
    """One run of the recogniser for all pictures, each at its height."""
    scaled = [
        cv2.resize(part, (max(1, math.ceil(part.shape[1] * _HEIGHT / part.shape[0])), _HEIGHT))
        for part in parts
    ]
    columns = max(_NARROWEST, *(math.ceil(part.shape[1] / _COLUMN) for part in scaled))
    batch = np.zeros((len(parts), 3, _HEIGHT, columns * _COLUMN), np.float32)
    for row, part in zip(batch, scaled, strict=True):
        row[:, :, : part.shape[1]] = part.astype(np.float32) / 127.5 - 1
    chances = line_recogniser().session(batch)
    groups, nothing = _signs()
    return [
        (
            _text(one.argmax(axis=1).tolist()),
            np.stack([one[:, g].sum(axis=1, dtype=np.float64) for g in (nothing, *groups)], axis=1),
        )
        for one in chances
    ]


def _text(best: Sequence[int]) -> str:
    alphabet = line_recogniser().postprocess_op.character
    kept = (n for n, last in zip(best, (0, *best), strict=False) if n and n != last)
    return "".join(alphabet[n] for n in kept).strip()


@cache
def _signs() -> tuple[list[list[int]], list[int]]:
    """The places in the recogniser's alphabet of each digit and its twins, and of nothing."""
    alphabet = line_recogniser().postprocess_op.character
    where = {sign: n for n, sign in enumerate(alphabet)}
    groups = [[where[s] for s in d + _TWINS.get(d, "") if s in where] for d in _DIGITS]
    return groups, [0, *(where[sign] for sign in _NOTHING if sign in where)]
