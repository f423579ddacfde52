"""Printed phrases found again in bad readings."""

from __future__ import annotations

import pytest

from extractors.phrases import Word, rows, sightings
from greffier.words import Box


def line(text: str, x: int = 100, y: int = 100, *, gap: int = 12) -> list[Word]:
    """``text`` as words 30 pixels high, ``gap`` apart."""
    words = []
    for part in text.split():
        width = 18 * len(part)
        words.append(Word(part, Box(x, y, x + width, y + 30)))
        x += width + gap
    return words


@pytest.mark.parametrize(
    "read", ["Permit No.", "PERMIT NO,", "Perm1t N0.", "ZERMIT NO", "Per mit No.", "'Pcrmit No,"]
)
def test_a_caption_is_found_however_it_was_read(read: str) -> None:
    (seen,) = sightings(rows(line(f"2. {read} 4417")), ["Permit No."], 0.25)
    assert seen.misread <= 0.25
    assert seen.row.words[seen.last + 1].text == "4417"


@pytest.mark.parametrize("read", ["Permission is not given", "Government", "No."])
def test_other_words_are_no_caption(read: str) -> None:
    assert sightings(rows(line(read)), ["Permit No.", "Name"], 0.25) == []


def test_the_place_of_a_caption_is_that_of_its_words_alone() -> None:
    words = line("2. Permit No. 4417")
    (seen,) = sightings(rows(words), ["Permit No."], 0.25)
    assert seen.box == Box(words[1].box.x0, 100, words[2].box.x1, 130)


def test_cells_side_by_side_are_rows_of_their_own() -> None:
    words = [*line("1. Name of holder"), *line("2. Permit No.", x=900), *line("below", y=140)]
    assert [row.text for row in rows(words)] == ["1. Name of holder", "2. Permit No.", "below"]


def test_words_in_any_order_and_a_little_askew_make_their_rows() -> None:
    words = line("one two three")
    askew = [Word(w.text, Box(w.box.x0, w.box.y0 + 5 * n, w.box.x1, w.box.y1 + 5 * n))
             for n, w in enumerate(words)]  # fmt: skip
    (row,) = rows(reversed(askew))
    assert row.text == "one two three"


def test_the_best_of_several_places_is_told_by_how_little_is_misread() -> None:
    found = rows([*line("Permit Mo,"), *line("Permit No.", y=400)])
    seen = sightings(found, ["Permit No."], 0.25)
    assert min(seen, key=lambda s: s.misread).box.y0 == 400
