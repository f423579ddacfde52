"""Real databases and real stores for the tests of this room.

Every test that takes ``url`` or ``sessions`` runs on SQLite and on PostgreSQL; every test that
takes ``store`` runs on the embedded SeaweedFS and, where ``GREFFIER_TEST_MINIO`` names its
program, on MinIO.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.orm import Session, sessionmaker

from greffier.words import Decision, DocumentRead, EntryState, Reading, Record
from sandbox.postgresql import postgresql
from storage import batches
from storage.archive import Archive, Store, Stored
from storage.database import open_sessions, upgrade
from storage.embedded import EmbeddedStore
from storage.ledger import Claim, Ledger
from storage.models import Base, Entry

ACCESS, SECRET = "greffier", "a-secret-for-tests"
MIGRATED = "migrated"


# -- databases -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own on a Unix socket; yields the folder of the socket."""
    with contextlib.ExitStack() as stack:
        # Not in pytest's own folder: the server's user may not look in there.
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="greffier-pg-data-"))
        try:
            url = stack.enter_context(postgresql(Path(data), durable=False))
        except FileNotFoundError as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(
                f"no PostgreSQL here ({missing}): ./setup.sh installs it, and CI fails without"
            )
        host = make_url(url).query["host"]
        upgrade(new_database(host, MIGRATED))
        yield host


def new_database(host: str, name: str) -> str:
    with psycopg.connect(
        host=host, user="greffier", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address(host, name)


def address(host: str, name: str) -> str:
    return f"postgresql://greffier@/{name}?host={host}"


def _empty_sqlite(request: pytest.FixtureRequest) -> str:
    return f"sqlite:///{request.getfixturevalue('tmp_path') / 'greffier.db'}"


def _empty_postgres(request: pytest.FixtureRequest) -> str:
    return new_database(request.getfixturevalue("postgres"), uuid.uuid4().hex)


def _migrated_sqlite(request: pytest.FixtureRequest) -> str:
    shutil.copy(
        request.getfixturevalue("migrated_sqlite"),
        request.getfixturevalue("tmp_path") / "greffier.db",
    )
    return _empty_sqlite(request)


def _migrated_postgres(request: pytest.FixtureRequest) -> str:
    """One database for all, wiped: making a new one costs a second."""
    host = request.getfixturevalue("postgres")
    with psycopg.connect(host=host, user="greffier", dbname=MIGRATED) as connection:
        connection.execute("SET session_replication_role = replica")  # the history's triggers rest
        connection.execute(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY")
    return address(host, MIGRATED)


ON_BOTH = [
    pytest.param("sqlite"),
    pytest.param("postgres", marks=pytest.mark.postgres),
]


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "greffier.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=ON_BOTH)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with nothing in it."""
    return {"sqlite": _empty_sqlite, "postgres": _empty_postgres}[request.param](request)


@pytest.fixture(params=ON_BOTH)
def url(request: pytest.FixtureRequest) -> str:
    """The address of a database with our tables, and nothing in them."""
    return {"sqlite": _migrated_sqlite, "postgres": _migrated_postgres}[request.param](request)


@pytest.fixture
def sessions(url: str) -> Iterator[sessionmaker[Session]]:
    factory = open_sessions(url)
    yield factory
    factory.kw["bind"].dispose()


# -- stores --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    server = EmbeddedStore(tmp_path_factory.mktemp("store"), ACCESS, SECRET)
    yield Store(server.start(), ACCESS, SECRET)
    server.stop()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(log.read_text())
        time.sleep(0.05)


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    program = os.environ.get("GREFFIER_TEST_MINIO")
    if not program:
        pytest.skip("run on SeaweedFS alone; MinIO has to be built first: `make test-minio` does")
    folder = tmp_path_factory.mktemp("minio")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [program, "server", "--quiet", "--address", endpoint, folder / "data"],
            env={**os.environ, "MINIO_ROOT_USER": ACCESS, "MINIO_ROOT_PASSWORD": SECRET},
            stdout=output,
            stderr=output,
        )
    store = Store(endpoint, ACCESS, SECRET)

    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            health = f"http://{endpoint}/minio/health/ready"
            return httpx.get(health, timeout=2).is_success
        return False

    try:
        wait_until(answers, server, log)
        yield store
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(params=["embedded", "minio"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)


@pytest.fixture
def archive(store: Store) -> Archive:
    """An archive over a bucket that no other test uses."""
    archive = Archive(store, f"test-{uuid.uuid4().hex[:12]}", lock_days=1)
    archive.ensure_bucket()
    return archive


# -- what is kept --------------------------------------------------------------------------------


class Clock:
    """A clock that stands until it is pushed."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def push(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def stored(content: bytes = b"scan") -> Stored:
    """What the archive would answer, for tests that need no archive."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Stored(f"originals/{sha256[:2]}/{sha256}", sha256, "v1", len(content))


@pytest.fixture
def a_record() -> Record:
    return Record(
        target="ramq",
        form="changement-adresse",
        values={"civic_number": "12", "street": "rue des Érables"},
        identity={"surname": "Tremblay"},
    )


@pytest.fixture
def documents(sessions: sessionmaker[Session]) -> list[str]:
    """Two documents of one file, ready to be entered."""
    readings = (Reading(name="street", value="rue des Érables", confidence=0.99, reader="typed"),)
    found = [
        DocumentRead(
            source="a",
            document=number,
            pages=(number,),
            form="changement-adresse",
            form_confidence=0.99,
            readings=readings,
            decision=Decision.ENTER,
        )
        for number in (1, 2)
    ]
    with sessions.begin() as session:
        batch = batches.create_batch(session, "MESS")
        received = batches.add_file(session, batch.id, "scan.tif", stored())
        return batches.record_documents(session, received.file, found)


@pytest.fixture(scope="session")
def ended_worker() -> str:
    """The name of a process of this machine that has ended."""
    name = subprocess.run(
        [sys.executable, "-c", "from storage.workers import this_worker; print(this_worker())"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    return name.stdout.strip()


# -- ledgers -------------------------------------------------------------------------------------

S = EntryState
#: Seconds a claim lasts.
LEASE = 60


@pytest.fixture
def make(sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> Callable[..., Ledger]:
    """Ledgers of several workers over one database, on one clock."""
    return lambda owner: Ledger(sessions, owner, LEASE, clock)


@pytest.fixture
def ledger(make: Callable[..., Ledger]) -> Ledger:
    return make("elsewhere/1")


@pytest.fixture
def entry(ledger: Ledger, documents: list[str], a_record: Record) -> int:
    return ledger.plan(documents[0], a_record, "key").entry


def held(claim: Claim | None) -> Claim:
    assert claim is not None
    return claim


def state(ledger: Ledger, entry: int) -> EntryState:
    with ledger.sessions() as session:
        return session.get_one(Entry, entry).state


def bring(ledger: Ledger, claim: Claim, to: EntryState) -> None:
    """Go an undisturbed entry's way as far as ``to``."""
    steps = [ledger.looked_up, ledger.filled, ledger.submitting, ledger.submitted, ledger.confirmed]
    way = [S.LOOKED_UP, S.FILLED, S.SUBMITTING, S.SUBMITTED, S.CONFIRMED]
    for step, reached in zip(steps, way, strict=True):
        if to is S.CLAIMED:
            return
        step(claim)
        if reached is to:
            return
