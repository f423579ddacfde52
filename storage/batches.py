"""Batches, files, documents and readings: what the flows and the desk ask of the database.

Each function takes an open session; the caller's ``with sessions.begin() as session:`` is the
transaction. Ids read well, and ``in_order`` sorts by what they stand for: ``lot-20261123-7f3a``,
its third file ``lot-20261123-7f3a-03``, the first document of that ``lot-20261123-7f3a-03-1``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from greffier.errors import GreffierError, UsageError
from greffier.words import Decision, DocumentRead, EntryState, Reason
from storage.archive import Derived, Stored
from storage.models import (
    Artifact,
    Batch,
    BatchState,
    Document,
    DocumentState,
    Entry,
    FieldReading,
    FileState,
    SourceFile,
    Verdict,
)

Columns = TypeVarTuple("Columns")

_STATE = {
    Decision.ENTER: DocumentState.READY,
    Decision.REVIEW: DocumentState.WAITING_REVIEW,
    Decision.QUARANTINE: DocumentState.QUARANTINED,
}


class DocumentClosed(GreffierError):
    """The document does not wait for a person (any more)."""


# -- receiving ---------------------------------------------------------------------------------


def create_batch(session: Session, ministry: str) -> Batch:
    """A new batch, in state *receiving*."""
    now = datetime.now(UTC)
    while True:
        batch_id = f"lot-{now.astimezone():%Y%m%d}-{secrets.token_hex(2)}"
        if session.get(Batch, batch_id) is None:
            break
    batch = Batch(id=batch_id, ministry=ministry, submitted_at=now, state=BatchState.RECEIVING)
    session.add(batch)
    session.flush()
    return batch


def set_batch_state(session: Session, batch_id: str, state: BatchState) -> None:
    session.get_one(Batch, batch_id).state = state


@dataclass(frozen=True)
class Received:
    """A file in a batch. ``created`` is false when it was there already (a receipt given twice).

    ``same_bytes`` is an earlier file, of any batch, with the very same bytes.
    """

    file: str
    created: bool
    same_bytes: str | None


def add_file(session: Session, batch_id: str, name: str, stored: Stored) -> Received:
    """Record a file whose bytes are in the archive. The same name and bytes count once."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    for file in batch.files:
        if (file.name, file.sha256) == (name, stored.sha256):
            return Received(file.id, False, _same_bytes(session, file))
    number = len(batch.files) + 1
    file = SourceFile(
        id=f"{batch_id}-{number:02}",
        batch_id=batch_id,
        number=number,
        name=name,
        sha256=stored.sha256,
        size=stored.size,
        archive_key=stored.key,
        archive_version=stored.version_id,
        state=FileState.RECEIVED,
        received_at=datetime.now(UTC),
    )
    session.add(file)
    session.flush()
    return Received(file.id, True, _same_bytes(session, file))


def _same_bytes(session: Session, file: SourceFile) -> str | None:
    return session.scalars(
        select(SourceFile.id)
        .where(
            SourceFile.sha256 == file.sha256,
            SourceFile.id != file.id,
            SourceFile.received_at <= file.received_at,
        )
        .order_by(SourceFile.received_at, SourceFile.id)
        .limit(1)
    ).one_or_none()


def unread_files(session: Session, batch_id: str) -> list[SourceFile]:
    """The files of a batch that nothing has read yet, in the order received."""
    query = select(SourceFile).where(
        SourceFile.batch_id == batch_id, SourceFile.state == FileState.RECEIVED
    )
    return list(session.scalars(query.order_by(SourceFile.number)))


# -- reading -----------------------------------------------------------------------------------


def record_documents(
    session: Session,
    file_id: str,
    documents: Sequence[DocumentRead],
    crops: Mapping[tuple[int, str], str] | None = None,
) -> list[str]:
    """Write down what was found in a file; the documents' ids, in order.

    ``crops`` gives the archive key of a field's picture by (document number, field name). A file
    that was read before keeps its first reading: the call then only returns the ids.
    """
    file = session.get_one(SourceFile, file_id, with_for_update=True)
    if file.state is not FileState.RECEIVED:
        return [document.id for document in file.documents]
    for read in documents:
        session.add(_document(file, read, crops or {}))
    file.state = FileState.READ
    session.flush()
    return [f"{file_id}-{read.document}" for read in documents]


