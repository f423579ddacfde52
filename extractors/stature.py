"""Whether letters are as tall as what they were read as.

Readers of shapes confuse letters that differ in size alone (o, O), and lose or invent accents; two
of them may make the same mistake. How tall a letter is beside its neighbours says otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

import numpy as np

from extractors.zones import Mask

#: Letters whose small and capital forms differ in size only, and others that show both sizes.
_TWINS = frozenset("cosuvwxzCOSUVWXZ")
_SMALL, _TALL = frozenset("aemnr"), frozenset("bdhklABDEFGHIJKLMNPRT0123456789")
#: Height of a small letter, as a share of a capital's, in ordinary typefaces.
_SMALL_SHARE = 0.74
#: A letter with an accent is taller than the same without by at least the first, and one without
#: is not taller than its like by the second.
_ACCENTED, _PLAIN = 1.10, 1.28
_MAY_BEAR = frozenset("aeouAEIOU")


class _Letter(NamedTuple):
    """What one letter looks like: its height in pixels, and whether a part floats above it."""

    height: int
    topped: bool


def holds(text: str, ink: Mask) -> bool:
    """Whether the letters of ``text``, one line that ``ink`` shows, look as tall as read.

    True as well when it cannot be told: letters that touch, or none that shows a size.
    """
    signs = [sign for sign in text if not sign.isspace()]
    letters = list(_letters(ink))
    if len(letters) != len(signs):
        return True
    known = list(zip(signs, letters, strict=True))
    small = [letter.height for sign, letter in known if sign in _SMALL]
    tall = [letter.height for sign, letter in known if sign in _TALL]
    if not small and not tall:
        return True
    low = median(small) if small else median(tall) * _SMALL_SHARE
    high = median(tall) if tall else median(small) / _SMALL_SHARE
    if high < low * 1.1:
        return False
    return all(_is_as_tall(sign, letter, low, high) for sign, letter in known)


def _letters(ink: Mask) -> Iterator[_Letter]:
    """The letters from left to right, where white columns part them."""
    written = np.concatenate(([0], ink.any(axis=0).astype(np.int8), [0]))
    starts, ends = np.flatnonzero(np.diff(written) > 0), np.flatnonzero(np.diff(written) < 0)
    for x0, x1 in zip(starts, ends, strict=True):
        rows = ink[:, x0:x1].sum(axis=1)
        top, bottom = np.flatnonzero(rows)[[0, -1]]
        height = int(bottom - top) + 1
        gaps = np.flatnonzero(rows[top : top + height // 2] == 0)
        yield _Letter(height, bool(gaps.size))


def _is_as_tall(sign: str, letter: _Letter, low: float, high: float) -> bool:
    height = letter.height
    parts = unicodedata.normalize("NFD", sign)
    base, marks = parts[0], parts[1:]
    usual = low if base.islower() else high
    if marks:
        return base not in _MAY_BEAR or letter.topped or height >= _ACCENTED * usual
    if base in _TWINS:
        share = (height - low) / (high - low)
        return share < 0.75 if base.islower() else share > 0.25
    return base not in _MAY_BEAR or (height <= _PLAIN * usual and not letter.topped)
