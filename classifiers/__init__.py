"""What is this, and what does it say of itself? Kinds and themes by spaCy, facts by rules."""

from classifiers.facts import Fact, facts
from classifiers.kinds import CONSULTATION, Classified, classify, load, theme

__all__ = ["CONSULTATION", "Classified", "Fact", "classify", "facts", "load", "theme"]
