"""A letter as lines that remember where in the text they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

#: A Canadian postal code; a reader takes O for 0, I for 1, S for 5 and the other way round.
POSTAL_CODE = re.compile(r"\b[A-Z][0-9OISl][A-Z]\s?[0-9OISl][A-Z0-9][0-9OISl]\b", re.IGNORECASE)
PHONE = re.compile(r"(?:t[eé]l\w*\.?\s*:?\s*)?\(?\b[2-9]\d{2}\)?[\s.-]\s?\d{3}[\s.-]\d{4}\b", re.I)
#: What stands on the line a fax machine adds.
FAX_HEADER = re.compile(r"\b(?:DE|FROM|FAX)\s?:.*\b(?:P|PAGE)S?\.?\s?\d+/\d+")


class Line(NamedTuple):
    """A line without the spaces around it, and the characters of the text it is."""

    text: str
    start: int
    end: int


def lines(text: str) -> list[Line]:
    """The lines of ``text`` that say something, in order, a fax machine's own left out."""
    return [line for line in _all(text) if line.text and not FAX_HEADER.search(line.text)]


def _all(text: str) -> Iterator[Line]:
    start = 0
    for whole in text.splitlines(keepends=True):
        stripped = whole.strip()
        first = start + (len(whole) - len(whole.lstrip()) if stripped else 0)
        yield Line(stripped, first, first + len(stripped))
        start += len(whole)


def flat(text: str) -> str:
    """``text`` in small letters without accents, letter for letter: positions stay the same."""
    return "".join(_bare(sign) for sign in text)


def _bare(sign: str) -> str:
    bare = unicodedata.normalize("NFD", sign)[0].lower()
    return bare if len(bare) == 1 else sign
