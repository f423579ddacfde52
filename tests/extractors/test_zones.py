"""Writing separated from what the form printed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.comb import Boxes, as_expected, fitted
from extractors.images import Grey
from extractors.register import Registered
from extractors.zones import cut
from greffier.words import Box

PITCH, TALL, CELLS, PAD = 71, 83, 5, 6
ZONE = Box(100, 100, 100 + PITCH * CELLS, 100 + TALL)


def comb() -> Grey:
    """A comb of five boxes on a small page."""
    page = np.full((300, 600), 255, np.uint8)
    cv2.rectangle(page, ZONE[:2], ZONE[2:], 0, 3)
    for cell in range(1, CELLS):
        cv2.line(page, (ZONE.x0 + cell * PITCH, ZONE.y0), (ZONE.x0 + cell * PITCH, ZONE.y1), 0, 2)
    return page


def laid(page: Grey) -> Registered:
    """``page`` as if registered: only the two pictures matter here."""
    made = object.__new__(Registered)
    made.__dict__.update(warped=page, blank=comb())
    return made


def write(page: Grey, cell: int, sign: str = "E") -> None:
    at = (ZONE.x0 + cell * PITCH + 18, ZONE.y0 + 62)
    cv2.putText(page, sign, at, cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 5)


def moved(page: Grey, dx: int, dy: int) -> Grey:
    shift = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return np.asarray(cv2.warpAffine(page, shift, page.shape[::-1], borderValue=255), np.uint8)


def test_the_printed_comb_leaves_no_ink() -> None:
    assert not cut(laid(comb()), ZONE, PAD).ink.any()


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -4), (-6, 6)])
def test_writing_stays_when_the_print_goes_even_where_the_page_slipped(dx: int, dy: int) -> None:
    page = comb()
    write(page, 1)
    write(page, 3)
    area = cut(laid(moved(page, dx, dy)), ZONE, PAD)
    assert Boxes(area, PAD, CELLS).occupied == [1, 3]
    written = (page < 128) & (comb() > 128)
    inner = written[ZONE.y0 - PAD : ZONE.y1 + PAD, ZONE.x0 - PAD : ZONE.x1 + PAD]
    assert (area.ink & inner).sum() > 0.9 * inner.sum()


def test_a_stroke_that_crosses_a_printed_line_stays_whole() -> None:
    page = comb()
    cv2.line(page, (ZONE.x0 + PITCH - 20, 150), (ZONE.x0 + PITCH + 20, 130), 30, 6)
    area = cut(laid(page), ZONE, PAD)
    assert cv2.connectedComponents(area.ink)[0] == 2


def test_a_line_moved_by_a_fold_is_not_writing() -> None:
    page = comb()
    page[ZONE.y0 - 2 : ZONE.y0 + 2, 300:370] = 255
    cv2.polylines(page, [np.array([[300, 100], [335, 112], [370, 100]])], False, 0, 3)
    assert Boxes(cut(laid(page), ZONE, PAD), PAD, CELLS).occupied == []


def test_a_lone_speck_is_dirt_and_one_between_letters_is_a_sign() -> None:
    page = comb()
    cv2.circle(page, (ZONE.x0 + 4 * PITCH + 30, 150), 4, 0, -1)
    assert Boxes(cut(laid(page), ZONE, PAD), PAD, CELLS).occupied == []
    write(page, 0)
    write(page, 2)
    cv2.rectangle(page, (ZONE.x0 + PITCH + 25, 140), (ZONE.x0 + PITCH + 43, 145), 0, -1)
    assert Boxes(cut(laid(page), ZONE, PAD), PAD, CELLS).occupied == [0, 1, 2]


def test_a_comb_is_set_as_a_word_with_a_space_where_boxes_were_left_empty() -> None:
    page = comb()
    for cell in (0, 1, 3):
        write(page, cell)
    area = cut(laid(page), ZONE, PAD)
    word = Boxes(area, PAD, CELLS).squeezed(Boxes(area, PAD, CELLS).occupied)
    columns = (word.picture < 128).any(axis=0)
    gaps = np.diff(np.flatnonzero(np.diff(columns.astype(int))))[1::2]
    assert len(gaps) == 2
    assert gaps[0] < 15 < gaps[1]


@pytest.mark.parametrize(
    ("text", "kind", "cells", "read"),
    [
        ("O7456 71469298", "digits", 13, "0745671469298"),
        ("14097.951", "digits", 8, "14097951"),
        ("0745671469298", "saaq_licence", 13, "O745671469298"),
        ("GIRSA5", "postal_code", 6, "G1R5A5"),
        ("2026|219", "date", 8, "20261219"),
        ("ST-PIERRE", "name", 31, "ST-PIERRE"),
        ("2O2", "digits", 8, "202"),
    ],
)
def test_words_are_fitted_to_what_the_boxes_can_hold(
    text: str, kind: str, cells: int, read: str
) -> None:
    assert fitted(text, kind, cells) == read


def test_a_letter_where_only_a_digit_can_be_counts_for_its_twin() -> None:
    seen = as_expected([{"S": 0.7, "5": 0.2, "8": 0.1}], "digits")
    assert seen[0]["5"] == pytest.approx(0.9)


def test_a_caption_that_slid_over_the_edge_is_not_written_in_the_field() -> None:
    page = comb()
    cv2.rectangle(page, (ZONE.x0 + 20, ZONE.y0 - 30), (ZONE.x0 + 120, ZONE.y0 - PAD + 2), 0, -1)
    assert not cut(laid(page), ZONE, PAD).ink.any()
    write(page, 2)
    assert Boxes(cut(laid(page), ZONE, PAD), PAD, CELLS).occupied == [2]


def test_a_sign_the_type_does_not_have_in_a_box_hardly_counts() -> None:
    (cell,) = as_expected([{"7": 0.6, "A": 0.4}], "digits")
    assert cell["7"] > 0.99
    assert cell["A"] == pytest.approx(0.4 * 0.003 / (0.6 + 0.4 * 0.003))
