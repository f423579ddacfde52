"""The entry ledger: each record is typed into each target exactly once.

Every transition is one conditional ``UPDATE`` in one transaction: it names the states it may
leave and, for a worker's transitions, the fencing token of its claim and a lease that still runs.
If no row answers, nothing has happened, whoever else was at work; so the ledger holds under
threads, processes and machines, on SQLite and on PostgreSQL alike.

A token grows with every claim, so a worker that slept through its lease cannot move the entry any
more: it gets ``LeaseLost``. From *submitting* on nothing goes back to *planned* by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import LeaseLost
from greffier.words import EntryState, Record
from storage import audit
from storage.claims import (
    AFTER_SUBMITTING,
    BEFORE_SUBMITTING,
    ENDED,
    Claim,
    IllegalTransition,
    Planned,
    business_key,
)
from storage.models import Entry
from storage.rows import (
    changes,
    claim_of,
    clicker,
    held,
    now_in,
    record_of,
    remember,
    seen,
    take_back,
    troubles,
)
from storage.workers import is_gone

__all__ = ["Claim", "IllegalTransition", "Ledger", "Planned", "business_key"]

_S = EntryState
#: Leases after which a silent worker's unknown entry is a person's to settle.
SILENCE = 10


class Ledger:
    """The ledger as one worker sees it.

    ``owner`` names the worker (``storage.workers.this_worker()``), ``lease_seconds`` is how long
    it may stay silent. ``clock`` is for tests; without it the database's clock counts where
    several machines share one.

    A worker's steps raise ``LeaseLost`` when the claim is not the newest or its lease ran out, and
    ``IllegalTransition`` when the entry is not in a state the step may leave; nothing has changed
    then. Every ``reason`` is a reason code.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        owner: str,
        lease_seconds: float = 60,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.sessions = sessions
        self.owner = owner
        self.lease = timedelta(seconds=lease_seconds)
        self.clock = clock

    # -- planning ------------------------------------------------------------------------

    def plan(self, document: str, record: Record, key: str) -> Planned:
        """Write the entry down, or find the one that already stands under its unique key."""
        with self.sessions.begin() as session:
            return self._plan(session, document, record, key, self.owner, {})

    def reenter(self, entry_id: int, who: str, reason: str) -> Planned:
        """Plan an ended entry once more, on purpose: a named person's act, with a reason.

        Raises ``IllegalTransition`` while the entry has not come to an end.
        """
        with self.sessions.begin() as session:
            entry = session.get_one(Entry, entry_id, with_for_update=True)
            if entry.state not in ENDED:
                raise IllegalTransition("entry-state", entry=entry_id, state=entry.state)
            root = entry.business_key.partition("+")[0]
            again = select(func.count()).where(
                Entry.target == entry.target,
                Entry.form == entry.form,
                Entry.business_key.startswith(f"{root}+"),
            )
            key = f"{root}+{session.scalars(again).one() + 2}"
            details = {"again": entry_id, "reason": reason}
            audit.append(session, "entry-again", who, audit.of_entry(entry_id), reason=reason)
            return self._plan(session, entry.document_id, record_of(entry), key, who, details)

    def _plan(
        self,
        session: Session,
        document: str,
        record: Record,
        key: str,
        actor: str,
        details: dict[str, Any],
    ) -> Planned:
        now = now_in(session, self.clock)
        entry = Entry(
            document_id=document,
            target=record.target,
            form=record.form,
            business_key=key,
            payload={"values": record.values, "identity": record.identity},
            state=_S.PLANNED,
            fence=0,
            attempts=0,
            pre_existing=False,
            created_at=now,
            changed_at=now,
        )
        try:
            with session.begin_nested():
                session.add(entry)
        except IntegrityError:
            unique = (Entry.target, Entry.form, Entry.business_key)
            same = zip(unique, (record.target, record.form, key), strict=True)
            query = select(Entry).where(*(column == value for column, value in same))
            found = session.scalars(query).one_or_none()
            if found is None:  # it was not the key that was refused: no such document
                raise
            mine = found.document_id == document
            return Planned(found.id, False, mine, found.document_id, found.state)
        remember(session, entry.id, None, _S.PLANNED, actor, now, details)
        return Planned(entry.id, True, True, document, _S.PLANNED)

    # -- holding -------------------------------------------------------------------------

    def claim(self, entry_id: int) -> Claim | None:
        """Take a planned entry; ``None`` when it is not planned, or somebody was quicker."""
        return self._take(Entry.id == entry_id)

    def claim_next(self, target: str) -> Claim | None:
        """Take the oldest planned entry of ``target``; ``None`` when there is none."""
        oldest = (
            select(Entry.id)
            .where(Entry.target == target, Entry.state == _S.PLANNED)
            .order_by(Entry.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return self._take(Entry.id == oldest.scalar_subquery())

    def _take(self, which: ColumnElement[bool]) -> Claim | None:
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            take = update(Entry).where(which, Entry.state == _S.PLANNED)
            taken = session.scalars(
                take.values(
                    state=_S.CLAIMED,
                    fence=Entry.fence + 1,
                    attempts=Entry.attempts + 1,
                    lease_owner=self.owner,
                    lease_until=now + self.lease,
                    quiet_since=None,
                    confirmation=None,
                    reason=None,
                    changed_at=now,
                ).returning(Entry)
            ).one_or_none()
            if taken is None:
                return None
            details = {"token": taken.fence}
            failures, deaths = troubles(session, taken.id)
            remember(session, taken.id, _S.PLANNED, _S.CLAIMED, self.owner, now, details)
            claim = claim_of(taken, now, self.lease)
            return replace(claim, failures=failures, deaths=deaths)

    def renew(self, claim: Claim) -> Claim:
        """Prolong the lease from now."""
        until = self._hold(claim, self.lease)
        return replace(claim, until=until)

    def _hold(self, claim: Claim, lease: timedelta) -> datetime:
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            hold = update(Entry).where(*held(claim, now)).values(lease_until=now + lease)
            if not changes(session, hold):
                raise LeaseLost("lease-lost", entry=claim.entry)
            return now + lease

    # -- a worker's way ------------------------------------------------------------------

    def looked_up(self, claim: Claim, seen: str = "") -> None:
        """The target was searched and holds nothing under this key.

        ``seen`` is the mark of what the entry is to replace, where a save overwrites.
        """
        told = {"seen": seen} if seen else {}
        self._step(claim, {_S.CLAIMED}, _S.LOOKED_UP, told=told)

    def seen(self, claim: Claim) -> str | None:
        """The mark that ``looked_up`` was told, unless a person has sent the entry on since."""
        with self.sessions() as session:
            return seen(session, claim.entry)

    def filled(self, claim: Claim) -> None:
        """Every field was typed and read back from the screen."""
        self._step(claim, {_S.LOOKED_UP}, _S.FILLED)

    def submitting(self, claim: Claim) -> None:
        """The click comes next. Committed when this returns; nothing retries from here."""
        self._step(claim, {_S.FILLED}, _S.SUBMITTING)

    def submitted(self, claim: Claim, confirmation: str = "") -> None:
        """One click happened and was answered, with this confirmation number."""
        self._step(claim, {_S.SUBMITTING}, _S.SUBMITTED, confirmation=confirmation or None)

    def confirmed(self, claim: Claim, *, pre_existing: bool = False) -> None:
        """A fresh search shows every field as sent; ``pre_existing``: it did before we typed.

        Also the reconciler's word for an unknown entry it found on the target.
        """
        leaves = {_S.CLAIMED, _S.LOOKED_UP} if pre_existing else {_S.SUBMITTED, _S.UNKNOWN}
        self._step(claim, leaves, _S.CONFIRMED, pre_existing=pre_existing)

    def unknown(self, claim: Claim, reason: str) -> None:
        """The click's outcome was not seen, and this worker will not touch the screen again."""
        self._step(claim, AFTER_SUBMITTING, _S.UNKNOWN, reason=reason)

    def with_person(self, claim: Claim, reason: str) -> None:
        """Somebody must look."""
        leaves = BEFORE_SUBMITTING | AFTER_SUBMITTING | {_S.UNKNOWN}
        self._step(claim, leaves, _S.WITH_PERSON, reason=reason)

    def refused(self, claim: Claim, reason: str) -> None:
        """The target said no, and that was seen: nothing was saved."""
        self._step(claim, BEFORE_SUBMITTING | {_S.SUBMITTING}, _S.REFUSED, reason=reason)

    def release(self, claim: Claim, reason: str, *, blameless: bool = False) -> None:
        """Give the entry back to be tried again: only while nothing was clicked.

        ``blameless``: for a trouble of the whole target, which is not counted as the entry's.
        """
        told = {"blameless": True} if blameless else {}
        self._step(claim, BEFORE_SUBMITTING, _S.PLANNED, reason=reason, told=told)

    def _step(
        self,
        claim: Claim,
        leaves: Iterable[EntryState],
        after: EntryState,
        reason: str | None = None,
        told: Mapping[str, Any] = {},
        **values: Any,
    ) -> None:
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            look = select(Entry.state).where(*held(claim, now)).with_for_update()
            before = session.scalars(look).one_or_none()
            if before is None:
                raise LeaseLost("lease-lost", entry=claim.entry)
            if before not in leaves:
                raise IllegalTransition("entry-state", entry=claim.entry, state=before)
            change = {"state": after, "reason": reason, "changed_at": now, **values}
            if after not in BEFORE_SUBMITTING | AFTER_SUBMITTING:
                # The worker gives it up itself: from now on nobody can act on it unseen.
                change |= {"lease_owner": None, "lease_until": None, "quiet_since": now}
            move = update(Entry).where(*held(claim, now), Entry.state == before)
            if not changes(session, move.values(change)):
                raise LeaseLost("lease-lost", entry=claim.entry)
            details = {name: value for name, value in values.items() if value} | dict(told)
            if reason:
                details["reason"] = reason
            remember(session, claim.entry, before, after, self.owner, now, details)

    # -- leases that ran out ---------------------------------------------------------------

    def expire(self) -> dict[EntryState, int]:
        """Take entries back from workers that are late or gone; how many went to each state.

        Before *submitting*: planned. From *submitting* on: unknown, never planned.
        """
        moved = {_S.PLANNED: 0, _S.UNKNOWN: 0}
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            query = select(Entry).where(Entry.state.in_(BEFORE_SUBMITTING | AFTER_SUBMITTING))
            for entry in session.scalars(query.with_for_update(skip_locked=True)):
                gone = is_gone(entry.lease_owner or "")
                if not gone and entry.lease_until is not None and entry.lease_until > now:
                    continue
                reason = "worker-gone" if gone else "worker-late"
                take_back(session, entry, now, self.owner, reason)
                entry.quiet_since = now if gone else None
                moved[entry.state] += 1
        return moved

    # -- reconciling -----------------------------------------------------------------------

    def take_unknown(self, entry_id: int) -> Claim | None:
        """Hold an unknown entry to search the target for it; ``None`` if somebody already does.

        Then say ``confirmed``, ``with_person``, or ``absent``.
        """
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            free = or_(Entry.lease_until.is_(None), Entry.lease_until <= now)
            query = select(Entry).where(Entry.id == entry_id, Entry.state == _S.UNKNOWN, free)
            entry = session.scalars(query.with_for_update()).one_or_none()
            if entry is None:
                return None
            if entry.quiet_since is None and is_gone(entry.lease_owner or ""):
                entry.quiet_since = now
            entry.fence += 1
            entry.lease_until = now + self.lease
            return claim_of(entry, now, self.lease)

    def absent(self, claim: Claim, visibility_delay: float) -> EntryState:
        """The reconciler searched, after ``take_unknown``, and the target does not hold the entry.

        Planned again only if nobody can still click, and none could for ``visibility_delay``
        seconds before the search; until then it stays unknown. To a person when the entry was
        given a confirmation number, or when a worker that cannot be known to have ended (on
        another machine, say) has been silent for ten leases.
        """
        quiet, silent = claim.quiet_since, claim.taken_at - (claim.unknown_since or claim.taken_at)
        if quiet is None and silent > SILENCE * self.lease:
            self._step(claim, {_S.UNKNOWN}, _S.WITH_PERSON, reason="worker-silent")
            return _S.WITH_PERSON
        if quiet is None or claim.taken_at < quiet + timedelta(seconds=visibility_delay):
            self._hold(claim, timedelta(0))
            return _S.UNKNOWN
        if claim.confirmation:
            self._step(claim, {_S.UNKNOWN}, _S.WITH_PERSON, reason="confirmed-but-absent")
            return _S.WITH_PERSON
        self._step(claim, {_S.UNKNOWN}, _S.PLANNED, reason="absent")
        return _S.PLANNED

    def let_go(self, claim: Claim) -> None:
        """The worker will not touch the entry any more, and has nothing to say of it.

        Never raises ``LeaseLost``: this is what a worker says that woke up too late, so that an
        unknown entry need not wait for its process to end, and a reconciler that could not search.
        """
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            entry = session.get_one(Entry, claim.entry, with_for_update=True)
            if entry.fence == claim.token and entry.state in BEFORE_SUBMITTING | AFTER_SUBMITTING:
                take_back(session, entry, now, self.owner, "worker-late")
            if entry.state is not _S.UNKNOWN:
                return
            if entry.fence == claim.token:
                entry.lease_until = None
            if claim.token == clicker(session, entry.id) and entry.quiet_since is None:
                entry.quiet_since = now

    # -- people ------------------------------------------------------------------------------

    def settle(self, entry_id: int, outcome: EntryState, who: str, reason: str) -> None:
        """A named person's word on an entry that is with a person.

        ``outcome``: ``CONFIRMED`` (seen on the target, or typed by hand), ``REFUSED``, or
        ``PLANNED`` (seen absent: try again). Raises ``IllegalTransition`` for anything else.
        """
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            entry = session.get_one(Entry, entry_id, with_for_update=True)
            if entry.state is not _S.WITH_PERSON or outcome not in _PERSONS_WORD:
                raise IllegalTransition("entry-state", entry=entry_id, state=entry.state)
            entry.state = outcome
            entry.reason = reason
            entry.changed_at = now
            remember(session, entry_id, _S.WITH_PERSON, outcome, who, now, {"reason": reason})
            told = {"outcome": outcome.value, "reason": reason}
            audit.append(session, "entry-settled", who, audit.of_entry(entry_id), **told)

    # -- looking -----------------------------------------------------------------------------

    def entries(self, state: EntryState, target: str | None = None) -> list[int]:
        """Ids of the entries in ``state``, oldest first."""
        query = select(Entry.id).where(Entry.state == state).order_by(Entry.id)
        if target:
            query = query.where(Entry.target == target)
        with self.sessions() as session:
            return list(session.scalars(query))


_PERSONS_WORD = frozenset({_S.CONFIRMED, _S.REFUSED, _S.PLANNED})
