"""A sample of ``make chaos``: workers killed and resumed, and what the targets hold then."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench.chaos import people, worker
from bench.chaos.campaign import Blow, Campaign
from bench.chaos.worker import Death
from bench.chaos.world import Worker, World
from greffier.words import EntryState
from sandbox.targets.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

SEED = 20261123
TARGETS = ["elections-quebec", "ramq", "saaq"]
SAMPLE = [
    ("submitting/after", "elections-quebec"),
    ("click/after", "ramq"),
    ("filled/before", "saaq"),
    ("submitted/before", "elections-quebec"),
    ("found/before", "ramq"),
    ("any moment", "saaq"),
    ("target", "elections-quebec"),
]
#: Seconds that a loaded machine may take to settle what is left.
PATIENCE = 600


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[[list[str]], World]]:
    opened: list[World] = []

    def open_world(targets: list[str]) -> World:
        world = World(tmp_path, f"sqlite:///{tmp_path / 'greffier.db'}", targets, SEED)
        opened.append(world.__enter__())
        return world

    yield open_world
    for one in opened:
        one.__exit__()


def test_whatever_is_killed_every_entry_ends_on_its_target_exactly_once(world, tmp_path):
    world = world(TARGETS)
    blows = [Blow(number, *cell) for number, cell in enumerate(SAMPLE)]
    campaign = Campaign(world, blows, tmp_path / "kills.jsonl")
    campaign.run(2, lambda: None)
    for target in TARGETS:
        world.settle(target, PATIENCE)

    verdict = world.verdict()

    # A slow machine may keep a worker from coming to its death, though it is tried again.
    assert len(campaign.kills) >= len(SAMPLE) - 2
    assert verdict.clean, verdict.told
    assert verdict.entries == verdict.confirmed + verdict.with_person.total()
    assert verdict.confirmed > len(TARGETS)


def test_a_terminal_whose_worker_is_killed_around_the_save_ends_entered_once(world, tmp_path):
    world = world(["cnesst"])
    rows = ("submitting/after", "click/after", "submitted/before")
    campaign = Campaign(
        world, [Blow(number, row, "cnesst") for number, row in enumerate(rows)], tmp_path / "kills"
    )
    campaign.run(1, lambda: None)
    world.settle("cnesst", PATIENCE)

    verdict = world.verdict()

    assert len(campaign.kills) >= len(rows) - 1
    assert verdict.clean, verdict.told
    assert verdict.confirmed > 1


def put_to_sleep(world: World, target: str, death: Death) -> Worker:
    """A worker that has stopped itself there. One that a slow machine kept from it is replaced."""
    patient = replace(worker.PATIENCE, claims=100)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        sleeper = world.start(target, 1, death=death, lease=20, patience=patient)
        while sleeper.hear(0.2):
            if psutil.Process(sleeper.process.pid).status() == psutil.STATUS_STOPPED:
                return sleeper
    raise TimeoutError(sleeper.said)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_worker_that_slept_through_its_lease_saves_nothing_twice(world):
    """One sleeps before it looks for the button, and may not press it; one on the very click."""
    deaths = {
        "elections-quebec": Death("submitting", "after", by=signal.SIGSTOP),
        "ramq": Death("click", "before", by=signal.SIGSTOP),
    }
    most = {"elections-quebec": 0, "ramq": 1}
    world = world(list(deaths))

    def state(target: str) -> EntryState:
        [entry] = world.entries(target)
        return entry.state

    for target in deaths:
        world.plan(target)
    sleepers = {target: put_to_sleep(world, target, death) for target, death in deaths.items()}
    until(lambda: world.ledger.expire() and {*map(state, deaths)} == {EntryState.UNKNOWN})
    for target, sleeper in sleepers.items():
        world.start(target, 1).finish(PATIENCE)
        assert state(target) is EntryState.UNKNOWN, "it may still click: nobody may type it again"
        psutil.Process(sleeper.process.pid).send_signal(signal.SIGCONT)
        sleeper.finish(PATIENCE)
        assert sleeper.said[-1] == ("end", "lease-lost", None)
        assert len(world.targets[target].saved()) <= most[target]
        world.settle(target, PATIENCE)

    verdict = world.verdict()
    assert (verdict.confirmed, verdict.clean) == (2, True), verdict.told


def test_the_count_sees_what_is_lost_double_wrong_or_nobodys(tmp_path):
    target = "elections-quebec"
    world = World(tmp_path, f"sqlite:///{tmp_path / 'greffier.db'}", [target], SEED)
    store = Store(world.targets[target].database, people.files(target, SEED))

    def confirm() -> dict[str, str]:
        claim = world.ledger.claim(world.plan(target))
        world.ledger.confirmed(claim, pre_existing=True)
        return claim.record.values

    _lost, double, wrong, right = (confirm() for _ in range(4))
    for values in (double, double, wrong | {"street": "rue Fausse"}, right):
        store.save(values, "", "X")
    assert world.verdict().unasked == 0
    store.save(right | {"effective_date": "2020-01-01"}, "", "X")
    store.close()

    verdict = world.verdict()
    assert (verdict.lost, verdict.double, verdict.wrong, verdict.unasked) == (1, 1, 1, 1)
    assert (verdict.confirmed, verdict.clean) == (4, False)