def _document(
    file: SourceFile, read: DocumentRead, crops: Mapping[tuple[int, str], str]
) -> Document:
    in_doubt = {reason.field for reason in read.reasons if reason.field}
    if read.decision is not Decision.REVIEW:
        in_doubt = set()
    fields = [
        FieldReading(
            name=reading.name,
            value=reading.value,
            raw=reading.raw,
            confidence=reading.confidence,
            page=reading.page,
            box=list(reading.box) if reading.box else None,
            reader=reading.reader,
            problems=list(reading.problems),
            crop_key=crops.get((read.document, reading.name)),
            doubtful=reading.name in in_doubt,
        )
        for reading in read.readings
    ]
    # A reason may be about a field that nothing was read of: a person can still say what it is.
    missing = in_doubt - {reading.name for reading in read.readings}
    fields += [_unread(name) for name in sorted(missing)]
    return Document(
        id=f"{file.id}-{read.document}",
        batch_id=file.batch_id,
        file_id=file.id,
        number=read.document,
        pages=list(read.pages),
        form=read.form,
        form_confidence=read.form_confidence,
        decision=read.decision,
        reasons=[reason.model_dump() for reason in read.reasons],
        state=_STATE[read.decision],
        fields=fields,
    )


def _unread(name: str) -> FieldReading:
    return FieldReading(
        name=name, value=None, raw="", confidence=0.0, reader="", problems=[], doubtful=True
    )


def record_artifact(
    session: Session, derived: Derived, document: str | None = None, entry: int | None = None
) -> None:
    """Remember a derivative that is in the archive, and what it belongs to."""
    session.add(
        Artifact(
            **vars(derived), document_id=document, entry_id=entry, created_at=datetime.now(UTC)
        )
    )


# -- deciding ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Review:
    """A document that waits for a person, and what is asked.

    ``fields`` are the doubtful readings nobody has decided yet. ``whole`` is true while a reason
    that is about no field in particular waits for ``confirm_document``.
    """

    document: Document
    fields: tuple[FieldReading, ...]
    whole: bool


def in_order(query: Select[*Columns]) -> Select[*Columns]:
    """Documents as their batches were submitted, and as they lie in these."""
    order = Batch.submitted_at, SourceFile.number, Document.number
    return query.join(Document.file).join(SourceFile.batch).order_by(*order)


def waiting_reviews(session: Session, batch_id: str | None = None) -> list[Review]:
    """Everything that waits for a person, oldest first."""
    query = (
        in_order(select(Document))
        .where(Document.state == DocumentState.WAITING_REVIEW)
        .options(selectinload(Document.fields))
    )
    if batch_id:
        query = query.where(Document.batch_id == batch_id)
    return [_review(document) for document in session.scalars(query)]


def _review(document: Document) -> Review:
    fields = tuple(f for f in document.fields if f.doubtful and f.verdict is None)
    whole = any(reason["field"] is None for reason in document.reasons)
    return Review(document, fields, whole and document.confirmed_by is None)


def decide_field(
    session: Session, document_id: str, field: str, value: str | None, who: str
) -> Document:
    """A person's word on one field. ``None`` refuses it, and with it the document.

    When nothing is in doubt any more the document becomes *ready*. Raises ``DocumentClosed``
    unless it waits for a review, ``UsageError`` when it has no such field.
    """
    document = _in(DocumentState.WAITING_REVIEW, session, document_id)
    reading = next((f for f in document.fields if f.name == field), None)
    if reading is None:
        raise UsageError("no-such-field", document=document_id, field=field)
    reading.final_value = value
    reading.decided_by = who
    reading.decided_at = datetime.now(UTC)
    if value is None:
        reading.verdict = Verdict.REFUSED
        document.state = DocumentState.REFUSED
        return document
    reading.verdict = Verdict.ACCEPTED if value == reading.value else Verdict.CORRECTED
    return _ready_if_settled(document)


def confirm_document(session: Session, document_id: str, who: str) -> Document:
    """A person accepts what is said of the document as a whole: its form, say."""
    document = _in(DocumentState.WAITING_REVIEW, session, document_id)
    document.confirmed_by = who
    return _ready_if_settled(document)


def refuse_document(session: Session, document_id: str, who: str) -> Document:
    """A person says that nothing of this document is to be entered."""
    document = _in(DocumentState.WAITING_REVIEW, session, document_id)
    document.confirmed_by = who
    document.state = DocumentState.REFUSED
    return document


