"""A form without a blank, drawn here: told by what it prints and read beside its captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors import beside, cutting, lines
from extractors.beside import read_beside
from extractors.captioned import glance, recognise
from extractors.cutting import read_value
from extractors.images import Grey
from extractors.lattice import Look
from extractors.pages import Page
from extractors.phrases import Row, Word
from extractors.pieces import Pieces
from extractors.text import page_text
from forms.schema import FieldSpec, FormPack
from greffier.words import Box, Reading
from sandbox.paper.fonts import font_path

PACK = FormPack.model_validate(
    {
        "id": "camp-fire",
        "title": {"fr": "Permis de feu", "en": "Fire permit"},
        "language": "eng",
        "titles": ["Camp Fire Permit"],
        "signs": ["Place of the fire and its size", "I shall put the fire out before I leave"],
        "fields": [
            {
                "name": "permit",
                "label": {"fr": "Permis", "en": "Permit"},
                "type": "digits",
                "captions": ["Permit No."],
                "place": {"pattern": "[0-9]{4}"},
            },
            {
                "name": "holder",
                "label": {"fr": "Titulaire", "en": "Holder"},
                "type": "text",
                "captions": ["Name of holder"],
            },
        ],
    }
)
OTHER = PACK.model_copy(
    update={"id": "boat", "titles": ("Boat Licence",), "signs": ("Length of the hull in feet",)}
)
PACKS = {pack.id: pack for pack in (PACK, OTHER)}


def drawn(*texts: tuple[int, int, str]) -> Grey:
    """A page of letter size with the texts at their places, in 12 points."""
    page = Image.new("L", (2550, 3300), 255)
    font = ImageFont.truetype(str(font_path("Liberation Serif")), 50)
    for x, y, text in texts:
        ImageDraw.Draw(page).text((x, y), text, 0, font)
    return np.asarray(page)


FRAME = (
    (900, 200, "CAMP FIRE PERMIT"),
    (200, 900, "3. Place of the fire and its size"),
    (200, 1500, "4. I shall put the fire out before I leave"),
)
REVISIONS = {
    "below": ((200, 500, "1. Name of holder"), (260, 580, "Arvania Chamber of Commerce"),
              (1500, 500, "2. Permit No."), (1560, 580, "4417")),
    "right": ((200, 500, "Name of holder"), (700, 500, "Arvania Chamber of Commerce"),
              (1500, 700, "PERMIT NO."), (1900, 700, "4417")),
}  # fmt: skip


def read(image: Grey) -> dict[str, Reading]:
    words = page_text(Page(1, image)).words
    found = recognise(words, PACKS)
    assert found is not None
    assert found.form == "camp-fire"
    return {reading.name: reading for reading in read_beside(Pieces(image), found, PACK, 1)}


@pytest.mark.parametrize("revision", REVISIONS)
def test_values_are_read_wherever_the_revision_puts_them(revision: str) -> None:
    readings = read(drawn(*FRAME, *REVISIONS[revision]))
    assert readings["permit"].value == "4417"
    assert readings["holder"].value == "Arvania Chamber of Commerce"
    assert min(reading.confidence for reading in readings.values()) > 0.95


def test_the_box_of_a_reading_holds_the_value_and_not_the_caption() -> None:
    box = read(drawn(*FRAME, *REVISIONS["below"]))["permit"].box
    assert box is not None
    assert box.x0 < 1600 < box.x1
    assert 555 < box.y0 < 620 < box.y1 < 700


def test_an_empty_cell_does_not_take_what_the_form_prints_next() -> None:
    empty = (*FRAME, (200, 500, "1. Name of holder"), (1500, 500, "2. Permit No."))
    readings = read(drawn(*empty))
    assert {r.value for r in readings.values()} == {None}
    assert {r.problems for r in readings.values()} == {("nothing-beside-caption",)}


def test_a_field_whose_caption_is_gone_says_so() -> None:
    readings = read(drawn(*FRAME, (1500, 500, "2. Permit No."), (1560, 580, "4417")))
    assert readings["permit"].value == "4417"
    assert readings["holder"].problems == ("no-caption",)
    assert readings["holder"].confidence == 0


def test_of_lines_side_by_side_the_nearer_one_is_the_name() -> None:
    cell = ((200, 500, "1. Name of holder"), (230, 582, "Arvania Chamber"))
    address = ((900, 500, "12 Pine Street"), (900, 578, "Norville, Arvania"))
    assert read(drawn(*FRAME, *cell, *address))["holder"].value == "Arvania Chamber"


def test_a_number_nobody_can_read_is_passed_over_for_one_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = ((1560, 580, "9031"), (1560, 700, "4417"))

    def reads_the_second(
        image: Grey, rows: Sequence[Row], pack: FormPack, spec: FieldSpec, page: int
    ) -> Reading | None:
        reading = read_value(image, rows, pack, spec, page)
        if reading and reading.value == "9031":
            return reading.model_copy(update={"confidence": 0.01})
        return reading

    monkeypatch.setattr(beside, "read_value", reads_the_second)
    assert read(drawn(*FRAME, REVISIONS["below"][2], *two))["permit"].value == "4417"


@pytest.mark.parametrize(("right", "doubted"), [(1660, False), (1760, True)])
def test_a_number_that_takes_the_room_of_more_digits_is_in_doubt(
    monkeypatch: pytest.MonkeyPatch, right: int, doubted: bool
) -> None:
    monkeypatch.setattr(
        cutting, "look_at", lambda parts: [Look("4417", {"4417": 1.0})] * len(parts)
    )
    box = Box(1560, 580, right, 615)
    reading = read_value(
        drawn((1560, 570, "4417")), [Row((Word("4417", box),))], PACK, PACK.field("permit"), 1
    )
    assert reading
    assert (reading.confidence <= 0.8) == doubted


def test_a_page_that_only_mentions_the_form_is_not_the_form() -> None:
    letter = drawn((200, 500, "Sir, with this letter I return the camp fire permit of my son."),
                   (200, 600, "The place of the fire was never found, and it rained."))  # fmt: skip
    assert recognise(page_text(Page(1, letter)).words, PACKS) is None


def test_a_sentence_that_begins_like_a_caption_is_none() -> None:
    law = (200, 700, "Permit Act of 1938, as amended")
    readings = read(drawn(*FRAME, REVISIONS["below"][0], REVISIONS["below"][1], law))
    assert readings["permit"].value is None


def test_captions_that_one_reader_lost_are_found_by_the_other() -> None:
    page = drawn(*FRAME, *REVISIONS["below"])
    found = recognise(page_text(Page(1, page)).words, PACKS)
    assert found is not None
    lost = replace(found, rows=tuple(row for row in found.rows if "Permit" not in row.text))
    pack = PACK.model_copy(
        update={"fields": tuple(f.model_copy(update={"required": True}) for f in PACK.fields)}
    )
    assert [r.value for r in read_beside(Pieces(page), lost, pack, 1)] == [
        "4417",
        "Arvania Chamber of Commerce",
    ]


def test_a_date_is_read_in_the_order_its_pattern_gives() -> None:
    stamped = {
        "name": "stamped",
        "label": {"fr": "Reçu", "en": "Received"},
        "type": "date",
        "captions": ["Received by the fire office"],
        "place": {"sides": ["right"], "pattern": "(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})"},
    }
    pack = PACK.model_copy(update={"fields": (*PACK.fields, FieldSpec.model_validate(stamped))})
    page = drawn(*FRAME, (300, 60, "Received by the fire office 05/06/2011 4:27 PM"))
    found = recognise(page_text(Page(1, page)).words, {pack.id: pack})
    assert found is not None
    assert [r.value for r in read_beside(Pieces(page), found, pack, 1)][-1] == "2011-05-06"


def test_a_glance_tells_nothing_where_another_form_s_signs_are_too() -> None:
    hull, oars = "Length of the hull in feet", "Number of oars kept aboard"
    boat = OTHER.model_copy(update={"signs": (hull, oars)})
    sign = (200, 600, PACK.signs[0])
    packs = {pack.id: pack for pack in (PACK, boat)}
    plain = glance(Pieces(drawn((900, 300, "Camp Fire Permit"), sign)), packs)
    assert plain.told
    assert plain.told.form == PACK.id
    mixed = drawn((900, 300, "Camp Fire Permit"), sign, (200, 800, hull), (200, 1000, oars))
    unsure = glance(Pieces(mixed), packs)
    assert unsure.told is None
    assert unsure.hints


def test_what_one_reader_of_a_glance_cannot_read_another_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = drawn(*FRAME, REVISIONS["below"][0], REVISIONS["below"][2])
    half = lines.words

    def blind(image: Grey) -> list[Word]:
        return [word for word in half(image) if word.text in ("CAMP", "FIRE", "PERMIT")]

    monkeypatch.setattr(lines, "words", blind)
    told = glance(Pieces(page), PACKS).told
    assert told
    assert told.form == PACK.id
