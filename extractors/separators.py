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


def separates(marks: Iterable[str]) -> bool:
    """Whether what the page's bar codes say is that this sheet stands between documents."""
    return any(_SHEETS.match(mark) for mark in marks)


def labels(marks: Iterable[str]) -> bool:
    """Whether one of the page's bar codes is the label of a document's first page."""
    return any(_LABEL.match(mark) for mark in marks)


def begins_letter(text: str) -> bool:
    """Whether the page begins as letters do: a subject or a salutation in its upper half."""
    lines = [line for line in text.splitlines() if line.strip()]
    return any(
        _SUBJECT.match(line) or (_SALUTATION.match(line) and not _FAREWELL.search(line))
        for line in lines[: (len(lines) + 1) // 2]
    )
