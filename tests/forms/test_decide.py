from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.decide import PERSON, Thresholds, decide, doubtful, records, values_of
from forms.schema import FormPack
from greffier.words import Decision, Reading, Reason

Read = Callable[..., list[Reading]]
UNTICKED = {"notify_tax": {"value": ""}}


def why(pack: FormPack, readings: list[Reading]) -> set[tuple[str, str | None]]:
    decision, reasons = decide(pack, readings)
    assert (decision is Decision.ENTER) == (not reasons)
    return {(reason.code, reason.field) for reason in reasons}


def test_a_document_read_with_certainty_goes_straight_through(pack: FormPack, read: Read) -> None:
    assert decide(pack, read()) == (Decision.ENTER, ())


@pytest.mark.parametrize("name", ["surname", "postal_code", "file_tax", "notify_health", "nas"])
def test_a_doubtful_reading_of_a_needed_field_waits_for_a_person(
    pack: FormPack, read: Read, name: str
) -> None:
    readings = read(**{name: {"confidence": 0.7}})
    assert why(pack, readings) == {("low-confidence", name)}
    assert doubtful(pack, readings) == [name]


def test_a_field_that_is_no_value_of_its_type_waits_with_its_own_reason(
    pack: FormPack, read: Read
) -> None:
    readings = read(nas={"value": None, "raw": "130692545", "problems": ("check-digit",)})
    assert why(pack, readings) == {("check-digit", "nas")}


def test_a_value_nobody_held_to_its_type_is_caught_here(pack: FormPack, read: Read) -> None:
    assert why(pack, read(nas={"value": "130692545"})) == {("check-digit", "nas")}


def test_a_needed_field_that_was_not_read_at_all_blocks(pack: FormPack, read: Read) -> None:
    readings = [reading for reading in read() if reading.name != "effective_date"]
    assert why(pack, readings) == {("not-read", "effective_date")}


def test_what_no_ticked_destination_uses_blocks_nothing(pack: FormPack, read: Read) -> None:
    smudged = {"value": None, "confidence": 0.1, "problems": ("check-digit",)}
    assert why(pack, read(**UNTICKED, nas=smudged, file_tax=smudged)) == set()


def test_an_unused_field_blocks_when_it_contradicts_a_used_one(pack: FormPack, read: Read) -> None:
    other_day = {"value": "TESE54121812"}
    unticked = {"notify_health": {"value": ""}}
    assert ("nam-disagrees", "birth_date") in why(pack, read(**unticked, nam=other_day))


def test_a_warning_asks_for_more_certainty_than_usual(pack: FormPack, read: Read) -> None:
    ontario = {"value": "K1A 0B1"}
    assert why(pack, read(postal_code={**ontario, "confidence": 0.97})) == {
        ("low-confidence", "postal_code"),
        ("outside-quebec", "postal_code"),
    }
    assert why(pack, read(postal_code={**ontario, "confidence": 0.995})) == set()


def test_a_field_that_others_prove_may_be_less_certain(pack: FormPack, read: Read) -> None:
    blurred = {"confidence": 0.6}
    assert why(pack, read(birth_date=blurred)) == set()
    assert why(pack, read(birth_date={"confidence": 0.4})) == {("low-confidence", "birth_date")}
    unproven = read(birth_date=blurred, nam={"value": "TESE54122815", "confidence": 0.999})
    assert why(pack, unproven) == {("low-confidence", "birth_date")}


def test_each_reader_may_have_its_own_threshold(pack: FormPack, read: Read) -> None:
    readings = read(surname={"confidence": 0.9, "reader": "careful"})
    lenient = Thresholds(learned={"surname": {"careful": 0.85}})
    assert decide(pack, readings)[0] is Decision.REVIEW
    assert decide(pack, readings, lenient)[0] is Decision.ENTER


def test_a_person_overrules_doubt_and_contradiction(pack: FormPack, read: Read) -> None:
    seen = {"reader": PERSON, "confidence": 1.0}
    readings = read(
        surname={**seen, "value": "Desrochers", "problems": ("low-confidence",)}, nam=seen
    )
    assert why(pack, readings) == set()


def test_a_person_overrules_only_what_they_have_seen(pack: FormPack, read: Read) -> None:
    seen = {"reader": PERSON, "confidence": 1.0}
    readings = read(surname={**seen, "value": "Desrochers"})
    assert why(pack, readings) == {("nam-disagrees", "nam")}


def test_nobody_can_overrule_what_is_missing(pack: FormPack, read: Read) -> None:
    nothing = {"reader": PERSON, "confidence": 1.0, "value": ""}
    assert why(pack, read(surname=nothing)) == {("required", "surname")}
    assert why(pack, read(file_tax=nothing)) == {("required", "file_tax")}


def test_a_document_that_goes_nowhere_is_never_let_through(pack: FormPack, read: Read) -> None:
    lax = pack.model_copy(update={"rules": ()})
    readings = read(notify_tax={"value": ""}, notify_health={"value": ""})
    assert why(lax, readings) == {
        ("no-destination", "notify_tax"),
        ("no-destination", "notify_health"),
    }


def test_doubtful_fields_come_in_the_forms_order(pack: FormPack, read: Read) -> None:
    vague = {"confidence": 0.2}
    assert doubtful(pack, read(notify_tax=vague, surname=vague, nas=vague)) == [
        "surname",
        "nas",
        "notify_tax",
    ]


def test_each_ticked_destination_gets_its_own_record_under_its_own_names(
    pack: FormPack, read: Read
) -> None:
    made = records(pack, values_of(pack, read(**UNTICKED, postal_code={"value": "g1r5a5"})))
    assert list(made) == ["health"]
    assert made["health"].values == {"postal_code": "G1R 5A5"}
    assert made["health"].identity == {"surname": "Testeur", "birth_date": "1954-12-28"}


def test_reasons_never_hold_what_was_read(pack: FormPack, read: Read) -> None:
    _, reasons = decide(pack, read(nas={"value": None, "raw": "130692545"}))
    assert reasons == (Reason(code="not-read", field="nas"),)
    assert "130692545" not in repr(reasons)


# No denormals: where tests of readers ran before, this process takes them for zero.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["surname", "nas", "notify_tax"]), st.floats(0, 1, allow_subnormal=False)
    )
)
def test_losing_confidence_never_lets_a_document_through(
    pack: FormPack, read: Read, drops: dict[str, float]
) -> None:
    readings = read(**{name: {"confidence": 0.999 * drop} for name, drop in drops.items()})
    entered = decide(pack, readings)[0] is Decision.ENTER
    assert entered == all(r.confidence >= 0.95 for r in readings)
