"""What tells that a document begins: patch codes, bar codes, and the head of a letter.

==================  =================================================================
patch 2, 3 or T     Kodak's; any edge, any direction (``patch``)
``GREFFIER:DOC…``   in QR, Data Matrix, Code 128 or 39; ``greffier separator`` prints it
``PATCHT``          the same as text, as paperless-ngx and NAPS2 print it
``ASN`` and digits  a label with an archive number, on the first page of a document
==================  =================================================================

The number on a label is read to find where documents begin, and goes no further: no value of any
document comes from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

#: What our own separator sheets say.
SEPARATOR = "GREFFIER:DOC"
_SHEETS = re.compile(rf"{SEPARATOR}|PATCHT$", re.IGNORECASE)
_LABEL = re.compile(r"ASN[ :-]?\d+$", re.IGNORECASE)
#: A page with more words than this was written for people: it is no separator sheet.
MOST_WORDS = 60

_SUBJECT = re.compile(r"\W*(objet|sujet|concerne|subject|re)\s?[:;]", re.IGNORECASE)
_SALUTATION = re.compile(
    r"\W*(madame|monsieur|mesdames|messieurs|bonjour|chers?|chères?|à qui de droit"
    r"|dear|to whom it may concern|gentlemen)\b[^.:;]{0,40}[,:.;]?$",
    re.IGNORECASE,
)
#: Words of the last line of a letter, which may begin like its first.
_FAREWELL = re.compile(r"salutations|sentiments|agréer", re.IGNORECASE)

#: The code of an address in Canada, and a line that ends with a year or a date in digits.
_POSTAL_CODE = re.compile(r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b", re.IGNORECASE)
_DATE_LINE = re.compile(
    r"\b\d{1,2}(?:er)?\s[^\W\d]{3,9}\.?\s(?:19|20)\d{2}\W*$"
    r"|\b(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}\W*$|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2}\W*$",
    re.IGNORECASE,
)
#: What the top of a second page says: « page 2 », « - 2 - », « 2/3 », « suite ».
_LATER_PAGE = re.compile(
    r"(?:^\W*|[,|–—-]\s?)page\s?(?:[2-9]|[1-9]\d)\b"
    r"|\bpage\s?(?:[2-9]|[1-9]\d)(?:\s?(?:de|sur|/)\s?\d+)?\W*$"
    r"|^[-–—]\s?(?:[2-9]|[1-9]\d)\s?[-–—]$"
    r"|^\(?(?:[2-9]|1\d)\s?/\s?\d{1,2}\)?$|^\W*suite\W*$|\(suite\)",
    re.IGNORECASE,
)
#: The line a fax machine adds counts the pages of a call, not those of a letter.
_FAX_HEADER = re.compile(r"\b(?:DE|FROM|FAX)\s?:.*\b(?:P|PAGE)S?\.?\s?\d+/\d+")
#: In how many lines from the top a page says its number; how long a line of sentences is, in signs.
_TOP, _FULL = 3, 60


def separates(marks: Iterable[str]) -> bool:
    """Whether what the page's bar codes say is that this sheet stands between documents."""
    return any(_SHEETS.match(mark) for mark in marks)


def labels(marks: Iterable[str]) -> bool:
    """Whether one of the page's bar codes is the label of a document's first page."""
    return any(_LABEL.match(mark) for mark in marks)


def begins_letter(text: str) -> bool:
    """Whether the page begins as letters do: a subject or a salutation in its upper half.

    A page that says that it is the second or a later one does not.
    """
    lines = _written(text)
    return not _goes_on(lines) and any(
        _SUBJECT.match(line) or (_SALUTATION.match(line) and not _FAREWELL.search(line))
        for line in _upper(lines)
    )


def has_letterhead(text: str) -> bool:
    """Whether an address or a date stands in the page's upper half, above all its sentences.

    So do bills and certificates begin: it tells a letter only of a page that sounds like one.
    """
    lines = _written(text)
    head = takewhile(lambda line: not _is_prose(line), _upper(lines))
    return not _goes_on(lines) and any(
        _POSTAL_CODE.search(line) or _DATE_LINE.search(line) for line in head
    )


def _written(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not _FAX_HEADER.search(line)]


def _upper(lines: list[str]) -> list[str]:
    return lines[: (len(lines) + 1) // 2]


def _goes_on(lines: list[str]) -> bool:
    return any(_LATER_PAGE.search(line) and not _SUBJECT.match(line) for line in lines[:_TOP])


def _is_prose(line: str) -> bool:
    return len(line) >= _FULL or line[0].islower()
