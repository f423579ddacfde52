"""Decide what becomes of a document that has been read, and make its records.

A document goes straight through only when everything that will be typed, or that says where to
type it, is certain. Everything else waits for a person, each field with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field

from forms import rules
from forms.schema import Destination, FormPack
from forms.types import WARNINGS, parse
from greffier.words import Decision, Reading, Reason, Record

#: The ``reader`` of a reading that a person settled at the desk.
PERSON = "person"


class Thresholds(BaseModel):
    """The least confidence that goes straight through.

    ``learned`` (field, then reader) comes first: what verified documents proved. Elsewhere careful
    guesses hold: ``default``. A field with a warning must reach ``warned``; one that other fields
    of the document prove need only reach ``proven``: they were read by themselves, and that they
    agree in so many signs is no chance. A check digit alone buys nothing here: readers already use
    it to choose among candidates, and it must not be counted twice.
    """

    model_config = ConfigDict(frozen=True)

    default: float = Field(0.95, ge=0, le=1)
    warned: float = Field(0.99, ge=0, le=1)
    proven: float = Field(0.50, ge=0, le=1)
    learned: dict[str, dict[str, float]] = Field(default_factory=dict)

    @classmethod
    def of(cls, pack: FormPack) -> Thresholds:
        """Those of the pack's calibration, and the fixed ones where it proved nothing.

        A calibration for a larger error than the pack now accepts proves nothing, nor does one
        of other readers than those there are now.
        """
        found = pack.calibration
        if found is None or found.accepted_error > pack.accepted_error:
            return CAREFUL
        if found.is_of_other_readers():
            return CAREFUL
        learned: dict[str, dict[str, float]] = {}
        for one in found.learned:
            least = NEVER if one.threshold is None else one.threshold
            learned.setdefault(one.field, {})[one.reader] = least
        return cls(learned=learned)

    def needed(self, reading: Reading, *, proven: bool = False) -> float:
        """The confidence this reading must reach."""
        usual = self.learned.get(reading.name, {}).get(reading.reader, self.default)
        if WARNINGS.intersection(reading.problems):
            return max(self.warned, usual)
        return min(self.proven, usual) if proven else usual


#: More than any confidence: a person sees it, always.
NEVER = 2.0
CAREFUL = Thresholds()


def decide(
    pack: FormPack, readings: Iterable[Reading], thresholds: Thresholds | None = None
) -> tuple[Decision, tuple[Reason, ...]]:
    """``ENTER`` and no reason, or ``REVIEW`` and every reason why, by field.

    A person's reading overrules doubts (low confidence, a rule that finds it strange) but not
    what is missing or is no value of its type. Fields that no ticked destination uses are not
    looked at, unless they contradict others. ``thresholds`` are those of the pack by default. A
    pack without destinations is only read and kept.
    """
    thresholds = thresholds or Thresholds.of(pack)
    read = {reading.name: _held_to_type(pack, reading) for reading in readings}
    values = _values(read.values())
    verdict = rules.check(pack, values)
    reasons = [
        *(
            reason
            for name in _needed(pack, values)
            for reason in _field_reasons(name, read.get(name), thresholds, verdict.confirmed)
        ),
        *_missing_keys(pack, values),
        *(reason for reason in verdict.reasons if not _overruled(reason, read)),
    ]
    if not reasons and pack.destinations and not ticked(pack, values):
        boxes = [d.when for d in pack.destinations.values()]
        reasons = [Reason(code="no-destination", field=box) for box in boxes or [None]]
    return (Decision.REVIEW if reasons else Decision.ENTER), tuple(dict.fromkeys(reasons))


def doubtful(
    pack: FormPack, readings: Iterable[Reading], thresholds: Thresholds | None = None
) -> list[str]:
    """The fields a person must see, in the form's order."""
    _, reasons = decide(pack, readings, thresholds)
    named = {reason.field for reason in reasons}
    return [field.name for field in pack.fields if field.name in named]


def records(pack: FormPack, values: Mapping[str, str]) -> dict[str, Record]:
    """The record each ticked destination gets, by target.

    ``KeyError`` when a field it needs has no value: such a document is not decided ``ENTER``.
    """
    return {
        target: Record(
            target=target,
            form=pack.id,
            values={name: values[field] for name, field in destination.values.items()},
            identity={name: values[field] for name, field in destination.identity.items()},
        )
        for target, destination in ticked(pack, values).items()
    }


def ticked(pack: FormPack, values: Mapping[str, str]) -> dict[str, Destination]:
    """The destinations this document asks for, by target."""
    return {
        target: destination
        for target, destination in pack.destinations.items()
        if destination.when is None or values.get(destination.when)
    }


def values_of(pack: FormPack, readings: Iterable[Reading]) -> dict[str, str]:
    """The values that could be read, canonical, by field: what ``records`` takes."""
    return _values(_held_to_type(pack, reading) for reading in readings)


def _values(readings: Iterable[Reading]) -> dict[str, str]:
    return {r.name: r.value for r in readings if r.value is not None}


def _held_to_type(pack: FormPack, reading: Reading) -> Reading:
    """The reading with its value held to its type again, whoever wrote it."""
    if reading.value is None:
        return reading
    spec = pack.field(reading.name)
    parsed = parse(spec.type, reading.value, spec=spec)
    problems = tuple(dict.fromkeys((*reading.problems, *parsed.problems)))
    return reading.model_copy(update={"value": parsed.value, "problems": problems})


def _needed(pack: FormPack, values: Mapping[str, str]) -> list[str]:
    """What must be certain, in the form's order."""
    used = {field.name for field in pack.fields if field.required}
    used |= {d.when for d in pack.destinations.values() if d.when}
    used |= rules.also_required(pack, values)
    for destination in ticked(pack, values).values():
        used |= {*destination.key, *destination.values.values(), *destination.identity.values()}
    return [field.name for field in pack.fields if field.name in used]


def _field_reasons(
    name: str, reading: Reading | None, thresholds: Thresholds, proven: frozenset[str]
) -> Iterator[Reason]:
    if reading is None:
        yield Reason(code="not-read", field=name)
        return
    doubts = [code for code in reading.problems if code not in WARNINGS]
    if reading.value is None:
        yield from (Reason(code=code, field=name) for code in doubts or ["not-read"])
    elif reading.reader != PERSON:
        if reading.confidence < thresholds.needed(reading, proven=name in proven):
            warnings = [code for code in reading.problems if code in WARNINGS]
            doubts += ["low-confidence", *warnings]
        yield from (Reason(code=code, field=name) for code in doubts)


def _missing_keys(pack: FormPack, values: Mapping[str, str]) -> Iterator[Reason]:
    """Nothing can be found on a screen by an empty key, nor proven by an empty identity."""
    for destination in ticked(pack, values).values():
        for name in (*destination.key, *destination.identity.values()):
            if values.get(name) == "":
                yield Reason(code="required", field=name)


def _overruled(reason: Reason, read: Mapping[str, Reading]) -> bool:
    """Whether a person has seen the field and holds to it."""
    reading = read.get(reason.field or "")
    return reason.code not in rules.MISSING and reading is not None and reading.reader == PERSON
