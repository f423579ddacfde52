"""What sentences mean, by a real encoder, whatever words they use."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.meaning import sentences, vectors


def nearness(one: str, other: str) -> float:
    first, second = vectors([one, other])
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@pytest.mark.parametrize(
    ("said", "otherwise", "other"),
    [
        (
            "Je n'habite plus à la même place.",
            "Nous avons déménagé la semaine passée.",
            "Le dossier est complet depuis la semaine passée.",
        ),
        (
            "Voici les papiers que vous vouliez.",
            "Vous trouverez ci-joint les documents demandés.",
            "Voici les fleurs que vous vouliez.",
        ),
    ],
)
def test_what_means_the_same_is_nearer_than_what_has_the_same_words(
    said: str, otherwise: str, other: str
) -> None:
    assert nearness(said, otherwise) > nearness(said, other)


def test_a_text_is_parted_at_full_stops_and_paragraphs() -> None:
    text = "Madame,\n\nJe vous écris de Gaspé. Mon dossier est-il prêt ? Oui.\nMerci beaucoup"
    assert sentences(text) == [
        "Je vous écris de Gaspé.",
        "Mon dossier est-il prêt ?",
        "Merci beaucoup",
    ]


@pytest.mark.parametrize("text", ["", "Oui.", "\n\n", "1 2 3"])
def test_a_text_without_sentences_has_a_vector_too(text: str) -> None:
    found = vectors([text])
    assert found.shape == (1, 1536)
    assert np.isfinite(found).all()


def test_a_text_has_one_vector_whatever_comes_with_it() -> None:
    text = "Vous trouverez ci-joint mon avis de cotisation. Merci."
    (alone,), (_, beside) = vectors([text]), vectors(["Bonjour à tous. " * 500, text])
    assert np.allclose(alone, beside, atol=1e-3)
