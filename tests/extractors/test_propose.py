"""What is found on three blanks: ours, and two drawn by another hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from bench.propose import as_picture, other_blank, our_blank, score, third_blank
from extractors.images import Grey
from extractors.propose import read_blank
from extractors.propose_boxes import find_places
from greffier.words import Box
from sandbox.paper.fonts import font_path
from tests.extractors.conftest import paper


def framed(page: Grey, *boxes: tuple[int, int, int, int]) -> Grey:
    for x0, y0, x1, y1 in boxes:
        cv2.rectangle(page, (x0, y0), (x1, y1), 0, 3)
    return page


def test_boxes_side_by_side_are_one_comb_and_a_square_alone_is_a_check_box() -> None:
    page = framed(paper(), *((300 + 70 * n, 400, 370 + 70 * n, 480) for n in range(9)))
    framed(page, (300, 600, 350, 650), (300, 800, 1500, 880))
    found = [(place.kind, place.cells) for place in find_places(page)]
    assert found == [("comb", 9), ("check", 1), ("frame", 1)]


def test_a_line_with_ticks_is_a_comb_and_a_line_without_is_a_line() -> None:
    page = paper()
    for y in (500, 900):
        cv2.line(page, (300, y), (900, y), 0, 3)
    for tick in range(7):
        cv2.line(page, (300 + 100 * tick, 470), (300 + 100 * tick, 500), 0, 3)
    assert [(p.kind, p.cells) for p in find_places(page)] == [("comb", 6), ("line", 1)]


def test_a_bar_a_frame_round_everything_and_an_underlined_title_are_no_places() -> None:
    page = framed(paper(), (150, 150, 2400, 3100))
    cv2.rectangle(page, (200, 300), (2300, 370), 0, -1)
    cv2.line(page, (300, 560), (900, 560), 0, 3)
    assert find_places(page, [Box(310, 500, 890, 550)]) == []


@pytest.mark.parametrize("size", [40, 90, 160])
def test_nothing_is_found_on_a_page_of_letters(size: int) -> None:
    page = Image.new("L", (2550, 3300), 255)
    font = ImageFont.truetype(str(font_path("Liberation Sans:bold")), size)
    for row in range(12):
        line = (200, 300 + 200 * row)
        ImageDraw.Draw(page).text(line, "DEMANDE D’ACTE: À B 80 ROBE HTE 469", font=font)
    assert find_places(np.array(page)) == []


def test_all_of_our_blank_is_found_with_captions_and_types() -> None:
    blank, fields = our_blank()
    found = score(read_blank(blank, interactive=False).asked, fields)
    assert (found.found, found.extra, found.captions, found.types) == (34, 0, 34, 34)
    assert found.overlap > 0.9


def test_an_interactive_blank_gives_its_own_fields() -> None:
    blank, fields = our_blank()
    asked = read_blank(blank).asked
    assert score(asked, fields).overlap > 0.98
    assert {one.name for one in asked} >= {"surname", "sex", "notify_ramq", "signature"}
    assert set(next(one for one in asked if one.name == "sex").zones) == {"F", "M", "X"}


@pytest.mark.parametrize("picture", [False, True], ids=["with its text", "as a picture"])
def test_most_of_a_blank_drawn_by_another_hand_is_found(tmp_path: Path, picture: bool) -> None:
    blank = tmp_path / "other.pdf"
    fields = other_blank(blank)
    if picture:
        blank = as_picture(blank, tmp_path / "picture.pdf")
    found = score(read_blank(blank).asked, fields)
    assert found.found >= 21
    assert found.captions >= 18
    assert found.types >= 20
    assert found.extra <= 4


def test_white_windows_in_a_shaded_panel_and_captions_below_are_found(tmp_path: Path) -> None:
    fields = third_blank(tmp_path / "third.pdf")
    found = score(read_blank(tmp_path / "third.pdf").asked, fields)
    assert (found.found, found.extra, found.captions, found.types) == (15, 0, 15, 15)


def test_the_pages_of_a_blank_say_their_symbols() -> None:
    blank = read_blank(our_blank()[0])
    assert blank.pages == 2
    assert blank.marks[2] == {"CA-001/2026-11/2"}
    assert blank.title == "Changement d’adresse"
