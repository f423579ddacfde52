from __future__ import annotations

import pytest

from classifiers import Fact, facts
from classifiers.corpus import hand_written
from classifiers.dates import dates
from classifiers.evaluate import measure_facts

LETTER = """\
Garage Untel inc.
12, rue Inventée, bureau 3
Lévis (Québec) G6V 2N3

Lévis, le 1er mars 2024
N/Réf. : GU-24/7
Votre dossier : 402-117-88

Objet : Renouvellement de la licence

Madame,
Votre lettre du 3 février 2024 est arrivée. NAS 130 692 544, NEQ 2269057891.

Le gérant,
Jean Fictif
"""


def found(text: str) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts(text)}


def test_a_letter_says_who_when_about_what_and_which_files() -> None:
    assert {name: fact.value for name, fact in found(LETTER).items()} == {
        "sender": "Garage Untel inc.",
        "address": "12, rue Inventée, bureau 3, Lévis (Québec) G6V 2N3",
        "date": "2024-03-01",
        "subject": "Renouvellement de la licence",
        "sender_file": "GU-24/7",
        "file": "402-117-88",
        "nas": "130692544",
        "neq": "2269057891",
    }


def test_every_fact_points_to_where_it_was_read() -> None:
    for fact in facts(LETTER):
        assert LETTER[fact.start : fact.end] == fact.raw


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("le 1er mars 2024", "2024-03-01"),
        ("3 MAI 2023", "2023-05-03"),
        ("lundi le 12 févr. 2024", "2024-02-12"),
        ("2024-02-12", "2024-02-12"),
        ("2024/02/12", "2024-02-12"),
        ("premier juin deux mille vingt-cinq", "2025-06-01"),
        ("vingt et un août deux mille six", "2006-08-21"),
        ("ce 3e jour de mars 2024", "2024-03-03"),
        ("5 sephembre 2022", "2022-09-05"),
        ("25/12/2023", "2023-12-25"),
    ],
)
def test_dates_are_read_in_all_the_ways_they_are_written(written: str, value: str) -> None:
    (dated,) = dates(written)
    assert (dated.parsed.value, dated.parsed.problems) == (value, ())


@pytest.mark.parametrize("written", ["04/05/2024", "3-11-25"])
def test_an_order_of_day_and_month_that_nothing_decides_is_flagged(written: str) -> None:
    (dated,) = dates(written)
    assert dated.parsed.problems == ("ambiguous-date",)


def test_a_date_inside_the_letter_is_not_the_letters() -> None:
    assert "date" not in found(
        "Bonjour,\nje suis née le 3 mai 1944 à Alma et je déménage.\nAnne Roy"
    )


def test_a_number_whose_check_digit_fails_is_no_value_and_says_so() -> None:
    fact = found("Mon NAS est le 130 692 545.")["nas"]
    assert (fact.value, fact.problems) == (None, ("check-digit",))
    assert fact.confidence < found("Mon NAS est le 130 692 544.")["nas"].confidence


@pytest.mark.parametrize("said", ["418 555-0123", "1 250,00 $ au dossier", "le 12 mars 2024"])
def test_what_is_no_file_number_is_not_taken_for_one(said: str) -> None:
    assert "file" not in found(f"Bonjour, votre réponse : {said}, merci.")


def test_a_second_file_has_a_name_of_its_own() -> None:
    two = found("Dossier : 4471-22\nDossier : 5582-33\nMerci, bonne journée à vous tous.")
    assert (two["file"].value, two["file_2"].value) == ("4471-22", "5582-33")


def test_facts_of_letters_written_apart_are_found() -> None:
    for told in measure_facts(hand_written("apart")).values():
        assert told.right >= 0.9 * told.there
        assert told.read - told.right <= 0.1 * told.there
