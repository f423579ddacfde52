"""What is this, and what does it say of itself? Kinds, themes and facts, all by spaCy."""

from classifiers.facts import Fact, facts, pipeline
from classifiers.kinds import CONSULTATION, Classified, classify, load, theme
from classifiers.openings import begins_letter, closes_letter

__all__ = [
    "CONSULTATION",
    "Classified",
    "Fact",
    "begins_letter",
    "classify",
    "closes_letter",
    "facts",
    "load",
    "pipeline",
    "theme",
]