def reopen_document(session: Session, document_id: str, reasons: Sequence[Reason]) -> Document:
    """Send a *ready* document back to a person: its values turned out not to stand together.

    The fields that ``reasons`` name are asked anew; an answer already given stays to be seen in
    ``final_value``. Raises ``DocumentClosed`` unless the document is ready.
    """
    document = _in(DocumentState.READY, session, document_id)
    document.state = DocumentState.WAITING_REVIEW
    document.reasons = [reason.model_dump() for reason in reasons]
    document.confirmed_by = None
    asked = {reason.field for reason in reasons if reason.field}
    for field in document.fields:
        if field.name in asked:
            field.doubtful, field.verdict = True, None
    missing = asked - {field.name for field in document.fields}
    document.fields += [_unread(name) for name in sorted(missing)]
    return document


def _in(state: DocumentState, session: Session, document_id: str) -> Document:
    """The document, which is in ``state`` and which nobody else changes meanwhile."""
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.state is not state:
        raise DocumentClosed("document-closed", document=document_id, state=document.state)
    return document


def _ready_if_settled(document: Document) -> Document:
    review = _review(document)
    if not review.fields and not review.whole:
        document.state = DocumentState.READY
    return document


def ready_documents(session: Session, batch_id: str) -> list[Document]:
    """Documents whose values are settled and whose entries are not all planned and ended yet."""
    query = (
        in_order(select(Document))
        .where(Document.batch_id == batch_id, Document.state == DocumentState.READY)
        .options(selectinload(Document.fields))
    )
    return list(session.scalars(query))


def final_values(document: Document) -> dict[str, str]:
    """The document's values by field name: a person's where one decided, else as read.

    Only fields that have a value: ``""`` is one (an empty field), ``None`` is not.
    """
    values = {f.name: f.value if f.verdict is None else f.final_value for f in document.fields}
    return {name: value for name, value in values.items() if value is not None}


def close_document(session: Session, document_id: str, twin_of: str | None = None) -> None:
    """Every entry of the document has come to an end, or ``twin_of``'s entries stand for them.

    Raises ``DocumentClosed`` unless the document is ready.
    """
    document = _in(DocumentState.READY, session, document_id)
    document.state = DocumentState.DONE
    document.twin_of = twin_of


# -- counting ----------------------------------------------------------------------------------


def counts(session: Session, batch_id: str | None = None) -> dict[str, int]:
    """How many of everything, in a batch or altogether.

    Keys: ``files``; ``unread`` (files nothing has read); ``documents``; one for each
    ``DocumentState`` value; ``twins``; ``entries``; and ``entry:<state>`` for each ``EntryState``
    value.
    """
    files = _tally(session, select(SourceFile.state), SourceFile.batch_id, batch_id)
    documents = _tally(session, select(Document.state), Document.batch_id, batch_id)
    of_document = select(Entry.state).join(Entry.document)
    entries = _tally(session, of_document, Document.batch_id, batch_id)
    twins = select(Document.twin_of).where(Document.twin_of.is_not(None))
    return {
        "files": sum(files.values()),
        "unread": files.get(FileState.RECEIVED, 0),
        "documents": sum(documents.values()),
        **{state.value: documents.get(state, 0) for state in DocumentState},
        "twins": sum(_tally(session, twins, Document.batch_id, batch_id).values()),
        "entries": sum(entries.values()),
        **{f"entry:{state}": entries.get(state, 0) for state in EntryState},
    }


def pending(session: Session, batch_id: str) -> int:
    """How many files of the batch are unread, and documents wait for a person or an entry."""
    found = counts(session, batch_id)
    return found["unread"] + found[DocumentState.READY] + found[DocumentState.WAITING_REVIEW]


def _tally(
    session: Session,
    query: Select[Any],
    of_batch: InstrumentedAttribute[str],
    batch_id: str | None,
) -> dict[Any, int]:
    """How often each value of the query's one column occurs, in one batch or in all."""
    column = query.selected_columns[0]
    if batch_id:
        query = query.where(of_batch == batch_id)
    rows = session.execute(query.add_columns(func.count()).group_by(column))
    return {value: count for value, count in rows}  # noqa: C416 - dict() wants plain tuples
