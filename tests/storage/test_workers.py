from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from storage.workers import is_gone, this_worker

ROOT = Path(__file__).parents[2]


def test_this_process_is_not_gone() -> None:
    assert not is_gone(this_worker())


def test_a_process_that_ended_is_gone(ended_worker: str) -> None:
    assert is_gone(ended_worker)


def test_a_process_that_ended_and_was_not_buried_is_gone() -> None:
    """A killed worker stays a zombie until its parent looks."""
    script = "from storage.workers import this_worker; print(this_worker(), flush=True)"
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    name = child.stdout.readline().strip()
    child.stdout.read()
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert is_gone(name)
    child.wait()


def test_another_process_under_the_same_number_does_not_hide_that_ours_is_gone() -> None:
    place, pid, _ = this_worker().rsplit("/", 2)
    assert is_gone(f"{place}/{pid}/ticks-1")


def test_a_clock_that_was_set_makes_no_worker_seem_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = this_worker()
    boot = psutil.boot_time()
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: boot + 5)
    assert not is_gone(worker)
    assert this_worker() == worker


def test_nothing_is_known_of_another_machine_another_boot_or_a_strange_name() -> None:
    _, _, rest = this_worker().split("/", 2)
    host, _, tail = this_worker().partition("/")
    boot, _, end = tail.partition("/")
    for name in (f"other/{rest}", f"{host}/other-boot/{end}", f"{host}/{boot}", "ramq-bot", ""):
        assert not is_gone(name)
