from __future__ import annotations

import random

import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.strings import get_string_id

from classifiers.features import (
    average,
    count_pieces,
    learn_telling,
    learn_words,
    pieces,
    word_pieces,
)
from classifiers.lexicon import Lexicon, words
from classifiers.noise import damaged

LETTER = """Objet : changement d’adresse. Madame, veuillez noter que ma nouvelle adresse est le
1250, rue des Érables, à compter du premier juillet. Merci de modifier mon dossier."""


def test_capitals_and_lost_accents_change_nothing() -> None:
    assert words("Déménagement À NOËL, cœur") == words("DEMENAGEMENT a noel, coeur")


def test_letters_that_look_alike_are_the_same_letter() -> None:
    assert words("moi, 1ettre, pa1ement, c0pie") == words("rnoi, lettre, paiement, copie")


def test_numbers_are_no_words() -> None:
    assert words("130 692 544, le 15 août 2026") == words("le août")


def test_a_bad_fax_leaves_most_of_a_letters_pieces() -> None:
    spoilt = damaged(LETTER, 0.05, random.Random(4))
    assert spoilt != LETTER
    whole, none = pieces(LETTER, Lexicon([])), Lexicon([])
    assert len(whole.keys() & pieces(spoilt, none).keys()) > 0.6 * len(whole)


def test_a_lexicon_gives_back_pieces_of_a_letter_that_can_hardly_be_read() -> None:
    known = Lexicon(words(LETTER))
    whole = pieces(LETTER, known).keys()
    left, mended = 0, 0
    for seed in range(10):
        spoilt = damaged(LETTER, 0.1, random.Random(seed))
        left += len(whole & pieces(spoilt, Lexicon([])).keys())
        mended += len(whole & pieces(spoilt, known).keys())
    assert mended > 1.1 * left


def test_the_mean_of_models_has_the_mean_of_their_weights() -> None:
    models = [word_pieces(64, 2) for _ in range(2)]
    for weight, model in enumerate(models, start=1):
        model.initialize()
        layer = model.get_ref("output_layer")
        layer.set_param("W", layer.get_param("W") * 0 + weight)
    average(models)
    assert set(models[0].get_ref("output_layer").get_param("W").tolist()) == {1.5}


def test_what_few_texts_have_weighs_more_and_what_none_has_is_not_asked() -> None:
    model = word_pieces(1024, 2)
    learn_words(model, ["veuillez lettre chevreuil dromadaire"] * 3)
    count_pieces(model, ["veuillez lettre"] * 40 + ["veuillez chevreuil"] * 3)
    read = spacy.blank("xx").make_doc("veuillez chevreuil dromadaire")
    ids, weights, _ = model.get_ref("pieces").predict([read])
    weight = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    assert weight[get_string_id("chevre-")] > weight[get_string_id("veulll-")]
    assert get_string_id("dromad-") not in weight


def test_what_texts_of_one_kind_have_weighs_more_than_what_those_of_every_kind_have() -> None:
    model = word_pieces(1024, 2)
    one, other = ["chevreuil lettre", "lettre dromadaire"] * 20, ["chevreuil dromadaire"] * 20
    learn_words(model, [*one, *other])
    count_pieces(model, [*one, *other])
    learn_telling(model, {"one": one, "other": other})
    read = spacy.blank("xx").make_doc("lettre chevreuil")
    ids, weights, _ = model.get_ref("pieces").predict([read])
    weight = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    assert weight[get_string_id("lettre-")] > weight[get_string_id("chevre-")]


@given(st.text(max_size=200))
def test_any_text_has_pieces_or_none_and_raises_nothing(text: str) -> None:
    assert bool(pieces(text, Lexicon(["lettre"]))) == bool(words(text))
