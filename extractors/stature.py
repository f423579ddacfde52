"""Whether letters are as tall as what they were read as.

Readers of shapes confuse letters that differ in size alone (o, O), and lose or invent accents; two
of them may make the same mistake. How tall a letter is beside its neighbours says otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from statistics import median

from extractors.letters import Letter

#: Letters whose small and capital forms differ in size only, and others that show both sizes.
_TWINS = frozenset("cosuvwxzCOSUVWXZ")
_SMALL, _RISING = frozenset("aemnr"), frozenset("bdhkl")
_TALL = frozenset("ABDEFGHIJKLMNPRT0123456789")
#: In ordinary typefaces, the height of a small letter as a share of a capital's, and that of a
#: capital as a share of a small letter's that rises above the others.
_SMALL_SHARE, _CAPITAL_SHARE = 0.74, 0.94
#: A letter with an accent is taller than the same without by at least the first, and one without
#: is not taller than its like by the second.
_ACCENTED, _PLAIN = 1.10, 1.28
_DIAERESIS = "\N{COMBINING DIAERESIS}"
_MAY_BEAR = frozenset("aeouAEIOU")
#: No small letter is taller than a capital by this, save those that go below the line.
_DOTTED, _DEEP = 1.19, frozenset("fgjpqy")


def holds(text: str, letters: Sequence[Letter]) -> bool:
    """Whether ``letters``, those of one line, look as tall as ``text`` has them.

    True as well when it cannot be told: letters that touch, or none that shows a size.
    """
    signs = [sign for sign in text if not sign.isspace()]
    if len(letters) != len(signs):
        return True
    known = list(zip(signs, letters, strict=True))
    low = _usual(known, _SMALL)
    high = _usual(known, _TALL) or _usual(known, _RISING) * _CAPITAL_SHARE
    if not low and not high:
        accented = [(sign, letter) for sign, letter in known if _bears(sign)]
        return all(letter.tops and _is_its_accent(sign, letter) for sign, letter in accented)
    low, high = low or high * _SMALL_SHARE, high or low / _SMALL_SHARE
    if high < low * 1.1:
        return False
    return all(_is_as_tall(sign, letter, low, high) for sign, letter in known)


def _usual(known: Sequence[tuple[str, Letter]], signs: frozenset[str]) -> float:
    """How tall letters among ``signs`` are on this line; 0 when there is none."""
    heights = [letter.height for sign, letter in known if sign in signs]
    return median(heights) if heights else 0.0


def _is_as_tall(sign: str, letter: Letter, low: float, high: float) -> bool:
    base = unicodedata.normalize("NFD", sign)[0]
    usual = low if base.islower() else high
    if _bears(sign):
        return _is_its_accent(sign, letter) if letter.tops else letter.height >= _ACCENTED * usual
    if base in _TWINS:
        share = (letter.height - low) / (high - low)
        if share > 0.75 if base.islower() else share < 0.25:
            return False
    if base.islower() and base not in _DEEP and letter.height > _DOTTED * high:
        return False
    return base not in _MAY_BEAR or (letter.height <= _PLAIN * usual and not letter.tops)


def _is_its_accent(sign: str, letter: Letter) -> bool:
    """Two dots are a diaeresis; one mark may be any accent, or two dots that ran together."""
    return letter.tops < 2 or _DIAERESIS in unicodedata.normalize("NFD", sign)


def _bears(sign: str) -> bool:
    """Whether ``sign`` has an accent above it that makes it taller."""
    parts = unicodedata.normalize("NFD", sign)
    return len(parts) > 1 and parts[0] in _MAY_BEAR
