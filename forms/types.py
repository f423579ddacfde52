"""Field types: what a value of each type looks like, and which rules it must hold to.

``parse`` turns what was read into the canonical value and says what is wrong with it. A type never
repairs: what breaks a hard rule has no value, and ``propose`` offers a person the mendings that
one confused character explains.

Sources of the rules: the identifiers' published formats (NAS: python-stdnum; telephone numbers:
phonenumbers; postal codes: Canada Post's letters; NAM: inferred from two specimen cards, hence
its check digit only warns).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

import phonenumbers
from babel import Locale
from stdnum.ca import sin

from forms.schema import FieldSpec
from greffier.errors import PackError

#: Problems that do not forbid a value: they ask for more certainty than usual.
WARNINGS = frozenset({"nam-check", "outside-quebec", "chosen-by-register", "spelt-by-register"})

CHECKED = "yes"
PRESENT = "present"

DIGITS = string.digits
LETTERS = string.ascii_uppercase
NAME_SIGNS = LETTERS + "ÀÂÇÉÈÊËÎÏÔÙÛÜŒ" + " '-."
TEXT_SIGNS = NAME_SIGNS + DIGITS + ",/#&()"
POSTAL_FIRST = "ABCEGHJKLMNPRSTVXY"
POSTAL_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
POSTAL_QUEBEC = "GHJ"

#: Characters that readers, and people who print by hand, take for one another.
CONFUSIONS = ("0OD", "1IL", "17", "2Z", "27", "38", "49", "4A", "5S", "56", "06", "6G", "8B", "UV")

#: Nobody alive, and no form in use, has a date outside these years.
YEARS = range(1900, 2100)


class Parsed(NamedTuple):
    """A value in canonical form: ``None`` when there is none, ``""`` when nothing is written.

    ``problems`` are reason codes; ``confirmed`` says that a check digit held.
    """

    value: str | None
    problems: tuple[str, ...] = ()
    confirmed: bool = False


def parse(type_name: str, raw: str, *, spec: FieldSpec | None = None) -> Parsed:
    """The value of ``type_name`` that ``raw`` writes.

    ``spec`` tells how long a comb is and what a choice offers. Parsing a canonical value gives it
    back. Raises ``PackError`` for a type that does not exist.
    """
    try:
        parser = _PARSERS[type_name]
    except KeyError:
        raise PackError("type-unknown", type=type_name) from None
    plain = plain_text(raw)
    return parser(plain, spec) if plain else Parsed("")


def is_valid(type_name: str, compact: str) -> bool:
    """Whether ``compact`` (no spaces) is a value of the type; warnings do not count against it."""
    return bool(parse(type_name, compact).value)


def propose(type_name: str, raw: str, *, spec: FieldSpec | None = None) -> tuple[str, ...]:
    """The values that one confused character would explain, for a person to choose from.

    Empty when ``raw`` needs no mending, and when one character does not mend it.
    """
    if not _at_fault(parse(type_name, raw, spec=spec)):
        return ()
    mended = (parse(type_name, other, spec=spec) for other in _swaps(plain_text(raw)))
    return tuple(dict.fromkeys(p.value for p in mended if p.value and not _at_fault(p)))


def pattern(type_name: str, cells: int) -> tuple[str, ...]:
    """The characters each of ``cells`` boxes may hold, when the comb is full.

    Capitals only: combs are filled in capitals. Raises ``PackError`` when the type cannot fill
    that many boxes.
    """
    if type_name in _FREE_PATTERNS:
        return (_FREE_PATTERNS[type_name],) * cells
    signs = _FIXED_PATTERNS.get(type_name, ())
    if len(signs) != cells:
        raise PackError("cells-wrong", type=type_name, cells=cells)
    return signs


def plain_text(raw: str) -> str:
    """``raw`` composed (NFC), with plain spaces, apostrophes and hyphens, and no space around."""
    return " ".join(unicodedata.normalize("NFC", raw).translate(_TYPOGRAPHY).split())


def folded(value: str) -> str:
    """The letters of ``value`` as capitals without accents, nothing else: to compare names."""
    expanded = value.replace("œ", "oe").replace("Œ", "OE")
    return "".join(c for c in unicodedata.normalize("NFD", expanded).upper() if c in LETTERS)


_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "`": "'", "–": "-", "—": "-", "‑": "-"})


def _at_fault(parsed: Parsed) -> bool:
    return parsed.value is None or "nam-check" in parsed.problems


def _swaps(raw: str) -> Iterator[str]:
    for place, sign in enumerate(raw.upper()):
        for group in CONFUSIONS:
            if sign in group:
                yield from (raw[:place] + s + raw[place + 1 :] for s in group if s != sign)


def _compact(raw: str) -> str:
    return re.sub(r"[\s.\-]", "", raw).upper()


# --- words ---------------------------------------------------------------------------------------


def _text(raw: str, spec: FieldSpec | None) -> Parsed:
    odd = any(not (c.isalnum() or c in " '-.,/#&():;+°\"«»!?@%$*_") for c in raw)
    return Parsed(raw, ("odd-signs",) if odd else ())


def _name(raw: str, spec: FieldSpec | None) -> Parsed:
    if not any(c.isalpha() for c in raw) or any(not (c.isalpha() or c in " '-.") for c in raw):
        return Parsed(None, ("not-a-name",))
    return Parsed(raw)


def _email(raw: str, spec: FieldSpec | None) -> Parsed:
    # Narrower than RFC 5322 on purpose: what people write on paper, and legacy screens accept.
    address = raw.replace(" ", "").lower()
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    fits = re.fullmatch(rf"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@({label}\.)+[a-z]{{2,}}", address)
    return Parsed(address) if fits else Parsed(None, ("bad-email",))


def is_unusual(type_name: str, value: str) -> bool:
    """Whether so few people write such a value that it is more often an l taken for a figure one.

    In an e-mail address: a one before a letter, or alone between separators. In words: a figure
    before an apostrophe, where French elides an l or a d.
    """
    signs = _L_AS_ONE if type_name == "email" else _ELIDED_FIGURE
    return type_name in ("email", "name", "text") and signs.search(value) is not None


_ELIDED_FIGURE = re.compile(r"(?<![^\W_])[0-9]['’](?=[^\W\d_])")
_L_AS_ONE = re.compile(r"(?<![0-9])1(?=[a-z])|(?<![a-z0-9])1(?=[._-])")


# --- numbers -------------------------------------------------------------------------------------


def _digits(raw: str, spec: FieldSpec | None) -> Parsed:
    number = _compact(raw)
    if not re.fullmatch(r"[0-9]+", number):
        return Parsed(None, ("not-digits",))
    if spec and spec.cells and len(number) != spec.cells:
        return Parsed(None, ("wrong-length",))
    return Parsed(number)


def _civic_number(raw: str, spec: FieldSpec | None) -> Parsed:
    """« 12 », « 12A », « 12-14 », « 12 1/2 »."""
    number = re.sub(r"\s*-\s*", "-", raw.upper())
    number = re.sub(r"(?<=[0-9])\s+(?=[A-Z])", "", number)
    fits = re.fullmatch(r"[1-9][0-9]{0,5}([A-Z]|-[1-9][0-9]{0,5}| 1/[24])?", number)
    return Parsed(number) if fits else Parsed(None, ("bad-civic-number",))


def _apartment(raw: str, spec: FieldSpec | None) -> Parsed:
    """« 4 », « B », « 12-A », « PH 2 »: no accent ever stands in one."""
    number = raw.upper()
    fits = re.fullmatch(r"[A-Z0-9]+([ /-][A-Z0-9]+)*", number)
    return Parsed(number) if fits else Parsed(None, ("bad-apartment",))


def _phone(raw: str, spec: FieldSpec | None) -> Parsed:
    number = re.sub(r"[\s.()+\-/]", "", raw)
    number = number[1:] if len(number) == 11 and number.startswith("1") else number
    if re.fullmatch(r"[0-9]{10}", number) and phonenumbers.is_valid_number(
        phonenumbers.parse(number, "CA")
    ):
        return Parsed(number)
    return Parsed(None, ("bad-phone",))


def _postal_code(raw: str, spec: FieldSpec | None) -> Parsed:
    code = _compact(raw)
    if not _fits("postal_code", code):
        return Parsed(None, ("bad-postal-code",))
    warn = () if code[0] in POSTAL_QUEBEC else ("outside-quebec",)
    return Parsed(f"{code[:3]} {code[3:]}", warn)


def _saaq_licence(raw: str, spec: FieldSpec | None) -> Parsed:
    number = _compact(raw)
    return Parsed(number) if _fits("saaq_licence", number) else Parsed(None, ("bad-licence",))


def _nas(raw: str, spec: FieldSpec | None) -> Parsed:
    number = _compact(raw)
    if not _fits("nas", number):
        return Parsed(None, ("bad-nas",))
    if not sin.is_valid(number):
        return Parsed(None, ("check-digit",))
    return Parsed(number, confirmed=True)


def _nam(raw: str, spec: FieldSpec | None) -> Parsed:
    number = _compact(raw)
    if not _fits("nam", number) or not nam_births(number):
        return Parsed(None, ("bad-nam",))
    if any(nam_check(number, birth) for birth in nam_births(number)):
        return Parsed(number, confirmed=True)
    return Parsed(number, ("nam-check",))


def nam_births(nam: str) -> tuple[date, ...]:
    """The birth dates a NAM can mean, one a century, none to come; empty when it holds no date."""
    year, month, day = int(nam[4:6]), int(nam[6:8]) % 50, int(nam[8:10])
    dates = (_real_date(century + year, month, day) for century in (1900, 2000))
    return tuple(found for found in dates if found and found <= date.today())


def nam_is_female(nam: str) -> bool:
    """A woman's NAM has 50 added to the month."""
    return int(nam[6:8]) > 50


