from __future__ import annotations

from extractors.phrases import Word
from extractors.text import PageText
from flows.letters import letter_readings
from greffier.words import Box


def page(text: str, *, placed: bool = True) -> PageText:
    """Each word 100 pixels wide, 10 apart, each line 50 pixels under the one before."""
    words = [
        Word(word, Box(110 * column, 50 * row, 110 * column + 100, 50 * row + 40))
        for row, line in enumerate(text.splitlines())
        for column, word in enumerate(line.split())
    ]
    return PageText(text, tuple(words) if placed else ())


FIRST = page("Alma, le 3 mai 2023\nObjet : une plainte\nMadame, voici ce qui est arrivé hier.\n")
SECOND = page("Bien à vous,\nRita Fictive\n")


def test_a_fact_is_on_its_page_in_the_box_of_its_words() -> None:
    read = {reading.name: reading for reading in letter_readings("plainte", {4: FIRST, 5: SECOND})}
    assert (read["date"].page, read["date"].box) == (4, Box(220, 0, 540, 40))
    assert (read["subject"].value, read["subject"].box) == ("une plainte", Box(220, 50, 430, 90))
    assert (read["sender"].page, read["sender"].box) == (5, Box(0, 50, 210, 90))


ATTACHED = page("Facture\nDate : 3 janvier 2020\nDossier : 999-88-777\nGarage Untel inc.\n")


def test_what_is_attached_behind_the_signature_says_nothing_of_the_letter() -> None:
    alone = letter_readings("plainte", {4: FIRST, 5: SECOND})
    assert letter_readings("plainte", {4: FIRST, 5: SECOND, 6: ATTACHED}) == alone


def test_an_attachment_s_date_and_numbers_come_behind_those_of_a_letter_that_just_ends() -> None:
    unsigned = page("Bonjour,\nmon dossier 402-117-88 dort depuis un an.\nAmos, mardi 3 mai 2023\n")
    read = {one.name: one for one in letter_readings("plainte", {1: unsigned, 2: ATTACHED})}
    assert (read["date"].value, read["date"].page) == ("2023-05-03", 1)
    assert (read["file"].value, read["file_2"].value) == ("402-117-88", "999-88-777")


def test_a_text_that_is_not_made_of_the_words_read_gives_no_boxes() -> None:
    born_digital = page("Alma, le 3 mai 2023\n", placed=False)
    (date,) = letter_readings("plainte", {1: born_digital})
    assert (date.value, date.box) == ("2023-05-03", None)


def test_only_an_answer_to_a_consultation_has_a_theme() -> None:
    text = page("Consultation : à mon avis les hôpitaux manquent de médecins et d'infirmières.\n")
    named = [reading.name for reading in letter_readings("reponse-consultation", {1: text})]
    assert named[0] == "theme"
    assert "theme" not in [reading.name for reading in letter_readings("plainte", {1: text})]
