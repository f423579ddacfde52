"""One text from readers that each say how likely any text is (``lines.Seen``).

What one reader takes for something else another may see; and a text that nobody read as a whole may
be what both hold to be likeliest. So texts are made from all of theirs: one's signs where another
has others, accents and signs between words put in and left out. The chances that they give to a
text are multiplied, save that each reader may pass over the accents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from extractors.lines import Seen
from extractors.trust import without_accents

#: Signs between words, and within them.
_BETWEEN = " -'"
#: How often a letter bears each accent, about as often as in French; the power to which that
#: counts, since names are no ordinary words, and many people write capitals bare.
_RARITY = {
    "À": 0.003, "Â": 0.01, "Ç": 0.02, "É": 0.15, "È": 0.02, "Ê": 0.015, "Ë": 0.003,
    "Î": 0.01, "Ï": 0.006, "Ô": 0.02, "Ù": 0.002, "Û": 0.01, "Ü": 0.003,
}  # fmt: skip
_HEED = 0.4
_ACCENTED = "".join(_RARITY) + "".join(_RARITY).lower()
#: A sign is put in where some reader thinks of it anywhere on the line with this chance.
_THOUGHT_OF = 1e-3
#: Where a reader doubts a sign of its own: the chance of the other.
_DOUBT = 0.02
#: Where two texts differ in more places than this, they are not mixed; so many rounds are made,
#: from so many of the best texts, and so many texts are kept.
_PLACES, _ROUNDS, _BEST, _KEPT = 5, 3, 2, 30
#: No reader holds a text to be less likely than this (a logarithm).
_IMPOSSIBLE = -40.0


class Witness(NamedTuple):
    """What a reader saw, and how often it passes over all the accents of a line."""

    seen: Seen
    bares: float


def likeliest(
    witnesses: Sequence[Witness], read: Iterable[str], words: bool = True
) -> dict[str, float]:
    """Texts made from those ``read``, each with the logarithm of its chances' product, best first.

    ``words``: accents, and signs between words, are tried as well, and how rare each accent is in
    French counts.
    """
    texts = {text for text in read if text}
    for one, other in combinations(sorted(texts), 2):
        texts.update(_mixed(one, other))
    for seen, _ in witnesses:
        texts.update(text.strip() for text in seen.doubts(_DOUBT) if text.strip())
    scores: dict[str, float] = {}
    for _ in range(_ROUNDS):
        new = sorted(texts - scores.keys())
        if not new:
            break
        scores.update(zip(new, _scores(witnesses, new, words), strict=True))
        if words:
            best = sorted(scores, key=scores.__getitem__, reverse=True)[:_BEST]
            texts = {without_accents(text) for text in best}
            texts.update(variant for text in best for variant in _variants(text, witnesses))
    return dict(sorted(scores.items(), key=lambda item: -item[1])[:_KEPT])


def _scores(witnesses: Sequence[Witness], texts: Sequence[str], words: bool) -> list[float]:
    bare = [without_accents(text) for text in texts]
    every = sorted({*texts, *bare})  # most texts have no accents: those are asked once
    full_at, bare_at = ([every.index(text) for text in some] for some in (texts, bare))
    total = np.zeros(len(texts))
    for seen, bares in witnesses:
        chances = np.maximum(seen.likelihoods(every), _IMPOSSIBLE)
        full, passed_over = chances[full_at], chances[bare_at]
        total += np.logaddexp(np.log(1 - bares) + full, np.log(bares) + passed_over)
    if words:
        total += [_HEED * sum(np.log(_RARITY.get(s.upper(), 1.0)) for s in text) for text in texts]
    return [float(score) for score in total]


def _mixed(one: str, other: str) -> Iterator[str]:
    """Every text that has, where the two differ, what either has."""
    places = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    if sum(kind != "equal" for kind, *_ in places) > _PLACES:
        return
    parts = [
        [one[a:b]] if kind == "equal" else list(_either(one[a:b], other[c:d]))
        for kind, a, b, c, d in places
    ]
    yield from map("".join, product(*parts))


def _either(one: str, other: str) -> set[str]:
    """Either of two different bits of text; of bits as long, sign by sign if they are short."""
    if len(one) == len(other) <= 2:
        return set(map("".join, product(*zip(one, other, strict=True))))
    return {one, other}


def _variants(text: str, witnesses: Sequence[Witness]) -> Iterator[str]:
    """``text`` with one accent, or one sign between words, put in, changed or left out."""

    def known(signs: str) -> list[str]:
        return [s for s in signs if any(seen.thinks_of(s) > _THOUGHT_OF for seen, _ in witnesses)]

    accented, between = known(_ACCENTED), known(_BETWEEN)
    for at, sign in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        base = _bare(sign)
        yield from (before + o + after for o in (base, *accented) if o != sign and _bare(o) == base)
        if sign in _BETWEEN:
            yield from (before + other + after for other in ("", *between) if other != sign)
        elif at and text[at - 1] not in _BETWEEN:
            yield from (before + other + sign + after for other in between)


def _bare(sign: str) -> str:
    return unicodedata.normalize("NFD", sign)[0]
