"""The kind of a text: one of those the model was trained on, or none of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language

from classifiers import features  # noqa: F401  (registers the architecture of two models)
from classifiers import meaning as sentences
from classifiers.lexicon import words

#: Two pipelines for the kinds, one for the themes of answers to a consultation.
MODELS = Path(__file__).with_name("model")
KINDS, MEANING, THEMES = "kinds", "meaning", "themes"
#: How much the meaning of sentences counts beside the pieces of words, after cross-validation.
MEANING_WEIGHT = 0.4

#: The models' own labels for what is none of the kinds, and none of the themes.
UNKNOWN, NO_THEME = "inconnu", "autre"
#: The kind that has a theme.
CONSULTATION = "reponse-consultation"
#: Scores below these are refused; docs/decisions/classifier.md says what that costs.
THRESHOLD, THEME_THRESHOLD = 0.8, 0.5
#: Fewer words than this say nothing of a document.
LEAST_WORDS = 8


class Classified(NamedTuple):
    """A kind and the confidence in it; ``None`` is "none that I know", with the same confidence."""

    kind: str | None
    confidence: float


def classify(text: str) -> Classified:
    """The kind of form or letter that ``text`` (a document as OCR gave it) is.

    Two models are asked, and their scores multiplied (a logarithmic opinion pool: C. Genest and
    J. Zidek, "Combining probability distributions", Statistical Science 1, 1986). They are loaded
    at the first call. Raises ``OSError`` when they are not there.
    """
    if len(words(text)) < LEAST_WORDS:
        return Classified(None, 1.0)
    by_pieces, by_meaning = _scores(KINDS, text), _scores(MEANING, text)
    pooled = {
        kind: score ** (1 - MEANING_WEIGHT) * by_meaning[kind] ** MEANING_WEIGHT
        for kind, score in by_pieces.items()
    }
    whole = sum(pooled.values())
    return _told({kind: score / whole for kind, score in pooled.items()}, UNKNOWN, THRESHOLD)


def theme(text: str) -> Classified:
    """What an answer to a consultation is about; ``None`` when that is unsure or not in the list.

    Raises ``OSError`` when the model is not there.
    """
    return _told(_scores(THEMES, text), NO_THEME, THEME_THRESHOLD)


def _scores(model: str, text: str) -> dict[str, float]:
    nlp = _pipeline(model)
    # OCR invents words without end: what this text adds to the vocabulary is given back.
    with nlp.memory_zone():
        return nlp(text).cats


def _told(scores: dict[str, float], none: str, least: float) -> Classified:
    kind = max(scores.keys() - {none}, key=scores.__getitem__)
    if scores[kind] < least:
        return Classified(None, 1.0 - scores[kind])
    return Classified(kind, scores[kind])


def load() -> None:
    """Load the models now: once, before the processes that will classify are forked."""
    for model in (KINDS, MEANING, THEMES):
        _pipeline(model)
    sentences.encoder()


@cache
def _pipeline(name: str) -> Language:
    return spacy.load(MODELS / name)
