"""What a run plays with: targets as processes, the ledger's database, workers; and the count."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Any

import psutil
from sqlalchemy import select

from bench.chaos import people
from bench.chaos.worker import Job, work
from bots.registry import bot_for
from greffier.words import Decision, DocumentRead, EntryState, Record
from sandbox.serve import ADDRESSES, HOST, Control, serve
from sandbox.targets import TERMINALS
from sandbox.targets.base import Credentials
from storage import batches
from storage.archive import Stored
from storage.claims import ENDED, business_key
from storage.database import open_sessions, upgrade
from storage.ledger import Ledger
from storage.models import Document, Entry, EntryEvent
from storage.workers import is_gone, this_worker

#: Children are forked from a process that has loaded everything and opened nothing.
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["bench.chaos.worker", "sandbox.serve"])
PATIENCE = 60.0
WHO = Credentials()


class RunningTarget:
    """One practice target in a process of its own, on one port for life: it can be killed."""

    def __init__(self, target: str, state: Path, seed: int) -> None:
        self.target = target
        self.state = state / target
        self.database = self.state / f"{target}.sqlite"
        self.port = _free_port()
        self.url = f"{'tn3270' if target in TERMINALS else 'http'}://{HOST}:{self.port}"
        self._register = self.state / "register.json"
        self._process: BaseProcess | None = None
        self.state.mkdir(parents=True, exist_ok=True)
        known = [vars(file) for file in people.files(target, seed)]
        self._register.write_text(json.dumps({"targets": {target: known}}), encoding="utf-8")

    def start(self) -> None:
        """Start, and wait until it answers."""
        (self.state / ADDRESSES).unlink(missing_ok=True)
        self._process = FORK.Process(target=_serve, args=(self._register, self.state, self.port))
        self._process.start()
        end = time.monotonic() + PATIENCE
        while not (self.state / ADDRESSES).exists():
            if not self._process.is_alive() or time.monotonic() > end:
                raise TimeoutError(f"the practice target {self.target} did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join(PATIENCE)

    @contextlib.contextmanager
    def control(self) -> Iterator[Control]:
        """Its control address: for orders to misbehave."""
        known = json.loads((self.state / ADDRESSES).read_text())
        control = Control(known["controls"][self.target], known["control_token"])
        yield control
        control.close()

    def saved(self) -> list[dict[str, Any]]:
        """Every change in its own database, asked of nobody but the file."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute("SELECT * FROM changes ORDER BY id")]


def _serve(register: Path, state: Path, port: int) -> None:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        serve(register, state, {state.name: port}, [state.name], WHO)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Worker:
    """A worker process and what it said; ``entry`` is the one it was last about."""

    process: BaseProcess
    line: Connection
    name: str = ""
    entry: int | None = None
    said: list[tuple[Any, ...]] = field(default_factory=list)

    @classmethod
    def on(cls, job: Job) -> Worker:
        """A new one that begins ``job``."""
        ours, theirs = FORK.Pipe(duplex=False)
        process = FORK.Process(target=work, args=(job, theirs))
        process.start()
        theirs.close()
        return cls(process, ours)

    def hear(self, seconds: float) -> bool:
        """Take in what it says for that long; false once it has ended."""
        end = time.monotonic() + seconds
        try:
            while self.line.poll(max(0.0, end - time.monotonic())):
                heard = self.line.recv()
                self.said.append(heard)
                if heard[0] == "ready":
                    self.name = heard[1]
                if heard[0] == "entry":
                    self.entry = heard[1]
                    return True
        except EOFError:
            self.process.join(PATIENCE)
            return False
        return True

    def hear_for(self, seconds: float) -> None:
        """Let it work for that long, unless it ends before."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.hear(left):
            pass

    def finish(self, seconds: float) -> None:
        """Hear it to its end; one that does not end is killed, and that is an error."""
        end = time.monotonic() + seconds
        while self.hear(1.0):
            if time.monotonic() > end:
                self.kill()
                raise TimeoutError(f"a worker hangs: {self.said[-3:]}")

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)

    @property
    def killed(self) -> bool:
        return self.process.exitcode == -9

    def browser(self) -> psutil.Process | None:
        """Its Chromium's first process, if there is one now."""
        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    words = process.cmdline()
                    ours = any(word.startswith("--greffier=") for word in words)
                    if ours and not any(word.startswith("--type=") for word in words):
                        return process
        return None


