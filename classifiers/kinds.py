"""The kind of a text: one of those the model was trained on, or none of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import spacy
from spacy.language import Language

from classifiers import features

MODEL = Path(__file__).with_name("model")

#: The model's own label for what is none of the kinds.
UNKNOWN = "inconnu"
#: Scores below this are refused; docs/decisions/classifier.md says what that costs.
THRESHOLD = 0.5
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
    if len(features.words(text)) < LEAST_WORDS:
        return Classified(None, 1.0)
    nlp = _pipeline()
    # OCR invents words without end: what this text adds to the vocabulary is given back.
    with nlp.memory_zone():
        scores = nlp(text).cats
    kind = max(scores.keys() - {UNKNOWN}, key=scores.__getitem__)
    if scores[kind] < THRESHOLD:
        return Classified(None, 1.0 - scores[kind])
    return Classified(kind, scores[kind])


def load() -> None:
    """Load the model now: once, before the processes that will classify are forked."""
    _pipeline()


@cache
def _pipeline() -> Language:
    return spacy.load(MODEL)
