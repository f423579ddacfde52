"""What is this? The kind of form or letter, by spaCy, with a confidence."""

from classifiers.kinds import Classified, classify, load

__all__ = ["Classified", "classify", "load"]
