"""What the screen must show for a record, and whether it does."""

from __future__ import annotations

import traceback
from typing import ClassVar

import pytest

from bots.compare import difference, mark, wanted
from bots.contract import Bot, Shown, dated, plain_capitals
from greffier.errors import BusinessError
from greffier.words import Record


class Target(Bot):
    target = "essai"
    fields: ClassVar = {
        "street": Shown(plain_capitals, 12),
        "day": Shown(dated("%d-%m-%Y")),
        "phone": Shown(),
    }
    identity: ClassVar = {"surname": Shown(plain_capitals)}


def record(identity: dict[str, str] | None = None, **values: str) -> Record:
    values = {"file_number": "1", "street": "rue A", "day": "2026-12-01"} | values
    return Record(target="essai", form="f", values=values, identity=identity or {"surname": "Œil"})


def refusal(record: Record) -> tuple[str, object]:
    with pytest.raises(BusinessError) as trouble:
        wanted(Target, record)
    return trouble.value.code, trouble.value.details["field"]


def test_values_are_wanted_as_the_target_shows_them_and_nothing_stays_nothing():
    expected = wanted(Target, record())

    assert expected.fields == {"street": "RUE A", "day": "01-12-2026", "phone": ""}
    assert expected.identity == {"surname": "OEIL"}


def test_the_limit_counts_what_is_shown_and_not_what_was_written():
    assert wanted(Target, record(street="Œ" * 6)).fields["street"] == "OE" * 6
    assert refusal(record(street="Œ" * 7)) == ("value-too-long", "street")


def test_a_value_the_target_cannot_write_is_refused_without_being_quoted():
    with pytest.raises(BusinessError) as trouble:
        wanted(Target, record(day="-".join(("hier", "soir"))))
    assert trouble.value.code == "value-not-holdable"
    assert "hier-soir" not in "".join(traceback.format_exception(trouble.value))


def test_a_value_that_has_no_place_on_the_screen_is_refused_unless_it_is_empty():
    assert refusal(record(email="a@exemple.test")) == ("field-not-on-screen", "email")
    assert wanted(Target, record(email=""))


@pytest.mark.parametrize("identity", [{"surname": ""}, {"birth_date": "1990-01-01"}])
def test_a_file_is_opened_only_for_somebody_who_can_be_told_from_another(identity):
    assert refusal(record(identity)) == ("identity-missing", "surname")


@pytest.mark.parametrize(
    ("shown", "differs"),
    [
        ({"a": " Lévis\u00a0 (Québec) ", "b": ""}, None),
        ({"a": "Le\u0301vis (Que\u0301bec)", "b": ""}, None),
        ({"a": "Lévis (Québec)", "b": "", "c": "more"}, None),
        ({"a": "Levis (Québec)", "b": ""}, "a"),
        ({"a": "LÉVIS (QUÉBEC)", "b": ""}, "a"),
        ({"a": "Lévis (Québe", "b": ""}, "a"),
        ({"a": "Lévis (Québec)", "b": "0"}, "b"),
        ({"a": "Lévis (Québec)"}, "b"),
    ],
)
def test_white_space_and_composition_do_not_count_and_all_else_does(shown, differs):
    assert difference({"a": "Lévis (Québec)", "b": ""}, shown) == differs


class Overwriting(Target):
    """One field for two of the record's, and one that a silent record leaves alone."""

    fields: ClassVar = {
        "street": Shown(limit=8, made_of=("civic_number", "street")),
        "phone": Shown(kept=True),
    }


def test_a_field_made_of_several_holds_what_the_record_says_of_them():
    assert wanted(Overwriting, record(day="", civic_number="12")).fields == {"street": "12 rue A"}
    assert wanted(Overwriting, record(day="")).fields == {"street": "rue A"}
    with pytest.raises(BusinessError):
        wanted(Overwriting, record(day="", civic_number="123"))


def test_a_field_that_is_kept_is_wanted_only_as_the_record_says_it():
    assert "phone" not in wanted(Overwriting, record(day="", phone="")).fields
    assert wanted(Overwriting, record(day="", phone="1")).fields["phone"] == "1"


def test_a_file_is_recognised_by_its_mark_unless_something_has_changed():
    before = mark({"a": "Lévis", "b": ""})

    assert mark({"b": "", "a": " Le\u0301vis"}) == before
    assert mark({"a": "Lévis", "b": "x"}) != before
    assert mark({"a": "Lévis"}) != before
