"""Pieces of lines are found where they stand, whatever lies between and beside them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.images import Grey
from extractors.phrases import Word
from extractors.pieces import Pieces, is_legible
from greffier.words import Box
from sandbox.paper.fonts import font_path

PAGE = Box(0, 0, 2550, 3300)


def drawn(*texts: tuple[int, int, str], frame: int | None = None) -> Grey:
    """A page with texts of 12 points, and perhaps the upright line of a frame."""
    page = Image.new("L", (PAGE.x1, PAGE.y1), 255)
    font = ImageFont.truetype(str(font_path("Liberation Serif")), 50)
    for x, y, text in texts:
        ImageDraw.Draw(page).text((x, y), text, 0, font)
    if frame:
        ImageDraw.Draw(page).line((frame, 300, frame, 900), 0, 5)
    return np.asarray(page)


def said(pieces: Pieces, area: Box = PAGE) -> list[str]:
    return [" ".join(w.text for w in pieces.words([box])) for box in pieces.within(area)]


def test_cells_of_a_row_are_pieces_of_their_own() -> None:
    page = drawn((200, 500, "Name of holder"), (1500, 500, "Permit No."), (260, 600, "Arvania"))
    assert said(Pieces(page)) == ["Name of holder", "Permit No.", "Arvania"]


def test_the_line_of_a_frame_parts_what_is_close() -> None:
    texts = (200, 500, "Holder"), (375, 500, "4417")
    assert said(Pieces(drawn(*texts))) == ["Holder 4417"]
    assert said(Pieces(drawn(*texts, frame=358))) == ["Holder", "4417"]


def test_dirt_beside_two_lines_does_not_make_them_one() -> None:
    page = drawn((300, 500, "Name of holder"), (300, 580, "Arvania House")).copy()
    rng = np.random.default_rng(5)
    for y, x in zip(rng.integers(490, 640, 90), rng.integers(200, 280, 90), strict=True):
        page[y : y + 10, x : x + 10] = 0
    found = said(Pieces(page))
    assert any("of holder" in text for text in found)
    assert any("House" in text for text in found)
    assert not any("of holder" in text and "House" in text for text in found)


def test_words_stand_where_they_are_on_the_page() -> None:
    pieces = Pieces(drawn((1200, 700, "Permit")))
    (word,) = pieces.words(pieces.within(PAGE))
    assert word.text == "Permit"
    assert 1190 < word.box.x0 < 1215
    assert 700 < word.box.y0 < 720


def test_pieces_too_wide_or_elsewhere_are_left_out() -> None:
    wide = "The place of the fire and its size"
    pieces = Pieces(drawn((200, 500, wide), (200, 900, "Permit")))
    assert len(pieces.within(PAGE, widest=400)) == 1
    (upper,) = said(pieces, Box(0, 0, 2550, 700))
    assert upper.replace(" ", "") == wide.replace(" ", "")  # a space more or less is the reader's


@pytest.mark.parametrize(("sure", "legible"), [(0.9, True), (0.3, False)])
def test_a_page_is_legible_when_most_of_its_words_are(sure: float, legible: bool) -> None:
    words = [Word("permit", Box(0, 0, 9, 9), sure)] * 5
    assert is_legible(words) is legible
    assert not is_legible(words[:1])
