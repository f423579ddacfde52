"""From a distribution a cell to the string a comb holds, with the field's rule.

What the policy is, and why it never changes a value silently:

1. The *plain* reading takes the likeliest character of each cell. The field's type says which
   characters a cell may hold (``forms.types.pattern``); others keep ``ODD`` of their weight, so
   that an S in a cell for digits reads as 5 unless it is plainly an S.
2. The rule (``forms.types.is_valid``: check digit, calendar, format) then weighs strings by Bayes:
   one the rule accepts is ``VALID_ODDS`` times as likely to have been written as one it refuses.
   That raises the confidence of a plain reading that is valid, and lowers that of one that is not:
   what the rule refuses is never given more than ``REFUSED``, however plainly it is written.
3. Where the rule refuses the plain reading and one valid string is likelier than all else
   (``SETTLING``), that string is the reading, and says so: ``settled``. It is never trusted more
   than ``MENDED``, which no threshold accepts, and the plain reading stays among the alternatives.
4. Otherwise a plain reading the rule refuses stays the reading, with a low confidence, and the
   best valid strings become alternatives for a person.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from forms import types

#: How an empty cell and one that holds no character appear in a text.
BLANK, UNREADABLE = " ", "?"

#: Weight of a character the field's type does not expect in a cell.
ODD = 0.003
#: How much likelier a person is to have written a valid string than another.
VALID_ODDS = 100.0
#: The most a reading that breaks the rule can be trusted.
REFUSED = 0.5
#: A valid string this likely stands in for a plain reading that the rule refuses.
SETTLING = 0.5
#: And the reader of cells must have seen its characters, with at least this chance each.
SEEN = 0.01
#: The most a reading that stands in can be trusted.
MENDED = 0.9
#: Strings looked at, fewer once all others together are that much less likely than the best valid
#: one; characters of a cell worth looking at, and the chance of what is not worth a name.
_STRINGS, _BESIDE_BEST, _CHARACTERS, _LEAST = 200, 1e-3, 6, 1e-5

Distribution = dict[str, float]


class Decoded(NamedTuple):
    """``text`` has one character a cell. ``settled``: it is not the plain reading."""

    text: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    settled: bool


class _String(NamedTuple):
    text: str
    chance: float
    valid: bool


def decode(cells: Sequence[Distribution], kind: str) -> Decoded:
    """The best reading of ``cells`` (one distribution each, over characters) as a ``kind``.

    Raises ``PackError`` when ``kind`` is no field type or cannot fill that many cells.
    """
    expected = types.pattern(kind, len(cells))
    fitting = [weighed(cell, signs) for cell, signs in zip(cells, expected, strict=True)]
    strings: list[_String] = []
    best, others = 0.0, 1.0
    for text, chance in likeliest(fitting, _STRINGS):
        strings.append(_String(text, chance, _is_valid(kind, text, expected)))
        best, others = max(best, chance * strings[-1].valid), others - chance
        if others < _BESIDE_BEST * best:
            break
    posterior = _posterior(strings)
    plain = strings[0]
    chosen = plain
    if not plain.valid:
        chosen = _settled(posterior, plain, cells) or plain
    ranked = sorted(strings, key=posterior.__getitem__, reverse=True)
    rest = [s for s in ranked if s is not chosen and (s.valid or s is plain)][:3]
    return Decoded(
        chosen.text,
        min(posterior[chosen], _most(chosen, plain)),
        tuple((s.text, posterior[s]) for s in rest if posterior[s] > _LEAST),
        chosen is not plain,
    )


def weighed(cell: Distribution, signs: str) -> Distribution:
    """``cell`` with the characters held at ``ODD`` that are none of ``signs``, the type's there."""
    known = signs + BLANK + UNREADABLE
    weights = {char: p * (1.0 if char in known else ODD) for char, p in cell.items()}
    total = sum(weights.values())
    return {char: weight / total for char, weight in weights.items()}


def _is_valid(kind: str, text: str, expected: Sequence[str]) -> bool:
    """Whether the rule accepts ``text``; a comb left empty is no fault of its own."""
    if not text.strip():
        return True
    if UNREADABLE in text:
        return False
    fits = all(c == BLANK or c in signs for c, signs in zip(text, expected, strict=True))
    return fits and types.is_valid(kind, text.strip())


def likeliest(cells: Sequence[Distribution], most: int) -> Iterator[tuple[str, float]]:
    """The likeliest strings with their chances, best first: exact, the cells being independent.

    At most ``most``, and none once those that remain have no chance worth the name.
    """
    ranked = [
        sorted(((p, c) for c, p in cell.items() if p > _LEAST), reverse=True)[:_CHARACTERS]
        for cell in cells
    ]
    best = prod(row[0][0] for row in ranked)
    # Each string follows from one other: its last sign that is not the likeliest, one likelier.
    heap = [(-best, (0,) * len(ranked), 0)]
    unseen = 1.0
    for _ in range(most):
        if not heap or unseen < _LEAST:
            return
        chance, ranks, last = heapq.heappop(heap)
        unseen += chance
        yield "".join(row[rank][1] for row, rank in zip(ranked, ranks, strict=True)), -chance
        for at in range(last, len(ranks)):
            row, rank = ranked[at], ranks[at]
            if rank + 1 < len(row):
                less = chance * row[rank + 1][0] / row[rank][0]
                heapq.heappush(heap, (less, (*ranks[:at], rank + 1, *ranks[at + 1 :]), at))


def _posterior(strings: list[_String]) -> dict[_String, float]:
    """Each string's probability once the rule has spoken.

    Strings not looked at count as if all were valid: confidence errs on the low side.
    """
    unseen = max(0.0, 1.0 - sum(s.chance for s in strings))
    weights = {s: s.chance * (VALID_ODDS if s.valid else 1.0) for s in strings}
    total = sum(weights.values()) + unseen * VALID_ODDS
    return {s: weight / total for s, weight in weights.items()}


def _most(chosen: _String, plain: _String) -> float:
    """The most ``chosen`` can be trusted: see the policy above."""
    if not chosen.valid:
        return REFUSED
    return 1.0 if chosen is plain else MENDED


def _settled(
    posterior: dict[_String, float], plain: _String, cells: Sequence[Distribution]
) -> _String | None:
    """The valid string that stands in for ``plain``; ``None`` if none is likely enough.

    A cell that holds no character is nobody's to fill in, nor is an empty one.
    """
    best = max(posterior, key=posterior.__getitem__)
    changed = [k for k in range(len(cells)) if best.text[k] != plain.text[k]]
    seen = all(
        plain.text[k] not in (BLANK, UNREADABLE) and cells[k].get(best.text[k], 0.0) >= SEEN
        for k in changed
    )
    return best if best.valid and posterior[best] >= SETTLING and seen else None