@dataclass(frozen=True)
class Verdict:
    """The count, from the targets' own databases. ``told`` says what is wrong, by entry."""

    entries: int
    confirmed: int
    with_person: Counter[str]
    unsettled: int
    lost: int
    double: int
    wrong: int
    unasked: int
    told: tuple[str, ...]

    @classmethod
    def load(cls, counted: dict[str, Any]) -> Verdict:
        """A count that was written down."""
        person, told = Counter(counted["with_person"]), tuple(counted["told"])
        return cls(**counted | {"with_person": person, "told": told})

    @property
    def clean(self) -> bool:
        return not (self.lost or self.double or self.wrong or self.unasked or self.unsettled)


class World:
    """The targets, the ledger and the truth of one run. Use as a context manager."""

    def __init__(self, home: Path, database: str, targets: list[str], seed: int) -> None:
        self.database = database
        self.seed = seed
        upgrade(database)
        self.sessions = open_sessions(database)
        self.ledger = Ledger(self.sessions, this_worker())
        self.targets = {name: RunningTarget(name, home / "targets", seed) for name in targets}
        self._moves = {name: people.moves(name, seed) for name in targets}
        self._document = self._a_document()
        self._lock = Lock()
        for target in targets:  # what an earlier part of this run has planned already
            for _ in range(len(self.entries(target))):
                next(self._moves[target])

    def __enter__(self) -> World:
        for target in self.targets.values():
            target.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for target in self.targets.values():
            target.kill()
        self.sessions.kw["bind"].dispose()

    def _a_document(self) -> str:
        """One document stands for all paper: what is proven here is the entering."""
        with self.sessions.begin() as session:
            if kept := session.scalars(select(Document.id)).first():
                return kept
            batch = batches.create_batch(session, "CHAOS")
            stored = Stored("originals/none", "0" * 64, None, 1)
            file = batches.add_file(session, batch.id, "chaos", stored).file
            read = DocumentRead(
                source="chaos", document=1, form=people.FORM, decision=Decision.ENTER
            )
            return batches.record_documents(session, file, [read])[0]

    # -- work ----------------------------------------------------------------------------

    def plan(self, target: str) -> int:
        """Plan the next entry of ``target``; its id."""
        with self._lock:
            record = next(self._moves[target])
        return self.write_down(record, ("file_number", "effective_date"))

    def write_down(self, record: Record, key: tuple[str, ...]) -> int:
        """Plan the entry of ``record``, whose key fields are ``key``; its id."""
        kept = business_key({name: record[name] for name in key}, record.values)
        return self.ledger.plan(self._document, record, kept).entry

    def supply(self, target: str, least: int) -> None:
        """See that ``least`` entries of ``target`` are planned."""
        for _ in range(least - len(self.ledger.entries(EntryState.PLANNED, target))):
            self.plan(target)

    def start(self, target: str, entries: int, **more: Any) -> Worker:
        """Start a worker on ``target``; see ``Job``."""
        address = self.targets[target].url
        return Worker.on(
            Job(self.database, target, address, WHO.user, WHO.password, entries, **more)
        )

    def settle(self, target: str, seconds: float, **more: Any) -> None:
        """Run undisturbed workers until every entry of ``target`` has come to an end.

        Raises ``TimeoutError`` when they do not within ``seconds``.
        """
        end = time.monotonic() + seconds
        for attempt in count():
            left = [entry for entry in self.entries(target) if entry.state not in ENDED]
            if not left:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{target}: {len(left)} entries without an end")
            if attempt:
                time.sleep(min(1.0 + attempt, 5.0))
            self.start(target, len(left), **more).finish(seconds)

    # -- looking -------------------------------------------------------------------------

    def entries(self, target: str) -> list[Entry]:
        with self.sessions() as session:
            query = select(Entry).where(Entry.target == target).order_by(Entry.id)
            return list(session.scalars(query))

    def rows(self, entry: Entry) -> list[dict[str, Any]]:
        """What the target's own database holds under the key of ``entry``."""
        key = _key(entry.payload["values"])
        return [row for row in self.targets[entry.target].saved() if _key(row) == key]

    def held_by(self, worker: str) -> Entry | None:
        """The entry that the worker of that name holds, dead or alive."""
        with self.sessions() as session:
            query = select(Entry).where(Entry.lease_owner == worker, Entry.lease_until.is_not(None))
            return session.scalars(query).first()

    def reconcilable(self, target: str, quiet: float) -> dict[str, bool]:
        """Which acts of a reconciler an entry of ``target`` waits for now.

        ``expired``: a dead worker holds one. ``taken``: one is unknown, or will be. ``found``: its
        target holds it. ``absent``: it does not, and its worker has been quiet for ``quiet`` s.
        """
        saved = {_key(row) for row in self.targets[target].saved()}
        now = time.time()
        found = dict.fromkeys(("expired", "taken", "found", "absent"), False)
        for entry in self.entries(target):
            held = entry.lease_until is not None and entry.state not in ENDED
            dead = (
                held and entry.state is not EntryState.UNKNOWN and is_gone(entry.lease_owner or "")
            )
            clicked = dead and entry.state in (EntryState.SUBMITTING, EntryState.SUBMITTED)
            free = entry.state is EntryState.UNKNOWN and (
                entry.lease_until is None or entry.lease_until.timestamp() < now
            )
            there = _key(entry.payload["values"]) in saved
            found["expired"] |= dead
            found["taken"] |= clicked or free
            found["found"] |= (clicked or free) and there
            late = entry.quiet_since is not None and entry.quiet_since.timestamp() + quiet < now
            found["absent"] |= free and not there and late and not entry.confirmation
        return found

    def verdict(self) -> Verdict:
        """Count what the targets hold against what was asked of them."""
        ends: Counter[EntryState] = Counter()
        reasons: Counter[str] = Counter()
        faults: Counter[str] = Counter()
        told = []
        for name, target in self.targets.items():
            rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
            for row in target.saved():
                rows.setdefault(_key(row), []).append(row)
            for entry in self.entries(name):
                ends[entry.state] += 1
                if entry.state is EntryState.WITH_PERSON:
                    reasons[entry.reason or "?"] += 1
                found = rows.pop(_key(entry.payload["values"]), [])
                record = Record(target=name, form=entry.form, **entry.payload)
                for fault in _faults(entry.state, record, found):
                    faults[fault] += 1
                    told.append(f"{name} {entry.id} {entry.state}: {fault}")
            faults["unasked"] += len(rows)
        return Verdict(
            entries=sum(ends.values()),
            confirmed=ends[EntryState.CONFIRMED],
            with_person=reasons,
            unsettled=sum(n for state, n in ends.items() if state not in ENDED),
            lost=faults["lost"],
            double=faults["double"],
            wrong=faults["wrong"],
            unasked=faults["unasked"],
            told=tuple(told),
        )

    def way(self, entry: int) -> list[str]:
        """The states the entry has been through."""
        with self.sessions() as session:
            query = select(EntryEvent.after).where(EntryEvent.entry_id == entry)
            return [state.value for state in session.scalars(query.order_by(EntryEvent.id))]


def _faults(state: EntryState, record: Record, rows: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with what a target holds of one record."""
    if state is EntryState.CONFIRMED and not rows:
        yield "lost"
    if len(rows) > 1:
        yield "double"
    fields = bot_for(record.target).fields
    for row in rows:
        # The target keeps dates and numbers in one form and letters in its own: as it shows them.
        if any(how.of(str(row[name])) != how.of(record[name]) for name, how in fields.items()):
            yield "wrong"


def _key(values: dict[str, Any]) -> tuple[str, str]:
    return values["file_number"], values["effective_date"]


def dice(seed: int, *about: object) -> random.Random:
    """A chance of its own for each thing decided, so that no order of events changes another."""
    return random.Random(repr((seed, *about)))
