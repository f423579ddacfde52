"""What a letter says of itself, as readings of its pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from classifiers import CONSULTATION, Fact, closes_letter, facts, theme
from extractors.text import PageText
from greffier.words import Box, Reading

#: What ``Reading.reader`` says of them.
READER = "letter"


def letter_readings(kind: str, pages: Mapping[int, PageText]) -> tuple[Reading, ...]:
    """The facts of the letter on ``pages`` (by number in the file), and an answer's theme."""
    texts = [page.text for page in pages.values()]
    last = next((place for place, text in enumerate(texts, 1) if closes_letter(text)), None)
    text = "".join(texts[:last])
    read = facts(text) if last else _own(facts(text), texts[0])
    return (*_theme(kind, text), *(_reading(fact, pages) for fact in read))


def _own(read: Iterable[Fact], first: str) -> Iterable[Fact]:
    """The facts ``read`` of a letter that is not seen to close, so that any page but the ``first``
    may be an attachment: what the first page says goes before. Who signs it may be the surer.
    """
    found = {fact.name: fact for fact in read}
    for fact in facts(first):
        signed = found.get(fact.name) if fact.name == "sender" else None
        if signed is None or signed.confidence <= fact.confidence:
            found[fact.name] = fact
    return found.values()


def _theme(kind: str, text: str) -> Iterator[Reading]:
    if kind == CONSULTATION:
        told = theme(text)
        problems = () if told.kind else ("theme-unsure",)
        yield Reading(
            name="theme",
            value=told.kind,
            confidence=told.confidence,
            reader=READER,
            problems=problems,
        )


def _reading(fact: Fact, pages: Mapping[int, PageText]) -> Reading:
    ends = [*accumulate(len(page.text) for page in pages.values())]
    place = bisect_right(ends, fact.start)
    number = [*pages][place]
    begins = ends[place] - len(pages[number].text)
    return Reading(
        name=fact.name,
        value=fact.value,
        raw=fact.raw,
        confidence=fact.confidence,
        page=number,
        box=_box(pages[number], fact.start - begins, fact.end - begins),
        reader=READER,
        problems=fact.problems,
    )


def _box(page: PageText, start: int, end: int) -> Box | None:
    """Around the words that characters ``start`` to ``end`` of the page's text touch.

    ``None`` where the text is not made of the page's words: a born-digital page carries its own.
    """
    if len(page.text.split()) != len(page.words):
        return None
    first = len(page.text[:start].split())
    # A span may begin inside a word.
    first -= bool(start and first and not page.text[start - 1].isspace())
    touched = page.words[first : len(page.text[:end].split())]
    if not touched:
        return None
    boxes = [word.box for word in touched]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
