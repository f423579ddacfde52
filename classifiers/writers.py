"""Who a letter is from: the name at its head, at its foot or after « De : », and the address there.

A name is told by its shape and its place, and by the words that patterns know: of firms, of whom
letters are written to, of speech, of roles. spaCy's statistical entities find fewer names
(docs/decisions/classifier.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc, Span

from classifiers.entities import Found, flat, heading, keep, lines, marks
from classifiers.numbers import PHONE, POSTAL_CODE
from forms.types import Parsed, plain_text

_PARTICLES = frozenset(
    [
        *("de", "du", "des", "la", "le", "les", "et", "van", "von", "der", "ben", "el", "d", "l"),
        *("aux", "au", "a", "en", "pour", "sur", "&"),
    ]
)
_TITLES = re.compile(
    r"^(?:m|mr|mme|mlle|me|dr|dre|docteur|maitre|soeur|abbe)\b\.?\s", re.IGNORECASE
)
#: What may stand before a role at the beginning of a line.
_BEFORE_ROLE = frozenset(("le", "la", "l", "'", "par", "p", ".", "pp", "pour"))
_FROM = re.compile(
    r"^(?:de(?: la part de)?|from|exp[eé]diteur|nom|signature)\s?:\s?(?P<name>.+)$", re.I
)
_STREET = re.compile(
    r"^(?:\d+[A-Za-z]?(?:[-/]\d+)?\s?,?\s|c\.?\s?p\.?\s?\d|case postale|r\.?\s?r\.?\s?\d|app"
    r"|casier)|\b(?:rue|avenue|av\.|boul|chemin|rang|route|place|montee|app\.|(?:quebec|qc)\)?)\b"
)
_ABBREVIATED = re.compile(r"\b(?:inc|enr|s\.e\.n\.c)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
#: A word inside a name: it ends no sentence, unless it is an initial or a title.
_PART = r"(?:\S*[^\s.!?:,;]|(?:[A-Z]\.-?)+|Mme\.?|M\.|Dr\.)"
#: How many lines from the end a signature may stand, and how long a name is, in letters.
_FOOT, _LONG = 9, 60
#: Lines of an address at most.
_BLOCK = 4


@Language.component("letter_sender")
def writer(doc: Doc) -> Doc:
    """Keep who wrote the letter, and the address under that name at its head or its foot."""
    found = lines(doc)
    if said := _sender(found):
        keep("SENDER", *said)
        if place := _address(found, said.span.text):
            keep("ADDRESS", *place)
    return doc


def _sender(found: Sequence[Span]) -> Found | None:
    """Head and foot that agree leave little doubt. A firm's letterhead goes before whoever signs
    for it; a person who signs goes before another named at the head.
    """
    head, foot = _head(found), _foot(found)
    said = _labelled(found)
    for one in (said, foot):
        for other in (head, foot):
            if one and other and one is not other and _agree(one.span.text, other.span.text):
                return one._replace(confidence=0.98)
    if said:
        return said
    if head and marks(head.span, "FIRM"):
        return head
    return foot or head


def _address(found: Sequence[Span], name: str) -> Found | None:
    for number, line in enumerate(found):
        head = number < 3
        if not (head or number >= len(found) - _FOOT) or not _agree(line.text, name):
            continue
        block = _block(found[number + 1 : number + 1 + _BLOCK])
        if block:
            sure = 0.95 if POSTAL_CODE.search(block[-1].text) else 0.6
            text = ", ".join(part.text.rstrip(",") for part in block)
            return Found(line.doc[block[0].start : block[-1].end], Parsed(plain_text(text)), sure)
    return None


def _block(following: Sequence[Span]) -> list[Span]:
    block: list[Span] = []
    for line in following:
        if not _STREET.search(flat(line.text)) and not POSTAL_CODE.search(line.text):
            break
        block.append(line)
        if POSTAL_CODE.search(line.text):
            break
    return block if block and _STREET.search(flat(block[0].text)) else []


def _labelled(found: Sequence[Span]) -> Found | None:
    for line in found:
        match = _FROM.match(line.text)
        if match and (name := _name(_part(line, *match.span("name")))):
            return _said(name, 0.9)
    return None


def _head(found: Sequence[Span]) -> Found | None:
    name = _name(found[0]) if found else None
    if not name:
        return None
    addressed = bool(_block(found[1 : 1 + _BLOCK]))
    return _said(name, 0.9 if addressed else 0.8 if marks(name, "FIRM") else 0.4)


def _foot(found: Sequence[Span]) -> Found | None:
    """The last line that is a name; the roles, telephones and postscripts under it aside."""
    for depth, line in enumerate(reversed(found[1:][-_FOOT:])):
        if len(line.text) > _LONG:
            return _last_words(line) if depth == 0 else None
        if _is_role(line) or heading(line, "UNDER") or not line.text.strip(" .-_*"):
            continue
        if name := _name(line):
            # A firm over the name of who signs for it.
            return _said(name, 0.85)
        if depth == 0 and (name := _plain_name(line)):
            return _said(name, 0.6)
        if depth == 0 and (last := _last_words(line)):
            return last
    return None


def _is_role(line: Span) -> bool:
    return any(
        all(token.norm_ in _BEFORE_ROLE for token in line.doc[line.start : role.start])
        for role in marks(line, "ROLE")
    )


def _last_words(line: Span) -> Found | None:
    """A name that ends a paragraph: « … merci. Jeanne Roy »."""
    end = line.doc[max(line.start, line.end - _LONG) : line.end]
    match = re.search(rf"[.!?:,)»]\s+((?:{_PART}\s){{0,4}}\S+)$", end.text)
    name = _name(_part(end, *match.span(1))) if match else None
    return _said(name, 0.6) if name else None


def _said(name: Span, confidence: float) -> Found:
    return Found(name, Parsed(plain_text(name.text)), confidence)


def _part(span: Span, start: int, end: int) -> Span:
    """Characters ``start`` to ``end`` of ``span``, as whole pieces."""
    return span.char_span(start, end, alignment_mode="expand")


def _name(span: Span) -> Span | None:
    """The name in ``span``, without the town, age or trade after it; ``None`` when none."""
    text = span.text
    cut = re.split(r"\s*(?:,|\(|\s[-–—]\s|;)", PHONE.split(text)[0])[0]
    name = re.sub(r"\b(?:NAS|NAM|T[EÉ]L)\b.*$", "", cut).strip(" .:*_-–—'\"")
    if _ABBREVIATED.search(name) and f"{name}." in text:
        name = f"{name}."
    words = _WORD.findall(name)
    if not name or re.search(r"\d", name) or not 2 <= len(words) <= 8 or len(name) > _LONG:
        return None
    start = text.find(name)
    found = _part(span, start, start + len(name))
    if _is_other(found):
        return None
    kept = [w for w in words if flat(w).split("'")[0].rstrip(".") not in _PARTICLES]
    capital = [w for w in kept if w[0].isupper()]
    if not words[0][0].isupper():
        return None
    if marks(found, "FIRM"):
        return found if capital else None
    people = len(words) <= (6 if _TITLES.match(name) else 5)
    return found if people and kept and len(capital) == len(kept) else None


def _plain_name(line: Span) -> Span | None:
    """A name in small letters, alone on the last line: « kevin boily »."""
    name = line.text.strip(" .")
    if not 2 <= len(name.split()) <= 3 or not all(map(_WORD.fullmatch, name.split())):
        return None
    start = line.text.find(name)
    found = _part(line, start, start + len(name))
    return None if _is_other(found) else found


def _is_other(span: Span) -> bool:
    """Whether these are words of no writer's name."""
    return bool(marks(span, "ADDRESSEE", "SPEECH") or _STREET.search(flat(span.text)))


def _agree(one: str, other: str) -> bool:
    """Whether the words of one name are among the other's, titles aside."""
    first, second = _bare(one), _bare(other)
    return bool(first and second) and (first <= second or second <= first)


def _bare(name: str) -> frozenset[str]:
    words = re.findall(r"[a-z]{2,}", flat(_TITLES.sub("", name)))
    return frozenset(words) - _PARTICLES
