"""What people write on the form: which boxes they tick, what they leave out, how they spell it."""

from __future__ import annotations

import random

from forms.rules import also_required
from forms.schema import FieldSpec, FormPack
from sandbox.paper.fill import By
from sandbox.paper.people import without_accents

#: How often people leave out what they need not say: by and large, and the numbers of files at
#: bodies they do not ask to notify.
_OMITTED, _OMITTED_NUMBER = 0.25, 0.92
#: How often any one box is ticked.
_TICKED = 0.6


def answers(
    pack: FormPack, person: dict[str, str], by: By, rng: random.Random, *, everything: bool = False
) -> dict[str, str]:
    """``person``'s values as written on one form: canonical, in the spelling of the paper.

    Follows the pack's ``at_least_one`` and ``required_with``. ``everything``: nothing is left out
    and every box is ticked.
    """
    values = dict(person)
    for spec in pack.fields:
        if spec.layout == "checkbox":
            values[spec.name] = "yes" if everything or rng.random() < _TICKED else ""
    for rule in pack.rules:
        if rule.rule == "at_least_one" and not any(values[name] for name in rule.fields):
            values[rng.choice(rule.fields)] = "yes"
    if not everything:
        for name, chance in _optional(pack, values).items():
            if rng.random() < chance:
                values[name] = ""
    capitals = by == "hand" or rng.random() < 0.5
    accents = by == "type" or rng.random() < 0.7
    return {spec.name: _spelt(spec, values[spec.name], capitals, accents) for spec in pack.fields}


def _optional(pack: FormPack, values: dict[str, str]) -> dict[str, float]:
    """The fields one may leave out, and how often people do. Old addresses are always given."""
    needed = also_required(pack, values)
    conditional = {rule.fields[0] for rule in pack.rules if rule.rule == "required_with"}
    return {
        spec.name: _OMITTED_NUMBER
        if spec.name in conditional and spec.type == "digits"
        else _OMITTED
        for spec in pack.fields
        if not spec.required and spec.name not in needed and not spec.name.startswith("old_")
        if spec.layout != "checkbox"
    }


def _spelt(spec: FieldSpec, value: str, capitals: bool, accents: bool) -> str:
    """Combs are filled in capitals; on lines, hands print capitals and typists please themselves.

    An e-mail stays as it is.
    """
    if spec.type not in ("name", "text"):
        return value
    value = value.upper() if capitals or spec.layout == "comb" else value
    return value if accents else without_accents(value)
