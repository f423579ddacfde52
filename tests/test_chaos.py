"""A sample of ``make chaos``: workers killed and resumed, and what the targets hold then."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bench.chaos import worker
from bench.chaos.campaign import Blow, Campaign
from bench.chaos.worker import Death
from bench.chaos.world import Worker, World
from greffier.words import EntryState

pytestmark = pytest.mark.browser

SEED = 20261123
TARGETS = ["elections-quebec", "ramq", "saaq"]
SAMPLE = [
    ("submitting/after", "elections-quebec"),
    ("click/after", "ramq"),
    ("filled/before", "saaq"),
    ("submitted/before", "elections-quebec"),
    ("found/before", "ramq"),
    ("any moment", "saaq"),
    ("confirmed/after", "ramq"),
    ("target", "elections-quebec"),
]
#: Seconds that a loaded machine may take to settle what is left.
PATIENCE = 240


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

    assert {(kill.row, kill.target) for kill in campaign.kills} >= set(SAMPLE)
    assert verdict.clean, verdict.told
    assert verdict.entries == verdict.confirmed + verdict.with_person.total()
    assert verdict.confirmed > len(TARGETS)


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


@pytest.mark.parametrize(
    ("boundary", "moment", "most"),
    [("submitting", "after", 0), ("click", "before", 1)],
    ids=["before-the-bot-looks-for-the-button", "on-the-very-click"],
)
def test_a_worker_that_slept_through_its_lease_saves_nothing_twice(world, boundary, moment, most):
    world = world(["elections-quebec"])
    target = world.targets["elections-quebec"]
    entry = world.plan("elections-quebec")

    def state() -> EntryState:
        [found] = world.entries("elections-quebec")
        return found.state

    death = Death(boundary, moment, by=signal.SIGSTOP)
    sleeper = put_to_sleep(world, "elections-quebec", death)
    until(lambda: world.ledger.expire()[EntryState.UNKNOWN] == 1)
    world.start("elections-quebec", 1).finish(PATIENCE)
    assert state() is EntryState.UNKNOWN, "it may still click: nobody may type it again"
    psutil.Process(sleeper.process.pid).send_signal(signal.SIGCONT)
    sleeper.finish(PATIENCE)

    assert sleeper.said[-1] == ("end", "lease-lost", None)
    assert len(target.saved()) <= most
    world.settle("elections-quebec", PATIENCE)
    assert state() is EntryState.CONFIRMED
    assert len(target.saved()) == 1
    assert world.verdict().clean, world.way(entry)


def test_the_count_sees_what_is_lost_double_wrong_or_nobodys(world):
    world = world(["elections-quebec"])
    for _ in range(3):
        world.plan("elections-quebec")
    world.settle("elections-quebec", PATIENCE)
    assert world.verdict().clean
    with sqlite3.connect(world.targets["elections-quebec"].database) as database:
        database.execute("DELETE FROM changes WHERE id = 1")
        columns = (
            "effective_date, civic_number, street, apartment, municipality, postal_code, "
            "telephone, email, nonce, saved_at, visible_at"
        )
        copy = f"INSERT INTO changes (file_number, confirmation, {columns}) SELECT"
        database.execute(f"{copy} file_number, 'X-1', {columns} FROM changes WHERE id = 2")
        database.execute(f"{copy} '1', 'X-2', {columns} FROM changes WHERE id = 2")
        database.execute("UPDATE changes SET street = 'rue Fausse' WHERE id = 3")
    verdict = world.verdict()
    assert (verdict.lost, verdict.double, verdict.wrong, verdict.unasked) == (1, 1, 1, 1)
    assert not verdict.clean
