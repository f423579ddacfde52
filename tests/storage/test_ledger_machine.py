"""Workers that sleep, wake, click late and die in any order Hypothesis can think of.

The target of this model never shows a worker what it holds, so only the ledger stands between a
record and being saved twice.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

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
from storage.claims import ENDED
from storage.database import open_sessions
from storage.ledger import Claim, Ledger
from storage.models import Entry

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

    def __init__(self, template: Path, clock, gone: set[str]) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="greffier-ledger-"))
        shutil.copy(template, self.folder / "greffier.db")
        self.sessions: sessionmaker[Session] = open_sessions(
            f"sqlite:///{self.folder / 'greffier.db'}"
        )
        self.clock, self.gone, self.born = clock, gone, 0
        self.gone.clear()
        self.saved: dict[int, list[float]] = {}
        self.document = self._document()
        self.entry = self._plan()
        self.workers = [self._worker() for _ in range(2)]
        self.reconciler = Ledger(self.sessions, "reconciler", LEASE, clock)

    def teardown(self) -> None:
        self.sessions.kw["bind"].dispose()
        shutil.rmtree(self.folder)

    def _document(self) -> str:
        read = DocumentRead(source="a", document=1, decision=Decision.ENTER)
        with self.sessions.begin() as session:
            batch = batches.create_batch(session, "MESS")
            file = batches.add_file(session, batch.id, "a", Stored("k", "0" * 64, None, 1)).file
            return batches.record_documents(session, file, [read])[0]

    def _plan(self) -> int:
        record = Record(target="ramq", form="f", values={})
        planner = Ledger(self.sessions, "planner", LEASE, self.clock)
        entry = planner.plan(self.document, record, str(len(self.saved))).entry
        self.saved[entry] = []
        return entry

    def _worker(self) -> Worker:
        self.born += 1
        return Worker(Ledger(self.sessions, f"worker-{self.born}", LEASE, self.clock))

    def _state(self) -> EntryState:
        with self.sessions() as session:
            return session.get_one(Entry, self.entry).state

    # -- what may happen, in any order ---------------------------------------------------------

    @rule(number=WORKERS, steps=st.sampled_from([1, 4, 6]))
    def a_worker_goes_on(self, number: int, steps: int) -> None:
        worker = self.workers[number]
        try:
            for _ in range(steps):
                self._step(worker)
        except LeaseLost:
            worker.claim = None

    def _step(self, worker: Worker) -> None:
        ledger, claim = worker.ledger, worker.claim
        if claim is None:
            worker.claim, worker.step = ledger.claim(self.entry), 0
            return
        steps = [ledger.looked_up, ledger.filled, ledger.submitting]
        steps += [self._click, ledger.submitted, ledger.confirmed]
        steps[worker.step](claim)
        worker.step += 1
        if worker.step == len(steps):
            worker.claim = None

    def _click(self, claim: Claim) -> None:
        """However late: nothing can stop a worker between its last check and its click."""
        self.saved[claim.entry].append(self.clock().timestamp())

    @rule(number=WORKERS, clicked=st.booleans())
    def a_worker_does_not_see_what_its_click_did(self, number: int, clicked: bool) -> None:
        worker = self.workers[number]
        if worker.claim and worker.may_click:
            if clicked:
                self._click(worker.claim)
            with contextlib.suppress(LeaseLost):  # somebody has noticed already
                worker.ledger.unknown(worker.claim, "no-answer")
            worker.claim = None

    @rule(number=WORKERS)
    def a_worker_dies(self, number: int) -> None:
        self.gone.add(self.workers[number].ledger.owner)
        self.workers[number] = self._worker()

    @rule(seconds=st.sampled_from([LEASE // 2, LEASE]))
    def leases_are_looked_at(self, seconds: int) -> None:
        self.clock.push(seconds)
        self.reconciler.expire()

    @rule(seconds=st.sampled_from([0, DELAY]))
    def the_target_is_searched_for_an_unknown_entry(self, seconds: int) -> None:
        self.clock.push(seconds)
        claim = self.reconciler.take_unknown(self.entry)
        if claim is None:
            return
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
    migrated_sqlite: Path, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: set[str] = set()
    monkeypatch.setattr("storage.ledger.is_gone", gone.__contains__)
    run_state_machine_as_test(
        lambda: Machine(migrated_sqlite, clock, gone),
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
