"""How well texts are told apart and read: ``python -m classifiers.evaluate``.

Measures on six sets of texts written apart from those the models learn from, as they are and
damaged the way a fax damages them: ``corpus/visitors`` and ``outsiders`` (by two who knew the kinds
by name alone), ``mailroom`` and ``strangers`` (by others who had read no other text), ``apart`` and
``evaluation``. Totals only: whoever looks at single mistakes there has used the texts up.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from classifiers.corpus import Written, hand_written
from classifiers.entities import flat
from classifiers.facts import Fact, facts
from classifiers.kinds import NO_THEME, UNKNOWN, classify, theme
from classifiers.noise import damaged

FOLDERS = ("visitors", "outsiders", "mailroom", "strangers", "apart", "evaluation")
#: The facts that the texts of ``apart`` have notes of.
NOTED = ("sender", "address", "date", "subject", "numbers")
_NUMBERS = ("nas", "nam", "neq", "sender_file", "file")
_TITLE = re.compile(r"^(?:mme|mlle|m|me|dr|dre|sr)\b\.? ")


class Measured(NamedTuple):
    """``f1`` by known kind, and the share of unknown texts that was refused."""

    f1: dict[str, float]
    refused: float

    @property
    def macro_f1(self) -> float:
        return sum(self.f1.values()) / len(self.f1)

    def __str__(self) -> str:
        return f"macro-F1 {self.macro_f1:.3f}, unknown refused {self.refused:.3f}"


class Told(NamedTuple):
    """Facts that were read right, facts that were read, and facts that were there to read."""

    right: int = 0
    read: int = 0
    there: int = 0

    def __str__(self) -> str:
        found = self.right / max(1, self.there)
        return f"found {found:.3f} ({self.right} of {self.there}), wrong {self.read - self.right}"


def measure(labelled: Iterable[tuple[str, str]]) -> Measured:
    """Classify (kind, text) pairs. A known text refused, and an unknown accepted, are mistakes."""
    return compare((kind, classify(text).kind or UNKNOWN) for kind, text in labelled)


def measure_themes(labelled: Iterable[tuple[str, str]]) -> Measured:
    """The same for answers to a consultation: (theme, text) pairs."""
    return compare((true, theme(text).kind or NO_THEME) for true, text in labelled)


def compare(answers: Iterable[tuple[str, str]]) -> Measured:
    """(truth, answer) pairs counted; ``UNKNOWN`` and ``NO_THEME`` are refusals."""
    pairs = Counter(answers)
    truth: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for (kind, found), count in pairs.items():
        truth[kind] += count
        said[found] += count
    refusals = (UNKNOWN, NO_THEME)
    f1 = {k: 2 * pairs[k, k] / (truth[k] + said[k]) for k in sorted(truth) if k not in refusals}
    there = sum(truth[none] for none in refusals)
    refused = sum(pairs[none, none] for none in refusals) / there if there else 1.0
    return Measured(f1, refused)


def measure_facts(letters: Iterable[Written]) -> dict[str, Told]:
    """The facts of the letters that have notes of them, by name; all numbers count together."""
    told = dict.fromkeys(NOTED, Told())
    for letter in letters:
        if "sender" not in letter.notes:
            continue
        read = facts(letter.text)
        for name in NOTED:
            there, found = set(_noted(letter.notes, name)), set(_said(read, name))
            more = (len(there & found), len(found), len(there))
            told[name] = Told(*map(sum, zip(told[name], more, strict=True)))
    return told


def _noted(notes: Mapping[str, str], name: str) -> Iterator[str]:
    for note in notes.get(name, "").split(";" if name == "numbers" else "\n"):
        if note.strip():
            yield _plain(note)


def _said(read: Iterable[Fact], name: str) -> Iterator[str]:
    for fact in read:
        kind = re.sub(r"_[0-9]+$", "", fact.name)
        if kind == name:
            doubt = "ambiguous" if "ambiguous-date" in fact.problems else ""
            yield _plain(f"{doubt}{fact.value or fact.raw}")
        elif name == "numbers" and kind in _NUMBERS:
            yield _plain(f"{kind} {fact.value or fact.raw}")


def _plain(value: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _TITLE.sub("", flat(value.strip())))


def main(*folders: str) -> None:
    """Print the tables."""
    rng = random.Random(11)
    all_of: dict[float, list[Written]] = {0.0: [], 0.02: [], 0.05: [], 0.1: []}
    for folder in folders or FOLDERS:
        for share, seen in all_of.items():
            letters = [
                letter._replace(text=damaged(letter.text, share, rng)) if share else letter
                for letter in hand_written(folder)
            ]
            seen += letters
            print(f"{folder}, signs misread {share:.0%}: {summary(letters)}", flush=True)
    for share, letters in all_of.items():
        told = measure((letter.kind, letter.text) for letter in letters)
        print(f"all {len(letters)}, signs misread {share:.0%}: {told}", flush=True)


def summary(letters: Iterable[Written]) -> str:
    """Kinds, themes and facts of hand-written texts, or of what a reader made of them."""
    letters = list(letters)
    kinds = measure((letter.kind, letter.text) for letter in letters)
    said = [str(kinds)]
    said += [f"    {kind:28} {f1:.2f}" for kind, f1 in kinds.f1.items()]
    answers = [(a.notes["theme"], a.text) for a in letters if "theme" in a.notes]
    if answers:
        said.append(f"  themes: macro-F1 {measure_themes(answers).macro_f1:.3f}")
    if any("sender" in letter.notes for letter in letters):
        said += [f"    {name:28} {told}" for name, told in measure_facts(letters).items()]
    return "\n".join(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
