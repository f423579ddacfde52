from __future__ import annotations

import random
from difflib import SequenceMatcher

import pytest

from classifiers.noise import comb_junk, damaged

TEXT = "Je vous prie de bien vouloir réviser la décision rendue au mois de mai.\n" * 8


def likeness(amount: float) -> float:
    spoilt = [damaged(TEXT, amount, random.Random(seed)).lower() for seed in range(12)]
    return sum(SequenceMatcher(None, TEXT.lower(), s, False).ratio() for s in spoilt) / 12


def test_the_more_damage_the_less_is_left() -> None:
    assert likeness(0) > likeness(0.05) > likeness(0.15) > 0.3


def test_the_same_seed_damages_the_same_way() -> None:
    first, again = (damaged(TEXT, 0.1, random.Random(9)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("text", ["", "\n\n", "é"])
def test_hardly_any_text_can_be_damaged_too(text: str) -> None:
    assert isinstance(damaged(text, 0.2, random.Random(1)), str)


def test_a_row_of_boxes_gives_junk_without_words() -> None:
    rng = random.Random(2)
    junk = [comb_junk(rng) for _ in range(50)]
    kinds = {(any(map(str.isalpha, line)), any(map(str.isdigit, line))) for line in junk}
    assert kinds == {(True, False), (False, True), (False, False)}
