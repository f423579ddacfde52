from __future__ import annotations

import json

from sqlalchemy.orm import Session, sessionmaker

from greffier.words import Record
from storage import batches
from storage.archive import Derived
from storage.dossier import dossier_of
from storage.evidence import missing, record_missing
from storage.ledger import Ledger
from storage.models import Document


def test_a_dossier_chains_the_paper_to_the_screen(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    document = documents[0]
    ledger = Ledger(sessions, "worker")
    claim = ledger.claim(ledger.plan(document, a_record, "key").entry)
    assert claim is not None
    for step in (ledger.looked_up, ledger.filled, ledger.submitting):
        step(claim)
    ledger.submitted(claim, "RAMQ-0042")
    ledger.confirmed(claim)
    with sessions.begin() as session:
        original = session.get_one(Document, document).file.sha256
        screen = Derived("derivatives/x", "ab", "v1", 3, "confirmation", original, "pw", "1.5")
        batches.record_artifact(session, screen, document, claim.entry)
    with sessions() as session:
        row = session.get_one(Document, document)
        text = dossier_of(row)
        assert dossier_of(row) == text  # sealed twice, it is the same object of the archive
    dossier = json.loads(text)
    assert dossier["original"]["sha256"] == original
    assert dossier["document"]["id"] == document
    assert dossier["readings"][0]["value"] == "rue des Érables"
    (entry,) = dossier["entries"]
    assert entry["confirmation"] == "RAMQ-0042"
    assert [event["after"] for event in entry["history"]][-2:] == ["submitted", "confirmed"]
    (artifact,) = dossier["artifacts"]
    assert (artifact["parent_sha256"], artifact["entry_id"]) == (original, entry["id"])
    assert artifact["tool"] == "pw"
    assert entry["missing_evidence"] == []


def test_evidence_is_missing_from_the_entry_that_lacks_it(
    sessions: sessionmaker[Session], documents: list[str], a_record: Record
) -> None:
    ledger = Ledger(sessions, "worker")
    lacking, whole = (ledger.plan(document, a_record, document).entry for document in documents[:2])
    with sessions.begin() as session:
        record_missing(session, "greffier", lacking, "filled", "not-taken")
    with sessions() as session:
        found = missing(session, Document.id.in_(documents))
        assert [(m.entry, m.document, m.kind, m.why) for m in found] == [
            (lacking, documents[0], "filled", "not-taken")
        ]
        (entry,) = json.loads(dossier_of(session.get_one(Document, documents[1])))["entries"]
    assert (entry["id"], entry["missing_evidence"]) == (whole, [])
