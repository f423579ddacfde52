"""The worker that is killed: a process with its own browser, the real bots and the real ledger.

It first settles what earlier workers left unknown, as the reconciler does, then enters what is
planned. It says what it is about through a pipe; a pipe that ends says that it is dead.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Engine, event

from bots.memory import MemoryEvidence
from bots.registry import bot_for
from bots.runner import Outcome, Patience, enter, reconcile
from bots.screen import Screen
from bots.session import Credentials, Session
from greffier.errors import LeaseLost, TargetStopped
from greffier.words import EntryState
from storage.database import open_sessions
from storage.ledger import Claim, Ledger
from storage.workers import this_worker

#: Seconds. Short ones, so that a run is short; their order is the real one.
LEASE, SECONDS = 30.0, 6.0
PATIENCE = Patience(pause=0.5, linger=2.0, in_flight=5.0)

#: Where a worker can be told to die: the ledger's commits by the name of their step, those of the
#: reconciler with a different meaning apart, and the click itself.
STEPS = {
    "claimed": "claim_next",
    "looked-up": "looked_up",
    "filled": "filled",
    "submitting": "submitting",
    "click": "",
    "submitted": "submitted",
    "confirmed": "confirmed",
    "expired": "expire",
    "taken": "take_unknown",
    "found": "confirmed",
    "absent": "absent",
}
RECONCILING = ("expired", "taken", "found", "absent")


@dataclass(frozen=True)
class Death:
    """Die at the ``nth`` coming to ``boundary``: just *before* its commit, or just *after*.

    ``by`` SIGSTOP is a sleep, for a worker that is to wake up again.
    """

    boundary: str
    moment: str
    nth: int = 1
    by: signal.Signals = signal.SIGKILL


@dataclass(frozen=True)
class Job:
    """What a worker is to do: settle, then enter up to ``entries`` entries of ``target``."""

    database: str
    target: str
    address: str
    user: str
    password: str
    entries: int
    death: Death | None = None
    visibility_delay: float | None = None
    lease: float = LEASE
    seconds: float = SECONDS
    patience: Patience = PATIENCE


def work(job: Job, line: Connection) -> None:
    """Do ``job``, telling ``("ready", name)``, ``("entry", id)`` and ``("end", state, reason)``."""
    logging.disable(logging.CRITICAL)
    sessions = open_sessions(job.database)
    engine: Engine = sessions.kw["bind"]
    ledger = Doomed(Ledger(sessions, this_worker(), job.lease), engine, job.death)
    kind, who = bot_for(job.target), Credentials(job.user, job.password)
    delay = job.visibility_delay
    with Session(kind, job.address, who, seconds=job.seconds, visibility_delay=delay) as session:
        line.send(("ready", this_worker()))
        try:
            _settle(job, ledger, session, line)
            _enter(job, ledger, session, line)
        except TargetStopped as stopped:
            line.send(("stopped", stopped.code))


def _settle(job: Job, ledger: Any, session: Session, line: Connection) -> None:
    ledger.reconciling = True
    ledger.expire()
    for entry in ledger.entries(EntryState.UNKNOWN, job.target):
        if claim := ledger.take_unknown(entry):
            _act(job, ledger, session, line, reconcile, claim)
    ledger.reconciling = False


def _enter(job: Job, ledger: Any, session: Session, line: Connection) -> None:
    for _ in range(job.entries):
        if claim := ledger.claim_next(job.target):
            _act(job, ledger, session, line, enter, claim)


def _act(
    job: Job,
    ledger: Any,
    session: Session,
    line: Connection,
    way: Callable[..., Outcome],
    claim: Claim,
) -> None:
    line.send(("entry", claim.entry))
    try:
        outcome = way(session, claim.record, claim, ledger, MemoryEvidence(), job.patience)
    except LeaseLost:
        line.send(("end", "lease-lost", None))
    else:
        line.send(("end", outcome.state.value, outcome.reason and outcome.reason.code))


class Doomed:
    """The ledger, at one of whose commits the process kills itself. All else it passes on."""

    def __init__(self, ledger: Ledger, engine: Engine, death: Death | None) -> None:
        self.reconciling = False
        self._ledger = ledger
        self._engine = engine
        self._death = death
        self._left = death.nth if death else 0
        if death and death.boundary == "click":
            _doom_the_click(self)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._ledger, name)
        if self._death is None or name != STEPS[self._death.boundary] or not self._mine():
            return act

        def fatal(*args: Any, **kwargs: Any) -> Any:
            return self.die_around(lambda: act(*args, **kwargs))

        return fatal

    def _mine(self) -> bool:
        assert self._death
        return self.reconciling == (self._death.boundary in RECONCILING)

    def die_around(self, act: Callable[[], Any]) -> Any:
        """Do ``act``; if its time has come, not live to see it done, or not live after."""
        assert self._death
        self._left -= 1
        if self._left:
            return act()
        if self._death.moment == "before":
            event.listen(self._engine, "commit", lambda connection: self.die())
        result = act()
        self.die()
        return result

    def click(self, press: Callable[[], Any]) -> Any:
        """As ``die_around``, for a press that commits nothing of ours."""
        assert self._death
        self._left -= 1
        if not self._left and self._death.moment == "before":
            self.die()
        result = press()
        if not self._left and self._death.moment == "after":
            self.die()
        return result

    def die(self) -> None:
        """What a power cut looks like: nothing of ours runs after it."""
        assert self._death
        os.kill(os.getpid(), self._death.by)


def _doom_the_click(doomed: Doomed) -> None:
    act = Screen._act

    def watched(screen: Screen, action: Callable[[], object], *rest: Any, **more: Any) -> None:
        press = (lambda: doomed.click(action)) if screen.watch.submitting else action
        act(screen, press, *rest, **more)

    Screen._act = watched  # type: ignore[method-assign, assignment]
