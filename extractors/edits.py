"""How many letters of a text were misread, dropped or added: edit distances, by edlib.

edlib compares bits, a whole column of the table at a time (G. Myers, A fast bit-vector algorithm
for approximate string matching, J. ACM 46(3), 1999): microseconds a phrase.
"""

from __future__ import annotations

from typing import NamedTuple

import edlib


class Place(NamedTuple):
    """Where a text holds something: from its letter ``start`` to before ``end``, and in how many
    places it is misread there."""

    changes: int
    start: int
    end: int


def distance(one: str, other: str) -> int:
    """How many characters must be changed, added or dropped to turn ``one`` into ``other``."""
    if not (one and other):
        return len(one or other)
    return int(edlib.align(one, other)["editDistance"])


def best_place(wanted: str, text: str, most: int) -> Place | None:
    """Where ``text`` holds ``wanted`` with the fewest changes: the first such place, as short as
    may be. ``None`` where that takes more than ``most``."""
    if not text:
        return None
    found = edlib.align(wanted, text, mode="HW", task="distance", k=most)
    changes = int(found["editDistance"])
    if changes < 0:
        return None
    end = int(found["locations"][0][1]) + 1
    # From its end backwards, where it may begin.
    back = edlib.align(wanted[::-1], text[:end][::-1], mode="SHW", task="distance", k=changes)
    return Place(changes, end - 1 - min(int(last) for _, last in back["locations"]), end)
