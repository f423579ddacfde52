from __future__ import annotations

import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Executable, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from greffier.words import EntryState, Record
from storage import audit
from storage.database import migration_config, open_engine, open_sessions, upgrade
from storage.ledger import Ledger
from storage.models import AuditEvent, Base, Batch, BatchState, Document, EntryEvent


def a_batch(number: int = 1, submitted_at: datetime | None = None) -> Batch:
    return Batch(
        id=f"lot-20261123-{number:04}",
        ministry="MESS",
        submitted_at=submitted_at or datetime.now(UTC),
        state=BatchState.OPEN,
    )


def test_migrations_make_exactly_the_tables_of_the_models(url: str) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_migrated_database_can_be_emptied_and_migrated_again(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        command.downgrade(migration_config(connection), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(url)
    with engine.connect() as connection:
        assert set(Base.metadata.tables) < set(inspect(connection).get_table_names())
    engine.dispose()


def test_several_processes_may_upgrade_a_new_database_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, [empty_url] * 4)) == [None] * 4
    sessions = open_sessions(empty_url)
    with sessions.begin() as session:
        session.add(a_batch())
    sessions.kw["bind"].dispose()


def test_times_come_back_aware_and_in_utc(sessions: sessionmaker[Session]) -> None:
    in_quebec = datetime(2026, 11, 23, 8, 30, 0, 123456, timezone(timedelta(hours=-5)))
    with sessions.begin() as session:
        session.add(a_batch(submitted_at=in_quebec))
    with sessions() as session:
        kept = session.scalars(select(Batch.submitted_at)).one()
    assert kept == in_quebec
    assert kept.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(StatementError, match="without a zone"), sessions.begin() as session:
        session.add(a_batch(submitted_at=datetime(2026, 11, 23, 8, 30)))


def test_a_row_cannot_point_at_nothing(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO entry_events (id, entry_id, at, after, actor, details) "
                "VALUES (1, 99, '2026-11-23', 'planned', 'x', '{}')"
            )
        )


def test_writers_that_read_first_take_turns(sessions: sessionmaker[Session]) -> None:
    """Without BEGIN IMMEDIATE, SQLite answers 'database is locked' at once here."""
    with sessions.begin() as session:
        session.add(a_batch())

    def append_a_letter(_: int) -> None:
        with sessions.begin() as session:
            batch = session.get_one(Batch, "lot-20261123-0001", with_for_update=True)
            batch.ministry += "x"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append_a_letter, range(24)))
    with sessions() as session:
        assert session.get_one(Batch, "lot-20261123-0001").ministry == "MESS" + "x" * 24


def test_who_only_looks_does_not_wait_for_a_writer(sessions: sessionmaker[Session]) -> None:
    looked = threading.Event()

    def look() -> None:
        with sessions() as session:
            assert session.scalars(select(Batch)).all() == []
        looked.set()

    with sessions.begin() as session:
        session.add(a_batch())
        session.flush()
        threading.Thread(target=look, daemon=True).start()
        assert looked.wait(5)


def test_who_only_looks_cannot_write(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        session.add(a_batch())
        with pytest.raises(DBAPIError, match=r"read-?only"):
            session.commit()
    with sessions.begin() as session:  # and the connection writes again when it is meant to
        session.add(a_batch())


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEvent).values(who="somebody else"),
        delete(AuditEvent),
        update(EntryEvent).values(after=EntryState.CONFIRMED),
        delete(EntryEvent),
    ],
    ids=["changed trace", "dropped trace", "changed transition", "dropped transition"],
)
def test_the_history_refuses_to_be_changed_or_dropped(
    sessions: sessionmaker[Session], documents: list[str], change: Executable
) -> None:
    Ledger(sessions, owner="w").plan(
        documents[0], Record(target="saaq", form="f", values={}), "key"
    )
    with sessions.begin() as session:
        audit.append(session, "batch-opened", "MESS", "lot-1")
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(change)


def test_sqlite_keeps_every_commit_on_the_disk(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'greffier.db'}")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        kept = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    engine.dispose()
    assert kept == ["wal", 2, 1]  # 2: FULL


def test_documents_are_found_by_the_state_they_are_in(
    sessions: sessionmaker[Session], documents: list[str]
) -> None:
    """States are stored as the design spells them, for whoever reads the tables by hand."""
    with sessions() as session:
        by_hand = session.execute(text("SELECT id FROM documents WHERE state = 'ready'"))
        assert sorted(by_hand.scalars()) == documents
        assert session.get_one(Document, documents[0]).state == "ready"


@pytest.mark.parametrize("wrong", [{"entry_id": 4711}, {"actor": None}], ids=["key", "null"])
def test_an_error_of_the_database_says_nothing_of_what_was_to_be_written(
    url: str, wrong: dict[str, object]
) -> None:
    engine = open_engine(url)
    row = {"entry_id": 1, "actor": "eva", "details": {"street": "12, rue Inventee"}, **wrong}
    event = insert(EntryEvent).values(at=datetime.now(UTC), after=EntryState.PLANNED, **row)
    with engine.connect() as connection, pytest.raises(IntegrityError) as caught:
        connection.execute(event)
    told = "".join(traceback.format_exception(caught.value))
    assert "violates" in told or "constraint failed" in told
    assert "Inventee" not in told
    assert "DETAIL" not in told
    engine.dispose()