def nam_check(nam: str, birth: date) -> bool:
    """Whether the NAM's last digit agrees with the rest, for a person born on ``birth``.

    Letters count as two digits (A = 01 … R = 18, S = 20 … Z = 27), the year as four; the 17 digits
    are weighted and summed modulo 10.
    """
    letters = "".join(f"{ord(c) - 64 + (c > 'R'):02d}" for c in nam[:4])
    digits = f"{letters}{birth.year}{nam[6:11]}"
    weights = (7, 1, 1, 3, 9, 7, 3, 9, 5, 3, 1, 3, 5, 7, 6, 9, 1)
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 10 == int(nam[11])


# --- dates ---------------------------------------------------------------------------------------


def _date(raw: str, spec: FieldSpec | None) -> Parsed:
    """AAAAMMJJ, ISO, day first with signs between, or with the month in words (fr, en).

    A date in figures whose day and month could change places is read day first and flagged.
    """
    if found := re.fullmatch(r"([0-9]{4})[\s./-]?([0-9]{2})[\s./-]?([0-9]{2})", raw):
        year, month, day = map(int, found.groups())
        return _dated(_real_date(year, month, day))
    if found := re.fullmatch(r"([0-9]{1,2})\s?[\s./-]\s?([0-9]{1,2})\s?[\s./-]\s?([0-9]{4})", raw):
        first, second, year = map(int, found.groups())
        day_first = _real_date(year, second, first)
        month_first = _real_date(year, first, second)
        doubt = month_first is not None and month_first != day_first
        return _dated(day_first or month_first, ("ambiguous-date",) if doubt else ())
    if found := _DATE_IN_WORDS.fullmatch(raw.lower()):
        month_number = _months().get(folded(found["m"] or found["month"]))
        if month_number:
            day, year = int(found["d"] or found["day"]), int(found["y"] or found["year"])
            return _dated(_real_date(year, month_number, day))
    return Parsed(None, ("not-a-date",))


