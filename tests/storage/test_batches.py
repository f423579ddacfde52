from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from greffier.errors import UsageError
from greffier.words import Box, Decision, DocumentRead, Reading, Reason, Record
from storage import batches
from storage.archive import Derived, Stored
from storage.batches import DocumentClosed
from storage.ledger import Ledger
from storage.models import Artifact, BatchState, Document, DocumentState, FieldReading

NAS = Reading(
    name="nas",
    value="130692544",
    raw="130 692 S44",
    confidence=0.6,
    page=1,
    box=Box(10, 20, 110, 60),
    reader="hand",
    problems=("low",),
)
STREET = Reading(name="street", value="rue des Érables", confidence=0.99, reader="typed")


def stored(content: str) -> Stored:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return Stored(f"originals/{sha256[:2]}/{sha256}", sha256, "v1", len(content))


def found(number: int = 1, decision: Decision = Decision.REVIEW, *reasons: Reason) -> DocumentRead:
    return DocumentRead(
        source="scan.tif",
        document=number,
        pages=(number,),
        form="changement-adresse",
        form_confidence=0.98,
        readings=(NAS, STREET),
        decision=decision,
        reasons=reasons,
    )


IN_DOUBT = Reason(code="low-confidence", field="nas")


@pytest.fixture
def batch(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        return batches.create_batch(session, "MESS").id


def add(sessions: sessionmaker[Session], batch: str, name: str, content: str) -> batches.Received:
    with sessions.begin() as session:
        return batches.add_file(session, batch, name, stored(content))


def record(sessions: sessionmaker[Session], batch: str, *documents: DocumentRead) -> list[str]:
    file = add(sessions, batch, "scan.tif", "scan").file
    with sessions.begin() as session:
        return batches.record_documents(session, file, documents, {(1, "nas"): "derivatives/crop"})


def waiting(sessions: sessionmaker[Session]) -> list[tuple[str, list[str], bool]]:
    with sessions() as session:
        return [
            (review.document.id, [field.name for field in review.fields], review.whole)
            for review in batches.waiting_reviews(session)
        ]


def state(sessions: sessionmaker[Session], document: str) -> DocumentState:
    with sessions() as session:
        return session.get_one(Document, document).state


# -- receiving -----------------------------------------------------------------------------------


def test_a_batch_has_an_id_one_can_read_aloud(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        ids = {batches.create_batch(session, "MESS").id for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch(r"lot-\d{8}-[0-9a-f]{4}", id_) for id_ in ids)


def test_files_are_numbered_as_they_come(sessions: sessionmaker[Session], batch: str) -> None:
    ids = [add(sessions, batch, f"{n}.tif", f"scan {n}").file for n in range(3)]
    assert ids == [f"{batch}-01", f"{batch}-02", f"{batch}-03"]
    with sessions() as session:
        assert [file.id for file in batches.unread_files(session, batch)] == ids


def test_a_file_recorded_twice_counts_once(sessions: sessionmaker[Session], batch: str) -> None:
    """A crash between recording and the receipt: the scan centre sends again."""
    first = add(sessions, batch, "1.tif", "scan")
    again = add(sessions, batch, "1.tif", "scan")
    assert (first.created, again.created) == (True, False)
    assert again.file == first.file


def test_the_same_bytes_under_another_name_point_at_the_first(
    sessions: sessionmaker[Session], batch: str
) -> None:
    first = add(sessions, batch, "1.tif", "scan")
    second = add(sessions, batch, "copie de 1.tif", "scan")
    assert (first.same_bytes, second.same_bytes) == (None, first.file)
    assert second.created


def test_files_recorded_at_the_same_time_get_numbers_of_their_own(
    sessions: sessionmaker[Session], batch: str
) -> None:
    with ThreadPoolExecutor(6) as pool:
        received = list(pool.map(lambda n: add(sessions, batch, f"{n}.tif", f"{n}"), range(12)))
    assert len({r.file for r in received}) == 12


# -- reading -------------------------------------------------------------------------------------


def test_documents_are_written_down_with_all_that_was_read(
    sessions: sessionmaker[Session], batch: str
) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    with sessions() as session:
        nas = session.scalars(select(FieldReading).where(FieldReading.name == "nas")).one()
        assert (nas.document_id, nas.value, nas.raw) == (document, "130692544", "130 692 S44")
        assert (nas.page, nas.box, nas.problems) == (1, [10, 20, 110, 60], ["low"])
        assert (nas.crop_key, nas.doubtful) == ("derivatives/crop", True)
        assert batches.unread_files(session, batch) == []


def test_a_file_read_twice_keeps_its_first_reading(
    sessions: sessionmaker[Session], batch: str
) -> None:
    first = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT), found(2, Decision.ENTER))
    again = record(sessions, batch, found(1, Decision.ENTER))
    assert again == first
    assert state(sessions, first[0]) is DocumentState.WAITING_REVIEW


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision.ENTER, DocumentState.READY),
        (Decision.REVIEW, DocumentState.WAITING_REVIEW),
        (Decision.QUARANTINE, DocumentState.QUARANTINED),
    ],
)
def test_the_decision_says_where_a_document_goes(
    sessions: sessionmaker[Session], batch: str, decision: Decision, expected: DocumentState
) -> None:
    (document,) = record(sessions, batch, found(1, decision, IN_DOUBT))
    assert state(sessions, document) is expected


