from __future__ import annotations

import re
from itertools import islice

import spacy

from classifiers.corpus import kinds, letter_kinds, texts, written
from classifiers.kinds import UNKNOWN
from forms.schema import load_packs


def test_every_pack_is_a_kind_without_a_line_of_training_text() -> None:
    assert set(load_packs()) <= set(kinds())


def test_the_eight_kinds_of_letters_are_learnt() -> None:
    assert len(letter_kinds()) == 8


def test_every_kind_of_letter_is_measured_on_ten_texts_or_more() -> None:
    measured = [kind for kind, _ in texts("evaluation")]
    assert {*letter_kinds(), UNKNOWN} == set(measured)
    assert all(measured.count(kind) >= 10 for kind in set(measured))


def test_no_text_kept_for_measuring_shares_a_sentence_with_what_is_learnt() -> None:
    def sentences(folder: str) -> set[str]:
        split = (re.split(r"[.!?\n]+", text) for _, text in texts(folder))
        long = (s.strip().lower() for found in split for s in found)
        return {s for s in long if len(s.split()) > 5}

    assert sentences("evaluation") & sentences("examples") == set()


def test_the_corpus_is_the_same_at_every_reading_and_holds_every_kind() -> None:
    nlp = spacy.blank("xx")
    reader = written(seed=3, per_kind=2, others=4, examples=0)
    first = [(e.reference.text, e.reference.cats) for e in reader(nlp)]
    assert first == [(e.reference.text, e.reference.cats) for e in reader(nlp)]
    assert {max(cats, key=cats.__getitem__) for _, cats in first} == set(kinds())


def test_no_choice_and_no_slot_is_left_open_in_a_text() -> None:
    nlp = spacy.blank("xx")
    reader = written(seed=8, per_kind=30, others=120, examples=0)
    for example in islice(reader(nlp), 400):
        assert not re.search(r"\{[a-z]{4,}\}", example.reference.text)
