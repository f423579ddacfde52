from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.lexicon import Lexicon

KNOWN = Lexicon(["demande", "decision", "decisions", "revision", "dossier", "ma", "mande"])


@pytest.mark.parametrize("broken", ["demnde", "demaande", "dcmande", "emande", "demander"])
def test_a_sign_lost_added_or_changed_is_mended(broken: str) -> None:
    assert KNOWN.mended([broken]) == ["demande"]


@pytest.mark.parametrize("word", ["dcmonde", "dmenade", "mo", "cheval"])
def test_what_is_further_from_every_word_or_short_is_left(word: str) -> None:
    assert KNOWN.mended([word]) == [word]


def test_a_known_word_stays_though_another_is_near() -> None:
    assert KNOWN.mended(["decisions", "decision"]) == ["decisions", "decision"]


def test_of_two_as_near_the_more_frequent_is_meant() -> None:
    assert Lexicon(["refuse", "refusa"]).mended(["refusx"]) == ["refuse"]
    assert Lexicon(["refusa", "refuse"]).mended(["refusx"]) == ["refusa"]


def test_two_halves_of_a_known_word_are_joined_unless_both_are_words() -> None:
    assert KNOWN.mended(["ma", "dos", "sier", "revision"]) == ["ma", "dossier", "revision"]
    both = Lexicon(["dos", "sier", "dossier"])
    assert both.mended(["dos", "sier"]) == ["dos", "sier"]


@given(st.lists(st.text("abdegimnorsv", max_size=12), max_size=8))
def test_mending_adds_no_word(words: list[str]) -> None:
    assert len(KNOWN.mended(words)) <= len(words)
