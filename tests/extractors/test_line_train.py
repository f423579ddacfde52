"""The paper on which the reader of lines is taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors.hand_train.glyphs import find_fonts
from extractors.line_train import paper, texts
from sandbox.paper.fonts import font_path

WORDS = ["maison", "élève", "ruisseau", "forêt", "château", "noël", "cœur", "pont"]


@pytest.fixture(scope="module")
def pens() -> paper.Pens:
    """A hand and a machine, and no real digits."""
    none = np.zeros((0, 28, 28), np.uint8)
    hand, machine = font_path("kiloji"), font_path("Liberation Sans")
    return paper.Pens([hand], [machine], none, np.zeros(0, np.uint8))


def test_texts_hold_known_signs_only_and_differ() -> None:
    source = texts.Texts(WORDS, np.random.default_rng(1))
    drawn = [source.draw() for _ in range(300)]
    assert set("".join(drawn)) <= set(texts.CHARACTERS)
    assert all(0 < len(text) <= 45 for text in drawn)
    assert len(set(drawn)) > 250
    assert any("@" in text for text in drawn)
    assert any(text.isupper() and "É" in text for text in drawn)


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_line_is_ink_on_white_and_the_same_for_the_same_seed(
    pens: paper.Pens, by_hand: bool
) -> None:
    one, again = (
        paper.line(pens, "12e Avenue", by_hand, np.random.default_rng(4)) for _ in range(2)
    )
    assert np.array_equal(one.writing, again.writing)
    assert one.text == "12e Avenue"
    assert one.writing.shape == one.ink.shape
    assert one.ink.sum() > 400
    assert (one.writing[one.ink == 0] == 255).mean() > 0.8


def test_an_accent_that_a_font_lacks_is_drawn_by_hand(pens: paper.Pens) -> None:
    font = next(path for path in pens.hands)
    bare, accented = pens.glyph(font, "E"), pens.glyph(font, "É")
    assert bare
    assert accented
    assert np.flatnonzero(accented.ink.any(axis=1))[0] < np.flatnonzero(bare.ink.any(axis=1))[0]


def test_a_font_of_both_cases_is_not_taken_for_one_of_capitals(pens: paper.Pens) -> None:
    assert not pens.is_of_one_case(pens.machines[0])


def test_a_font_that_is_missing_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "node-latin-400-normal.woff").touch()
    (tmp_path / "Solid.ttf").touch()
    found = find_fonts(["node", "Solid", "absent"], [str(tmp_path)])
    assert [path.name for path in found] == ["node-latin-400-normal.woff", "Solid.ttf"]
