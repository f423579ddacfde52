"""Strings of digits with their chances, from columns and from pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.images import Grey
from extractors.lattice import Lattice, look_at, renderings, strings
from sandbox.paper.fonts import font_path


def lattice(*columns: dict[str, float]) -> Lattice:
    """Columns of chances; ``-`` stands for nothing."""
    return np.array([[column.get(sign, 0.0) for sign in "-0123456789"] for column in columns])


def test_a_sign_seen_in_two_columns_is_one_sign_unless_nothing_is_between() -> None:
    assert strings(lattice({"7": 1.0}, {"7": 1.0})) == {"7": 1.0}
    assert strings(lattice({"7": 1.0}, {"-": 1.0}, {"7": 1.0})) == {"77": 1.0}


def test_the_chance_of_a_string_is_the_sum_over_all_ways_to_it() -> None:
    half = {"-": 0.5, "3": 0.5}
    assert strings(lattice(half, half)) == pytest.approx({"3": 0.75})


def test_what_is_no_digit_leaves_less_for_the_digits() -> None:
    found = strings(lattice({"4": 0.6, "9": 0.1}, {"-": 1.0}))
    assert found == pytest.approx({"4": 0.6, "9": 0.1})


def drawn(text: str) -> Grey:
    font = ImageFont.truetype(str(font_path("Liberation Mono")), 42)
    page = Image.new("L", (30 + 26 * len(text), 60), 255)
    ImageDraw.Draw(page).text((14, 5), text, 0, font)
    return np.asarray(page)


@pytest.mark.parametrize("number", ["2244", "5801", "616", "1787"])
def test_every_rendering_of_a_typed_number_is_read(number: str) -> None:
    looks = look_at(renderings(drawn(number)))
    assert [max(look.numbers, key=look.numbers.__getitem__) for look in looks] == [number] * 4
    assert looks[0].numbers[number] > 0.95
    assert looks[0].text == number


def test_a_digit_under_a_blot_leaves_several_numbers_possible() -> None:
    page = drawn("2244").copy()
    page[:, 92:118] = np.random.default_rng(3).choice([0, 255], (60, 26)).astype(np.uint8)
    (look,) = look_at([page])
    assert max(look.numbers.values(), default=0.0) < 0.9