def test_an_artifact_is_found_from_its_document(
    sessions: sessionmaker[Session], batch: str
) -> None:
    (document,) = record(sessions, batch, found())
    page = Derived("derivatives/page/ab/ab", "ab", "v1", 3, "page", "parent", "opencv", "4.10")
    with sessions.begin() as session:
        batches.record_artifact(session, page, document)
    with sessions() as session:
        kept = session.scalars(select(Artifact)).one()
        assert (kept.document_id, kept.parent_sha256, kept.tool) == (document, "parent", "opencv")


# -- deciding ------------------------------------------------------------------------------------


def test_only_the_doubtful_fields_are_asked(sessions: sessionmaker[Session], batch: str) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    assert waiting(sessions) == [(document, ["nas"], False)]


def test_what_waits_is_asked_in_the_order_in_which_it_came(
    sessions: sessionmaker[Session], batch: str
) -> None:
    with sessions.begin() as session:
        later = [batches.create_batch(session, "RAMQ").id for _ in range(3)]  # ids are by chance
    expected = record(sessions, batch, *(found(n, Decision.REVIEW, IN_DOUBT) for n in range(1, 12)))
    for other in later:
        expected += record(sessions, other, found(1, Decision.REVIEW, IN_DOUBT))
    assert [document for document, _, _ in waiting(sessions)] == expected


def test_a_field_that_was_not_read_at_all_can_be_given(
    sessions: sessionmaker[Session], batch: str
) -> None:
    missing = Reason(code="not-read", field="birth_date")
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, missing))
    with sessions.begin() as session:
        settled = batches.decide_field(session, document, "birth_date", "1954-12-28", "Mme Roy")
        assert batches.final_values(settled)["birth_date"] == "1954-12-28"
        assert settled.state is DocumentState.READY


@pytest.mark.parametrize(
    ("typed", "verdict"), [("130692544", "accepted"), ("130692551", "corrected")]
)
def test_a_decided_document_is_ready_and_says_who_decided(
    sessions: sessionmaker[Session], batch: str, typed: str, verdict: str
) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    with sessions.begin() as session:
        batches.decide_field(session, document, "nas", typed, "Mme Roy")
    with sessions() as session:
        (ready,) = batches.ready_documents(session, batch)
        assert batches.final_values(ready) == {"nas": typed, "street": "rue des Érables"}
        nas = next(field for field in ready.fields if field.name == "nas")
        assert (nas.verdict, nas.decided_by, nas.value) == (verdict, "Mme Roy", "130692544")
        assert nas.decided_at is not None


def test_a_refused_field_refuses_its_document(sessions: sessionmaker[Session], batch: str) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    with sessions.begin() as session:
        batches.decide_field(session, document, "nas", None, "Mme Roy")
    assert state(sessions, document) is DocumentState.REFUSED
    assert waiting(sessions) == []