_DATE_IN_WORDS = re.compile(
    r"(?:le )?(?P<d>[0-9]{1,2}) ?(?:er|°)?,? (?P<m>[^\W\d_]+)\.?,? (?P<y>[0-9]{4})"
    r"|(?P<month>[^\W\d_]+)\.? (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<year>[0-9]{4})"
)


def _real_date(year: int, month: int, day: int) -> date | None:
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _dated(found: date | None, problems: tuple[str, ...] = ()) -> Parsed:
    return Parsed(found.isoformat(), problems) if found else Parsed(None, ("not-a-date",))


@cache
def _months() -> dict[str, int]:
    """Month names and abbreviations, as ``folded`` leaves them, to their numbers."""
    return {
        folded(name): number
        for language in ("fr_CA", "en_CA")
        for width in ("wide", "abbreviated")
        for number, name in Locale.parse(language).months["format"][width].items()
    }


# --- marks ---------------------------------------------------------------------------------------


def _checkbox(raw: str, spec: FieldSpec | None) -> Parsed:
    # A filled PDF says /Yes, /On or /Off; a person types oui or x.
    said = raw.lower().lstrip("/")
    if said in {CHECKED, "on", "x", "oui", "1"}:
        return Parsed(CHECKED)
    return Parsed("") if said in {"off", "no", "non", "0"} else Parsed(None, ("not-a-mark",))


