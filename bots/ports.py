"""What the runner asks of an entry ledger: the shape of it, whoever keeps it."""

from __future__ import annotations

from typing import Protocol, TypeVar

from greffier.words import EntryState


class ClaimPort(Protocol):
    """A worker's hold on one entry: its id, and the lease in seconds.

    ``failures``: how often a worker gave it back because its screen misbehaved; ``deaths``: how
    often one died on it, or was too late.
    """

    @property
    def entry(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def deaths(self) -> int: ...
    @property
    def lease(self) -> float: ...


C = TypeVar("C", bound=ClaimPort)


class SignInPort(Protocol):
    """What is remembered of one pair of user and password: targets lock accounts."""

    def is_refused(self) -> bool:
        """Whether the target refused the pair, and it is too soon to try it again."""

    def refused(self) -> None:
        """Write down that the target refused the pair just now."""


class LedgerPort(Protocol[C]):
    """The entry ledger, as ``storage.ledger`` and ``bots.memory`` keep it.

    Each step is committed when it returns, and raises ``LeaseLost`` when the claim is not the
    newest: the runner then touches the screen no more, says so with ``let_go``, and lets the
    error pass. Reasons are codes. ``seen`` is the mark that ``looked_up`` was told, if any: of what
    the entry found there and is to replace.
    """

    def renew(self, claim: C) -> C: ...
    def looked_up(self, claim: C, seen: str = "") -> None: ...
    def seen(self, claim: C) -> str | None: ...
    def filled(self, claim: C) -> None: ...
    def submitting(self, claim: C) -> None: ...
    def submitted(self, claim: C, confirmation: str) -> None: ...
    def confirmed(self, claim: C, *, pre_existing: bool = False) -> None: ...
    def unknown(self, claim: C, reason: str) -> None: ...
    def with_person(self, claim: C, reason: str) -> None: ...
    def release(self, claim: C, reason: str, *, blameless: bool = False) -> None: ...
    def absent(self, claim: C, visibility_delay: float) -> EntryState: ...
    def let_go(self, claim: C) -> None: ...
