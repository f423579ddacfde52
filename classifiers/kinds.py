"""The kind of a text: one of those the model was trained on, or none of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language

from classifiers import features  # noqa: F401  (registers the architecture of the models)
from classifiers.lexicon import words

#: One pipeline for the kinds, one for the themes of answers to a consultation.
MODELS = Path(__file__).with_name("model")
KINDS, THEMES = "kinds", "themes"

#: The models' own labels for what is none of the kinds, and none of the themes.
UNKNOWN, NO_THEME = "inconnu", "autre"
#: The kind that has a theme.
CONSULTATION = "reponse-consultation"
#: Scores below these are refused; docs/decisions/classifier.md says what that costs.
THRESHOLD, THEME_THRESHOLD = 0.7, 0.5
#: Fewer words than this say nothing of a document.
LEAST_WORDS = 8


class Classified(NamedTuple):
    """A kind and the confidence in it; ``None`` is "none that I know", with the same confidence."""

    kind: str | None
    confidence: float


def classify(text: str) -> Classified:
    """The kind of form or letter that ``text`` (a document as OCR gave it) is.

    The model is loaded at the first call. Raises ``OSError`` when it is not there.
    """
    if len(words(text)) < LEAST_WORDS:
        return Classified(None, 1.0)
    return _told(KINDS, text, UNKNOWN, THRESHOLD)


def theme(text: str) -> Classified:
    """What an answer to a consultation is about; ``None`` when that is unsure or not in the list.

    Raises ``OSError`` when the model is not there.
    """
    return _told(THEMES, text, NO_THEME, THEME_THRESHOLD)


def _told(model: str, text: str, none: str, least: float) -> Classified:
    nlp = _pipeline(model)
    # OCR invents words without end: what this text adds to the vocabulary is given back.
    with nlp.memory_zone():
        scores = nlp(text).cats
    kind = max(scores.keys() - {none}, key=scores.__getitem__)
    if scores[kind] < least:
        return Classified(None, 1.0 - scores[kind])
    return Classified(kind, scores[kind])


def load() -> None:
    """Load the models now: once, before the processes that will classify are forked."""
    for model in (KINDS, THEMES):
        _pipeline(model)


@cache
def _pipeline(name: str) -> Language:
    return spacy.load(MODELS / name)
