"""Invented people are consistent, can be nobody real, and obey the pack's rules."""

from __future__ import annotations

import random
from datetime import date

import pytest

from forms.rules import check
from forms.schema import FormPack, load_packs
from forms.types import nam_check, parse
from sandbox.paper.answers import answers
from sandbox.paper.names import GIVEN, LONG_STREET, STREETS, SURNAMES
from sandbox.paper.people import Population, nam_of

PACK = load_packs()["changement-adresse"]


@pytest.fixture(scope="module")
def people() -> list[dict[str, str]]:
    population = Population(PACK, random.Random(11))
    return [population.person() for _ in range(300)]


def test_every_invented_value_is_a_canonical_value_of_its_type(
    people: list[dict[str, str]],
) -> None:
    for person in people:
        for spec in PACK.fields:
            parsed = parse(spec.type, person[spec.name], spec=spec)
            assert parsed.value == person[spec.name], spec.name
            assert not parsed.problems, spec.name
            if spec.layout == "comb" and spec.type in ("name", "text", "civic_number"):
                assert len(person[spec.name]) <= (spec.cells or 0)


def test_nobody_invented_can_be_somebody_real(people: list[dict[str, str]]) -> None:
    for person in people:
        assert person["nas"].startswith("9")
        assert person["telephone"][3:8] == "55501"
        assert person["email"].partition("@")[2].startswith("example.")


def test_no_two_people_share_a_file_number(people: list[dict[str, str]]) -> None:
    for spec in PACK.fields:
        if spec.type == "digits":
            assert len({person[spec.name] for person in people}) == len(people)


@pytest.mark.parametrize("by", ["type", "hand"])
def test_a_form_filled_in_order_breaks_no_rule_of_the_pack(by: str) -> None:
    population, rng = Population(PACK, random.Random(5)), random.Random(6)
    for _ in range(200):
        written = answers(PACK, population.person(), by, rng)
        assert check(PACK, written).reasons == ()


def test_people_leave_things_out_and_write_file_numbers_they_need_not() -> None:
    population, rng = Population(PACK, random.Random(5)), random.Random(6)
    forms = [answers(PACK, population.person(), "type", rng) for _ in range(200)]
    assert any(not form["email"] for form in forms)
    assert any(form["file_ramq"] and not form["notify_ramq"] for form in forms)


def test_a_health_insurance_number_follows_the_published_specimen() -> None:
    assert nam_of("Test", "Thérèse", date(1954, 12, 28), "M") == "TEST54122816"
    woman = nam_of("Côté", "Zoé", date(1980, 2, 3), "F")
    assert woman.startswith("COTZ805203")
    assert nam_check(woman, date(1980, 2, 3))


def test_names_have_what_readers_stumble_on() -> None:
    names = [*SURNAMES, *GIVEN["F"], *GIVEN["M"]]
    for sign in "-' éèêëçîôâï":
        assert any(sign in name.lower() for name in names), sign
    assert max(map(len, STREETS)) <= 30 < len(LONG_STREET)


def test_a_homonym_has_the_name_and_nothing_else_in_common() -> None:
    population = Population(PACK, random.Random(2))
    person = population.person()
    other = population.homonym(person)
    assert (other["surname"], other["given_name"]) == (person["surname"], person["given_name"])
    assert other["birth_date"] != person["birth_date"]
    assert other["file_ramq"] != person["file_ramq"]


def test_the_name_of_the_pack_means_nothing_to_the_inventor() -> None:
    """Another pack's fields get values by type alone."""
    fields = [
        {"name": "nom", "type": "name", "label": {"fr": "Nom", "en": "Name"}},
        {"name": "matricule", "type": "digits", "layout": "comb", "cells": 4,
         "label": {"fr": "Matricule", "en": "Number"}},
    ]  # fmt: skip
    pack = FormPack.model_validate(
        {"id": "autre", "title": {"fr": "Autre", "en": "Other"}, "fields": fields}
    )
    person = Population(pack, random.Random(1)).person()
    assert person["nom"] in SURNAMES or "-" in person["nom"]
    assert len(person["matricule"]) == 4
