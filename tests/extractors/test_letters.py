"""Letters found in a line of ink, and what their places say."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from extractors.letters import Letter, letters, letters_in, on_line, passed_over, unevenness
from tests.extractors.test_stature import ink


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


@pytest.mark.parametrize("text", ["LOÏC", "ANAÏS", "NOËL", "naïf"])
def test_the_two_dots_of_a_diaeresis_are_one_letter_with_what_they_stand_on(text: str) -> None:
    found = letters(ink(text))
    assert len(found) == len(text)
    assert [letter.tops == 2 for letter in found] == [sign in "ÏËï" for sign in text]


def test_an_accent_broken_in_two_is_no_diaeresis() -> None:
    broken = ink("Î")
    (whole,) = letters(broken)
    middle = (whole.left + whole.right) // 2
    broken[whole.top : whole.top + 14, middle : middle + 2] = 0
    (letter,) = letters_in(broken, [(whole.left, whole.right)])
    assert letter.tops == 1


@pytest.mark.parametrize("text", ["Saint-Jérôme", "TROIS-RIVIÈRES", "g.gagnon@example.net"])
def test_shreds_of_a_line_above_are_no_part_of_the_writing(text: str) -> None:
    written = np.pad(ink(text), ((60, 10), (0, 0)))
    dirty = written.copy()
    for x in range(20, written.shape[1] - 30, 40):
        cv2.rectangle(dirty, (x, 4), (x + 12, 8), 1, -1)
    assert (on_line(dirty) == written).all()


def test_what_belongs_to_the_letters_stays_on_the_line() -> None:
    written = ink("L'Île-d'Orléans, 4e étage.")
    assert (on_line(written) == written).all()


def test_a_frame_that_a_fold_moved_is_no_writing_nor_is_what_stands_over_it() -> None:
    writing = ink("RUE DE L'ÉGLISE")
    folded = np.vstack([np.zeros((60, writing.shape[1]), np.uint8), writing])
    alone = folded.copy()
    bend = np.array([[10, 40], [280, 58], [560, 40]], np.int32)
    cv2.polylines(folded, [bend], False, 1, 4)
    cv2.putText(folded, "ne ru", (250, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1, 3)
    assert np.array_equal(on_line(folded), alone)


def test_a_line_drawn_under_writing_is_no_letter() -> None:
    underlined = ink("Trois-Rivières")
    alone = underlined.copy()
    cv2.line(underlined, (20, 84), (460, 86), 1, 3)
    assert np.array_equal(on_line(underlined), alone)
