"""What tells that a document begins: patch codes and bar codes.

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


def separates(marks: Iterable[str]) -> bool:
    """Whether what the page's bar codes say is that this sheet stands between documents."""
    return any(_SHEETS.match(mark) for mark in marks)


def labels(marks: Iterable[str]) -> bool:
    """Whether one of the page's bar codes is the label of a document's first page."""
    return any(_LABEL.match(mark) for mark in marks)
