from __future__ import annotations

from pathlib import Path

import pytest

from classifiers import correspondents
from classifiers.correspondents import signs
from classifiers.lexicon import words

BODY = "le bruit du chantier dure jusqu'à minuit, personne ne répond, c'est assez " * 2


def _signs(text: str) -> set[str]:
    return set(signs(words(text)))


def test_the_same_complaint_to_a_ministry_and_to_a_shop_has_other_signs() -> None:
    ministry, shop = _signs(f"Au ministère : {BODY}"), _signs(f"À la boutique : {BODY}")
    assert {"#public head 1", "#private head 0"} <= ministry
    assert {"#public head 0", "#private head 1"} <= shop


def test_whom_a_letter_is_written_to_is_in_its_head() -> None:
    assert "#public head 0" in _signs(f"{BODY} dit le ministère")
    assert "#public 1" in _signs(f"{BODY} dit le ministère")


def test_each_word_counts_once_however_often_it_is_written() -> None:
    assert "#public 1" in _signs("La RAMQ, la ramq et encore la RAMQ")


def test_a_phrase_counts_only_where_its_words_follow_one_another() -> None:
    assert "#public 1" in _signs("les archives nationales")
    assert "#public 0" in _signs("les archives sont nationales")


def test_accents_and_signs_that_look_alike_change_nothing() -> None:
    assert _signs("la Municipalité, ma mère, à bientôt") == _signs(
        "la MUN1CIPALITE, ma mere, a b1entot"
    )


def test_a_friend_is_told_by_how_often_they_are_spoken_to() -> None:
    assert "#friend 0" in _signs(BODY)
    assert "#friend 3" in _signs("Tu sais que ta voiture est dans ton garage")


def test_nothing_has_signs_of_nobody() -> None:
    assert {"#public 0", "#private 0", "#family 0", "#office 0", "#friend 0"} <= _signs("")


def test_a_phrase_in_which_no_word_can_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("public: [ministère, '911']", encoding="utf-8")
    monkeypatch.setattr(correspondents, "_WORDS", own)
    correspondents._phrases.cache_clear()
    with pytest.raises(ValueError, match=r"own\.yaml: '911'"):
        _signs(BODY)
