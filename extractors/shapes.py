"""Signs that readers tell by their surroundings, not by their shape: one sign to whoever compares
what several readers saw of a number.

In a comb the reader of cells, and the rule of the field, say which of them stands in a box; readers
of lines say which shapes follow each other.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping

#: Letters drawn like a digit, small ones in other ways than capitals.
_CAPITALS = dict(zip("OQISBZG", "0015826", strict=True))
_SMALL = {"l": "1", "q": "9", "g": "9", "b": "6"}
_STROKES = {"|": "1", "!": "1", "/": "/", "@": "@"}
#: How much rarer than a digit a letter is in a civic number or a flat that has digits (« 12B »),
#: one that looks like a digit (« 1O2 ») or is far from A (« 12Y »), and by itself; a stroke
#: (logarithms, estimates).
_LETTER, _TWIN, _ALONE, _STROKE = -1.5, -4.6, -2.0, -3.0
#: At the end of a number, a letter that is none of those that are counted from A.
_FAR = re.compile("[0-9][HJ-NPRT-Y]$")


def shape(sign: str) -> str:
    """The name of the shape of ``sign``; empty where it has none worth the name (dots, dashes)."""
    base = unicodedata.normalize("NFD", sign)[0]
    if base in _SMALL or base in _STROKES:
        return _SMALL.get(base) or _STROKES[base]
    base = base.upper()
    return _CAPITALS.get(base, base if base in string.ascii_uppercase + string.digits else "")


def shapes(text: str) -> str:
    """The shapes of ``text``, one after another."""
    return "".join(map(shape, text))


def classes(characters: str) -> Mapping[str, str]:
    """The shape of each of ``characters`` that has one."""
    return {sign: shape(sign) for sign in characters if shape(sign)}


def rarity(text: str, kind: str) -> float:
    """How rare (a logarithm) the letters of ``text`` are where digits are usual, but may be."""
    if kind not in ("civic_number", "apartment"):
        return 0.0
    letters = sum(sign.isalpha() for sign in text)
    twins = sum(sign in _CAPITALS and sign != "B" for sign in text)
    twins += bool(_FAR.search(text))
    if not any(sign.isdigit() for sign in text):
        return _ALONE if twins and len(text) == 1 else 0.0
    return _LETTER * (letters - twins) + _TWIN * twins + _STROKE * text.count("/")
