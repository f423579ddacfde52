"""Settling what nobody saw the end of: a real target, database and store, and Prefect once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import select

from bots.registry import bot_for
from desk.review import Desk
from flows import steps
from flows.office import Office
from flows.receive import open_batch, receive
from flows.reconcile import reconcile_entries
from flows.resume import unfinished
from greffier.errors import ScreenError
from greffier.words import EntryState
from sandbox.serve import LiveTarget
from sandbox.targets.store import PersonFile
from storage import batches
from storage.ledger import Ledger
from storage.models import Artifact, Batch, BatchState, Document, DocumentState, Entry
from storage.seats import take_seat
from tests.flows.conftest import ANSWERS, read_as

pytestmark = [pytest.mark.store, pytest.mark.browser]

S = EntryState
TARGET = "elections-quebec"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveTarget]:
    known = ("surname", "given_name", "birth_date")
    file = PersonFile(
        file_number=ANSWERS["file_elections_quebec"], **{name: ANSWERS[name] for name in known}
    )
    with LiveTarget(TARGET, tmp_path / "targets", [file]) as live:
        live.control.order(error_every=0)
        yield live


@pytest.fixture
def batch(desk: Office, tmp_path: Path) -> str:
    """A batch of one document, whose one entry is planned."""
    path = tmp_path / "scan.bin"
    path.write_bytes(str(tmp_path).encode())
    batch = open_batch(desk, "ESSAI")
    (file,) = receive(desk, batch, [path]).files
    with desk.sessions.begin() as session:
        batches.record_documents(session, file.file, [read_as(ANSWERS)])
    assert steps.plan(desk, batch) == 1
    return batch


def the_entry(office: Office) -> Entry:
    with office.sessions() as session:
        return session.scalars(select(Entry)).one()


def left_by_a_dead_worker(office: Office) -> Entry:
    """The entry, whose worker died with *submitting* committed."""
    told = subprocess.run(
        [sys.executable, "-c", "from storage.workers import this_worker; print(this_worker())"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    dead = Ledger(office.sessions, told.stdout.strip())
    claim = dead.claim(the_entry(office).id)
    assert claim
    for step in (dead.looked_up, dead.filled, dead.submitting):
        step(claim)
    return the_entry(office)


def save(live: LiveTarget, entry: Entry, **otherwise: str) -> None:
    """What the click did, unseen."""
    live.target.store.save(entry.payload["values"] | otherwise, "nonce", "EQ")


@pytest.mark.prefect
def test_the_flow_confirms_what_a_dead_worker_saved(
    desk: Office, batch: str, live: LiveTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(live, left_by_a_dead_worker(desk))
    monkeypatch.setattr("flows.reconcile.office", lambda: desk)
    with prefect_test_harness(server_startup_timeout=120):
        with take_seat(desk.sessions, TARGET, 1), monkeypatch.context() as context:
            context.setattr(bot_for(TARGET), "sessions", 1)
            assert reconcile_entries(return_state=True).is_completed()
            assert the_entry(desk).state is S.UNKNOWN, "somebody else has the only session"
        assert reconcile_entries(return_state=True).is_completed()
    assert the_entry(desk).state is S.CONFIRMED
    assert len(live.control.changes()) == 1


def test_what_is_found_otherwise_goes_to_a_person_with_both_pictures(
    desk: Office,
    batch: str,
    live: LiveTarget,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def unseen(bot: object) -> str:
        raise ScreenError("not-shown")

    entry = the_entry(desk)
    with steps.signed_in(desk, TARGET) as session:
        with monkeypatch.context() as context:
            context.setattr(session.kind, "submit", unseen)
            outcome = steps.enter_or_settle(desk, session, entry.id)
            assert outcome
            assert outcome.state is S.UNKNOWN
        assert steps.unknown_entries(desk) == {TARGET: [entry.id]}
        save(live, entry, street="rue du Moulin")
        outcome = steps.settle(desk, session, entry.id)
    assert outcome
    assert outcome.state is S.WITH_PERSON
    assert the_entry(desk).reason == "other-values"
    with desk.sessions() as session:
        query = select(Artifact).where(Artifact.entry_id == entry.id)
        kept = {artifact.kind: artifact for artifact in session.scalars(query)}
    assert {"filled", "reconciled"} <= kept.keys()
    for kind in ("filled", "reconciled"):
        assert desk.archive.get(kept[kind].key, kept[kind].version_id).startswith(b"\x89PNG")
    Desk(desk, "eva").show_entry(the_entry(desk))
    shown = re.findall(r"(\S+-(?:filled|reconciled)\.png)", capsys.readouterr().out)
    assert len(shown) == 2, "the person is shown where both are"
    assert all(Path(path).read_bytes().startswith(b"\x89PNG") for path in shown)


def test_a_batch_is_taken_up_again_only_while_a_run_could_do_something(
    desk: Office, batch: str
) -> None:
    assert unfinished(desk) == [batch], "an entry is planned"
    entry = left_by_a_dead_worker(desk)
    assert unfinished(desk) == [], "only a search can settle it"
    claim = desk.ledger.take_unknown(entry.id)
    assert claim
    desk.ledger.confirmed(claim)
    assert unfinished(desk) == [batch], "its dossier is to be sealed"
    steps.keep(desk, batch)
    assert unfinished(desk) == []


def test_a_batch_whose_last_document_was_refused_comes_to_its_end(desk: Office, batch: str) -> None:
    entry = the_entry(desk)
    with desk.sessions.begin() as session:
        document = session.get_one(Document, entry.document_id)
        document.state = DocumentState.WAITING_REVIEW
    assert unfinished(desk) == [], "it waits for a person"
    with desk.sessions.begin() as session:
        batches.refuse_document(session, entry.document_id, "eva")
    assert unfinished(desk) == [batch], "nobody has said yet that it is done"
    steps.keep(desk, batch)
    with desk.sessions() as session:
        assert session.get_one(Batch, batch).state is BatchState.DONE
    assert unfinished(desk) == []
