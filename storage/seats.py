"""Seats: how many sessions may be signed in to a target at the same time, over all processes.

A seat is a lock that its holder's death frees by itself: a file's on the machine that has the
SQLite database, PostgreSQL's advisory lock where several machines share one. A seat is a courtesy
to the target, which may end the older of two sessions; that nothing is entered twice is the
ledger's promise and does not rest on it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

#: Any number of our own: PostgreSQL's first key of the locks that are seats.
_SEATS = 5_712_064


@contextmanager
def take_seat(sessions: sessionmaker[Session], target: str, seats: int) -> Iterator[int]:
    """Hold one of the ``seats`` of ``target`` while the block lasts: its number, from 1.

    0 if all are taken. The lowest free one is taken, so that the first sessions are used most.
    """
    engine: Engine = sessions.kw["bind"]
    take = _advisory if engine.dialect.name == "postgresql" else _file
    with take(engine, target, seats) as taken:
        yield taken


@contextmanager
def _file(engine: Engine, target: str, seats: int) -> Iterator[int]:
    folder = Path(engine.url.database or ".").parent / "seats"
    folder.mkdir(exist_ok=True)
    for number in range(seats):
        with (folder / f"{target}-{number}").open("w") as seat:
            try:
                fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number + 1
            return
    yield 0


@contextmanager
def _advisory(engine: Engine, target: str, seats: int) -> Iterator[int]:
    lock = text("SELECT pg_try_advisory_lock(:ours, :seat)")
    # The second key is a signed integer of 32 bits.
    first = crc32(target.encode()) & 0x7FFF_FF00
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for number in range(seats):
            seat = {"ours": _SEATS, "seat": first + number}
            if connection.scalar(lock, seat):
                try:
                    yield number + 1
                finally:
                    connection.execute(text("SELECT pg_advisory_unlock(:ours, :seat)"), seat)
                return
        yield 0
