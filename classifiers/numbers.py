"""The numbers a letter names: the files it is about, and what identifies a person or a firm.

Identifiers are checked by their check digits (``forms.types``; the NEQ's by Luhn over its last
eight, which 32 of 36 published numbers hold: it warns).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span
from stdnum import luhn

from classifiers.dates import dates
from classifiers.entities import MARKS, Found, after, keep, marks
from forms.types import Parsed, parse

PHONE = re.compile(r"(?:t[eé]l\w*\.?\s*:?\s*)?\(?\b[2-9]\d{2}\)?[\s.-]\s?\d{3}[\s.-]\d{4}\b", re.I)
#: A Canadian postal code; a reader takes O for 0, I for 1, S for 5 and the other way round.
POSTAL_CODE = re.compile(r"\b[A-Z][0-9OISl][A-Z]\s?[0-9OISl][A-Z0-9][0-9OISl]\b", re.IGNORECASE)
#: Between a label and its number: « no », « : », « est le », « porte le numéro ».
_LINK = frozenset(
    (*":.#,=-°º'", "no", "n", "nº", "nos", "numero", "num", "est", "le", "la", "porte", "c")
) | {"suivant"}
#: How many figures the number behind a label has at least.
_LEAST = {"SENDER_FILE": 1, "FILE": 3}
_SURE = {(True, True): 0.99, (True, False): 0.5, (False, True): 0.7, (False, False): 0.2}
#: How far behind its label, in letters, an identifier may stand.
_NEAR = 40


@Language.component("letter_numbers")
def numbers(doc: Doc) -> Doc:
    """Keep the numbers, in order, none inside another; a file's only behind its label, or when a
    pattern knows it by its own shape (``FILE_NUMBER``)."""
    text = doc.text
    taken = bytearray(len(text))
    others = [(dated.span.start_char, dated.span.end_char) for dated in dates(doc)]
    others += [match.span() for shape in (PHONE, POSTAL_CODE) for match in shape.finditer(text)]
    for start, end in others:
        taken[start:end] = b"x" * (end - start)
    found: list[Found] = []
    for number in (*_identifiers(doc), *_files(doc)):
        start, end = number.span.start_char, number.span.end_char
        if not any(taken[start:end]):
            found.append(number)
            taken[start:end] = b"x" * (end - start)
    for number in sorted(found, key=lambda number: number.span.start):
        keep(number.span.label_, *number)
    return doc


def _identifiers(doc: Doc) -> Iterator[Found]:
    files = {_linked(label) for label in marks(doc, "SENDER_FILE_LABEL", "FILE_LABEL")}
    for span in marks(doc, "NAM"):
        yield _checked("NAM", span, parse("nam", span.text), labelled=True)
    for span in marks(doc, "NAS_SHAPE"):
        labelled = _behind(span, "NAS_LABEL")
        parsed = parse("nas", re.sub(r"\D", "", span.text))
        # Nine figures in threes are many things: without their name only a check digit tells.
        if labelled or (parsed.confirmed and not span.text.isdigit() and span.start not in files):
            yield _checked("NAS", span, parsed, labelled)
    for span in marks(doc, "NEQ_SHAPE"):
        digits = re.sub(r"\s", "", span.text)
        labelled = _behind(span, "NEQ_LABEL")
        holds = luhn.is_valid(digits[2:])
        if labelled or (holds and span.start not in files):
            problems = () if holds else ("check-digit",)
            yield _checked("NEQ", span, Parsed(digits, problems, confirmed=holds), labelled)


def _checked(label: str, span: Span, parsed: Parsed, labelled: bool) -> Found:
    return _named(label, span, parsed, _SURE[labelled, parsed.confirmed])


def _named(label: str, span: Span, parsed: Parsed, confidence: float) -> Found:
    return Found(Span(span.doc, span.start, span.end, label=label), parsed, confidence)


def _behind(span: Span, label: str) -> bool:
    """Whether such a label stands near before, and no figure between."""
    doc = span.doc
    return any(
        span.start_char - said.end_char <= _NEAR
        and not re.search(r"\d", doc[said.end : span.start].text)
        for said in marks(doc[max(0, span.start - 2 * _NEAR) : span.start], label)
    )


def _files(doc: Doc) -> Iterator[Found]:
    for span in marks(doc, "FILE_NUMBER"):
        yield _named("FILE", span, Parsed(span.text), 0.95)
    # Shapes overlap: one may begin inside another. Of those that begin together, the longest.
    shapes = {m.start: m for m in sorted(doc.spans[MARKS], key=len) if m.label_ == "FILE_SHAPE"}
    for name, least in _LEAST.items():
        for label in marks(doc, f"{name}_LABEL"):
            start = _linked(label)
            number = shapes.get(start)
            if number is None or sum(map(str.isdigit, number.text)) < least or _money(number):
                continue
            said = doc[label.start : start].text
            value = re.sub(r"\s+", " ", number.text).strip(" .-/")
            yield _named(name, number, Parsed(value), _sure(said))


def _linked(label: Span) -> int:
    """Where what is linked to ``label`` begins."""
    doc, place = label.doc, label.end
    while place < len(doc) and (doc[place].is_space or doc[place].norm_ in _LINK):
        place += 1
    return place


def _sure(label: str) -> float:
    return 0.95 if re.search(r"[/:]|\bno\b|n°|num[eé]ro", label, re.IGNORECASE) else 0.85


def _money(span: Span) -> bool:
    said = after(span, 12, span.doc)[:12]
    return re.match(r"[.,]?\d*\s?(?:\$|dollars|%)", said) is not None
