"""Workers that come too late: what they may still say, and what it is good for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import LeaseLost
from greffier.words import EntryState, Record
from storage.ledger import Claim, Ledger
from storage.models import Entry
from storage.workers import this_worker

S = EntryState
LEASE, DELAY = 60, 30


@pytest.fixture
def worker(sessions: sessionmaker[Session], clock) -> Ledger:
    """A process that lives on: this one."""
    return Ledger(sessions, this_worker(), LEASE, clock)


@pytest.fixture
def reconciler(sessions: sessionmaker[Session], clock) -> Ledger:
    return Ledger(sessions, "reconciler", LEASE, clock)


@pytest.fixture
def late(worker: Ledger, documents: list[str], a_record: Record, clock) -> Callable[[int], Claim]:
    """``late(steps)``: a claim whose lease ran out that many steps towards the click and past."""

    def oversleep(steps: int) -> Claim:
        claim = worker.claim(worker.plan(documents[0], a_record, "key").entry)
        assert claim is not None
        for step in (worker.looked_up, worker.filled, worker.submitting)[:steps]:
            step(claim)
        clock.push(LEASE)
        return claim

    return oversleep


def entry(ledger: Ledger, claim: Claim) -> Entry:
    with ledger.sessions() as session:
        return session.get_one(Entry, claim.entry)


def search(ledger: Ledger, claim: Claim) -> EntryState:
    """Take the unknown entry and find nothing."""
    taken = ledger.take_unknown(claim.entry)
    assert taken is not None
    return ledger.absent(taken, DELAY)


def test_a_late_worker_that_lets_go_need_not_be_waited_for(
    worker: Ledger, reconciler: Ledger, late: Callable[[int], Claim], clock
) -> None:
    claim = late(3)
    reconciler.expire()
    clock.push(DELAY)
    assert search(reconciler, claim) is S.UNKNOWN, "it may still click"
    worker.let_go(claim)
    assert search(reconciler, claim) is S.UNKNOWN, "its click may be on its way"
    clock.push(DELAY)
    assert search(reconciler, claim) is S.PLANNED


@pytest.mark.parametrize(("steps", "state"), [(0, S.PLANNED), (2, S.PLANNED), (3, S.UNKNOWN)])
def test_a_late_worker_gives_its_entry_back_itself_if_nobody_has_taken_it(
    worker: Ledger, late: Callable[[int], Claim], steps: int, state: EntryState
) -> None:
    claim = late(steps)
    worker.let_go(claim)
    assert entry(worker, claim).state is state
    assert entry(worker, claim).reason == "worker-late"
    with pytest.raises(LeaseLost):
        worker.submitting(claim)


def test_letting_go_says_nothing_about_a_newer_claim(
    worker: Ledger, reconciler: Ledger, late: Callable[[int], Claim], clock
) -> None:
    claim = late(1)
    reconciler.expire()
    newer = reconciler.claim(claim.entry)
    assert newer is not None
    worker.let_go(claim)
    assert entry(worker, claim).state is S.CLAIMED
    for step in (reconciler.looked_up, reconciler.filled, reconciler.submitting):
        step(newer)
    clock.push(LEASE)
    reconciler.expire()
    worker.let_go(claim)
    assert entry(worker, claim).quiet_since is None


def test_a_reconciler_that_could_not_search_leaves_the_entry_to_the_next_at_once(
    reconciler: Ledger, late: Callable[[int], Claim]
) -> None:
    claim = late(3)
    reconciler.expire()
    taken = reconciler.take_unknown(claim.entry)
    assert taken is not None
    assert reconciler.take_unknown(claim.entry) is None
    reconciler.let_go(taken)
    assert entry(reconciler, claim).quiet_since is None, "that was not the one that may click"
    assert reconciler.take_unknown(claim.entry) is not None
