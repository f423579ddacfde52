"""Letters found in a line of ink, and what their places say."""

from __future__ import annotations

import random

import pytest

from extractors.letters import Letter, letters, passed_over, spaces, unevenness
from tests.extractors.test_stature import ink


@pytest.mark.parametrize("font", ["Liberation Mono", "Liberation Sans"])
@pytest.mark.parametrize(
    "text", ["RUE DE L'ÉGLISE", "3E RUE NORD", "TROIS-RIVIÈRES", "rue du Parc", "Rimouski"]
)
def test_spaces_are_counted_where_there_is_room_for_them(text: str, font: str) -> None:
    assert spaces(letters(ink(text, font))) == text.count(" ")


def test_a_dot_that_was_passed_over_is_noticed() -> None:
    found = letters(ink("j.roy@example.org"))
    assert passed_over("jroy@example.org", found)
    assert not passed_over("j.roy@example.org", found)


def test_type_stands_on_a_line_and_a_hand_does_not() -> None:
    typed = letters(ink("BELANGER"))
    level = unevenness(typed)
    assert level is not None
    assert level < 0.86
    rng = random.Random(3)
    shaky = []
    for letter in typed:
        drop = round(rng.gauss(0, 4))
        shaky.append(Letter(*letter[:2], letter.top + drop, letter.bottom + drop, letter.tops))
    by_hand = unevenness(shaky)
    assert by_hand is not None
    assert by_hand > 0.86


def test_too_few_letters_tell_nothing() -> None:
    assert unevenness(letters(ink("4B"))) is None
