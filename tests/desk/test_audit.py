"""What an auditor asks of a home: does the record hold, and the archive what it says?"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner, Result

from desk.cli import app
from greffier.errors import GreffierError, StoreError
from greffier.settings import Settings
from storage import audit, batches
from storage.archive import Archive, Store, Stored
from storage.database import open_sessions, upgrade
from storage.embedded import EmbeddedStore
from storage.models import SourceFile


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sessionmaker[Session]]:
    """A home with a database of its own."""
    monkeypatch.setenv("GREFFIER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GREFFIER_LANGUAGE", "fr")
    monkeypatch.delenv("GREFFIER_DATABASE_URL", raising=False)
    url = Settings.load().database
    upgrade(url)
    factory = open_sessions(url)
    yield factory
    factory.kw["bind"].dispose()


@pytest.fixture
def chain(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    for number in range(1, 4):
        with sessions.begin() as session:
            audit.append(session, "batch-opened", "MESS", f"lot-{number}")
    return sessions


def greffier_audit(*options: str) -> Result:
    return CliRunner().invoke(app, ["audit", *options])


def tamper(sessions: sessionmaker[Session], statement: str) -> None:
    with sessions.begin() as session:
        session.execute(text("DROP TRIGGER audit_events_no_update"))
        session.execute(text("DROP TRIGGER audit_events_no_delete"))
        session.execute(text(statement))


def refused(done: Result) -> tuple[str, int]:
    """The code of the error that ended the command, and what it exits with."""
    assert isinstance(done.exception, GreffierError), done.output
    return done.exception.code, done.exception.exit_code


@pytest.mark.usefixtures("chain")
def test_a_chain_that_holds_is_told_with_its_length_its_days_and_its_head() -> None:
    done = greffier_audit()
    assert done.exit_code == 0, done.output
    assert re.search(r": 3, du \d{4}-.* UTC au \d{4}-.* UTC", done.stdout)
    assert re.search(r"La chaîne tient. Sa tête : 3:[0-9a-f]{64}", done.stdout)


def test_a_changed_event_is_named_and_so_is_how_far_the_chain_holds(
    chain: sessionmaker[Session],
) -> None:
    tamper(chain, "UPDATE audit_events SET subject = 'lot-9' WHERE seq = 3")
    done = greffier_audit()
    assert refused(done) == ("audit-broken", 1)
    assert done.exception.details == {"row": 3}
    assert "se suivent : 2, du" in done.stdout
    assert "tient" not in done.stdout


def test_events_cut_off_show_beside_a_head_that_was_kept(chain: sessionmaker[Session]) -> None:
    head = re.search(r"3:[0-9a-f]{64}", greffier_audit().stdout)[0]
    assert greffier_audit("--head", head).exit_code == 0
    tamper(chain, "DELETE FROM audit_events WHERE seq = 3")
    assert greffier_audit().exit_code == 0
    assert refused(greffier_audit("--head", head)) == ("audit-cut", 1)


@pytest.mark.usefixtures("sessions")
def test_a_record_with_nothing_in_it_proves_nothing() -> None:
    assert refused(greffier_audit()) == ("audit-empty", 1)


def test_a_home_without_a_database_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREFFIER_HOME", str(tmp_path / "nowhere"))
    assert refused(greffier_audit()) == ("audit-empty", 1)


def test_what_is_no_head_is_a_malformed_request() -> None:
    assert refused(greffier_audit("--head", "3:abc")) == ("audit-head", 2)


# -- the archive -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    server = EmbeddedStore(tmp_path_factory.mktemp("store"), "greffier", "a-secret-for-tests")
    yield Store(server.start(), "greffier", "a-secret-for-tests")
    server.stop()


@pytest.fixture
def archive(
    store: Store, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> Archive:
    """An archive with two originals and a picture made of the first, received as files are."""
    monkeypatch.setenv("GREFFIER_S3_ENDPOINT", store.endpoint)
    monkeypatch.setenv("GREFFIER_S3_SECRET_KEY", store.secret_key)
    archive = Archive.from_settings(Settings.load())
    archive.ensure_bucket()
    with sessions.begin() as session:
        batch = batches.create_batch(session, "MESS").id
    for name in ("a.tif", "b.tif"):
        stored = archive.put_original(name.encode())
        with sessions.begin() as session:
            file = batches.add_file(session, batch, name, stored).file
            audit.append(session, "file-received", batch, file, sha256=stored.sha256)
    with sessions.begin() as session:
        made = archive.put_derivative(b"picture", "page", stored.sha256, "greffier", "1")
        batches.record_artifact(session, made)
    return archive


@pytest.mark.store
@pytest.mark.usefixtures("archive")
def test_an_archive_that_holds_what_the_database_says_is_told() -> None:
    done = greffier_audit("--archive")
    assert done.exit_code == 0, done.output
    assert "3 objets relus" in done.stdout


@pytest.mark.store
def test_each_object_that_is_gone_or_another_is_told(
    archive: Archive, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        first, second = session.query(SourceFile).order_by(SourceFile.id)
        other = archive.client.put_object(
            archive.bucket, first.archive_key, io.BytesIO(b"forged"), 6
        )
        first.archive_version = other.version_id
        second.archive_key = "originals/00/gone"
    done = greffier_audit("--archive")
    assert refused(done) == ("audit-archive", 1)
    assert done.exception.details == {"count": 2}
    assert first.archive_key in done.stdout
    assert "originals/00/gone" in done.stdout


@pytest.mark.store
@pytest.mark.usefixtures("archive")
def test_an_original_whose_hash_was_changed_in_the_database_is_found_by_the_chain(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        first, second = session.query(SourceFile).order_by(SourceFile.id)
        first.sha256, gone = second.sha256, first.sha256
        first.archive_key, first.archive_version = second.archive_key, second.archive_version
    done = greffier_audit("--archive")
    assert refused(done) == ("audit-archive", 1)
    assert gone in done.stdout


@pytest.mark.usefixtures("chain")
def test_without_services_the_archive_cannot_be_read_back_and_the_record_can() -> None:
    assert refused(greffier_audit("--archive")) == ("services-down", 1)
    assert greffier_audit().exit_code == 0


@pytest.mark.usefixtures("chain")
def test_an_archive_that_does_not_answer_is_not_called_altered(
    monkeypatch: pytest.MonkeyPatch, sessions: sessionmaker[Session]
) -> None:
    def down(archive: Archive, key: str, version: str | None, sha256: str) -> None:
        raise StoreError("store-down", doing="get", answer="MaxRetryError")

    stored = Stored("originals/00/00", "0" * 64, "v1", 1)
    with sessions.begin() as session:
        batches.add_file(session, batches.create_batch(session, "MESS").id, "a.tif", stored)
    monkeypatch.setenv("GREFFIER_S3_SECRET_KEY", "a-secret-for-tests")
    monkeypatch.setattr(Archive, "check", down)
    assert refused(greffier_audit("--archive")) == ("store-down", 1)
