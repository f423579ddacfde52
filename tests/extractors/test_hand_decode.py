"""Decoding a comb with the field's rule: what the rule may do to a reading, and what it may not."""

import pytest

from extractors.hand_decode import MENDED, REFUSED, decode, likeliest
from greffier.errors import PackError

VALID_NAS = "130692544"


def sure(text, chance=0.99):
    """Cells each holding its character with ``chance``, the rest shared by the other digits."""
    others = "0123456789" if text.strip().isdigit() else "0123456789ABCDEFGHIJ"
    return [
        {c: (1 - chance) / (len(others) - 1) for c in others if c != char} | {char: chance}
        for char in text
    ]


def test_a_check_digit_that_holds_raises_the_confidence():
    cells = sure(VALID_NAS, 0.97)
    product = 0.97**9
    assert decode(cells, "nas").text == VALID_NAS
    assert decode(cells, "nas").confidence > product + 0.1


def test_a_lone_wrong_digit_is_not_silently_mended():
    wrong = "130692545"
    read = decode(sure(wrong), "nas")
    assert read.text == wrong
    assert not read.settled
    assert read.confidence <= REFUSED


def test_the_valid_string_is_proposed_when_the_reading_is_not_valid():
    cells = sure("130692545")
    cells[8] = {"5": 0.985, "4": 0.005, "9": 0.01}
    read = decode(cells, "nas")
    assert read.text == "130692545"
    assert read.alternatives[0][0] == VALID_NAS


def test_a_likely_valid_string_stands_in_says_so_and_is_not_trusted_to_the_full():
    cells = sure(VALID_NAS, 0.999)
    cells[8] = {"5": 0.7, "4": 0.29, "9": 0.01}
    read = decode(cells, "nas")
    assert read.text == VALID_NAS
    assert read.settled
    assert read.confidence <= MENDED
    assert "130692545" in [text for text, _ in read.alternatives]


def test_two_valid_strings_alike_in_chance_are_for_a_person():
    cells = sure(VALID_NAS, 0.9999)
    cells[0] = {"1": 0.3, "2": 0.3, "7": 0.4}
    cells[8] = {"4": 0.3, "3": 0.3, "5": 0.4}
    read = decode(cells, "nas")
    assert read.text == "730692545"
    assert not read.settled
    assert {VALID_NAS, "230692543"} == {text for text, _ in read.alternatives}


def test_a_day_that_no_calendar_has_lowers_the_confidence():
    possible = decode(sure("19560229"), "date")
    impossible = decode(sure("19570229"), "date")
    assert impossible.text == "19570229"
    assert impossible.confidence <= REFUSED < possible.confidence


def test_a_doubtful_letter_in_a_cell_for_digits_is_read_as_the_digit():
    cells = sure(VALID_NAS, 0.999)
    cells[3] = {"G": 0.6, "6": 0.4}
    assert decode(cells, "nas").text == VALID_NAS


def test_a_plain_letter_in_a_cell_for_digits_stays_a_letter():
    cells = sure(VALID_NAS, 0.999)
    cells[3] = {"A": 0.9999, "6": 0.0001}
    read = decode(cells, "nas")
    assert read.text == "130A92544"
    assert read.confidence <= REFUSED


def test_letters_and_digits_of_a_postal_code_are_told_apart_by_their_place():
    lookalikes = zip("G1R5A5", "6I8S4S", strict=True)
    cells = [{right: 0.4, other: 0.6} for right, other in lookalikes]
    assert decode(cells, "postal_code").text == "G1R5A5"


def test_an_empty_comb_is_a_confident_nothing():
    read = decode([{" ": 0.9999, "?": 0.0001}] * 9, "nas")
    assert read.text == " " * 9
    assert read.confidence > 0.99


def test_a_nas_that_lacks_a_digit_is_not_trusted():
    cells = sure(VALID_NAS, 0.999)
    cells[4] = {" ": 0.99, "9": 0.01}
    assert decode(cells, "nas").confidence <= REFUSED


def test_an_unreadable_cell_is_never_filled_in_by_the_check_digit():
    cells = sure(VALID_NAS, 0.999)
    cells[4] = {"?": 0.98} | dict.fromkeys("0123456789", 0.002)
    read = decode(cells, "nas")
    assert read.text[4] == "?"
    assert read.confidence <= REFUSED


def test_strings_come_in_order_of_their_chance():
    cells = [{"1": 0.6, "7": 0.4}, {"0": 0.7, "6": 0.2, "8": 0.1}]
    chances = [chance for _, chance in likeliest(cells, 10)]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1.0)


def test_a_comb_too_short_for_its_type_is_the_packs_fault():
    with pytest.raises(PackError):
        decode(sure("1306"), "nas")
