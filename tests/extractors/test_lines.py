"""The reader of lines: its arithmetic on steps made up, and what it reads of real type."""

from __future__ import annotations

from itertools import pairwise, product

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from extractors import lines
from extractors.images import Grey
from extractors.lines import Seen
from extractors.zones import darkness
from sandbox.paper.fonts import font_path


def steps(*rows: list[float]) -> lines.Steps:
    chances = np.array(rows, np.float32)
    return np.log(chances / chances.sum(axis=1, keepdims=True))


def folded(path: tuple[int, ...], signs: str) -> str:
    """The text of a path, by its definition: repeats are one sign, *none* is nothing."""
    kept = [at for before, at in zip((0, *path), path, strict=False) if at != before]
    return "".join(signs[at - 1] for at in kept if at)


# No denormals: loading the readers takes them for zero in this process, and Hypothesis asks.
@given(
    st.lists(
        st.lists(st.floats(0.01, 1, allow_subnormal=False), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", "a", "b", "ab", "aa", "aba", "bb"]),
)
def test_the_chance_of_a_text_is_the_sum_over_its_paths(rows: list[list[float]], text: str) -> None:
    seen = Seen(steps(*rows), "ab")
    chances = np.exp(steps(*rows))
    paths = product(range(3), repeat=len(rows))
    summed = sum(
        np.prod([chances[step, sign] for step, sign in enumerate(path)])
        for path in paths
        if folded(path, "ab") == text
    )
    assert seen.chance(text) == pytest.approx(summed, rel=1e-3, abs=1e-9)


def test_the_chances_of_texts_together_are_those_of_each() -> None:
    seen = Seen(steps([0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.4, 0.1, 0.5], [0.3, 0.4, 0.3]), "ab")
    texts = ["ab", "", "b", "aa", "zb", "abab", "ababa"]
    found = np.exp(seen.likelihoods(texts))
    assert found.tolist() == pytest.approx([seen.chance(text) for text in texts])
    assert found[4] == found[6] == 0.0


def test_signs_of_one_class_are_one_sign() -> None:
    seen = Seen(steps([0.2, 0.3, 0.3, 0.2]), "0O-").folded({"0": "0", "O": "0"})
    assert seen.chance("0") == pytest.approx(0.6)
    assert seen.chance("") == pytest.approx(0.4)


def test_what_it_doubts_it_would_change_drop_or_add() -> None:
    sure, torn, maybe = [0.02, 0.97, 0.01], [0.3, 0.4, 0.3], [0.85, 0.01, 0.14]
    assert set(Seen(steps(sure), "ab").doubts(0.05)) == set()
    assert set(Seen(steps(torn), "ab").doubts(0.05)) == {"b", ""}
    assert set(Seen(steps(sure, maybe), "ab").doubts(0.05)) == {"ab"}


def test_a_sign_it_does_not_know_has_no_chance() -> None:
    assert Seen(steps([0.1, 0.8, 0.1]), "ab").chance("z") == 0.0


def test_the_text_is_that_of_the_likeliest_path() -> None:
    rows = [0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]
    assert Seen(steps(*rows), "ab").text == "aab"


def test_softened_it_would_say_the_same_and_is_less_sure() -> None:
    seen = Seen(steps([0.1, 0.8, 0.1], [0.2, 0.1, 0.7]), "ab")
    softer = seen.softened(2.0)
    assert softer.text == seen.text
    assert softer.chance("ab") < seen.chance("ab")


def typed(text: str, size: int = 46) -> Grey:
    image = Image.new("L", (1400, 110), 255)
    font = ImageFont.truetype(str(font_path("Liberation Sans")), size)
    ImageDraw.Draw(image).text((30, 75), text, font=font, fill=20, anchor="ls")
    return np.asarray(image)


@pytest.mark.parametrize("size", [30, 46, 70])
def test_a_strip_has_one_height_whatever_the_size_of_the_type(size: int) -> None:
    image = typed("Drummondville", size)
    shown = lines.strip(image, darkness(image))
    rows = np.flatnonzero(shown.max(axis=1) > 128)
    assert shown.shape[0] == lines.HEIGHT
    assert 29 <= rows[-1] - rows[0] + 1 <= 34
    assert shown.max() == 255


def test_a_dash_by_itself_is_not_blown_up() -> None:
    image = typed("-")
    ink = (image < 128).astype(np.uint8)
    assert ink.any()
    rows = np.flatnonzero(lines.strip(image, ink).max(axis=1) > 128)
    assert 0 < len(rows) < lines.HEIGHT / 3


def test_words_stand_where_they_are() -> None:
    image = typed("Permit of 4417")
    found = lines.words(image)
    assert [word.text for word in found] == ["Permit", "of", "4417"]
    for word in found:
        x0, y0, x1, y1 = word.box
        ink = np.argwhere(image[:, max(0, x0 - 6) : x1 + 6] < 128)
        assert ink[:, 0].min() == pytest.approx(y0, abs=3)
        assert ink[:, 0].max() == pytest.approx(y1, abs=3)
    gaps = [after.box.x0 - before.box.x1 for before, after in pairwise(found)]
    assert all(0 < gap < 30 for gap in gaps)
    assert min(word.confidence for word in found) > 0.7


def test_where_nothing_is_written_there_are_no_words() -> None:
    assert lines.words(np.full((60, 300), 255, np.uint8)) == []


def test_where_there_is_no_ink_it_is_sure_of_nothing() -> None:
    empty = np.full((110, 300), 255, np.uint8)
    seen = lines.see(empty, darkness(empty))
    assert seen.text == ""
    assert seen.chance("") > 0.99


@pytest.mark.parametrize(
    "text",
    ["12e Avenue", "L'ANCIENNE-LORETTE", "chemin du Lac-à-l'Épaule", "j.tetu@example.org", "Gaspé"],
)
def test_it_reads_type_of_a_font_it_never_saw(text: str) -> None:
    image = typed(text)
    seen = lines.see(image, darkness(image))
    assert seen.text == text
    assert seen.chance(text) > 0.8


def test_it_tells_an_accent_from_none() -> None:
    image = typed("MONTRÉAL")
    seen = lines.see(image, darkness(image))
    assert seen.chance("MONTRÉAL") > 20 * seen.chance("MONTREAL")


def test_a_scribble_is_nothing_it_is_sure_of() -> None:
    image = np.full((110, 500), 255, np.uint8)
    rng = np.random.default_rng(5)
    points = np.stack([rng.integers(20, 480, 60), rng.integers(25, 90, 60)], axis=1)
    cv2.polylines(image, [points.astype(np.int32)], False, 0, 5)
    seen = lines.see(image, darkness(image))
    assert seen.chance(seen.text) < 0.5
