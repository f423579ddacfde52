"""Lines a fax lost: rows that slipped, rows left white."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.fax_lines import mended
from extractors.images import Grey
from tests.extractors.test_stature import ink


@pytest.fixture
def sent() -> Grey:
    """A line of type in a comb, as a fine fax has it: 0 is ink."""
    dots = np.zeros((130, 1728), np.uint8)
    text = ink("P347654615519 BELANGER ROY")
    dots[20 : 20 + len(text), 60 : 60 + text.shape[1]] = text
    dots[12:14, 40:1500] = dots[118:120, 40:1500] = 1
    dots[12:120, 40:1500:97] = 1
    return np.where(dots > 0, np.uint8(0), np.uint8(255))


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("shift", [-34, 40, 168])
def test_rows_that_slipped_aside_are_moved_back(sent: Grey, rows: int, shift: int) -> None:
    slipped = sent.copy()
    slipped[60 : 60 + rows] = np.roll(sent[60 : 60 + rows], shift, axis=1)
    assert (mended(slipped) == sent).all()


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_rows_left_white_are_filled_with_what_goes_on_at_both_sides(sent: Grey, rows: int) -> None:
    white = sent.copy()
    white[60 : 60 + rows] = 255
    lost = int((white != sent).sum())
    assert int((mended(white) != sent).sum()) < 0.5 * lost


def test_a_page_that_lies_askew_and_lost_nothing_stays_as_it_came(sent: Grey) -> None:
    askew = np.full((170, 1728), 255, np.uint8)
    for x in range(1728):
        down = x * 30 // 1728
        askew[down : down + 130, x] = sent[:, x]
    assert (mended(askew) == askew).all()


def test_paper_between_two_lines_of_text_is_no_lost_row(sent: Grey) -> None:
    two = np.vstack([sent[:110], sent[15:]])
    assert (mended(two) == two).all()
