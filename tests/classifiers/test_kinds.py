from __future__ import annotations

import random

import pytest

from classifiers import classify
from classifiers.corpus import texts
from classifiers.evaluate import measure
from classifiers.kinds import KINDS, MODELS
from classifiers.noise import damaged


def test_letters_written_apart_are_told_apart_and_the_unknown_refused() -> None:
    found = measure(texts("evaluation"))
    assert found.macro_f1 >= 0.95
    assert found.refused >= 0.95


def test_faxed_letters_still_are() -> None:
    rng = random.Random(11)
    found = measure((kind, damaged(text, 0.02, rng)) for kind, text in texts("evaluation"))
    assert found.macro_f1 >= 0.90
    assert found.refused >= 0.90


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Page 2",
        "|_|_|_| l1 ;;",
        "Dear Sir, the meeting was good and the board will meet again.",
    ],
)
def test_what_says_nothing_known_is_refused(text: str) -> None:
    assert classify(text).kind is None


def test_confidence_is_in_the_answer_given() -> None:
    for _, text in texts("evaluation"):
        assert 0.5 <= classify(text).confidence <= 1.0


def test_reading_much_noise_does_not_grow_the_process() -> None:
    from classifiers.kinds import _pipeline

    rng = random.Random(6)
    letters = "abcdefghijklmnopqrstuvwxyz"
    classify("une lettre de quelques mots pour charger le modèle avant de compter")
    before = len(_pipeline(KINDS).vocab.strings)
    for _ in range(20):
        classify(" ".join("".join(rng.choices(letters, k=7)) for _ in range(200)))
    assert len(_pipeline(KINDS).vocab.strings) == before


def test_the_model_stays_small_enough_to_live_in_the_repository() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*")) < 5_000_000
