"""The steps of a batch, by ids, on a real database and a real store, without Prefect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from flows import steps
from flows.office import Office
from flows.receive import open_batch, receive
from flows.report import halts
from flows.wording import explain_document
from greffier.words import Decision, DocumentRead, EntryState, Reason
from storage import audit, batches
from storage.models import (
    Artifact,
    AuditEvent,
    Batch,
    BatchState,
    Document,
    DocumentState,
    Entry,
    SourceFile,
)
from tests.flows.conftest import ANSWERS, read_as

pytestmark = pytest.mark.store


def received(office: Office, tmp_path: Path, count: int = 1) -> tuple[str, list[str]]:
    """A batch of files nobody can read, and their ids."""
    paths = [tmp_path / f"{number}.bin" for number in range(count)]
    for path in paths:
        path.write_bytes(f"no document at all: {path}".encode())
    batch = open_batch(office, "ESSAI")
    return batch, [file.file for file in receive(office, batch, paths).files]


def recorded(office: Office, file: str, read: DocumentRead) -> str:
    with office.sessions.begin() as session:
        return batches.record_documents(session, file, [read])[0]


def document(office: Office, document_id: str) -> Document:
    with office.sessions() as session:
        return session.get_one(Document, document_id)


def entries(office: Office) -> list[Entry]:
    with office.sessions() as session:
        return list(session.scalars(select(Entry).order_by(Entry.id)))


def confirm(office: Office, entry: Entry) -> None:
    claim = office.ledger.claim(entry.id)
    assert claim
    office.ledger.confirmed(claim, pre_existing=True)


def test_a_file_that_is_no_document_is_quarantined_and_its_batch_is_done(
    office: Office, tmp_path: Path
) -> None:
    batch, [file] = received(office, tmp_path)
    assert steps.unread(office, batch) == [file]
    [found] = steps.read(office, file)
    assert document(office, found).state is DocumentState.QUARANTINED
    assert document(office, found).reasons[0]["code"] == "not-a-document"
    assert steps.unread(office, batch) == []
    steps.keep(office, batch)
    with office.sessions() as session:
        assert session.get_one(Batch, batch).state is BatchState.DONE


def test_one_entry_is_planned_for_each_ticked_body_and_only_once(
    office: Office, tmp_path: Path
) -> None:
    batch, [file] = received(office, tmp_path)
    recorded(office, file, read_as(ANSWERS))
    assert steps.plan(office, batch) == 1
    assert steps.plan(office, batch) == 0
    [entry] = entries(office)
    assert entry.target == "elections-quebec"
    assert entry.payload["values"]["street"] == ANSWERS["new_street"]
    assert steps.targets_waiting(office, batch) == {"elections-quebec": [entry.id]}


def test_a_document_sent_again_is_the_twin_of_the_first(office: Office, tmp_path: Path) -> None:
    batch, [first, again] = received(office, tmp_path, 2)
    original = recorded(office, first, read_as(ANSWERS))
    resent = recorded(office, again, read_as(ANSWERS | {"new_street": "RUE DES ESSAIS"}))
    assert steps.plan(office, batch) == 1
    assert document(office, resent).twin_of == original
    assert document(office, resent).state is DocumentState.DONE


def test_the_twin_of_a_refused_document_is_shown_to_a_person_before_it_is_closed(
    office: Office, tmp_path: Path
) -> None:
    batch, files = received(office, tmp_path, 2)
    original = recorded(office, files[0], read_as(ANSWERS))
    steps.plan(office, batch)
    [entry] = entries(office)
    claim = office.ledger.claim(entry.id)
    assert claim
    office.ledger.refused(claim, "target-refused")

    resent = recorded(office, files[1], read_as(ANSWERS))
    assert steps.plan(office, batch) == 0
    assert document(office, resent).state is DocumentState.WAITING_REVIEW

    with office.sessions.begin() as session:
        batches.confirm_document(session, resent, "eva")
    assert steps.plan(office, batch) == 0
    assert document(office, resent).twin_of == original


def test_a_dossier_is_sealed_once_every_entry_is_settled(office: Office, tmp_path: Path) -> None:
    batch, [file] = received(office, tmp_path)
    found = recorded(office, file, read_as(ANSWERS))
    steps.plan(office, batch)
    assert steps.keep(office, batch) == 0, "its entry has not ended"
    confirm(office, entries(office)[0])
    assert steps.keep(office, batch) == 1
    with office.sessions() as session:
        sealed = session.scalars(
            select(Artifact).where(Artifact.document_id == found, Artifact.kind == "dossier")
        ).one()
        original = session.get_one(SourceFile, file).sha256
    told = json.loads(office.archive.get(sealed.key, sealed.version_id))
    assert sealed.parent_sha256 == original == told["original"]["sha256"]
    assert told["entries"][0]["state"] == EntryState.CONFIRMED


def test_a_picture_that_could_not_be_kept_is_told_in_the_dossier_and_in_the_summary(
    office: Office, tmp_path: Path
) -> None:
    batch, [file] = received(office, tmp_path)
    found = recorded(office, file, read_as(ANSWERS))
    steps.plan(office, batch)
    [entry] = entries(office)
    assert halts(office, batch).evidence == []
    evidence = steps.EntryEvidence(office, entry.id)
    evidence.missed("filled", "not-in-time")
    evidence.missed("read-back-2", "StoreError")
    confirm(office, entry)
    steps.keep(office, batch)

    where = f"{found} → {entry.target}"
    assert halts(office, batch).evidence == [
        (where, "écran rempli : n’a pu être archivée à temps"),
        (where, "relecture (2) : StoreError"),
    ]
    assert halts(office, "an-other-batch").evidence == []
    with office.sessions() as session:
        sealed = session.scalars(select(Artifact).where(Artifact.kind == "dossier")).one()
        audit.verify(session)
    told = json.loads(office.archive.get(sealed.key, sealed.version_id))
    lost = told["entries"][0]["missing_evidence"]
    assert [(row["kind"], row["why"]) for row in lost] == [
        ("filled", "not-in-time"),
        ("read-back-2", "StoreError"),
    ]


def events(office: Office, name: str) -> int:
    with office.sessions() as session:
        return len(session.scalars(select(AuditEvent).where(AuditEvent.event == name)).all())


def test_of_two_runs_of_a_batch_one_reads_plans_and_seals(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower run has made its lists before the other one acts."""
    batch, [file, spoilt] = received(office, tmp_path, 2)
    found = recorded(office, file, read_as(ANSWERS))
    other = recorded(office, spoilt, read_as({"new_street": ANSWERS["new_street"]}))
    with office.sessions() as session:
        listed = batches.ready_documents(session, batch)
    assert steps.read(office, file) == [found]
    assert events(office, "file-read") == 0
    assert steps.plan(office, batch) == 1
    confirm(office, entries(office)[0])

    with monkeypatch.context() as late:
        late.setattr(batches, "ready_documents", lambda session, batch_id: listed)
        assert steps.plan(office, batch) == 0
    assert document(office, other).state is DocumentState.WAITING_REVIEW

    with office.sessions() as session:
        listed = batches.ready_documents(session, batch)
        assert all(document.entries for document in listed)
    assert steps.keep(office, batch) == 1
    with monkeypatch.context() as late:
        late.setattr(batches, "ready_documents", lambda session, batch_id: listed)
        assert steps.keep(office, batch) == 0
    assert events(office, "dossier-sealed") == 1


