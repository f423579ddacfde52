"""Who writes to whom, by the words of ``correspondents.yaml``.

The same words complain to a ministry and to a shop. Each word weighs little by itself, and the next
letter names another shop: counted together, they tell letters to a public body from others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from classifiers.lexicon import words

_WORDS = Path(__file__).with_name("correspondents.yaml")
#: A letter's head is its first fourth, and so many words at least: whom it is written to.
_HEAD, _LEAST_HEAD = 4, 12
#: How many different words of each sort are told apart, in the head and in all of a text.
_SORTS = {"public": (2, 3), "private": (2, 4), "family": (2, 4), "office": (2, 4)}
#: Of so many words one that speaks to a friend is a step, of so many steps at most.
_FRIEND, _MOST_FRIEND = 60, 3


def signs(read: Sequence[str]) -> Iterator[str]:
    """Signs of who writes to whom in a text of the words ``read`` (folded, ``lexicon.words``)."""
    head = _found(read[: max(_LEAST_HEAD, len(read) // _HEAD)])
    whole = _found(read)
    for sort, (most_in_head, most) in _SORTS.items():
        yield f"#{sort} head {min(most_in_head, head[sort])}"
        yield f"#{sort} {min(most, whole[sort])}"
    yield f"#public less private {min(2, whole['public']) - min(2, whole['private'])}"
    yield f"#public, private {min(3, whole['public'])} {min(3, whole['private'])}"
    heads = (min(1, head[sort]) for sort in ("public", "private", "family"))
    yield "#heads {} {} {}".format(*heads)
    to_a_friend = sum((word,) in _phrases()["friend"] for word in read)
    yield f"#friend {min(_MOST_FRIEND, to_a_friend * _FRIEND // max(1, len(read)))}"


def _found(read: Sequence[str]) -> dict[str, int]:
    """How many different phrases of each sort are among the words ``read``."""
    starts = [at for at, word in enumerate(read) if word in _first_words()]
    runs = {tuple(read[at : at + n]) for at in starts for n in _lengths()}
    return {sort: len(runs & known) for sort, known in _phrases().items()}


@cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase[0] for known in _phrases().values() for phrase in known)


@cache
def _lengths() -> range:
    """How many words a phrase may have."""
    return range(1, 1 + max(len(phrase) for known in _phrases().values() for phrase in known))


@cache
def _phrases() -> dict[str, frozenset[tuple[str, ...]]]:
    sorts = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return {sort: frozenset(map(_folded, phrases)) for sort, phrases in sorts.items()}


def _folded(phrase: str) -> tuple[str, ...]:
    folded = tuple(words(phrase))
    if not folded:
        raise ValueError(f"{_WORDS.name}: {phrase!r} has no word that is read")
    return folded
