"""Opening the database: SQLite on one machine, PostgreSQL when the office outgrows it.

SQLite runs in WAL with every commit flushed to the disk, because the ledger's promise
(*submitting* is committed before the click) must outlive a power cut. Writing transactions begin
with ``BEGIN IMMEDIATE``: a transaction that reads first and writes later would otherwise find the
database locked by another writer and could not wait for it (see "Serializable isolation /
Savepoints / Transactional DDL" in SQLAlchemy's SQLite notes).
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
#: How long a writer waits for another on SQLite, in seconds.
PATIENCE = 30
#: Any number of our own: PostgreSQL's advisory lock that lets one process migrate at a time.
_MIGRATION_LOCK = 5_712_063


def open_engine(url: str) -> Engine:
    """An engine for ``url`` (a SQLAlchemy URL). A plain ``postgresql://`` means psycopg 3.

    Its transactions write, unless the execution option ``reading`` is set: those only look. The
    values of a statement or a row are in no error's text: they may be somebody's.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": PATIENCE}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "handle_error", _without_detail)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError(f"not a SQLite connection: {type(connection).__name__}")
    connection.isolation_level = None  # BEGIN is ours to say
    _into_wal(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _into_wal(connection: sqlite3.Connection) -> None:
    """Turn a new database to WAL. SQLite does not wait for the other who is at it: we do."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    looks = _only_looks(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(looks)}")
    connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if _only_looks(connection):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _without_detail(context: ExceptionContext) -> None:
    """Leave the primary message of an error alone: its DETAIL quotes the row ("Error Message
    Style Guide" of PostgreSQL)."""
    error, told = context.original_exception, context.sqlalchemy_exception
    if told is None or not isinstance(error, psycopg.Error) or not error.diag.message_primary:
        return
    error.args = (error.diag.message_primary,)
    kind = type(error)
    told.args = (f"({kind.__module__}.{kind.__name__}) {error}", *told.args[1:])


def _only_looks(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("reading"))


class Transaction(Session):
    """A session that writes only when it was begun on purpose.

    ``with sessions.begin() as session:`` writes: on SQLite it holds the one writer's lock from
    its first line to its last, so keep it short and do nothing slow inside.
    ``with sessions() as session:`` only looks: it neither waits for writers nor holds them up,
    and the database refuses what it tries to write.
    """

    def begin(self, nested: bool = False) -> SessionTransaction:
        transaction = super().begin(nested)
        if not nested:
            self.connection(execution_options={"reading": False})
        return transaction


def open_sessions(url: str) -> sessionmaker[Session]:
    """A session factory for ``url``; see ``Transaction``. Objects stay readable after commit."""
    engine = open_engine(url).execution_options(reading=True)
    return sessionmaker(engine, class_=Transaction, expire_on_commit=False)


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our migrations, over an open connection if one is given."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at ``url`` to ``revision``; safe to call by several processes at once."""
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK}
                )
            command.upgrade(migration_config(connection), revision)
    finally:
        engine.dispose()
