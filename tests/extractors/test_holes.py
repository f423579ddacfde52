"""Punch holes told from what is printed and written, on paper the sandbox punches."""

from __future__ import annotations

from typing import get_args

import cv2
import numpy as np
import pytest

from extractors.holes import filled, punched
from extractors.images import Grey
from extractors.pages import is_blank
from forms.schema import PACKS
from sandbox.paper.degrade import bitonal, scanned, turned
from sandbox.paper.fill import rendered
from sandbox.paper.office import Handled, Holes, punch
from tests.extractors.conftest import paper

MM = 300 / 25.4


def form() -> Grey:
    return rendered(PACKS / "changement-adresse" / "blank.pdf")[0].copy()


@pytest.mark.parametrize("lid", [10, 120])
@pytest.mark.parametrize("holes", get_args(Holes))
def test_every_hole_of_a_scanned_form_is_found_and_nothing_else(holes: Holes, lid: int) -> None:
    """Also those that touch the frame of a field, or the black of a heading."""
    page = form()
    assert punched(page) == ()
    punch(page, Handled(1, holes=holes, lid=lid, inward=3))
    found = punched(scanned(page, "light", 7))
    assert len(found) == int(holes[-1])
    edge = 1 if holes == "top-2" else 0
    for hole in found:
        assert hole[edge] == pytest.approx(15 * MM, abs=2 * MM)
        assert hole.radius == pytest.approx(3 * MM, rel=0.15)


def test_holes_are_found_upside_down_and_in_black_and_white() -> None:
    page = form()
    punch(page, Handled(1, holes="left-3"))
    assert len(punched(turned(bitonal(scanned(page, "medium", 5), "medium", 5)))) == 3


def test_a_lone_disc_and_black_squares_are_marks_that_somebody_made() -> None:
    page = paper()
    cv2.circle(page, (140, 1000), 36, 0, -1)
    for row, side in enumerate((45, 60, 75, 85)):
        y = 200 + 850 * row
        cv2.rectangle(page, (2380, y), (2380 + side, y + side), 0, -1)
    assert punched(page) == ()


def test_discs_in_the_middle_of_the_sheet_stay() -> None:
    page = paper()
    for y in (1000, 1945):
        cv2.circle(page, (1275, y), 36, 0, -1)
    assert punched(page) == ()


def test_a_filled_hole_is_paper_and_the_writing_beside_it_stays() -> None:
    page = paper()
    cv2.putText(page, "1985", (240, 1200), cv2.FONT_HERSHEY_SIMPLEX, 2, 0, 6)
    before = page.copy()
    punch(page, Handled(1, holes="left-2", inward=2))
    after = filled(page, punched(page))
    assert np.array_equal(after, before)


def test_an_empty_sheet_is_blank_however_deep_it_was_punched() -> None:
    page = paper()
    punch(page, Handled(1, holes="left-4", inward=6))
    assert len(punched(page)) == 4
    assert is_blank(filled(page, punched(page)))
