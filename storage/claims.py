"""What the ledger's steps speak of: the states by risk, a claim, a plan, the business key."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from greffier.errors import GreffierError
from greffier.words import EntryState, Record

#: A worker holds the entry and has not clicked: safe to try again.
BEFORE_SUBMITTING = frozenset({EntryState.CLAIMED, EntryState.LOOKED_UP, EntryState.FILLED})
#: A worker holds the entry and may have clicked.
AFTER_SUBMITTING = frozenset({EntryState.SUBMITTING, EntryState.SUBMITTED})
#: Nothing more happens unless a person wants it.
ENDED = frozenset({EntryState.CONFIRMED, EntryState.WITH_PERSON, EntryState.REFUSED})


class IllegalTransition(GreffierError):
    """The entry is not in a state that this step may leave."""


def business_key(key: Mapping[str, str], values: Mapping[str, str]) -> str:
    """What a record is, from its content alone: 64 hexadecimal digits.

    ``key`` are the destination's key fields (file number, date of effect …) and ``values`` all
    that will be typed. Spelling that no clerk would call a difference (Unicode form, capitals,
    runs of blanks) does not count; an accent does, because a ministry may send a form to mend
    one. Hashed as a whole, so that the key itself gives nobody's number away.
    """
    content = {"key": _normal(key), "values": _normal(values)}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _normal(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: " ".join(unicodedata.normalize("NFKC", value).casefold().split())
        for name, value in values.items()
    }


@dataclass(frozen=True)
class Planned:
    """What ``plan`` found or made. ``same_document`` is false when another document holds it."""

    entry: int
    created: bool
    same_document: bool
    document: str
    state: EntryState


@dataclass(frozen=True)
class Claim:
    """A worker's hold on an entry. Its lease ends at ``until``, ``lease`` seconds from when it was
    taken or renewed. ``attempts`` counts the claims so far, this one included; ``failures`` those
    that were given back for the entry's own trouble on the screen, ``deaths`` those whose worker
    died or was too late.

    For a reconciler's hold on an unknown entry: ``taken_at`` is when it took it, ``unknown_since``
    when the entry became unknown, and ``quiet_since`` from when no worker could act on it any
    more (``None``: one still might).
    """

    entry: int
    document: str
    record: Record
    token: int
    attempts: int
    taken_at: datetime
    until: datetime
    lease: float
    failures: int = 0
    deaths: int = 0
    confirmation: str | None = None
    unknown_since: datetime | None = None
    quiet_since: datetime | None = None