def test_a_doubt_about_the_whole_document_is_a_question_of_its_own(
    sessions: sessionmaker[Session], batch: str
) -> None:
    whole = Reason(code="form-doubtful")
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT, whole))
    with sessions.begin() as session:
        batches.decide_field(session, document, "nas", "130692544", "Mme Roy")
    assert waiting(sessions) == [(document, [], True)]
    with sessions.begin() as session:
        batches.confirm_document(session, document, "Mme Roy")
    assert state(sessions, document) is DocumentState.READY


def test_nobody_decides_what_does_not_wait(sessions: sessionmaker[Session], batch: str) -> None:
    (document,) = record(sessions, batch, found(1, Decision.ENTER))
    with pytest.raises(DocumentClosed), sessions.begin() as session:
        batches.decide_field(session, document, "nas", "1", "Mme Roy")
    with pytest.raises(DocumentClosed), sessions.begin() as session:
        batches.refuse_document(session, document, "Mme Roy")


def test_a_field_the_document_does_not_have_cannot_be_decided(
    sessions: sessionmaker[Session], batch: str
) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    with pytest.raises(UsageError), sessions.begin() as session:
        batches.decide_field(session, document, "colour", "blue", "Mme Roy")


def test_values_that_do_not_stand_together_go_back_to_a_person(
    sessions: sessionmaker[Session], batch: str
) -> None:
    (document,) = record(sessions, batch, found(1, Decision.ENTER))
    reasons = [Reason(code="disagree", field="street"), Reason(code="not-read", field="city")]
    with sessions.begin() as session:
        batches.reopen_document(session, document, reasons)
    assert waiting(sessions) == [(document, ["street", "city"], False)]


def test_an_answer_that_broke_a_rule_is_asked_again_and_still_seen(
    sessions: sessionmaker[Session], batch: str
) -> None:
    (document,) = record(sessions, batch, found(1, Decision.REVIEW, IN_DOUBT))
    with sessions.begin() as session:
        batches.decide_field(session, document, "nas", "999999999", "Mme Roy")
    with sessions.begin() as session:
        batches.reopen_document(session, document, [Reason(code="check-digit", field="nas")])
    with sessions() as session:
        ((nas,),) = [review.fields for review in batches.waiting_reviews(session, batch)]
        assert (nas.verdict, nas.final_value) == (None, "999999999")


# -- counting ------------------------------------------------------------------------------------


def test_every_document_and_entry_of_a_batch_is_counted_once(
    sessions: sessionmaker[Session], batch: str
) -> None:
    ready, twin, waits, quarantined = record(
        sessions,
        batch,
        found(1, Decision.ENTER),
        found(2, Decision.ENTER),
        found(3, Decision.REVIEW, IN_DOUBT),
        found(4, Decision.QUARANTINE),
    )
    add(sessions, batch, "another.tif", "other")
    add(sessions, batch, "unread.tif", "unread")
    ledger = Ledger(sessions, "worker")
    for target in ("ramq", "saaq"):
        ledger.plan(ready, Record(target=target, form="f", values={}), "key")
    claim = ledger.claim_next("ramq")
    assert claim is not None
    ledger.confirmed(claim, pre_existing=True)
    with sessions.begin() as session:
        batches.close_document(session, twin, twin_of=ready)
        batches.set_batch_state(session, batch, BatchState.OPEN)
        other = batches.create_batch(session, "RAMQ").id
    add(sessions, other, "elsewhere.tif", "elsewhere")
    with sessions() as session:
        here, everywhere = batches.counts(session, batch), batches.counts(session)
    expected = {"files": 3, "unread": 2, "documents": 4, "entries": 2, "twins": 1}
    expected |= {"ready": 1, "done": 1, "waiting-review": 1, "quarantined": 1, "refused": 0}
    expected |= {"entry:confirmed": 1, "entry:planned": 1, "entry:unknown": 0}
    assert {name: here[name] for name in expected} == expected
    assert everywhere["files"] == 4
    assert {waits, quarantined}.isdisjoint({ready, twin})
