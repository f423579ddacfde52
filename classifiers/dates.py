"""What the dates of a letter say, and which of them is the letter's own."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from difflib import get_close_matches

from spacy.language import Language
from spacy.tokens import Doc, Span

from classifiers.entities import Found, after, before, flat, keep, lines, marks
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

#: How many pieces of its line are looked at on each side of a date.
_AROUND = 40
#: What a line may hold beside the letter's date: where it was written, and small words.
_BESIDE = re.compile(
    r"^(?:date|fait|signe|ecrit|en date|ce|le|a|du|jour|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|[:,.]|\s)*$"
)


def dates(doc: Doc) -> list[Found]:
    """All the dates in ``doc``, in order, and how they parse."""
    found = ((span, _parsed(span)) for span in marks(doc, "DATE") if _whole(span))
    return [Found(span, parsed, 1.0) for span, parsed in found if parsed]


@Language.component("letter_date")
def letter_date(doc: Doc) -> Doc:
    """Keep the date of the letter, and how sure its place makes that.

    A date alone on its line, or after a place or « Date : », is the letter's; one that begins the
    letter is, rather. A date inside a sentence is something else's.
    """
    best = max(_placed(doc), key=lambda found: found.confidence, default=None)
    if best and best.confidence:
        sure = min(best.confidence, 0.5) if best.parsed.problems else best.confidence
        keep("DATE", best.span, best.parsed, sure)
    return doc


def _placed(doc: Doc) -> Iterator[Found]:
    found = lines(doc)
    starts = [line.start for line in found]
    others = {line.start for line in found if marks(line, "OTHER_DATE")}
    for dated in dates(doc):
        number = bisect_right(starts, dated.span.start) - 1
        if number < 0 or dated.span.start >= found[number].end or starts[number] in others:
            continue
        sure = _sureness(found[number], number, len(found), dated.span)
        yield dated._replace(confidence=sure)


def _sureness(line: Span, number: int, count: int, dated: Span) -> float:
    left = flat(before(dated, _AROUND, line))
    right = flat(after(dated, _AROUND, line))
    beside = left + right
    early = number < max(8, count // 2)
    words = re.findall(r"[a-z]+", beside)
    if _BESIDE.match(beside):
        return 0.97 if early else 0.8
    # « Sainte-Anne-de-la-Pérade, le 3 mai 2023 »: a place is a few words, then a comma or « le ».
    if len(words) <= 7 and re.search(r"(?:,|\ble|\bce)\s*(?:le|ce)?\s*$", left) and len(right) < 4:
        return 0.95 if early else 0.75
    if number <= 2 and len(left) < 12 and not right.strip(" .,"):
        return 0.85
    if number == 0 and _BESIDE.match(left):
        return 0.6
    return 0.5 if number <= 3 and len(words) <= 3 else 0.0


def _whole(span: Span) -> bool:
    """Whether no more of a longer number stands right before or after."""
    left, right = before(span, 1, span.doc), after(span, 1, span.doc)
    return not (re.search(r"[\d/.-]$", left) or re.match(r"[\d/-]", right))


def _parsed(span: Span) -> Parsed | None:
    plain = flat(span.text)
    if match := re.fullmatch(r"(\d{4})\W(\d\d)\W(\d\d)", plain):
        return parse("date", "-".join(match.groups()))
    if match := re.fullmatch(r"(\d+)\W+(\d+)\W+(\d+)", plain):
        return _in_figures(*match.groups())
    for name in re.finditer(r"(?<![a-z])[a-z]{3,10}", plain):
        day, year = _day(plain[: name.start()]), _year(plain[name.end() :])
        month = _month(name[0])
        if day and month and year:
            return parse("date", f"{year}-{month:02}-{day:02}")
    return None


def _in_figures(first: str, second: str, last: str) -> Parsed | None:
    # A year of two figures may be a day: the order is never known for sure.
    century = "" if len(last) == 4 else "20"
    parsed = parse("date", f"{first}/{second}/{century}{last}")
    if not parsed.value:
        return None
    return Parsed(parsed.value, ("ambiguous-date",)) if century else parsed


def _day(said: str) -> int | None:
    said = re.sub(r"jour|\bdu\b|\bmois\b|\bd[e']", "", said).strip(" /.-")
    if match := re.match(r"([0-3]?\d)\s?(?:i?e|ieme)?$", said):
        return int(match[1])
    if said == "premier" or re.match(r"[1l]\s?\W*(?:er)?\W*$", said):
        return 1
    return _number(said)


def _month(said: str) -> int | None:
    whole = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(said)]
    if len(whole) == 1:
        return whole[0]
    close = get_close_matches(said, _MONTHS, 1, _ALIKE)
    return _MONTHS.index(close[0]) + 1 if close and len(said) >= 4 else None


def _year(said: str) -> int | None:
    said = re.sub(r"de l'an", "", said).strip(" /.,-")
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
