"""Edit distances, and where a text holds what it misreads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extractors.edits import best_place, distance

_TEXTS = st.text("abé", max_size=9)


def reference(one: str, other: str) -> int:
    """The same by the book (Wagner and Fischer, J. ACM 21(1), 1974)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


@given(_TEXTS, _TEXTS)
def test_distance_is_the_fewest_changes(one: str, other: str) -> None:
    assert distance(one, other) == reference(one, other)


@given(_TEXTS.filter(bool), _TEXTS, st.integers(0, 4))
def test_the_best_place_is_the_first_of_the_best_and_as_short_as_may_be(
    wanted: str, text: str, most: int
) -> None:
    parts = [
        (reference(wanted, text[start:end]), end, end - start)
        for start in range(len(text) + 1)
        for end in range(start, len(text) + 1)
    ]
    fewest = min(parts)[0]
    found = best_place(wanted, text, most)
    if fewest > most or not text:
        assert found is None
    elif fewest < len(wanted):  # else it is nowhere better than at another place
        assert found
        assert (found.changes, found.end, found.end - found.start) == min(parts)
