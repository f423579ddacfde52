from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import pytest

from classifiers import Fact, begins_letter, facts
from classifiers.corpus import hand_written
from classifiers.dates import dates
from classifiers.entities import blank
from classifiers.evaluate import measure_facts
from classifiers.facts import pipeline
from greffier.errors import UsageError

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
    (dated,) = dates(pipeline()(written))
    assert (dated.parsed.value, dated.parsed.problems) == (value, ())


@pytest.mark.parametrize("written", ["04/05/2024", "3-11-25"])
def test_an_order_of_day_and_month_that_nothing_decides_is_flagged(written: str) -> None:
    (dated,) = dates(pipeline()(written))
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


@pytest.mark.parametrize(
    "text",
    [
        "Lévis, le 3 mars 2026\n\nObjet : mon dossier\nMadame, Monsieur,\nJe vous écris.\nMerci.",
        "Madame la Directrice,\nJe vous écris au sujet de ma rente.\nMerci.",
        "12 May 1978\nDear Sir:\nPlease find enclosed our report.\nYours truly,",
    ],
)
def test_a_letter_is_known_by_its_head(text: str) -> None:
    assert begins_letter(text, known=False)


@pytest.mark.parametrize(
    "text",
    [
        "suite de ma lettre, page 2, où j'explique encore\nMerci.\nVeuillez agréer, Madame, "
        "mes salutations.",
        "Page 2\nAlma, le 3 mars 2026\nLa suite de ma plainte.\nMerci.",
        "Fait à Alma, le 3 mars 2026\nMerci.",
        "La suite.\nMerci de votre aide.\nJean Essai\n12, rue Inventée\nAlma (Québec) G8B 1A1",
        "Madame, Monsieur, mes salutations distinguées.\nJean Essai",
        "Relevé de compte\nMonsieur Jean Essai 12 rue des Pins. Solde : 30 $\n",
        "",
    ],
)
def test_second_pages_and_statements_do_not_begin_like_letters(text: str) -> None:
    assert not begins_letter(text, known=True)


@pytest.mark.parametrize(
    "text",
    [
        "Alma, le 3 mars 2026\nLe sujet qui nous occupe\nn'avance pas.\nJean Essai",
        "Garage Untel inc.\n12, rue Inventée\nLévis (Québec) G6V 2N3\nVous nous devez\n"
        "une somme\nque voici.\n",
    ],
)
def test_a_date_or_an_address_at_the_head_begins_a_letter_of_a_kind_we_know(text: str) -> None:
    assert begins_letter(text, known=True)
    assert not begins_letter(text, known=False)


def test_no_more_is_looked_at_than_a_page_holds() -> None:
    filling = "un mot\n" * 30_000
    assert begins_letter(f"Madame,\n{filling}", known=False)
    assert not begins_letter(f"{filling}Madame,\n{filling}{filling}", known=False)


def test_twice_the_letter_takes_twice_the_steps() -> None:
    line = "Le 12 mai 2024, dossier 402-117-88 de Jean Roy, 12, rue Inventée, Lévis. "
    facts(line)
    once, twice = _steps(line * 50), _steps(line * 100)
    assert twice < 2.2 * once


def _steps(text: str) -> int:
    """How often a function is called or left while the facts of ``text`` are found."""
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        facts(text)
    finally:
        sys.setprofile(None)
    return steps


def test_a_ministry_s_own_patterns_find_its_numbers_without_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Bonjour,\nmon bail CQ-2024-0117 et le compte public 88 12 prennent fin.\nAnne Roy"
    assert not {name for name in found(text) if name.startswith("file")}
    own = tmp_path / "patterns.jsonl"
    own.write_text(
        '{"label": "FILE_NUMBER", "pattern": [{"TEXT": {"REGEX": "^CQ-[0-9]{4}-[0-9]{4}$"}}]}\n'
        '{"label": "FILE_LABEL", "pattern": "compte public"}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("GREFFIER_PATTERNS", str(own))
    pipeline.cache_clear()
    try:
        read = found(text)
    finally:
        pipeline.cache_clear()
    assert (read["file"].value, read["file_2"].value) == ("CQ-2024-0117", "88 12")


@pytest.mark.parametrize(
    "written", ["{", '{"label": "FILE_NUMBER"}', '{"label": "X", "pattern": [{"T": 1}]}']
)
def test_patterns_that_spacy_cannot_use_are_named(tmp_path: Path, written: str) -> None:
    own = tmp_path / "patterns.jsonl"
    own.write_text(written, encoding="utf-8")
    with pytest.raises(UsageError, match=r"patterns\.jsonl"):
        blank(own)


def test_the_facts_are_spans_of_spacys_document() -> None:
    doc = pipeline()(LETTER)
    labels = {span.label_: span.text for span in doc.spans["facts"]}
    assert labels["SENDER"] == "Garage Untel inc."
    assert labels["DATE"] == "1er mars 2024"
    assert labels["SUBJECT"] == "Renouvellement de la licence"
    assert labels["FILE"] == "402-117-88"
