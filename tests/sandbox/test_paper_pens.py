"""Typists and hands put ink where the form asks for it, and hands never write the same twice."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from greffier.errors import UsageError
from greffier.words import Box
from sandbox.paper import names, pens
from sandbox.paper.fonts import font_path
from sandbox.paper.ink import Page, scribble_over, sign, tick
from sandbox.paper.pens import HAND_FONTS, Glyphs, Hand, Typist, load_glyphs

COMB = Box(100, 100, 100 + 9 * 71, 183)


def white() -> Page:
    return np.full((300, 1000), 255, np.uint8)


def inked_cells(page: Page, box: Box, cells: int) -> list[bool]:
    step = box.width / cells
    middles = [round(box.x0 + (cell + 0.5) * step) for cell in range(cells)]
    return [bool((page[box.y0 : box.y1, x - 20 : x + 20] < 128).any()) for x in middles]


@pytest.mark.parametrize("pen", [Typist, Hand])
def test_each_character_is_written_in_its_own_box(pen: type[Typist | Hand]) -> None:
    for seed in range(10):
        page = white()
        pen(random.Random(seed)).comb(page, COMB, 9, "12 456")
        expected = [True, True, False, True, True, True, False, False, False]
        assert inked_cells(page, COMB, 9) == expected
        outside = page.copy()
        outside[COMB.y0 - 12 : COMB.y1 + 12, COMB.x0 - 12 : COMB.x1 + 12] = 255
        assert outside.min() == 255


def test_a_hand_never_writes_the_same_character_twice() -> None:
    page = white()
    Hand(random.Random(4)).comb(page, COMB, 9, "777777777")
    cells = {page[:, 100 + n * 71 : 171 + n * 71].tobytes() for n in range(9)}
    assert len(cells) == 9


def test_a_long_line_is_written_closer_rather_than_outside_its_frame() -> None:
    frame = Box(50, 100, 900, 183)
    for seed in range(6):
        for pen in (Typist(random.Random(seed)), Hand(random.Random(seed))):
            page = white()
            pen.line(page, frame, names.LONG_STREET.upper())
            columns = np.flatnonzero((page < 128).any(axis=0))
            assert frame.x0 < columns[0]
            assert columns[-1] < frame.x1


@pytest.mark.parametrize("font", HAND_FONTS)
def test_every_hand_can_write_every_name_accents_included(
    font: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pens, "HAND_FONTS", (font,))
    signs = {c for name in (*names.SURNAMES, *names.STREETS, *names.APARTMENTS) for c in name}
    hand = Hand(random.Random(1))
    for sign_ in sorted({s.upper() for s in signs} | set("0123456789@._abcé") - {" "}):
        page = white()
        hand.comb(page, COMB, 9, sign_)
        assert sign_ == " " or page.min() < 140, sign_


@pytest.mark.parametrize("font", HAND_FONTS)
def test_an_accented_letter_is_not_written_as_the_bare_one(
    font: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pens, "HAND_FONTS", (font,))
    plain, accented = white(), white()
    Hand(random.Random(1)).comb(plain, COMB, 9, "E")
    Hand(random.Random(1)).comb(accented, COMB, 9, "É")
    assert ((plain < 128) != (accented < 128)).sum() > 40


def test_real_glyphs_are_written_for_the_digits_they_show() -> None:
    """Glyphs of full squares for 3 only: 3 is a square of ink, 4 is still a font's."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 4:24, 4:24] = 255
    page = white()
    Hand(random.Random(1), Glyphs({"3": image})).comb(page, COMB, 9, "34")
    three = page[COMB.y0 : COMB.y1, COMB.x0 : COMB.x0 + 71] < 160
    four = page[COMB.y0 : COMB.y1, COMB.x0 + 71 : COMB.x0 + 142] < 160
    assert three.mean() > 0.3
    assert 0 < four.mean() < 0.2


def test_a_glyph_file_says_what_its_images_show(tmp_path: Path) -> None:
    images = np.arange(3 * 28 * 28, dtype=np.uint8).reshape(3, 28, 28)
    np.savez(tmp_path / "glyphs.npz", images=images, labels=np.array([7, 1, 7]))
    glyphs = load_glyphs(tmp_path / "glyphs.npz")
    assert {sign: len(found) for sign, found in glyphs.images.items()} == {"1": 1, "7": 2}


@pytest.mark.parametrize(
    "content",
    [
        {"images": np.zeros((2, 20, 20), np.uint8), "labels": np.zeros(2)},
        {"images": np.zeros((2, 28, 28), np.uint8), "labels": np.zeros(3)},
        {"pictures": np.zeros((2, 28, 28), np.uint8)},
    ],
)
def test_a_glyph_file_of_another_shape_is_refused(
    tmp_path: Path, content: dict[str, np.ndarray]
) -> None:
    np.savez(tmp_path / "glyphs.npz", **content)
    with pytest.raises(UsageError, match="images"):
        load_glyphs(tmp_path / "glyphs.npz")


def test_a_missing_font_is_named_and_never_replaced_by_another() -> None:
    with pytest.raises(UsageError, match="Police Inexistante"):
        font_path("Police Inexistante")


def test_boxes_are_ticked_in_different_ways_all_of_them_visible() -> None:
    box = Box(100, 100, 159, 159)
    shapes = set()
    for seed in range(30):
        page = white()
        tick(page, box, random.Random(seed), 40)
        assert (page[box.y0 : box.y1, box.x0 : box.x1] < 128).mean() > 0.05
        shapes.add((page < 128).tobytes())
    assert len(shapes) == 30


def test_a_signature_fills_a_good_part_of_its_frame() -> None:
    frame = Box(50, 50, 950, 250)
    for seed in range(10):
        page = white()
        sign(page, frame, random.Random(seed), 40)
        columns = np.flatnonzero((page[50:250, 50:950] < 128).any(axis=0))
        assert columns[-1] - columns[0] > 300


def test_what_is_scribbled_over_cannot_be_told_from_something_else_scribbled_over() -> None:
    frame = Box(50, 100, 900, 183)
    pages = []
    for text in ("SAGUENAY", "GATINEAU"):
        page = white()
        typist = Typist(random.Random(1))
        typist.line(page, frame, text)
        scribble_over(page, frame, random.Random(2), typist.ink)
        pages.append(page < 128)
    untouched = white()
    Typist(random.Random(1)).line(untouched, frame, "SAGUENAY")
    written = (untouched < 128).sum()
    assert (pages[0] ^ pages[1]).sum() < 0.5 * written
