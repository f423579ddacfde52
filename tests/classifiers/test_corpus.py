from __future__ import annotations

import random
import re
from collections import Counter

import pytest
import spacy

from classifiers.corpus import (
    CORPUS,
    _sentences,
    _spoken,
    answers_of,
    hand_written,
    kinds,
    letter_kinds,
    texts,
    themes,
    written,
)
from classifiers.kinds import CONSULTATION, NO_THEME, UNKNOWN
from forms.schema import load_packs


def test_every_pack_is_a_kind_without_a_line_of_training_text() -> None:
    assert set(load_packs()) <= set(kinds())


def test_the_nine_kinds_of_letters_are_learnt() -> None:
    assert len(letter_kinds()) == 9


@pytest.mark.parametrize(
    ("folder", "least"),
    [
        ("visitors", 16),
        ("outsiders", 15),
        ("mailroom", 20),
        ("strangers", 20),
        ("apart", 12),
        ("evaluation", 10),
        ("dev", 7),
    ],
)
def test_every_kind_of_letter_is_measured_on_enough_texts(folder: str, least: int) -> None:
    measured = Counter(kind for kind, _ in texts(folder))
    assert {*letter_kinds(), UNKNOWN} - {CONSULTATION} == set(measured) - {CONSULTATION}
    assert min(measured.values()) >= least


def test_every_theme_is_learnt_from_texts_by_hand_and_measured() -> None:
    assert {theme for theme, _ in answers_of("examples")} == set(themes())
    assert {theme for theme, _ in answers_of("apart")} == set(themes()) - {NO_THEME}


def test_notes_above_a_text_are_not_part_of_it() -> None:
    letters = [*hand_written("apart"), *hand_written("examples")]
    assert not [letter for letter in letters if "#:" in letter.text]
    assert sum("sender" in letter.notes for letter in letters) >= 60


@pytest.mark.parametrize(
    "folder", ["visitors", "outsiders", "mailroom", "strangers", "apart", "evaluation", "dev"]
)
def test_no_text_kept_for_measuring_shares_a_sentence_with_what_is_learnt(folder: str) -> None:
    def sentences(folder: str) -> set[str]:
        split = (re.split(r"[.!?\n]+", text) for _, text in texts(folder))
        long = (s.strip().lower() for found in split for s in found)
        # Shorter ones are names of ministries, and formulas that thousands of letters end with.
        return {s for s in long if len(s.split()) > 10}

    assert len(sentences(folder)) > 60
    assert sentences(folder) & sentences("examples") == set()


def test_the_corpus_is_the_same_at_every_reading_and_holds_every_kind() -> None:
    nlp = spacy.blank("xx")
    reader = written(seed=3, per_kind=2, others=4, examples=0, damage=[0.0, 0.1])
    first = [(e.reference.text, e.reference.cats) for e in reader(nlp)]
    assert first == [(e.reference.text, e.reference.cats) for e in reader(nlp)]
    assert {max(cats, key=cats.__getitem__) for _, cats in first} == set(kinds())


def test_no_choice_and_no_slot_is_left_open_in_a_text() -> None:
    rng = random.Random(8)
    names = ["common", *(path.stem for path in sorted((CORPUS / "training").glob("*.yaml")))]
    every = [s for name in names for part in _sentences(name).values() for s in part]
    assert sum("[" in sentence for sentence in every) > 100
    assert sum("{" in sentence for sentence in every) > 100
    for sentence in every:
        assert not re.search(r"[][{}|]", _spoken(sentence, rng)), sentence
