"""A ledger in memory, and evidence there or in a folder: to try a bot with no database or store.

It keeps the rules of ``storage.ledger`` for one worker; leases run out only when told to.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from greffier.errors import LeaseLost
from greffier.words import EntryState

_S = EntryState
_BEFORE = (_S.CLAIMED, _S.LOOKED_UP, _S.FILLED)
_AFTER = (_S.SUBMITTING, _S.SUBMITTED)


@dataclass(frozen=True)
class MemoryClaim:
    """A hold on an entry. Only the newest token moves it."""

    entry: int
    token: int
    failures: int
    deaths: int
    lease: float = 60.0


@dataclass
class MemoryEntry:
    """All that one entry has been through: ``history`` ends with the state it is in."""

    history: list[EntryState] = field(default_factory=lambda: [_S.PLANNED])
    token: int = 0
    failures: int = 0
    deaths: int = 0
    reason: str | None = None
    confirmation: str | None = None
    pre_existing: bool = False
    seen: str | None = None

    @property
    def state(self) -> EntryState:
        return self.history[-1]


class MemoryLedger:
    """The ledger of one process; satisfies ``bots.ports.LedgerPort``."""

    def __init__(self, told: Callable[[EntryState], object] = lambda state: None) -> None:
        self.entries: list[MemoryEntry] = []
        #: Told every state an entry comes to.
        self.told = told

    def plan(self) -> int:
        """Write a new entry down; its id."""
        self.entries.append(MemoryEntry())
        return len(self.entries) - 1

    def claim(self, entry: int) -> MemoryClaim:
        """Take a planned entry."""
        return self._take(entry, _S.PLANNED, _S.CLAIMED)

    def take_unknown(self, entry: int) -> MemoryClaim:
        """Take an unknown entry, to reconcile it."""
        return self._take(entry, _S.UNKNOWN, _S.UNKNOWN)

    def expire(self) -> None:
        """Let every lease run out: before *submitting* planned again, from there on unknown."""
        for entry in self.entries:
            if entry.state in (*_BEFORE, *_AFTER):
                entry.history.append(_S.PLANNED if entry.state in _BEFORE else _S.UNKNOWN)
                entry.token += 1
                entry.deaths += 1

    def renew(self, claim: MemoryClaim) -> MemoryClaim:
        self._held(claim)
        return replace(claim)

    def looked_up(self, claim: MemoryClaim, seen: str = "") -> None:
        self._step(claim, (_S.CLAIMED,), _S.LOOKED_UP).seen = seen or None

    def seen(self, claim: MemoryClaim) -> str | None:
        return self._held(claim).seen

    def filled(self, claim: MemoryClaim) -> None:
        self._step(claim, (_S.LOOKED_UP,), _S.FILLED)

    def submitting(self, claim: MemoryClaim) -> None:
        self._step(claim, (_S.FILLED,), _S.SUBMITTING)

    def submitted(self, claim: MemoryClaim, confirmation: str = "") -> None:
        self._step(claim, (_S.SUBMITTING,), _S.SUBMITTED).confirmation = confirmation or None

    def confirmed(self, claim: MemoryClaim, *, pre_existing: bool = False) -> None:
        leaves = (_S.CLAIMED, _S.LOOKED_UP) if pre_existing else (_S.SUBMITTED, _S.UNKNOWN)
        self._step(claim, leaves, _S.CONFIRMED).pre_existing = pre_existing

    def unknown(self, claim: MemoryClaim, reason: str) -> None:
        self._step(claim, _AFTER, _S.UNKNOWN, reason)

    def with_person(self, claim: MemoryClaim, reason: str) -> None:
        self._step(claim, (*_BEFORE, *_AFTER, _S.UNKNOWN), _S.WITH_PERSON, reason)

    def release(self, claim: MemoryClaim, reason: str, *, blameless: bool = False) -> None:
        self._step(claim, _BEFORE, _S.PLANNED, reason).failures += not blameless

    def absent(self, claim: MemoryClaim, visibility_delay: float) -> EntryState:
        """As ``storage.ledger`` has it, but that the delay counts as past."""
        confirmed = self._held(claim).confirmation is not None
        after, reason = (
            (_S.WITH_PERSON, "confirmed-but-absent") if confirmed else (_S.PLANNED, "absent")
        )
        self._step(claim, (_S.UNKNOWN,), after, reason)
        return after

    def let_go(self, claim: MemoryClaim) -> None:
        """Nothing to keep: leases run out only when told to."""

    def _take(self, number: int, before: EntryState, after: EntryState) -> MemoryClaim:
        entry = self.entries[number]
        if entry.state != before:
            raise LeaseLost("lease-lost", entry=number)
        entry.token += 1
        entry.history.append(after)
        self.told(after)
        return MemoryClaim(number, entry.token, entry.failures, entry.deaths)

    def _held(self, claim: MemoryClaim) -> MemoryEntry:
        entry = self.entries[claim.entry]
        if entry.token != claim.token:
            raise LeaseLost("lease-lost", entry=claim.entry)
        return entry

    def _step(
        self,
        claim: MemoryClaim,
        leaves: tuple[EntryState, ...],
        after: EntryState,
        reason: str | None = None,
    ) -> MemoryEntry:
        entry = self._held(claim)
        if entry.state not in leaves:
            raise LeaseLost("lease-lost", entry=claim.entry)
        entry.history.append(after)
        self.told(after)
        entry.reason = reason
        return entry


class MemoryEvidence:
    """Evidence of one entry, by kind."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str]] = {}
        self.missing: dict[str, str] = {}

    def keep(self, kind: str, data: bytes, media_type: str) -> None:
        self.kept[kind] = data, media_type

    def missed(self, kind: str, why: str) -> None:
        self.missing[kind] = why


class FolderEvidence:
    """Evidence of one entry as files: ``filled.png``, ``refusal.txt``… What is not there is in
    ``missing``, by kind, with the reason."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missing: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, kind: str, data: bytes, media_type: str) -> None:
        ending = mimetypes.guess_extension(media_type.partition(";")[0]) or ""
        (self.folder / f"{kind}{ending}").write_bytes(data)

    def missed(self, kind: str, why: str) -> None:
        self.missing[kind] = why
