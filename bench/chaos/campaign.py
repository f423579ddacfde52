"""The kills: which there are to be, when each may happen, and what became of it."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from threading import Condition, Thread

from bench.chaos.worker import PATIENCE, RECONCILING, STEPS, Death
from bench.chaos.world import Worker, World, dice

MOMENTS = ("before", "after")
#: Kills that are not at a boundary, and how many of each there are for one at every boundary.
OTHERS = {"any moment": 6, "browser": 3, "target": 3}
#: Longest that one worker may take, and how often a kill is tried that did not come to happen.
SECONDS, TRIES = 300.0, 6


@dataclass(frozen=True)
class Blow:
    """One kill to be. ``row``: a boundary with its moment (``filled/before``), or of ``OTHERS``."""

    number: int
    row: str
    target: str

    @property
    def boundary(self) -> str:
        return self.row.partition("/")[0]


@dataclass(frozen=True)
class Kill:
    """One kill that was. ``state``: where its entry stood; ``None`` when the worker had none."""

    number: int
    row: str
    target: str
    entry: int | None
    state: str | None
    seconds: float


def rows() -> list[str]:
    """Every row of the table, in the order of an entry's way."""
    return [f"{boundary}/{moment}" for boundary in STEPS for moment in MOMENTS] + list(OTHERS)


def plan(kills: int, targets: list[str], seed: int) -> list[Blow]:
    """The first ``kills`` blows of this seed: every row on every target as often as may be."""
    found: list[tuple[str, str]] = []
    layer = 0
    while len(found) < kills:
        cells = [
            (row, target) for row in rows() for target in targets for _ in range(OTHERS.get(row, 1))
        ]
        dice(seed, "layer", layer).shuffle(cells)
        found += cells
        layer += 1
    return [Blow(number, *cell) for number, cell in enumerate(found[:kills])]


class Campaign:
    """Carries out the blows, ``lanes`` targets at a time; ``log`` keeps a line a kill.

    ``never`` are the blows that did not come about in ``TRIES`` and were given up. A campaign
    on a log that exists goes on where it stopped.
    """

    def __init__(self, world: World, blows: list[Blow], log: Path) -> None:
        self.world = world
        self.kills: list[Kill] = []
        self._log = log
        if log.exists():
            self.kills = [Kill(**json.loads(line)) for line in log.read_text().splitlines()]
        done = {kill.number for kill in self.kills}
        self._pending = [blow for blow in blows if blow.number not in done]
        self._tries: Counter[int] = Counter()
        self._busy: set[str] = set()
        self._free = Condition()
        self._troubles: list[BaseException] = []
        self.never: list[Blow] = []

    def run(self, lanes: int, progress: Callable[[], None]) -> None:
        """Strike every blow. Raises what went wrong in a lane: a hanging worker, say."""
        threads = [Thread(target=self._lane, args=(progress,)) for _ in range(lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._troubles:
            raise self._troubles[0]

    def _lane(self, progress: Callable[[], None]) -> None:
        try:
            while blow := self._next():
                try:
                    kill = self._strike(blow)
                finally:
                    self._release(blow.target)
                self._note(blow, kill, progress)
        except BaseException as trouble:  # noqa: BLE001 - handed to the caller of run
            self._troubles.append(trouble)

    # -- choosing --------------------------------------------------------------------------

    def _next(self) -> Blow | None:
        """The next blow whose target is free and whose time has come; its target is then taken."""
        with self._free:
            while self._pending and not self._troubles:
                free = [blow for blow in self._pending if blow.target not in self._busy]
                if blow := self._ripe(free):
                    if blow in self._pending:
                        self._pending.remove(blow)
                    self._busy.add(blow.target)
                    return blow
                self._free.wait(0.5)
        return None

    def _ripe(self, blows: list[Blow]) -> Blow | None:
        """A reconciler's death when an entry waits for one; else any; else one that makes one."""
        waits: dict[str, dict[str, bool]] = {}
        for blow in blows:
            if blow.boundary in RECONCILING:
                if blow.target not in waits:
                    waits[blow.target] = self.world.reconcilable(blow.target, PATIENCE.in_flight)
                if waits[blow.target][blow.boundary]:
                    return blow
        if others := [blow for blow in blows if blow.boundary not in RECONCILING]:
            return others[0]
        for blow in blows:
            # Not every boundary of a reconciler comes by itself: leave something to reconcile.
            state = waits[blow.target]
            if blow.boundary == "absent":
                return self._extra("submitting/after", blow.target)
            if not state["found"]:
                return self._extra("submitted/before", blow.target)
        return None

    def _extra(self, row: str, target: str) -> Blow:
        return Blow(-1 - len(self.kills), row, target)

    def _release(self, target: str) -> None:
        with self._free:
            self._busy.discard(target)
            self._free.notify_all()

    def _note(self, blow: Blow, kill: Kill | None, progress: Callable[[], None]) -> None:
        with self._free:
            if kill:
                self.kills.append(kill)
                with self._log.open("a") as log:
                    log.write(json.dumps(asdict(kill)) + "\n")
                progress()
            elif blow.number >= 0:
                self._tries[blow.number] += 1
                again = self._tries[blow.number] < TRIES
                (self._pending if again else self.never).append(blow)

    # -- striking --------------------------------------------------------------------------

    def _strike(self, blow: Blow) -> Kill | None:
        """Let a worker work, and kill; ``None`` when it ended before its time came."""
        began = time.monotonic()
        chance = dice(self.world.seed, blow.number, self._tries[blow.number])
        self.world.supply(blow.target, 4)
        if blow.boundary in STEPS:
            worker = self._die_at(blow, chance.randint(1, 2))
            struck = worker.killed
            held = self._stand(worker)
        else:
            worker = self.world.start(blow.target, 2)
            with contextlib.closing(worker.line):
                while worker.hear(0.2) and worker.entry is None:
                    pass
                worker.hear_for(chance.uniform(0.0, 7.0))
                held = self._stand(worker)
                struck = getattr(self, "_kill_" + blow.row.replace(" ", "_"))(blow, worker, chance)
        if not struck:
            return None
        seconds = round(time.monotonic() - began, 2)
        return Kill(blow.number, blow.row, blow.target, *held, seconds)

    def _die_at(self, blow: Blow, nth: int) -> Worker:
        boundary, _, moment = blow.row.partition("/")
        reconciles = boundary in RECONCILING
        death = Death(boundary, moment, 1 if reconciles else nth)
        worker = self.world.start(blow.target, 0 if reconciles else 3, death=death)
        worker.finish(SECONDS)
        return worker

    def _stand(self, worker: Worker) -> tuple[int | None, str | None]:
        entry = self.world.held_by(worker.name) if worker.name else None
        return (entry.id, entry.state.value) if entry else (worker.entry, None)

    def _kill_any_moment(self, blow: Blow, worker: Worker, chance: Random) -> bool:
        worker.kill()
        return worker.killed

    def _kill_browser(self, blow: Blow, worker: Worker, chance: Random) -> bool:
        browser = worker.browser()
        if browser:
            browser.kill()
        worker.finish(SECONDS)
        return browser is not None

    def _kill_target(self, blow: Blow, worker: Worker, chance: Random) -> bool:
        alive = worker.process.is_alive()
        self.world.targets[blow.target].kill()
        worker.hear_for(chance.uniform(0.0, 1.5))
        self.world.targets[blow.target].start()
        worker.finish(SECONDS)
        return alive
