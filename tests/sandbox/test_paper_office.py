"""The office's punch and its received stamp, on the sheet."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from forms.schema import PACKS, load_packs
from greffier.words import Box
from sandbox.paper.fill import fill_paper
from sandbox.paper.ink import Page
from sandbox.paper.office import Handled, Holes, punch, receive

MM = 300 / 25.4
ZONE = Box(673, 1778, 2373, 1860)


def sheet() -> Page:
    return np.full((3300, 2550), 255, np.uint8)


@pytest.mark.parametrize("holes", get_args(Holes))
def test_holes_are_six_millimetres_wide_and_twelve_from_the_edge(holes: Holes) -> None:
    page = sheet()
    punch(page, Handled(1, holes=holes, lid=90))
    across = (page < 255).any(axis=1 if holes == "top-2" else 0)
    gone = np.flatnonzero(across) / MM
    assert gone[0] == pytest.approx(9, abs=0.2)
    assert gone[-1] == pytest.approx(15, abs=0.2)
    count = int(holes[-1])
    assert (page == 90).sum() == pytest.approx(count * np.pi * (3 * MM) ** 2, rel=0.05)


def test_a_stamp_lies_across_its_zone_and_reaches_out_of_it() -> None:
    page = sheet()
    receive(page, ZONE, Handled(3, stamped=("old_street",), ink=80))
    assert page.min() == 80
    rows, columns = np.nonzero(page < 255)
    assert rows.min() < ZONE.y0 < ZONE.y1 < rows.max()
    assert 30 * MM < np.ptp(columns) < 75 * MM
    assert 15 * MM < np.ptp(rows) < 40 * MM


def test_the_same_seed_gives_the_same_stamp_and_another_another() -> None:
    made = []
    for seed in (3, 3, 4):
        page = sheet()
        receive(page, ZONE, Handled(seed))
        made.append(page)
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_a_handled_form_differs_from_the_same_form_only_where_it_was_handled() -> None:
    pack = load_packs(PACKS)["changement-adresse"]
    values = {"surname": "GAGNON", "old_street": "rue Saint-Jean"}
    plain = fill_paper(pack, values, by="type", seed=5)
    handled = Handled(5, holes="left-2", stamped=("old_street",))
    marked = fill_paper(pack, values, by="type", seed=5, handled=handled)
    assert np.array_equal(plain[1], marked[1])
    rows, columns = np.nonzero(plain[0] != marked[0])
    on_margin = columns < 16 * MM
    near_zone = (rows > ZONE.y0 - 40 * MM) & (rows < ZONE.y1 + 40 * MM)
    assert on_margin.any()
    assert (~on_margin).any()
    assert (on_margin | near_zone).all()
