"""Whether letters are as tall, and stand where, what they were read as does.

Readers of shapes confuse letters that differ in size alone (o, O), lose or invent accents, and take
a dot for a dash; two of them may make the same mistake. How tall a letter is beside its neighbours,
and how high it stands, says otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from statistics import median

from extractors.letters import Letter

#: Letters whose small and capital forms differ in size only, and others that show both sizes.
_TWINS = frozenset("cosuvwxzCOSUVWXZ")
_SMALL, _TALL = frozenset("aemnr"), frozenset("ABDEFGHIJKLMNPRT0123456789")
_ASCENDING = frozenset("bdhkl")
#: Height of a small letter, and of one that ascends, as shares of a capital's, in ordinary
#: typefaces.
_SMALL_SHARE, _ASCENDING_SHARE = 0.74, 1.07
#: A letter with an accent is taller than the same without by at least the first, and one without
#: is not taller than its like by the second.
_ACCENTED, _PLAIN = 1.10, 1.28
#: How far up from small to tall a small letter reaches at most, and a capital at least: figures may
#: be taller than capitals.
_AT_MOST, _AT_LEAST = 0.55, 0.35
_DIAERESIS = "\N{COMBINING DIAERESIS}"
_MAY_BEAR = frozenset("aeouAEIOU")
#: No small letter is taller than a capital by this, save those that go below the line: an i ends
#: with its dot. One that ascends may be a little taller.
_DOTTED, _ASCENDED, _DEEP = 1.17, 1.27, frozenset("fgjpqy")
#: Pixels that noise may add to a letter.
_NOISE = 1
#: Letters that stand on the line.
_ON_LINE = _SMALL | _TALL | _ASCENDING
#: Below this height over the line, as a share of a small letter's, ends a dot; above it, a dash.
_DASH = 0.2


def holds(text: str, letters: Sequence[Letter]) -> bool:
    """Whether ``letters``, those of one line, look as tall as ``text`` has them.

    True as well when it cannot be told: letters that touch, or none that shows a size.
    """
    signs = [sign for sign in text if not sign.isspace()]
    if len(letters) != len(signs):
        return True
    known = list(zip(signs, letters, strict=True))
    small = [letter.height for sign, letter in known if sign in _SMALL]
    tall: list[float] = [letter.height for sign, letter in known if sign in _TALL] or [
        letter.height / _ASCENDING_SHARE for sign, letter in known if sign in _ASCENDING
    ]
    if not small and not tall and text.isupper():
        # Beside capitals alone, those that show no size are as tall as the others.
        tall = [letter.height for sign, letter in known if sign in _TWINS]
    if not small and not tall:
        return all(
            letter.tops and _is_its_accent(sign, letter) for sign, letter in known if _bears(sign)
        )
    low = median(small) if small else median(tall) * _SMALL_SHARE
    high = median(tall) if tall else median(small) / _SMALL_SHARE
    if high < low * 1.1:
        return False
    on_line = [letter.bottom for sign, letter in known if sign in _ON_LINE | _TWINS]
    line = median(on_line) if on_line else 0
    return all(
        (line - letter.bottom > _DASH * low) == (sign == "-")
        if sign in ".-"
        else _is_as_tall(sign, letter, low, high)
        for sign, letter in known
    )


def _is_as_tall(sign: str, letter: Letter, low: float, high: float) -> bool:
    base = unicodedata.normalize("NFD", sign)[0]
    usual = low if base.islower() else high
    if _bears(sign):
        return _is_its_accent(sign, letter) if letter.tops else letter.height >= _ACCENTED * usual
    if base in _TWINS:
        share = (letter.height - low) / (high - low)
        return share < _AT_MOST if base.islower() else share > _AT_LEAST
    most = _ASCENDED if base in _ASCENDING else _DOTTED
    if base.islower() and base not in _DEEP and letter.height > most * high + _NOISE:
        return False
    return base not in _MAY_BEAR or (letter.height <= _PLAIN * usual and not letter.tops)


def _is_its_accent(sign: str, letter: Letter) -> bool:
    return (letter.tops == 2) == (_DIAERESIS in unicodedata.normalize("NFD", sign))


def _bears(sign: str) -> bool:
    """Whether ``sign`` has an accent above it that makes it taller."""
    parts = unicodedata.normalize("NFD", sign)
    return len(parts) > 1 and parts[0] in _MAY_BEAR
