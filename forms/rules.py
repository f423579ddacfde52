"""Rules over several fields of one document, by the names a pack calls them.

A rule sees validated values only: a field that could not be read is absent and breaks nothing (its
own reading says so). A rule lowers trust in fields or confirms them; it never changes a value.

What each asks of the pack is in ``KINDS`` too, for ``forms.checks``.

| rule | ``fields`` | ``value`` |
|---|---|---|
| ``at_least_one`` | one of these is filled | |
| ``required_with`` | the first is filled as soon as one of the others is | |
| ``date_order`` | dates, earliest first; the same day is in order | |
| ``near_dates`` | dates | most days between the first and the last |
| ``nam_agrees`` | NAM, surname, given name, birth date, sex | |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from forms.schema import FormPack, Rule
from forms.types import folded, nam_births, nam_check, nam_is_female
from greffier.errors import PackError
from greffier.words import Reason

#: What was asked for and is not there: nobody can overrule it.
MISSING = frozenset({"required", "at-least-one", "no-destination"})


class Verdict(NamedTuple):
    """What a rule says: reasons for doubt by field, and the fields that other fields prove."""

    reasons: tuple[Reason, ...] = ()
    confirmed: frozenset[str] = frozenset()


def check(pack: FormPack, values: Mapping[str, str]) -> Verdict:
    """All rules of the pack over the values that could be read, and every required field.

    Raises ``PackError`` for a rule that does not exist or lacks what it needs.
    """
    required = [Reason(code="required", field=f.name) for f in pack.fields if f.required]
    verdicts = [
        Verdict(tuple(reason for reason in required if values.get(reason.field or "") == "")),
        *(_check_one(rule, values) for rule in pack.rules),
    ]
    reasons = dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons)
    return Verdict(tuple(reasons), frozenset().union(*(v.confirmed for v in verdicts)))


def also_required(pack: FormPack, values: Mapping[str, str]) -> frozenset[str]:
    """The fields that a ``required_with`` makes required in this document."""
    return frozenset(
        rule.fields[0]
        for rule in pack.rules
        if rule.rule == "required_with" and any(values.get(name) for name in rule.fields[1:])
    )


def _check_one(rule: Rule, values: Mapping[str, str]) -> Verdict:
    try:
        return KINDS[rule.rule].check(rule, values)
    except (KeyError, ValueError, TypeError) as error:
        raise PackError("rule-unusable", rule=rule.rule) from error


def _doubt(code: str, names: tuple[str, ...]) -> Verdict:
    return Verdict(tuple(Reason(code=code, field=name) for name in names))


def _at_least_one(rule: Rule, values: Mapping[str, str]) -> Verdict:
    empty = all(values.get(name) == "" for name in rule.fields)
    return _doubt("at-least-one", rule.fields) if empty else Verdict()


def _required_with(rule: Rule, values: Mapping[str, str]) -> Verdict:
    wanted, *triggers = rule.fields
    missing = values.get(wanted) == "" and any(values.get(name) for name in triggers)
    return _doubt("required", (wanted,)) if missing else Verdict()


def _dates(rule: Rule, values: Mapping[str, str]) -> list[date]:
    return [date.fromisoformat(values[name]) for name in rule.fields if values.get(name)]


def _date_order(rule: Rule, values: Mapping[str, str]) -> Verdict:
    disorder = any(later < earlier for earlier, later in pairwise(_dates(rule, values)))
    return _doubt("date-order", rule.fields) if disorder else Verdict()


def _near_dates(rule: Rule, values: Mapping[str, str]) -> Verdict:
    limit = int(rule.value or "")
    dates = _dates(rule, values)
    far = len(dates) > 1 and (max(dates) - min(dates)).days > limit
    return _doubt("dates-far-apart", rule.fields) if far else Verdict()


def _nam_agrees(rule: Rule, values: Mapping[str, str]) -> Verdict:
    """The NAM repeats the first letters of the names, the birth date and the sex.

    When all agree, check digit included, the NAM, the birth date and the sex prove one another;
    four letters prove no name.
    """
    nam_field, surname_field, given_field, birth_field, sex_field = rule.fields
    nam = values.get(nam_field)
    if not nam:
        return Verdict()
    surname, given = (folded(values.get(name, "")) for name in (surname_field, given_field))
    birth, sex = values.get(birth_field), values.get(sex_field, "")[:1].upper()
    against = {
        # A surname of two letters leaves the third to the board's filler.
        surname_field: surname != "" and nam[:3][: len(surname)] != surname[:3],
        given_field: given != "" and nam[3] != given[0],
        birth_field: bool(birth) and date.fromisoformat(birth or "") not in nam_births(nam),
        sex_field: sex in ("F", "M") and nam_is_female(nam) != (sex == "F"),
    }
    if disagreeing := tuple(name for name, wrong in against.items() if wrong):
        return _doubt("nam-disagrees", (nam_field, *disagreeing))
    if surname and given and birth and nam_check(nam, date.fromisoformat(birth)):
        proven = {nam_field, birth_field} | ({sex_field} if sex in ("F", "M") else set())
        return Verdict(confirmed=frozenset(proven))
    return Verdict()


class Kind(NamedTuple):
    """One rule: what it checks, and what a pack must give it.

    ``fields`` are at least ``fewest`` and at most ``most`` (``None``: any number), of these
    ``types`` in their order, the last of them for all that follow (``None``: of any type).
    ``days``: ``value`` is a number of days.
    """

    check: Callable[[Rule, Mapping[str, str]], Verdict]
    fewest: int
    most: int | None = None
    types: tuple[str | None, ...] = (None,)
    days: bool = False

    def type_of(self, position: int) -> str | None:
        """The type the field at ``position`` (from 0) must have; ``None``: any."""
        return self.types[min(position, len(self.types) - 1)]


#: The rules, by the names a pack may give.
KINDS: dict[str, Kind] = {
    "at_least_one": Kind(_at_least_one, 1),
    "required_with": Kind(_required_with, 2),
    "date_order": Kind(_date_order, 2, types=("date",)),
    "near_dates": Kind(_near_dates, 2, types=("date",), days=True),
    "nam_agrees": Kind(_nam_agrees, 5, 5, types=("nam", None, None, "date", None)),
}
