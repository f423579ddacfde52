"""Patch codes on sheets as scanners deliver them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.files import RawPage
from extractors.images import Grey
from extractors.pages import clean, rotate
from extractors.patch import NARROW, PATCHES, SPACE, WIDE, patch_on
from tests.extractors.conftest import paper
from tests.extractors.test_pages import text_page

#: All six symbols of A-61599, wide bars marked.
EVERY = {"1": "WWNN", "2": "WNNW", "3": "WNWN", "4": "NWWN", "6": "NNWW", "T": "NWNW"}


def patched(name: str, image: Grey | None = None, *, length: float = 2.0, at: float = 0.4) -> Grey:
    """A page with the patch along its top."""
    image = paper() if image is None else image
    for bar in EVERY[name]:
        thick = WIDE if bar == "W" else NARROW
        image[round(at * 300) : round((at + thick) * 300), 900 : 900 + round(length * 300)] = 0
        at += thick + SPACE
    return image


@pytest.mark.parametrize("name", EVERY)
def test_the_patches_that_separate_are_known_from_those_that_do_not(name: str) -> None:
    assert patch_on(patched(name)) == (name if name in PATCHES else None)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("angle", [-4.0, 0.0, 1.5])
def test_a_patch_is_seen_from_every_side_and_askew(turns: int, angle: float) -> None:
    page = rotate(np.ascontiguousarray(np.rot90(patched("T"), turns)), angle)
    assert patch_on(page) in ("T", "3")


@pytest.mark.parametrize("size", [(1728, 1078), (1728, 2156), (1700, 2200)])
def test_a_patch_survives_a_fax(size: tuple[int, int]) -> None:
    sent = cv2.resize(patched("2"), size, interpolation=cv2.INTER_AREA)
    dots = np.where(sent < 128, 0, 255).astype(np.uint8)
    rng = np.random.default_rng(1)
    dots[rng.random(dots.shape) < 0.002] = 0
    assert clean(RawPage(1, dots, None)).patch


def test_bars_that_run_over_the_edge_are_a_patch_and_no_border() -> None:
    page = patched("T")
    page[:, :] = page[:, 1000:1001]
    cleaned = clean(RawPage(1, page, (300, 300)))
    assert (cleaned.patch, cleaned.blank) == (True, False)


def test_text_tables_and_short_bars_are_no_patch() -> None:
    table = text_page()
    table[500:3000:85] = 0
    assert patch_on(table) is None
    assert patch_on(patched("T", length=0.3)) is None
    assert patch_on(text_page()) is None
