"""What is this, and what does it say of itself? Kinds, themes and facts, by spaCy and rules."""

from classifiers.facts import Fact, facts
from classifiers.kinds import CONSULTATION, Classified, classify, load, theme

__all__ = ["CONSULTATION", "Classified", "Fact", "classify", "facts", "load", "theme"]
