"""The numbers a letter names: the files it is about, and what identifies a person or a firm.

Identifiers are checked by their check digits (``forms.types``; the NEQ's by Luhn over its last
eight, which 32 of 36 published numbers hold: it warns).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stdnum import luhn

from classifiers.dates import dates
from classifiers.lines import PHONE, POSTAL_CODE, flat
from forms.types import Parsed, parse

#: Between a label and its number: « no », « : », « est le », « porte le numéro ».
_LINK = r"(?:\s|[:.#,=-]|\b(?:no|n[o°º]|nos|numero|num|est|le|la|porte|c'est|suivant)\b|[°º])*"
#: « 118-774-032 », « PA 0098 117 », « 1224002901 TQ 0001 », « 7610-05-01 », « C/12 »: pieces with
#: figures, and short capitals between or before them.
_VALUE = (
    r"(?:[A-Z]{1,5}[ /.-]?)?[A-Z0-9]*\d[A-Z0-9]*(?:[/.-][A-Z0-9]+)*(?: (?:[A-Z]{1,3} )?\d[\d-]*)*"
)
_OURS = r"\bn\s?[/.]\s?(?:ref|dossier|no|d\b)\w*|\bnotre\s+(?:ref\w*|dossier)"
_FILE = (
    r"\bv\s?[/.]\s?(?:ref|dossier|no|d\b)\w*|\bref(?:erences?)?(?:\.|\b)(?:\s?individuelle)?"
    r"|\bdossiers?\b|\bmatricule\b|\bcode permanent\b|\breclamation\b|\bcliente?\b"
    r"|\b(?:permis|licence|certificat|decision|demande)\s(?=no|n°|numero)"
    r"|\b(?:no|n[°º]|numero) (?:de|du|d')\s?\w+"
)
_NAS = re.compile(r"\bn\.?\s?a\.?\s?s\b\.?|\bassurance[\s-]+sociale", re.IGNORECASE)
_NEQ = re.compile(r"\bn\.?e\.?q\b\.?|\bnumero d'entreprise", re.IGNORECASE)
_NINE = re.compile(r"(?<![\d-])\d{3}([ .-]?)\d{3}\1\d{3}(?![\d-]| ?\d)")
_TEN = re.compile(r"(?<!\d)(?:11|22|33|88)\d{2}\s?\d{3}\s?\d{3}(?!\d)")
_NAM = re.compile(r"\b[A-Z]{4}[\s-]?[0-9OIl]{4}[\s-]?[0-9OIl]{4}\b")
#: How far behind its label an identifier may stand.
_NEAR = 40


class Number(NamedTuple):
    """``name`` is ``nas``, ``nam``, ``neq``, ``sender_file`` (the writer's own) or ``file``."""

    name: str
    start: int
    end: int
    parsed: Parsed
    confidence: float


def numbers(text: str) -> list[Number]:
    """The numbers of ``text``, in order, none inside another; a file's only after its label."""
    taken = [(dated.start, dated.end) for dated in dates(text)]
    taken += [match.span() for shape in (PHONE, POSTAL_CODE) for match in shape.finditer(text)]
    found: list[Number] = []
    for number in _identifiers(text):
        if _free(number, taken):
            found.append(number)
            taken.append((number.start, number.end))
    for number in _files(text):
        if _free(number, taken):
            found.append(number)
            taken.append((number.start, number.end))
    return sorted(found, key=lambda number: number.start)


def _free(number: Number, taken: list[tuple[int, int]]) -> bool:
    return all(number.end <= start or number.start >= end for start, end in taken)


def _identifiers(text: str) -> Iterator[Number]:
    plain = flat(text)
    for match in _NAM.finditer(text):
        yield _checked("nam", match, parse("nam", match[0]), labelled=True)
    for match in _NINE.finditer(text):
        labelled = _labelled(_NAS, plain, match.start())
        parsed = parse("nas", re.sub(r"\D", "", match[0]))
        # Nine figures in threes are many things: without their name only a check digit tells.
        if labelled or (parsed.confirmed and match[1] and not _named(plain, match.start())):
            yield _checked("nas", match, parsed, labelled)
    for match in _TEN.finditer(text):
        digits = re.sub(r"\s", "", match[0])
        labelled = _labelled(_NEQ, plain, match.start())
        holds = luhn.is_valid(digits[2:])
        if labelled or (holds and not _named(plain, match.start())):
            problems = () if holds else ("check-digit",)
            yield _checked("neq", match, Parsed(digits, problems, confirmed=holds), labelled)


def _checked(name: str, match: re.Match[str], parsed: Parsed, labelled: bool) -> Number:
    sure = {(True, True): 0.99, (True, False): 0.5, (False, True): 0.7, (False, False): 0.2}
    confidence = sure[labelled, parsed.confirmed]
    return Number(name, match.start(), match.end(), parsed, confidence)


def _labelled(label: re.Pattern[str], plain: str, start: int) -> bool:
    before = plain[max(0, start - _NEAR) : start]
    return any(not re.search(r"\d", before[m.end() :]) for m in label.finditer(before))


def _named(plain: str, start: int) -> bool:
    """Whether a label of a file stands just before."""
    before = plain[max(0, start - _NEAR) : start]
    return re.search(rf"(?:{_OURS}|{_FILE}){_LINK}$", before) is not None


def _files(text: str) -> Iterator[Number]:
    plain = flat(text)
    for name, labels, least in (("sender_file", _OURS, 1), ("file", _FILE, 3)):
        for label in re.finditer(rf"(?:{labels}){_LINK}", plain):
            match = re.compile(_VALUE).match(text, label.end())
            if not match or sum(map(str.isdigit, match[0])) < least or _money(text, match.end()):
                continue
            value = re.sub(r"\s+", " ", match[0]).strip(" .-/")
            yield Number(name, match.start(), match.end(), Parsed(value), _sure(label[0]))


def _sure(label: str) -> float:
    return 0.95 if re.search(r"[/:]|\bno\b|n°|numero", label) else 0.85


def _money(text: str, end: int) -> bool:
    return re.match(r"[.,]?\d*\s?(?:\$|dollars|%)", text[end : end + 12]) is not None