def _choice(raw: str, spec: FieldSpec | None) -> Parsed:
    if spec is None or raw in spec.options:
        return Parsed(raw)
    for option, label in spec.options.items():
        if raw.lower() in {option.lower(), label.fr.lower(), label.en.lower()}:
            return Parsed(option)
    return Parsed(None, ("no-such-choice",))


def _signature(raw: str, spec: FieldSpec | None) -> Parsed:
    return Parsed(PRESENT)


def _fits(type_name: str, value: str) -> bool:
    signs = _FIXED_PATTERNS[type_name]
    return len(value) == len(signs) and all(c in s for c, s in zip(value, signs, strict=True))


_FREE_PATTERNS = {
    "text": TEXT_SIGNS,
    "name": NAME_SIGNS,
    "digits": DIGITS,
    "civic_number": DIGITS + LETTERS + "-/ ",
    "apartment": DIGITS + LETTERS + "-/ ",
    "email": LETTERS + DIGITS + "@._-+",
}

_FIXED_PATTERNS: dict[str, tuple[str, ...]] = {
    "date": ("12", "09", DIGITS, DIGITS, "01", DIGITS, "0123", DIGITS),
    "nas": ("12345679", *[DIGITS] * 8),
    "nam": (*[LETTERS] * 4, DIGITS, DIGITS, "0156", DIGITS, "0123", DIGITS, "123456789", DIGITS),
    "saaq_licence": (LETTERS, *[DIGITS] * 12),
    "postal_code": (POSTAL_FIRST, DIGITS, POSTAL_LETTERS, DIGITS, POSTAL_LETTERS, DIGITS),
    "phone": ("23456789", DIGITS, DIGITS, "23456789", *[DIGITS] * 6),
}

_PARSERS: dict[str, Callable[[str, FieldSpec | None], Parsed]] = {
    "text": _text,
    "name": _name,
    "digits": _digits,
    "date": _date,
    "nas": _nas,
    "nam": _nam,
    "saaq_licence": _saaq_licence,
    "postal_code": _postal_code,
    "phone": _phone,
    "email": _email,
    "civic_number": _civic_number,
    "apartment": _apartment,
    "checkbox": _checkbox,
    "choice": _choice,
    "signature": _signature,
}

#: The names a pack may give as a field's ``type``.
TYPES = frozenset(_PARSERS)
