from __future__ import annotations

import random

import pytest

from classifiers import classify, theme
from classifiers.corpus import answers_of, printed, texts
from classifiers.evaluate import FOLDERS, measure, measure_themes
from classifiers.kinds import KINDS, MODELS, THRESHOLD
from classifiers.noise import comb_junk, damaged
from forms.schema import load_packs

#: All the texts that are kept for measuring: nine letters of them are a hundredth of macro-F1.
APART = [text for folder in FOLDERS for text in texts(folder)]


def test_letters_written_apart_are_told_apart_and_the_unknown_refused() -> None:
    found = measure(APART)
    assert found.macro_f1 >= 0.95
    assert found.refused >= 0.92


def test_faxed_letters_still_are() -> None:
    rng = random.Random(11)
    found = measure((kind, damaged(text, 0.02, rng)) for kind, text in APART)
    assert found.macro_f1 >= 0.94
    assert found.refused >= 0.91


def test_answers_to_a_consultation_get_their_theme() -> None:
    assert measure_themes(answers_of("apart")).macro_f1 >= 0.9


def test_an_answer_about_nothing_in_the_list_has_no_theme() -> None:
    assert (
        theme("Mon avis pour la consultation : je suis pour, merci de nous consulter.").kind is None
    )


@pytest.mark.parametrize("pack", sorted(load_packs()))
def test_a_form_on_a_bad_fax_is_known_by_what_is_left_of_its_print(pack: str) -> None:
    rng = random.Random(4)
    for page in printed(pack):
        filled = "\n".join(f"{line} {comb_junk(rng)}" for line in page)
        assert classify(damaged(filled, 0.1, rng)).kind == pack


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
    for _, text in APART:
        found = classify(text)
        least = THRESHOLD if found.kind else 1 - THRESHOLD
        assert least <= found.confidence <= 1.0


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
    assert sum(path.stat().st_size for path in MODELS.rglob("*")) < 9_000_000
