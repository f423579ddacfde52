"""How well texts are told apart: ``python -m classifiers.evaluate [FOLDER]``.

Measures on ``corpus/evaluation`` (texts written apart from those the model learns from), as they
are and damaged the way a fax damages them.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from classifiers.corpus import texts
from classifiers.kinds import UNKNOWN, classify
from classifiers.noise import damaged


class Measured(NamedTuple):
    """``f1`` by known kind, and the share of unknown texts that was refused."""

    f1: dict[str, float]
    refused: float
    mistakes: tuple[tuple[str, str], ...]

    @property
    def macro_f1(self) -> float:
        return sum(self.f1.values()) / len(self.f1)


def measure(labelled: Iterable[tuple[str, str]]) -> Measured:
    """Classify (kind, text) pairs. A known text refused, and an unknown accepted, are mistakes."""
    pairs = Counter((kind, classify(text).kind or UNKNOWN) for kind, text in labelled)
    truth: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for (kind, found), count in pairs.items():
        truth[kind] += count
        said[found] += count
    f1 = {k: 2 * pairs[k, k] / (truth[k] + said[k]) for k in sorted(truth) if k != UNKNOWN}
    refused = pairs[UNKNOWN, UNKNOWN] / truth[UNKNOWN] if truth[UNKNOWN] else 1.0
    mistakes = [pair for pair, count in pairs.items() if pair[0] != pair[1] for _ in range(count)]
    return Measured(f1, refused, tuple(sorted(mistakes)))


def main(folder: str = "evaluation") -> None:
    """Print the table."""
    rng = random.Random(11)
    for share in (0.0, 0.02, 0.05, 0.1):
        found = measure(
            (kind, damaged(text, share, rng) if share else text) for kind, text in texts(folder)
        )
        print(f"signs misread {share:4.0%}: macro-F1 {found.macro_f1:.3f}", end="")
        print(f", unknown refused {found.refused:.3f}")
        for kind, f1 in found.f1.items() if not share else ():
            print(f"  {kind:28} {f1:.2f}")
        for kind, said in found.mistakes if not share else ():
            print(f"  {kind} taken for {said}")


if __name__ == "__main__":
    main(*sys.argv[1:])
