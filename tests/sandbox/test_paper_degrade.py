"""Scanners and faxes leave the page readable, in their own shapes and tones."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
import zxingcpp

from forms.schema import PACKS
from sandbox.paper.degrade import LEVELS, bitonal, faxed, scanned, turned
from sandbox.paper.fill import rendered
from sandbox.paper.ink import Page

HEADER = "16 NOV 2026 09:14   DE 418 555-0142   A 418 555-0199   P.001/001"


@pytest.fixture(scope="module")
def page() -> Page:
    return rendered(PACKS / "changement-adresse" / "blank.pdf")[0]


def mark(page: Page) -> list[str]:
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.DataMatrix)
    return [symbol.text for symbol in found]


def test_without_degradation_a_scan_is_the_page_itself(page: Page) -> None:
    assert np.array_equal(scanned(page, "none", 1), page)


@pytest.mark.parametrize("level", ["light", "medium", "heavy"])
def test_a_scan_keeps_its_size_changes_with_the_seed_and_only_with_it(
    page: Page, level: str
) -> None:
    first = scanned(page, level, 7)
    assert first.shape == page.shape
    assert np.array_equal(first, scanned(page, level, 7))
    assert not np.array_equal(first, scanned(page, level, 8))


def test_levels_get_worse_in_their_order(page: Page) -> None:
    levels = list(LEVELS.values())
    for better, worse in pairwise(levels):
        assert (better.skew, better.noise, better.specks) < (worse.skew, worse.noise, worse.specks)
    away = [
        np.abs(scanned(page, name, 3).astype(int) - page).mean()
        for name in ("none", "light", "medium", "heavy")
    ]
    assert away[0] < away[1] < away[3]


def test_ageing_leaves_the_callers_random_numbers_as_they_were(page: Page) -> None:
    random.seed(5)
    np.random.seed(5)
    expected = (random.random(), np.random.random())
    random.seed(5)
    np.random.seed(5)
    scanned(page, "medium", 1)
    assert (random.random(), np.random.random()) == expected


@pytest.mark.parametrize(("fine", "lines"), [(True, 2156), (False, 1078)])
def test_a_fax_has_1728_dots_a_line_and_two_tones(page: Page, fine: bool, lines: int) -> None:
    fax = faxed(scanned(page, "light", 1), "light", 1, fine=fine, header=HEADER)
    assert fax.shape == (lines, 1728)
    assert set(np.unique(fax)) == {0, 255}


@pytest.mark.parametrize("fine", [True, False])
def test_the_mark_of_a_fax_can_still_be_read(page: Page, fine: bool) -> None:
    for seed in range(4):
        fax = faxed(scanned(page, "light", seed), "light", seed, fine=fine, header=HEADER)
        square = fax if fine else np.repeat(fax, 2, axis=0)
        assert mark(square) == ["CA-001/2026-11/1"]


def test_the_header_line_stands_above_the_page_and_covers_nothing_of_it(page: Page) -> None:
    bare = faxed(page, "none", 1, fine=True, header="")
    headed = faxed(page, "none", 1, fine=True, header=HEADER)
    assert (headed[:40] == 0).sum() > 500
    assert np.array_equal(bare[40:], headed[40:])


def test_a_bad_line_loses_more_than_a_good_one(page: Page) -> None:
    good = faxed(page, "none", 1, fine=True, header=HEADER)
    changed = [
        (faxed(page, level, 1, fine=True, header=HEADER) != good).any(axis=1).sum()
        for level in ("light", "heavy")
    ]
    assert 0 < changed[0] < changed[1]


def test_a_black_and_white_scan_has_two_tones_and_the_mark(page: Page) -> None:
    dots = bitonal(scanned(page, "light", 2), "light", 2)
    assert set(np.unique(dots)) == {0, 255}
    assert mark(dots) == ["CA-001/2026-11/1"]


def test_a_page_upside_down_is_itself_again_when_turned_back(page: Page) -> None:
    assert not np.array_equal(turned(page), page)
    assert np.array_equal(turned(turned(page)), page)
