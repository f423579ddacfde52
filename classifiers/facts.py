"""What a letter says of itself: who wrote it, when, about what, and the numbers it names.

Every fact keeps the characters of the text it was read from, and how sure its place and its check
digits make it. Nothing is repaired and no order of day and month is guessed: what is odd has a
problem's code (``reason.<code>``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classifiers.dates import letter_date
from classifiers.lines import Line, flat, lines
from classifiers.numbers import numbers
from classifiers.writers import Found, address, sender
from forms.types import plain_text

_SUBJECT = re.compile(r"^(?:objet|sujet|re|concerne|obj)\s?[:;.-]\s?(?=\S)")
_SALUTATION = re.compile(
    r"^(?:madame|monsieur|mesdames|messieurs|bonjour|bonsoir|maitre|a qui de droit|cher|chere|n/|v/"
    r"|nas|neq|dossier|ref)\b"
)
#: A line shorter than this, in letters, did not go on because it was full.
_FULL = 60


class Fact(NamedTuple):
    """``name`` is ``sender``, ``address``, ``date``, ``subject``, or a number's (``numbers``).

    A second number of a name is called ``<name>_2``. ``value`` is canonical where the fact has a
    type (ISO dates, numbers without spaces), ``None`` when it breaks the type's rules. The text's
    characters ``start`` to ``end`` are ``raw``.
    """

    name: str
    value: str | None
    raw: str
    start: int
    end: int
    confidence: float
    problems: tuple[str, ...] = ()


def facts(text: str) -> list[Fact]:
    """The facts of one letter, in the order a person would look for them."""
    found = lines(text)
    writer = sender(found)
    return list(
        _numbered(
            [
                *_written("sender", writer, text),
                *_written("address", address(found, writer), text),
                *_dated(text, found),
                *_subject(text, found),
                *(
                    Fact(
                        n.name,
                        n.parsed.value,
                        text[n.start : n.end],
                        n.start,
                        n.end,
                        n.confidence,
                        n.parsed.problems,
                    )
                    for n in numbers(text)
                ),
            ]
        )
    )


def _numbered(found: Sequence[Fact]) -> Iterator[Fact]:
    """Each value once; a name that comes again gets a number."""
    seen: Counter[str] = Counter()
    values: set[tuple[str, str | None]] = set()
    for fact in found:
        if (fact.name, fact.value) in values and fact.value is not None:
            continue
        values.add((fact.name, fact.value))
        seen[fact.name] += 1
        again = seen[fact.name]
        yield fact._replace(name=f"{fact.name}_{again}") if again > 1 else fact


def _written(name: str, found: Found | None, text: str) -> Iterator[Fact]:
    if found:
        raw = text[found.start : found.end]
        yield Fact(name, plain_text(found.text), raw, found.start, found.end, found.confidence)


def _dated(text: str, found: Sequence[Line]) -> Iterator[Fact]:
    if best := letter_date(text, found):
        (start, end, parsed), sure = best
        confidence = min(sure, 0.5) if parsed.problems else sure
        yield Fact("date", parsed.value, text[start:end], start, end, confidence, parsed.problems)


def _subject(text: str, found: Sequence[Line]) -> Iterator[Fact]:
    for number, line in enumerate(found):
        match = _SUBJECT.match(flat(line.text))
        if not match:
            continue
        last = line
        for following in found[number + 1 : number + 3]:
            goes_on = len(last.text) >= _FULL and not _SALUTATION.match(flat(following.text))
            if not goes_on:
                break
            last = following
        start = line.start + match.end()
        raw = text[start : last.end]
        yield Fact("subject", plain_text(raw), raw, start, last.end, 0.95)
        return
