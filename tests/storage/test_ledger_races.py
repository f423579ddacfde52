"""The ledger when several go for the same entry at once: threads, processes, and dying ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import LeaseLost
from greffier.words import EntryState, Record
from storage.ledger import Ledger
from storage.models import Entry
from storage.workers import this_worker

S = EntryState
ROOT = Path(__file__).parents[2]
T = TypeVar("T")


def at_once(act: Callable[[int], T], times: int) -> list[T]:
    """Call ``act`` in that many threads, let go together."""
    gate = threading.Barrier(times)

    def go(number: int) -> T:
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(go, range(times)))


def test_of_many_threads_exactly_one_gets_the_entry(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    for key in "abcde":
        entry = Ledger(sessions, "planner").plan(documents[0], a_record, key).entry
        ledgers = [Ledger(sessions, f"worker-{n}") for n in range(12)]
        claims = at_once(lambda n, entry=entry, ledgers=ledgers: ledgers[n].claim(entry), 12)
        assert sum(claim is not None for claim in claims) == 1


def test_of_many_documents_with_one_content_exactly_one_makes_the_entry(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    ledger = Ledger(sessions, "planner")
    planned = at_once(lambda n: ledger.plan(documents[n % 2], a_record, "key"), 12)
    assert sum(p.created for p in planned) == 1
    assert len({p.entry for p in planned}) == 1


def test_of_many_reconcilers_exactly_one_gets_the_unknown_entry(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    ledger = Ledger(sessions, "worker")
    claim = ledger.claim(ledger.plan(documents[0], a_record, "key").entry)
    assert claim is not None
    for step in (ledger.looked_up, ledger.filled, ledger.submitting):
        step(claim)
    ledger.unknown(claim, "no-answer")
    taken = at_once(lambda n: Ledger(sessions, f"r{n}").take_unknown(claim.entry), 8)
    assert sum(claim is not None for claim in taken) == 1


def test_a_click_about_to_happen_and_a_lease_running_out_never_both_win(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record, clock
) -> None:
    """The worker's clock says it has a second left, the expirer's that it is a second late."""
    worker = Ledger(sessions, "elsewhere/1", 60, clock)
    expirer = Ledger(sessions, "elsewhere/2", 60, lambda: clock() + timedelta(seconds=62))
    for key in map(str, range(25)):
        claim = worker.claim(worker.plan(documents[0], a_record, key).entry)
        assert claim is not None
        worker.looked_up(claim)
        worker.filled(claim)

        def submit(claim=claim) -> bool:
            try:
                worker.submitting(claim)
            except LeaseLost:
                return False
            return True

        clicked, _ = at_once(lambda n, submit=submit: (submit, expirer.expire)[n](), 2)
        expirer.expire()
        with sessions() as session:
            after = session.get_one(Entry, claim.entry).state
        assert after is (S.UNKNOWN if clicked else S.PLANNED)


CLAIMS_ALL = """
import sys
from storage.database import open_sessions
from storage.ledger import Ledger
ledger = Ledger(open_sessions(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
while claim := ledger.claim_next("ramq"):
    ledger.looked_up(claim)
    ledger.filled(claim)
    ledger.submitting(claim)
    print(claim.entry, flush=True)
    ledger.submitted(claim, sys.argv[2])
    ledger.confirmed(claim)
"""

DIES_BEFORE_THE_CLICK = """
import os, signal, sys
from storage.database import open_sessions
from storage.ledger import Ledger
from storage.workers import this_worker
ledger = Ledger(open_sessions(sys.argv[1]), this_worker())
for entry, steps in ((1, 2), (2, 3)):
    claim = ledger.claim(entry)
    for step in (ledger.looked_up, ledger.filled, ledger.submitting)[:steps]:
        step(claim)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_several_processes_share_the_work_and_do_nothing_twice(
    url: str, sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    planner = Ledger(sessions, "planner")
    planned = [planner.plan(documents[0], a_record, str(n)).entry for n in range(40)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMS_ALL, url, f"worker-{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for n in range(3)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    said = [worker.communicate("go\n")[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 3
    clicks = Counter(int(line) for text in said for line in text.splitlines())
    assert clicks == Counter(planned)
    assert planner.entries(S.CONFIRMED) == planned


def test_a_worker_killed_in_the_middle_leaves_nothing_that_could_be_typed_twice(
    url: str, sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    ledger = Ledger(sessions, this_worker())
    typed, clicked = (ledger.plan(documents[0], a_record, key).entry for key in "ab")
    assert (typed, clicked) == (1, 2)
    killed = subprocess.run([sys.executable, "-c", DIES_BEFORE_THE_CLICK, url], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    assert ledger.expire() == {S.PLANNED: 1, S.UNKNOWN: 1}
    assert ledger.entries(S.PLANNED) == [typed]
    assert ledger.entries(S.UNKNOWN) == [clicked]


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="names need Linux's /proc")
def test_a_stopped_worker_does_not_count_as_gone(
    url: str, sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    entry = Ledger(sessions, "planner").plan(documents[0], a_record, "key").entry
    script = DIES_BEFORE_THE_CLICK.replace("((1, 2), (2, 3))", f"(({entry}, 3),)")
    script = script.replace("signal.SIGKILL", "signal.SIGSTOP")
    worker = subprocess.Popen([sys.executable, "-c", script, url], cwd=ROOT)
    try:
        os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
        assert Ledger(sessions, this_worker()).expire() == {S.PLANNED: 0, S.UNKNOWN: 0}
    finally:
        worker.kill()
        worker.wait()
