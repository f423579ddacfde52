"""Whole forms read: practice paper of invented people, held against what was written on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from extractors.fields import read_fields
from extractors.register import Registered
from forms.schema import FormPack
from greffier.words import Box, Reading
from tests.extractors.conftest import ANSWERS

ACCEPTED = 0.95
Reader = Callable[..., dict[str, Reading]]


@pytest.fixture
def read(registered: Callable[..., list[Registered]], pack: FormPack) -> Reader:
    def read(*args: object, **kwargs: object) -> dict[str, Reading]:
        return {r.name: r for r in read_fields(registered(*args, **kwargs), pack)}

    return read


def wrong(readings: dict[str, Reading]) -> dict[str, tuple[str, str | None]]:
    """The fields accepted with another value than the paper's: what must never be."""
    return {
        name: (ANSWERS.get(name, ""), reading.value)
        for name, reading in readings.items()
        if reading.confidence >= ACCEPTED and reading.value != ANSWERS.get(name, "")
    }


@pytest.mark.parametrize("medium", ["tiff-grey", "fax-fine", "pdf-jpeg"])
def test_clean_typed_paper_is_read_right_and_goes_straight_through(
    read: Reader, medium: str
) -> None:
    readings = read(medium)
    assert {name: reading.value for name, reading in readings.items()} == {
        name: ANSWERS.get(name, "") for name in readings
    }
    assert len(readings) == 34
    assert min(reading.confidence for reading in readings.values()) >= ACCEPTED


def test_clean_typed_bitonal_paper_is_read_right(read: Reader) -> None:
    """Right, but not always sure: an accent in black and white may leave a line to a person."""
    readings = read("group4")
    assert {name: reading.value for name, reading in readings.items()} == {
        name: ANSWERS.get(name, "") for name in readings
    }
    assert sum(reading.confidence < ACCEPTED for reading in readings.values()) <= 1


@pytest.mark.parametrize(
    ("medium", "by", "level"),
    [
        ("fax-standard", "type", "medium"),
        ("group4", "hand", "medium"),
        ("fax-fine", "hand", "light"),
    ],
)
def test_bad_paper_brings_doubts_but_no_wrong_value(
    read: Reader, medium: str, by: str, level: str
) -> None:
    capitals = {name: ANSWERS[name].upper() for name in ANSWERS if "street" in name}
    capitals |= {name: ANSWERS[name].upper() for name in ANSWERS if "municipality" in name}
    readings = read(medium, by=by, level=level, **(capitals if by == "hand" else {}))
    folded = {
        name: pair for name, pair in wrong(readings).items() if pair[0].upper() != pair[1].upper()
    }
    assert folded == {}


def test_a_page_upside_down_reads_the_same_and_its_boxes_are_on_the_upright_page(
    read: Reader,
) -> None:
    turned = read("group4", turned=frozenset({0, 1}))
    straight = read("group4")
    assert {n: r.value for n, r in turned.items()} == {n: r.value for n, r in straight.items()}
    for name, reading in turned.items():
        assert reading.box == pytest.approx(straight[name].box, abs=90)
    assert turned["surname"].box.y0 < 900
    assert turned["email"].box.y0 > 2800


def test_a_box_frames_what_was_read(registered: Callable[..., list[Registered]], pack) -> None:
    pages = registered("group4", level="none")
    readings = {reading.name: reading for reading in read_fields(pages, pack)}
    box = readings["file_ramq"].box
    inside = pages[1].upright[box.y0 + 8 : box.y1 - 8, box.x0 + 8 : box.x1 - 8]
    assert readings["file_ramq"].page == 2
    assert (inside < 128).mean() > 0.03
    assert box == pytest.approx(pack.revisions[0].zones["file_ramq"].box, abs=4)


def test_an_empty_field_and_an_illegible_one_are_told_apart(read: Reader) -> None:
    empty = read("group4", telephone="")["telephone"]
    assert (empty.value, empty.raw) == ("", "")
    assert empty.confidence >= ACCEPTED
    scribbled = read("group4", scribbled="telephone")["telephone"]
    assert scribbled.confidence < ACCEPTED
    assert scribbled.value != ""


def test_a_number_that_fails_its_check_digit_is_read_as_written(read: Reader) -> None:
    reading = read("group4", nas="932144562")["nas"]
    assert (reading.value, reading.raw) == (None, "932144562")
    assert reading.problems == ("check-digit",)


def test_two_options_marked_are_no_choice(
    registered: Callable[..., list[Registered]], pack: FormPack
) -> None:
    pages = registered("group4", level="none")
    zone: Box = pack.revisions[0].zones["sex=M"].box
    pages[0].warped[zone.y0 + 15 : zone.y1 - 15, zone.x0 + 15 : zone.x1 - 15] = 0
    reading = next(r for r in read_fields(pages, pack) if r.name == "sex")
    assert reading.value is None
    assert reading.problems == ("several-marked",)


def test_fields_of_a_missing_page_have_no_reading(
    registered: Callable[..., list[Registered]], pack: FormPack
) -> None:
    names = {reading.name for reading in read_fields(registered("group4")[:1], pack)}
    assert "surname" in names
    assert "file_ramq" not in names


def test_nothing_is_read_from_paper_that_is_white(
    registered: Callable[..., list[Registered]], pack: FormPack
) -> None:
    pages = registered("tiff-grey", level="none")
    for page in pages:
        np.copyto(page.warped, page.blank)
    assert {reading.value for reading in read_fields(pages, pack)} == {""}
