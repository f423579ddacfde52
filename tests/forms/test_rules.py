from __future__ import annotations

import pytest

from forms.rules import also_required, check
from forms.schema import FormPack, Rule, load_packs
from greffier.errors import PackError


def doubts(pack: FormPack, values: dict[str, str], **changes: str) -> set[tuple[str, str | None]]:
    return {(r.code, r.field) for r in check(pack, {**values, **changes}).reasons}


def test_a_document_in_order_breaks_no_rule(pack: FormPack, values: dict[str, str]) -> None:
    assert doubts(pack, values) == set()


def test_a_required_field_left_empty_is_missing(pack: FormPack, values: dict[str, str]) -> None:
    assert doubts(pack, values, surname="") == {("required", "surname")}


def test_a_field_that_could_not_be_read_breaks_no_rule(
    pack: FormPack, values: dict[str, str]
) -> None:
    unread = {"surname", "nas", "nam", "birth_date", "notify_tax"}
    assert doubts(pack, {n: v for n, v in values.items() if n not in unread}) == set()


def test_one_box_at_least_is_ticked(pack: FormPack, values: dict[str, str]) -> None:
    assert doubts(pack, values, notify_tax="", notify_health="") == {
        ("at-least-one", "notify_tax"),
        ("at-least-one", "notify_health"),
    }
    assert doubts(pack, values, notify_tax="") == set()


def test_a_number_is_required_only_where_its_box_is_ticked(
    pack: FormPack, values: dict[str, str]
) -> None:
    assert doubts(pack, values, nas="") == {("required", "nas")}
    assert doubts(pack, values, nas="", notify_tax="") == set()
    assert also_required(pack, {**values, "notify_tax": ""}) == {"nam"}


def test_dates_must_be_in_order(pack: FormPack, values: dict[str, str]) -> None:
    late = "1990-01-01"
    found = doubts(pack, values, date_signed=late, effective_date=late, birth_date="1990-01-02")
    assert {("date-order", "birth_date"), ("date-order", "date_signed")} <= found
    same = doubts(pack, values, date_signed=late, effective_date=late, birth_date=late)
    assert not any(code == "date-order" for code, _ in same)


def test_dates_too_far_apart_are_doubted_both(pack: FormPack, values: dict[str, str]) -> None:
    assert doubts(pack, values, effective_date="2028-10-15") == {
        ("dates-far-apart", "effective_date"),
        ("dates-far-apart", "date_signed"),
    }
    assert doubts(pack, values, effective_date="2028-10-14") == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("surname", "Desrochers"),
        ("given_name", "Ulric"),
        ("birth_date", "1954-12-18"),
        ("sex", "F"),
    ],
)
def test_a_field_the_health_number_contradicts_is_doubted_with_it(
    pack: FormPack, values: dict[str, str], field: str, value: str
) -> None:
    found = doubts(pack, values, **{field: value})
    assert found == {("nam-disagrees", "nam"), ("nam-disagrees", field)}


def test_a_health_number_that_agrees_proves_birth_date_and_sex_but_no_name(
    pack: FormPack, values: dict[str, str]
) -> None:
    assert check(pack, values).confirmed == {"nam", "birth_date", "sex"}
    assert check(pack, {**values, "nam": "TESE54122815"}).confirmed == frozenset()


def test_accents_hyphens_and_apostrophes_are_no_contradiction(
    pack: FormPack, values: dict[str, str]
) -> None:
    assert doubts(pack, values, surname="T'És-Roy", given_name="eugénie") == set()


@pytest.mark.parametrize(
    "rule",
    [
        Rule(rule="astrology", fields=("surname",)),
        Rule(rule="near_dates", fields=("birth_date", "date_signed")),
        Rule(rule="nam_agrees", fields=("nam",)),
    ],
)
def test_a_rule_that_cannot_be_applied_is_the_packs_fault(
    pack: FormPack, values: dict[str, str], rule: Rule
) -> None:
    with pytest.raises(PackError):
        check(pack.model_copy(update={"rules": (rule,)}), values)


def test_the_rules_of_every_pack_can_be_applied() -> None:
    for found in load_packs().values():
        empty = {field.name: "" for field in found.fields}
        check(found, empty)