def test_a_document_whose_form_is_gone_comes_back_to_a_person_and_stops_no_other(
    office: Office, tmp_path: Path
) -> None:
    batch, files = received(office, tmp_path, 2)
    of_old = read_as(ANSWERS).model_copy(update={"form": "formulaire-retiré"})
    gone, kept = recorded(office, files[0], of_old), recorded(office, files[1], read_as(ANSWERS))
    steps.keep(office, batch)
    assert steps.plan(office, batch) == 1
    assert document(office, kept).state is DocumentState.READY
    back = document(office, gone)
    assert back.state is DocumentState.WAITING_REVIEW
    assert [reason["code"] for reason in back.reasons] == ["form-gone"]
    assert "GREFFIER_PACKS" in explain_document(back, office.packs)


def test_an_entry_that_waits_for_a_person_keeps_its_dossier_open(
    office: Office, tmp_path: Path
) -> None:
    batch, [file] = received(office, tmp_path)
    recorded(office, file, read_as(ANSWERS))
    steps.plan(office, batch)
    claim = office.ledger.claim(entries(office)[0].id)
    assert claim
    office.ledger.with_person(claim, "wrong-holder")
    assert steps.keep(office, batch) == 0
    with office.sessions() as session:
        assert session.get_one(Batch, batch).state is BatchState.OPEN


def test_what_a_person_leaves_missing_comes_back_to_a_person(
    office: Office, tmp_path: Path
) -> None:
    batch, [file] = received(office, tmp_path)
    doubtful = read_as(ANSWERS | {"date_signed": ""}, Decision.REVIEW)
    found = recorded(
        office,
        file,
        doubtful.model_copy(update={"reasons": (Reason(code="required", field="date_signed"),)}),
    )
    with office.sessions.begin() as session:
        settled = batches.decide_field(session, found, "date_signed", "", "essai")
        assert settled.state is DocumentState.READY
    assert steps.plan(office, batch) == 0, "it is still not dated"
    assert document(office, found).state is DocumentState.WAITING_REVIEW
    assert entries(office) == []
