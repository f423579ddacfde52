"""Dates in a letter, in all the ways they are written; which of them is the letter's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from classifiers.lines import Line, flat
from forms.types import Parsed, parse

_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre"),
    *("octobre", "novembre", "decembre"),
)
#: A month's letters a bad fax may change; short ones must be whole.
_ALIKE = 0.75
_ONES = (
    *("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    *("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"),
    *("dix-sept", "dix-huit", "dix-neuf"),
)
_TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50}
_YEAR = r"(?:19|20)\d{2}"

#: « 1er mars 2024 », « 3 mai, 2023 », « premier mars deux mille vingt-quatre »; the l of a
#: reader that takes it for a 1.
_IN_WORDS = re.compile(
    r"\b(?P<day>[0-3]?\d|[1l]\s?(?:er|°|º|\")|premier|[a-z]+(?:[- ]et[- ]un|-[a-z]+)?)"
    r"(?:(?:i?e|ieme)? jour (?:du mois )?d[e'] ?)?[\s/.-]?"
    r"(?P<month>[a-z]{3,10})\.?,?[\s/.-]*(?:de l'an )?"
    rf"(?P<year>{_YEAR}|(?:deux mille|mil neuf cent)[a-z -]*)(?!\d)"
)
_ISO = re.compile(
    rf"(?<![\d-])(?P<year>{_YEAR})(?P<sign>[-/. ])(?:[01]\d)(?P=sign)[0-3]\d(?![\d-])"
)
_FIGURES = re.compile(
    r"(?<![\d/.-])([0-3]?\d)\s?([/.-])\s?([0-3]?\d)\s?\2\s?(\d{4}|\d{2})(?![\d/-])"
)
#: What a line may hold beside the letter's date: where it was written, and small words.
_BESIDE = re.compile(
    r"^(?:date|fait|signe|ecrit|en date|ce|le|a|du|jour|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|[:,.]|\s)*$"
)
#: Words that make the date on their line another's than the letter's.
_OTHER = re.compile(
    r"\b(?:ne|nee|naissance|depuis|avant|vigueur|compter|partir|des|jusqu|deced|expir|decision|avis"
    r"|lettre|recu|echeance|objet|re)\b"
)


class Dated(NamedTuple):
    """A date in the text (characters ``start`` to ``end``) and how it parses."""

    start: int
    end: int
    parsed: Parsed


def dates(text: str) -> list[Dated]:
    """All the dates in ``text``, in order."""
    return sorted(_all(flat(text)), key=lambda found: found.start)


def letter_date(text: str, found: Sequence[Line]) -> tuple[Dated, float] | None:
    """The date of the letter whose lines are ``found``, and how sure its place makes that.

    A date alone on its line, or after a place or « Date : », is the letter's; one that begins the
    letter is, rather. A date inside a sentence is something else's.
    """
    known = dates(text)
    ranked = [
        (_sureness(line, number, len(found), dated), dated)
        for number, line in enumerate(found)
        for dated in known
        if line.start <= dated.start < line.end
    ]
    best = max(ranked, key=lambda pair: pair[0], default=None)
    return (best[1], best[0]) if best and best[0] else None


def _sureness(line: Line, number: int, count: int, dated: Dated) -> float:
    before = flat(line.text[: dated.start - line.start])
    after = flat(line.text[max(0, dated.end - line.start) :])
    beside = before + after
    if _OTHER.search(beside):
        return 0.0
    early = number < max(8, count // 2)
    words = re.findall(r"[a-z]+", beside)
    if _BESIDE.match(beside):
        return 0.97 if early else 0.8
    # « Sainte-Anne-de-la-Pérade, le 3 mai 2023 »: a place is a few words, then a comma or « le ».
    if (
        len(words) <= 7
        and re.search(r"(?:,|\ble|\bce)\s*(?:le|ce)?\s*$", before)
        and len(after) < 4
    ):
        return 0.95 if early else 0.75
    if number <= 2 and len(before) < 12 and not after.strip(" .,"):
        return 0.85
    if number == 0 and _BESIDE.match(before):
        return 0.6
    return 0.5 if number <= 3 and len(words) <= 3 else 0.0


def _all(plain: str) -> Iterator[Dated]:
    for match in _IN_WORDS.finditer(plain):
        parts = _day(match["day"]), _month(match["month"]), _year(match["year"])
        if all(parts):
            day, month, year = parts
            written = f"{year}-{month:02}-{day:02}"
            yield Dated(match.start(), match.end(), parse("date", written))
    for match in _ISO.finditer(plain):
        yield Dated(match.start(), match.end(), parse("date", re.sub(r"[/. ]", "-", match[0])))
    for match in _FIGURES.finditer(plain):
        first, _, second, last = match.groups()
        # A year of two figures may be a day: the order is never known for sure.
        century = "" if len(last) == 4 else "20"
        parsed = parse("date", f"{first}/{second}/{century}{last}")
        if century and parsed.value:
            parsed = Parsed(parsed.value, ("ambiguous-date",))
        if parsed.value:
            yield Dated(match.start(), match.end(), parsed)


def _day(said: str) -> int | None:
    digits = re.match(r"[0-3]?\d$", said)
    if digits:
        return int(said)
    if said == "premier" or re.match(r"[1l]\s?\W*(?:er)?\W*$", said):
        return 1
    return _number(said)


def _month(said: str) -> int | None:
    whole = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(said)]
    if len(whole) == 1 and len(said) >= 3:
        return whole[0]
    close = get_close_matches(said, _MONTHS, 1, _ALIKE)
    return _MONTHS.index(close[0]) + 1 if close and len(said) >= 4 else None


def _year(said: str) -> int | None:
    if said.isdigit():
        return int(said)
    for words, century in (("deux mille", 2000), ("mil neuf cent", 1900)):
        if said.startswith(words):
            rest = said.removeprefix(words).strip(" -")
            number = _number(rest) if rest else 0
            return century + number if number is not None else None
    return None


def _number(said: str) -> int | None:
    """A number up to fifty-nine in words, « vingt et un » or « vingt-et-un »."""
    parts = re.split(r"[- ]et[- ]|-| ", said.strip(), maxsplit=1)
    if said in _ONES:
        return _ONES.index(said) + 1
    tens = _TENS.get(parts[0])
    if tens is None:
        return None
    if len(parts) == 1:
        return tens
    return tens + _ONES.index(parts[1]) + 1 if parts[1] in _ONES[:9] else None
