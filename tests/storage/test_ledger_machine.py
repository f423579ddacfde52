"""Workers that sleep, wake, click late and die in any order Hypothesis can think of.

The target of this model never shows a worker what it holds, so only the ledger stands between a
record and being saved twice.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import LeaseLost
from greffier.words import Decision, DocumentRead, EntryState, Record
from storage import batches
from storage.archive import Stored
from storage.claims import AFTER_SUBMITTING, BEFORE_SUBMITTING, ENDED
from storage.database import open_sessions
from storage.ledger import Claim, Ledger
from storage.models import Base, Entry

LEASE, DELAY = 60, 45
WORKERS = st.integers(0, 1)


@dataclass
class Worker:
    """A process that follows the runner's steps, as slowly as it likes."""

    ledger: Ledger
    claim: Claim | None = None
    step: int = 0

    @property
    def may_click(self) -> bool:
        return self.claim is not None and self.step == 3


class Machine(RuleBasedStateMachine):
    """``saved`` is the target: for each entry, when it was saved; seen ``DELAY`` seconds later."""

    keys = itertools.count()

    def __init__(
        self, sessions: sessionmaker[Session], document: str, clock, gone: set[str]
    ) -> None:
        super().__init__()
        self.sessions, self.document, self.clock, self.gone = sessions, document, clock, gone
        self.saved: dict[int, list[float]] = {}
        self.entry = self._plan()
        self.workers = [self._worker() for _ in range(2)]
        self.reconciler = Ledger(self.sessions, "reconciler", LEASE, clock)

    def _plan(self) -> int:
        record = Record(target="ramq", form="f", values={})
        planner = Ledger(self.sessions, "planner", LEASE, self.clock)
        entry = planner.plan(self.document, record, f"key-{next(self.keys)}").entry
        self.saved[entry] = []
        return entry

    def _worker(self) -> Worker:
        return Worker(Ledger(self.sessions, f"worker-{next(self.keys)}", LEASE, self.clock))

    def _state(self) -> EntryState:
        with self.sessions() as session:
            return session.get_one(Entry, self.entry).state

    def _clicking(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.may_click]

    def _step(self, worker: Worker) -> None:
        """The runner's next step. Nothing stops a worker between its last check and its click."""
        ledger, claim = worker.ledger, worker.claim
        if claim is None:
            worker.claim, worker.step = ledger.claim(self.entry), 0
            return
        steps = [ledger.looked_up, ledger.filled, ledger.submitting]
        steps += [self._click, ledger.submitted, ledger.confirmed]
        try:
            steps[worker.step](claim)
        except LeaseLost:
            ledger.let_go(claim)
            worker.claim = None
            return
        worker.step += 1
        if worker.step == len(steps):
            worker.claim = None

    def _click(self, claim: Claim) -> None:
        self.saved[claim.entry].append(self.clock().timestamp())

    # -- what may happen, in any order ---------------------------------------------------------

    @rule(number=WORKERS, steps=st.sampled_from([4, 4, 2]))
    @precondition(lambda self: len(self._clicking()) < 2)
    def a_worker_comes_towards_its_click(self, number: int, steps: int) -> None:
        worker = self.workers[number]
        for _ in range(steps):
            if not worker.may_click:
                self._step(worker)

    @rule(which=WORKERS, steps=st.sampled_from([1, 3]))
    @precondition(lambda self: self._clicking())
    def a_worker_clicks_and_goes_on(self, which: int, steps: int) -> None:
        worker = self._clicking()[which % len(self._clicking())]
        for _ in range(steps):
            if worker.claim:
                self._step(worker)

    @rule(which=WORKERS, clicked=st.booleans())
    @precondition(lambda self: self._clicking())
    def a_worker_does_not_see_what_its_click_did(self, which: int, clicked: bool) -> None:
        worker = self._clicking()[which % len(self._clicking())]
        if clicked:
            self._click(worker.claim)
        try:
            worker.ledger.unknown(worker.claim, "no-answer")
        except LeaseLost:  # somebody has noticed already
            worker.ledger.let_go(worker.claim)
        worker.claim = None

    @rule(number=WORKERS)
    @precondition(lambda self: any(worker.claim for worker in self.workers))
    def a_worker_dies(self, number: int) -> None:
        self.gone.add(self.workers[number].ledger.owner)
        self.workers[number] = self._worker()

    @rule(seconds=st.sampled_from([LEASE, LEASE, LEASE // 2]))
    @precondition(lambda self: self._state() in BEFORE_SUBMITTING | AFTER_SUBMITTING)
    def time_passes_and_leases_are_looked_at(self, seconds: int) -> None:
        self.clock.push(seconds)
        self.reconciler.expire()

    @rule(seconds=st.sampled_from([0, DELAY]))
    @precondition(lambda self: self._state() is EntryState.UNKNOWN)
    def the_target_is_searched(self, seconds: int) -> None:
        self.clock.push(seconds)
        claim = self.reconciler.take_unknown(self.entry)
        assert claim is not None
        now = self.clock().timestamp()
        if any(at + DELAY <= now for at in self.saved[self.entry]):
            self.reconciler.confirmed(claim)
        else:
            self.reconciler.absent(claim, DELAY)

    @rule()
    @precondition(lambda self: self._state() in ENDED)
    def the_next_entry_comes(self) -> None:
        self.entry = self._plan()

    # -- what must hold --------------------------------------------------------------------------

    @invariant()
    def nothing_is_saved_twice(self) -> None:
        assert all(len(times) <= 1 for times in self.saved.values())

    @invariant()
    def confirmed_means_saved(self) -> None:
        if self._state() is EntryState.CONFIRMED:
            assert len(self.saved[self.entry]) == 1


def test_whatever_workers_do_a_record_is_never_saved_twice(
    clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: set[str] = set()
    monkeypatch.setattr("storage.ledger.is_gone", gone.__contains__)
    sessions = open_sessions("sqlite://")  # in memory: one thread, many examples
    Base.metadata.create_all(sessions.kw["bind"].execution_options(reading=False))
    read = DocumentRead(source="a", document=1, decision=Decision.ENTER)
    with sessions.begin() as session:
        batch = batches.create_batch(session, "MESS")
        file = batches.add_file(session, batch.id, "a", Stored("k", "0" * 64, None, 1)).file
        (document,) = batches.record_documents(session, file, [read])
    run_state_machine_as_test(
        lambda: Machine(sessions, document, clock, gone),
        settings=settings(
            max_examples=150,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
