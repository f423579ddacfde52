"""Seats on a target: as many as it allows, and none kept by the dead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from storage.seats import take_seat

ROOT = Path(__file__).parents[2]

SITS = """
import sys
from storage.database import open_sessions
from storage.seats import take_seat
with take_seat(open_sessions(sys.argv[1]), "ramq", 1) as taken:
    print(taken, flush=True)
    sys.stdin.readline()
"""


def test_a_target_has_as_many_seats_as_it_allows(sessions: sessionmaker[Session]) -> None:
    with (
        take_seat(sessions, "ramq", 2) as first,
        take_seat(sessions, "ramq", 2) as second,
        take_seat(sessions, "ramq", 2) as third,
        take_seat(sessions, "saaq", 1) as elsewhere,
    ):
        assert (first, second, third, elsewhere) == (1, 2, 0, 1)
    with take_seat(sessions, "ramq", 1) as again:
        assert again


def test_a_killed_process_leaves_its_seat(url: str, sessions: sessionmaker[Session]) -> None:
    sitting = subprocess.Popen(
        [sys.executable, "-c", SITS, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert sitting.stdout.readline() == "1\n"
    with take_seat(sessions, "ramq", 1) as meanwhile:
        assert not meanwhile
    sitting.kill()
    sitting.communicate()
    # PostgreSQL frees it once it has noticed that its client is gone.
    for _ in range(100):
        with take_seat(sessions, "ramq", 1) as after:
            if after:
                break
            subprocess.run(["sleep", "0.1"], check=True)
    assert after
