"""Invented people: a value for every field of a pack, by the field's type and name.

Nobody here exists and nothing here can reach anybody: NAS begin with 9 (the temporary series) and
hold their check digit, telephones are 555-01xx, e-mails are ``example.*``. A NAM is built from
the person by the rule of ``forms.types``. Files at the targets are unique per person.
"""

from __future__ import annotations

import random
import string
import unicodedata
from datetime import date, timedelta

from stdnum import luhn

from forms.schema import FieldSpec, FormPack
from forms.types import POSTAL_LETTERS, folded, nam_check
from sandbox.paper import names

#: The day practice mail is dated by: paper of one seed must not change with the calendar.
TODAY = date(2026, 11, 16)


class Population:
    """Invents people for a pack, one after another; no two share a number."""

    def __init__(self, pack: FormPack, rng: random.Random) -> None:
        self.pack = pack
        self.rng = rng
        self._taken: set[tuple[str, str]] = set()

    def person(self) -> dict[str, str]:
        """Everything one person could write on the form: a canonical value for each field.

        Names and addresses are written as on an envelope (« rue de l'Église »); check boxes are
        all ``""``: what is asked for is decided when the form is filled.
        """
        facts = _Facts(self.rng)
        return {spec.name: self._value(spec, facts) for spec in self.pack.fields}

    def homonym(self, of: dict[str, str]) -> dict[str, str]:
        """Somebody else of the same name: the file a careless search would open."""
        other = self.person()
        alike = [spec.name for spec in self.pack.fields if spec.type == "name"]
        return other | {name: of[name] for name in alike}

    def _value(self, spec: FieldSpec, facts: _Facts) -> str:
        if spec.layout in ("checkbox", "signature"):
            return "" if spec.layout == "checkbox" else "present"
        if spec.type == "digits":
            return self._unique_digits(spec)
        if spec.layout == "choice":
            known = facts.sex if facts.sex in spec.options else None
            return known or self.rng.choice(list(spec.options))
        return facts.value(spec)[: spec.cells if spec.type in ("text", "name") else None]

    def _unique_digits(self, spec: FieldSpec) -> str:
        while True:
            length = spec.cells or 6
            number = self.rng.choice("123456789") + _digits(self.rng, length - 1)
            if (spec.name, number) not in self._taken:
                self._taken.add((spec.name, number))
                return number


class _Facts:
    """One invented person."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sex = rng.choices("FMX", (49, 49, 2))[0]
        given = names.GIVEN["F" if self.sex == "F" or rng.random() < 0.05 else "M"]
        self.given_name = rng.choice(given)
        self.surname = _surname(rng)
        self.birth = TODAY - timedelta(days=rng.randrange(19 * 365, 90 * 365))
        self.places: dict[str, tuple[str, str, str]] = {}
        self.signed = TODAY - timedelta(days=rng.randrange(2, 25))
        self.area = "418"

    def value(self, spec: FieldSpec) -> str:
        """The canonical value of a field, by its type."""
        match spec.type:
            case "name":
                return self.given_name if _says(spec, "given", "first", "prenom") else self.surname
            case "date":
                return self._date(spec).isoformat()
            case "nas":
                number = "9" + _digits(self.rng, 7)
                return number + luhn.calc_check_digit(number)
            case "nam":
                return nam_of(self.surname, self.given_name, self.birth, self.sex)
            case "saaq_licence":
                return folded(self.surname)[0] + _digits(self.rng, 12)
            case "postal_code":
                area = self._place(spec)[1]
                letter = self.rng.choice(POSTAL_LETTERS)
                return f"{area} {_digits(self.rng, 1)}{letter}{_digits(self.rng, 1)}"
            case "phone":
                return f"{self._place(spec)[2]}55501{_digits(self.rng, 2)}"
            case "email":
                return self._email()
            case "civic_number":
                return str(self.rng.randrange(1, 9800))
        return self._text(spec)

    def _date(self, spec: FieldSpec) -> date:
        if _says(spec, "birth", "naissance"):
            return self.birth
        if _says(spec, "sign"):
            return self.signed
        return self.signed + timedelta(days=self.rng.randrange(-10, 60))

    def _text(self, spec: FieldSpec) -> str:
        if _says(spec, "street", "rue"):
            return self.rng.choice(names.STREETS)
        if _says(spec, "municip", "city", "ville"):
            return self._place(spec)[0]
        if _says(spec, "apart", "app"):
            return self.rng.choice(["", "", *names.APARTMENTS])
        return self.rng.choice(names.WORDS)

    def _place(self, spec: FieldSpec) -> tuple[str, str, str]:
        """The municipality, postal area and telephone area that fields of one prefix share."""
        prefix = spec.name.partition("_")[0] if spec.name.startswith(("old_", "new_")) else "new"
        if prefix not in self.places:
            self.places[prefix] = self.rng.choice(names.PLACES)
        return self.places[prefix]

    def _email(self) -> str:
        given, surname = (folded(name).lower() for name in (self.given_name, self.surname))
        domain = self.rng.choice(["example.org", "example.com", "example.net"])
        return f"{given[: self.rng.choice((1, 20))]}.{surname}@{domain}"


def nam_of(surname: str, given_name: str, birth: date, sex: str) -> str:
    """A health insurance number that agrees with the person, check digit included."""
    month = birth.month + (50 if sex == "F" else 0)
    stem = f"{folded(surname)[:3]}{folded(given_name)[0]}{birth:%y}{month:02d}{birth:%d}1"
    return next(stem + digit for digit in string.digits if nam_check(stem + digit, birth))


def without_accents(value: str) -> str:
    """``value`` as people who do not accent their capitals write it."""
    return "".join(c for c in unicodedata.normalize("NFD", value) if not unicodedata.combining(c))


def _surname(rng: random.Random) -> str:
    name = rng.choice(names.SURNAMES)
    simple = [other for other in names.SURNAMES if not set(other) & set(" -'") and other != name]
    return f"{name}-{rng.choice(simple)}" if name in simple and rng.random() < 0.12 else name


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _says(spec: FieldSpec, *words: str) -> bool:
    return any(word in spec.name for word in words)
