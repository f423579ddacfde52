"""The tables: batches, files, documents, readings, entries, artifacts and the audit chain.

Names follow the design's words. All times are aware and in UTC on every database. What was read
from paper lives in ``FieldReading`` and ``Entry.payload`` only: those two hold personal data, and
so does ``SourceFile.name`` (scan centres name files after people). Nothing else may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from greffier.words import Decision, EntryState


class BatchState(StrEnum):
    """``RECEIVING`` until every file is in the archive, ``OPEN`` while there is work, ``DONE``."""

    RECEIVING = "receiving"
    OPEN = "open"
    DONE = "done"


class FileState(StrEnum):
    RECEIVED = "received"
    READ = "read"


class DocumentState(StrEnum):
    """``DONE``: all its entries have come to an end, or a twin's stand for them."""

    WAITING_REVIEW = "waiting-review"
    READY = "ready"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    DONE = "done"


class Verdict(StrEnum):
    """What a person said of a reading: right as read, something else, or not to be had."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REFUSED = "refused"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite forgets the zone, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _states(kind: type[StrEnum]) -> Enum:
    """States are stored as the design spells them, so that a query by hand reads well."""
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(none_as_null=True),
        BatchState: _states(BatchState),
        FileState: _states(FileState),
        DocumentState: _states(DocumentState),
        Decision: _states(Decision),
        Verdict: _states(Verdict),
        EntryState: _states(EntryState),
    }


class Batch(Base):
    """A lot. Its id reads well on a screen and over the telephone: ``lot-20261123-7f3a``."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ministry: Mapped[str] = mapped_column(String(40))
    submitted_at: Mapped[datetime]
    state: Mapped[BatchState]

    files: Mapped[list[SourceFile]] = relationship(
        back_populates="batch", order_by="SourceFile.number"
    )


class SourceFile(Base):
    """One file as received. ``name`` may hold a person's name: never log it."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        UniqueConstraint("batch_id", "name", "sha256"),
    )

    id: Mapped[str] = mapped_column(String(50), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    number: Mapped[int]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    archive_key: Mapped[str]
    archive_version: Mapped[str | None]
    state: Mapped[FileState]
    received_at: Mapped[datetime]

    batch: Mapped[Batch] = relationship(back_populates="files")
    documents: Mapped[list[Document]] = relationship(
        back_populates="file", order_by="Document.number"
    )


class Document(Base):
    """One form or letter found in a file. ``reasons`` is a list of ``greffier.words.Reason``."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("files.id"))
    number: Mapped[int]
    pages: Mapped[list[Any]]
    form: Mapped[str | None] = mapped_column(String(80))
    form_confidence: Mapped[float]
    decision: Mapped[Decision]
    reasons: Mapped[list[Any]]
    state: Mapped[DocumentState] = mapped_column(index=True)
    #: Who accepted the document as a whole, when a reason was about no field of it.
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    twin_of: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))

    file: Mapped[SourceFile] = relationship(back_populates="documents")
    fields: Mapped[list[FieldReading]] = relationship(
        back_populates="document", order_by="FieldReading.id"
    )
    entries: Mapped[list[Entry]] = relationship(back_populates="document", order_by="Entry.id")
    artifacts: Mapped[list[Artifact]] = relationship(order_by="Artifact.id")


class FieldReading(Base):
    """One field as read, and what a person made of it. ``box`` is [x0, y0, x1, y1], 300 dpi."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("document_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[str | None]
    raw: Mapped[str]
    confidence: Mapped[float]
    page: Mapped[int | None]
    box: Mapped[list[Any] | None]
    reader: Mapped[str] = mapped_column(String(40))
    problems: Mapped[list[Any]]
    crop_key: Mapped[str | None]
    #: Whether a reason of the document is about this field: a person must decide it.
    doubtful: Mapped[bool]
    final_value: Mapped[str | None]
    verdict: Mapped[Verdict | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="fields")


class Entry(Base):
    """One record to be typed into one target, exactly once: the ledger's row.

    ``payload`` is ``{"values": …, "identity": …}``. ``fence`` grows with every claim; only the
    worker that holds the newest may move the entry. ``quiet_since`` is set on unknown entries
    from the moment no worker can still act on them.
    """

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("target", "form", "business_key"),
        Index("ix_entries_target_state", "target", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    target: Mapped[str] = mapped_column(String(80))
    form: Mapped[str] = mapped_column(String(80))
    business_key: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    state: Mapped[EntryState]
    fence: Mapped[int]
    attempts: Mapped[int]
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]
    confirmation: Mapped[str | None]
    pre_existing: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    document: Mapped[Document] = relationship(back_populates="entries")
    events: Mapped[list[EntryEvent]] = relationship(order_by="EntryEvent.id")


class EntryEvent(Base):
    """One transition of one entry. Rows are only ever added; triggers refuse anything else."""

    __tablename__ = "entry_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), index=True)
    at: Mapped[datetime]
    before: Mapped[EntryState | None]
    after: Mapped[EntryState]
    actor: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]]


class RefusedSignIn(Base):
    """A pair of user and password that a target refused: neither of them, but a salted digest."""

    __tablename__ = "refused_sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(String(80), index=True)
    salt: Mapped[bytes]
    digest: Mapped[bytes]
    at: Mapped[datetime]


class Artifact(Base):
    """A derivative in the archive: what it was made from, by which tool, and what it proves."""

    __tablename__ = "artifacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    version_id: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    parent_sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    tool: Mapped[str] = mapped_column(String(80))
    tool_version: Mapped[str] = mapped_column(String(40))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id"), index=True)
    created_at: Mapped[datetime]


class AuditEvent(Base):
    """Who did what, when: each row holds the hash of the one before it and of itself."""

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(80))
    who: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    details: Mapped[dict[str, Any]]
    #: Unique, so that the chain cannot fork even if two writers slip past the lock.
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
