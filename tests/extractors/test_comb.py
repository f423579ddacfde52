from __future__ import annotations

import numpy as np
import pytest

from extractors.comb import Boxes, one_a_box
from extractors.zones import Cut
from forms.types import DIGITS, NAME_SIGNS
from tests.extractors.conftest import paper
from tests.extractors.test_stature import ink

PAD = 12


@pytest.mark.parametrize("cells", [1, 2, 3, 9])
def test_a_comb_of_any_number_of_boxes_says_which_are_written_in(cells: int) -> None:
    ink = np.zeros((82, 70 * cells + 24), np.uint8)
    written = [0, cells - 1]
    for cell in written:
        ink[30:50, 12 + 70 * cell + 30 : 12 + 70 * cell + 45] = 1
    white = paper(*ink.shape)
    cut = Cut(white, white, ink, np.zeros_like(ink))
    assert Boxes(cut, 12, cells).occupied == sorted(set(written))


def boxes(text: str, pitch: int = 70) -> np.ndarray:
    """``text`` in type, a character a box; a space is an empty box."""
    row = np.zeros((106, pitch * len(text) + 2 * PAD), np.uint8)
    for cell, sign in enumerate(text):
        if sign != " ":
            written = ink(sign)
            xs = np.flatnonzero(written.any(axis=0))
            glyph = written[:, xs.min() : xs.max() + 1]
            left = PAD + pitch * cell + (pitch - glyph.shape[1]) // 2
            row[: len(glyph), left : left + glyph.shape[1]] |= glyph
    return row


def cleaned(row: np.ndarray, signs: str = NAME_SIGNS) -> np.ndarray:
    white = paper(*row.shape)
    cells = (row.shape[1] - 2 * PAD) // 70
    return one_a_box(Cut(white, white, row, np.zeros_like(row)), PAD, cells, signs).ink


@pytest.mark.parametrize("text", ["GAÉTAN", "LOÏC", "FRANÇOISE", "D'AMOURS", "ROY-LÉ", "JR."])
def test_what_belongs_to_the_characters_stays_in_their_boxes(text: str) -> None:
    row = boxes(text)
    assert (cleaned(row) == row).all()


@pytest.mark.parametrize(("x", "y"), [(60, 50), (4, 58), (60, 12), (58, 68)])
def test_a_speck_beside_a_character_is_no_part_of_it(x: int, y: int) -> None:
    row = boxes("SYLVIE")
    specked = row.copy()
    specked[y : y + 6, PAD + 70 * 2 + x : PAD + 70 * 2 + x + 5] = 1
    assert (cleaned(specked) == row).all()


@pytest.mark.parametrize("y", [30, 72])
def test_a_speck_in_the_next_box_is_no_sign_unless_it_stands_as_one_does(y: int) -> None:
    row = boxes("ANDRÉ ")
    specked = row.copy()
    specked[y : y + 7, PAD + 70 * 5 + 30 : PAD + 70 * 5 + 35] = 1
    assert (cleaned(specked) == row).all()


def test_a_box_for_digits_holds_no_dot() -> None:
    row = boxes("4305 5")
    specked = row.copy()
    specked[56:62, PAD + 70 * 4 + 30 : PAD + 70 * 4 + 36] = 1
    assert (cleaned(specked, DIGITS) == row).all()
