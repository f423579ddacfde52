"""Whether a page is the first of a letter, and whether it is the last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spacy.tokens import Doc, Span

from classifiers.entities import heading, kept, lines, marks
from classifiers.facts import pipeline

#: How a salutation's line goes on.
_ADDRESSED = re.compile(r"[^.:;]{0,40}[,:.;]?$")
#: How many lines are a page's head, and how sure a fact there is when it opens a letter.
_HEAD, _SURE = 3, 0.95
#: How many letters of a page are looked at: a page of small print has some 12,000.
_PAGE = 20_000


def begins_letter(text: str, known: bool) -> bool:
    """Whether a page begins as letters do: a subject or a salutation in its upper half.

    Of a text of a ``known`` kind, its writer's address or its date at the head is enough (an
    invoice has these too), unless the head says that it is a later page, or the end. Of a text
    longer than any page, only as much as a page holds is looked at.
    """
    nlp = pipeline()
    with nlp.memory_zone():
        doc = nlp(text[:_PAGE])
        found = lines(doc)
        upper = found[: (len(found) + 1) // 2]
        if any(heading(line, "SUBJECT_LABEL") or _greets(line) for line in upper):
            return True
        return known and _says_who_or_when(doc, upper[:_HEAD])


def closes_letter(text: str) -> bool:
    """Whether the words that letters close with stand on a page: what follows it was attached."""
    nlp = pipeline()
    with nlp.memory_zone():
        return bool(marks(nlp(text[-_PAGE:]), "CLOSING"))


def _greets(line: Span) -> bool:
    """Whether ``line`` is a salutation; one of a farewell may begin the same way."""
    said = heading(line, "SALUTATION")
    rest = line.text[said.end_char - line.start_char :] if said else None
    return rest is not None and bool(_ADDRESSED.match(rest)) and not marks(line, "CLOSING")


def _says_who_or_when(doc: Doc, head: Sequence[Span]) -> bool:
    if any(heading(line, "CONTINUATION") for line in head):
        return False
    return any(
        found.span.label_ in ("DATE", "ADDRESS")
        and found.confidence >= _SURE
        and any(line.start <= found.span.start < line.end for line in head)
        for found in kept(doc)
    )
