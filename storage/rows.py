"""What the ledger's steps have in common, down at the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Update, func, or_, select
from sqlalchemy.orm import Session

from greffier.words import EntryState, Record
from storage.claims import BEFORE_SUBMITTING, Claim
from storage.models import Entry, EntryEvent

#: Why an entry is taken from a worker that has said nothing.
TAKEN_BACK = frozenset({"worker-gone", "worker-late"})


def now_in(session: Session, clock: Callable[[], datetime] | None) -> datetime:
    """The time that leases are held to: ``clock``'s, or the database's where machines share one.

    Taken inside the transaction: on SQLite that is after the wait for the writer's lock.
    """
    if clock:
        return clock()
    if session.get_bind().dialect.name == "postgresql":
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now
    return datetime.now(UTC)


def held(claim: Claim, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The claim is the entry's newest, and its lease still runs."""
    return (Entry.id == claim.entry, Entry.fence == claim.token, Entry.lease_until > now)


def changes(session: Session, statement: Update) -> bool:
    """Run a conditional update; whether it found its row."""
    result = session.execute(statement)
    if not isinstance(result, CursorResult):
        raise TypeError("an UPDATE answers with a cursor")
    return result.rowcount == 1


def remember(
    session: Session,
    entry: int,
    before: EntryState | None,
    after: EntryState,
    actor: str,
    at: datetime,
    details: dict[str, Any],
) -> None:
    """Add the transition to the entry's history, in the same transaction."""
    event = EntryEvent(
        entry_id=entry, before=before, after=after, actor=actor, at=at, details=details
    )
    session.add(event)


def take_back(session: Session, entry: Entry, now: datetime, actor: str, reason: str) -> None:
    """Take the entry from its worker: planned before *submitting*, unknown from there on.

    ``lease_owner`` stays: the reconciler must know who may still wake up.
    """
    before = entry.state
    entry.state = EntryState.PLANNED if before in BEFORE_SUBMITTING else EntryState.UNKNOWN
    entry.lease_until = None
    entry.reason = reason
    entry.changed_at = now
    details = {"reason": reason, "worker": entry.lease_owner}
    remember(session, entry.id, before, entry.state, actor, now, details)


def troubles(session: Session, entry: int) -> tuple[int, int]:
    """How often a worker gave the entry back for trouble of its own, and how often one died on it.

    A worker that was too late counts with the dead: neither has told what went wrong.
    """
    query = select(EntryEvent.before, EntryEvent.after, EntryEvent.details)
    failures = deaths = 0
    for before, after, details in session.execute(query.where(EntryEvent.entry_id == entry)):
        if details.get("reason") in TAKEN_BACK:
            deaths += 1
        elif before in BEFORE_SUBMITTING and after is EntryState.PLANNED:
            failures += "blameless" not in details
    return failures, deaths


def clicker(session: Session, entry: int) -> int | None:
    """The token of the last claim on the entry from which it could be clicked."""
    claimed = (
        select(EntryEvent.details)
        .where(EntryEvent.entry_id == entry, EntryEvent.after == EntryState.CLAIMED)
        .order_by(EntryEvent.id.desc())
        .limit(1)
    )
    details = session.scalars(claimed).one_or_none()
    return details["token"] if details else None


def seen(session: Session, entry: int) -> str | None:
    """The mark of what the entry is to replace, as its last look at the target left it.

    A person who sends the entry on has looked: what was seen before that does not count.
    """
    looks = (
        select(EntryEvent.before, EntryEvent.details)
        .where(
            EntryEvent.entry_id == entry,
            or_(
                EntryEvent.after == EntryState.LOOKED_UP,
                EntryEvent.before == EntryState.WITH_PERSON,
            ),
        )
        .order_by(EntryEvent.id.desc())
        .limit(1)
    )
    last = session.execute(looks).one_or_none()
    return last.details.get("seen") if last else None


def record_of(entry: Entry) -> Record:
    """What is to be typed."""
    return Record(target=entry.target, form=entry.form, **entry.payload)


def claim_of(entry: Entry, now: datetime, lease: timedelta) -> Claim:
    """The hold that was just taken on ``entry``."""
    return Claim(
        entry=entry.id,
        document=entry.document_id,
        record=record_of(entry),
        token=entry.fence,
        attempts=entry.attempts,
        taken_at=now,
        until=now + lease,
        lease=lease.total_seconds(),
        confirmation=entry.confirmation,
        unknown_since=entry.changed_at,
        quiet_since=entry.quiet_since,
    )
