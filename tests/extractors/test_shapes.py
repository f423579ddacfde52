"""Signs of one shape, and letters where digits are usual."""

from __future__ import annotations

import pytest

from extractors.shapes import classes, rarity, shapes


@pytest.mark.parametrize(("one", "other"), [("GOIZ", "6012"), ("158", "lSB"), ("é9", "Éq")])
def test_signs_drawn_alike_have_one_shape(one: str, other: str) -> None:
    assert shapes(one) == shapes(other)


def test_dots_and_dashes_have_none() -> None:
    assert shapes("12-34. '") == "1234"
    assert classes("1-l") == {"1": "1", "l": "1"}


@pytest.mark.parametrize("kind", ["civic_number", "apartment"])
def test_a_letter_among_digits_is_rarer_than_the_digit_it_looks_like(kind: str) -> None:
    assert rarity("101", kind) == 0.0
    assert rarity("1O1", kind) < rarity("12C", kind) < 0.0
    assert rarity("12Y", kind) < rarity("12C", kind)
    assert rarity("PH", kind) == 0.0
    assert rarity("2O7", "postal_code") == 0.0
