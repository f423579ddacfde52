"""What a register says of the readings of a document: it confirms them, or contradicts.

``FieldSpec.lookup`` names a register (``forms.registers``). A field's column bears its name, or its
name's end: ``new_postal_code`` finds the column ``postal_code``, and is looked up together with
``new_municipality``. Names and texts are compared tolerantly (accents, abbreviations, misread
letters), all else must be equal; a key may stand in several rows, with names old and new. See
``docs/decisions/lookups.md``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path

from forms.names import differ_in_spelling, equal, same
from forms.registers import Columns, Register, Row, Values, load
from forms.schema import FieldSpec, FormPack
from forms.types import parse
from greffier.errors import PackError
from greffier.words import Reading

#: What a register can say of a field.
CONTRADICTS, PROPOSES, UNLISTED, CHOSE, SPELT = (
    "register-contradicts",
    "register-proposes",
    "not-in-register",
    "chosen-by-register",
    "spelt-by-register",
)
#: Nothing is surer by a register than this, for it may be wrong; what it contradicts, no surer.
_CONFIRMED, _CONTRADICTED = 0.995, 0.5
#: How often a name as read is like its bearer's in the register, and how likely a key is at most
#: that only another reader saw.
_RECOGNISABLE, _THOUGHT_OF = 0.9, 0.05
#: A sign can be misread so many ways; so many rows tell how often two names are alike by chance.
#: Where these do not make a row as sure as this, and chance may still matter, all rows are asked.
_SLIPS, _SAMPLE, _CLEAR = 9, 150, 0.99
#: Names this alike are of one body.
_ALIKE = 0.45
_TOLERANT = ("text", "name")


def consult(
    pack: FormPack, readings: Sequence[Reading], folder: Path | None
) -> tuple[Reading, ...]:
    """The readings with what the pack's registers say of them.

    Values that stand in one row are confirmed. Where another reading of the same pixels
    (``Reading.alternatives``) makes a row whole it is taken, and has the problem
    ``chosen-by-register``. A name with the letters of its row and other accents, spaces or hyphens
    is spelt as the row has it, and has the problem ``spelt-by-register``. Nothing else changes a
    value: what no row has is contradicted, and ``propose`` tells a person what would mend it.
    """
    if folder is None:
        return tuple(readings)
    by_name = {reading.name: reading for reading in readings}
    for register, group in _groups(pack, folder):
        if all(spec.name in by_name for spec in group.values()):
            by_name |= _judged(register, group, by_name)
    return tuple(by_name.values())


def propose(
    pack: FormPack, values: Mapping[str, str], name: str, folder: Path | None
) -> tuple[str, ...]:
    """What the register would have ``name`` be, given what the fields beside it say (as read).

    Only rows that differ from ``values`` by one misread sign, or by the field itself.
    """
    if folder is None:
        return ()
    for register, group in _groups(pack, folder):
        for column, spec in group.items():
            if spec.name == name:
                near = _near(register, group, values)
                return tuple(dict.fromkeys(row[column] for row in near if row[column]))
    return ()


def load_registers(packs: Iterable[FormPack], folder: Path | None) -> None:
    """Load the registers of ``packs`` now: once, before the processes that read are forked.

    One that is no CSV is left to the documents that ask it.
    """
    for pack in packs:
        with suppress(PackError):
            for register, group in _groups(pack, folder) if folder else ():
                register.prepare(_exact(group), tuple(group))


Group = dict[str, FieldSpec]


def _groups(pack: FormPack, folder: Path) -> Iterator[tuple[Register, Group]]:
    """The fields that are looked up together, by column."""
    found: dict[tuple[str, str], Group] = {}
    for spec in pack.fields:
        register = load(folder, spec.lookup) if spec.lookup else None
        if register is None or spec.lookup is None:
            continue
        for column in sorted(register.columns, key=len, reverse=True):
            if spec.name == column or spec.name.endswith(f"_{column}"):
                prefix = spec.name.removesuffix(column)
                found.setdefault((spec.lookup, prefix), {})[column] = spec
                break
    for (name, _), group in found.items():
        register = load(folder, name)
        if register and len(group) > 1:
            yield register, group


def _judged(
    register: Register, group: Group, readings: Mapping[str, Reading]
) -> dict[str, Reading]:
    mine = {column: readings[spec.name] for column, spec in group.items()}
    if not all(reading.value or reading.alternatives for reading in mine.values()):
        return {}
    found = _whole_rows(register, group, mine)
    if not found:
        code = CONTRADICTS if _is_known(register, group, mine) else UNLISTED
        values = {reading.name: reading.value or "" for reading in mine.values()}
        codes = (code, PROPOSES) if _near(register, group, values) else (code,)
        return {reading.name: _doubted(reading, codes) for reading in mine.values()}
    keys = {tuple(row[column] for column in _exact(group)) for row, _ in found}
    if len(keys) > 1:
        return {reading.name: _doubted(reading, (CONTRADICTS,)) for reading in mine.values()}
    row, chosen = found[0]
    certainty = _certainty(register, group, mine, row, chosen)
    return {
        spec.name: _confirmed(spec, mine[column], chosen[column], row[column], certainty)
        for column, spec in group.items()
    }


def _whole_rows(
    register: Register, group: Group, mine: Mapping[str, Reading]
) -> list[tuple[Row, dict[str, str]]]:
    """Rows that hold one reading of every field, with those readings; as few others as can be."""
    exact = _exact(group)
    keys = list(product(*(_options(group[column], mine[column]) for column in exact)))
    for some in (keys[:1], keys[1:]):
        found = [
            (row, chosen)
            for key in some
            for row in register.with_key(exact, key)
            if (chosen := _chosen(register, group, mine, row))
        ]
        if found:
            return sorted(found, key=lambda f: _fit(register, group, *f), reverse=True)
    return []


def _chosen(
    register: Register, group: Group, mine: Mapping[str, Reading], row: Row
) -> dict[str, str] | None:
    """For each column the reading that fits ``row``, the first reader's if it does and has no odd
    signs."""
    chosen = {column: row[column] for column in _exact(group)}
    for column, spec in group.items():
        if column in chosen:
            continue
        options = _options(spec, mine[column])
        alike = [o for o in options if same(o, row[column])]
        near = [o for o in options if register.alike(column, o, row[column]) >= _ALIKE]
        if not near:
            return None
        best = near[0] if near[0] in alike or not alike else alike[0]
        plain = (o for o in alike or near if not parse(spec.type, o, spec=spec).problems)
        chosen[column] = next(plain, best) if parse(spec.type, best, spec=spec).problems else best
    return chosen


def _fit(register: Register, group: Group, row: Row, chosen: Mapping[str, str]) -> float:
    exact = _exact(group)
    return sum(
        register.alike(column, chosen[column], row[column]) + same(chosen[column], row[column])
        for column in group
        if column not in exact
    )


def _options(spec: FieldSpec, reading: Reading) -> list[str]:
    """What the field may say: its value, then the other readings of it."""
    parsed = (parse(spec.type, text, spec=spec).value for text in reading.alternatives)
    return list(dict.fromkeys(text for text in (reading.value, *parsed) if text))


def _confirmed(
    spec: FieldSpec, reading: Reading, chosen: str, written: str, certainty: float
) -> Reading:
    """The reading, as sure as its row is. A name that is merely alike keeps the readers' certainty,
    since it may be misspelt, unless the pack asks for its bearer only."""
    exact = spec.type not in _TOLERANT or equal(chosen, written)
    changes: dict[str, object] = {"reader": f"{reading.reader}+register"}
    own = reading.confidence if chosen == reading.value else 0.0
    if exact or spec.lookup_confirms == "bearer":
        changes["confidence"] = max(own, certainty)
    problems = reading.problems
    if chosen != reading.value:
        problems = (*_kept(spec, reading), CHOSE)
    if spec.lookup_confirms != "bearer" and differ_in_spelling(chosen, written):
        chosen = written.upper() if chosen.isupper() else written
        problems = (*problems, SPELT)
    changes |= {"value": chosen, "problems": problems}
    return reading.model_copy(update=changes)


def _certainty(
    register: Register, group: Group, mine: Mapping[str, Reading], row: Row, chosen: Row
) -> float:
    """How sure it is that ``row`` is meant, because its key and its names were read side by side.

    A misread key is near the true one: what counts is how many keys near this one have a row, and
    how often such a row has names as alike as those read (Bayes' rule on right and misread key).
    """
    exact = _exact(group)
    names = tuple(column for column in group if column not in exact)
    if not names or not exact:
        return _CONFIRMED
    key = min(_likely(group[c], mine[c], chosen[c]) for c in exact)

    def alike(named: Values) -> bool:
        return all(
            register.alike(c, chosen[c], name) >= _ALIKE
            for c, name in zip(names, named, strict=True)
        )

    at = tuple(row[column] for column in exact)
    near = [r for r in register.near_key(exact, at) if any(r[c] != row[c] for c in exact)]
    like = sum(alike(tuple(r[c] for c in names)) for r in near)
    slips = max(len(near), _SLIPS * sum(map(len, at)), 1)
    every = register.names(names)
    own = Counter(tuple(r[c] for c in names) for r in register.with_key(exact, at))
    certainty, by_chance = 0.0, math.inf
    for step in (max(1, len(every) // _SAMPLE), 1):
        if certainty < _CLEAR and by_chance > like:
            others = [(named, rows - own[named]) for named, rows in every[::step]]
            alikes = sum(rows for named, rows in others if rows and alike(named))
            by_chance = len(near) * (alikes + 1) / (sum(rows for _, rows in others) + 2)
            wrong = (1 - key) * min(1.0, (like + by_chance) / slips)
            certainty = 1 - wrong / (key * _RECOGNISABLE + wrong)
    return min(_CONFIRMED, certainty)


def _likely(spec: FieldSpec, reading: Reading, chosen: str) -> float:
    """How likely a key is before the register is asked: as its reader says or, of those that only
    other readers saw, its share of what the first one leaves."""
    if chosen == reading.value:
        return reading.confidence
    others = len(_options(spec, reading)) - (reading.value is not None)
    return min(_THOUGHT_OF, (1 - reading.confidence) / max(1, others))


def _kept(spec: FieldSpec, reading: Reading) -> tuple[str, ...]:
    """Problems that are not of the value that was given up."""
    if reading.value is None:
        return ()
    own = parse(spec.type, reading.value, spec=spec).problems
    return tuple(problem for problem in reading.problems if problem not in own)


def _doubted(reading: Reading, codes: tuple[str, ...]) -> Reading:
    confidence = min(reading.confidence, _CONTRADICTED)
    problems = (*reading.problems, *codes)
    return reading.model_copy(update={"confidence": confidence, "problems": problems})


def _is_known(register: Register, group: Group, mine: Mapping[str, Reading]) -> bool:
    exact = _exact(group)
    return bool(register.with_key(exact, tuple(mine[column].value or "" for column in exact)))


def _near(register: Register, group: Group, values: Mapping[str, str]) -> list[Row]:
    """The rows one slip away from ``values``: the names alike and a key misread in one sign, or
    the key the same. None when they are of more than one key."""
    exact = _exact(group)
    key = tuple(values.get(group[column].name, "") for column in exact)
    names = {c: values.get(s.name, "") for c, s in group.items() if c not in exact}
    near = [
        row
        for row in register.near_key(exact, key)
        if all(register.alike(c, name, row[c]) >= _ALIKE for c, name in names.items())
    ]
    keys = {tuple(row[column] for column in exact) for row in near}
    return near if len(keys) == 1 else []


def _exact(group: Group) -> Columns:
    return tuple(column for column, spec in group.items() if spec.type not in _TOLERANT)
