"""Evidence of entries that is not there: a row in the chain of acts, for dossiers and summaries."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import Session

from storage import audit
from storage.batches import in_order
from storage.models import AuditEvent, Entry

EVENT = "evidence-missing"


class Missing(NamedTuple):
    """Evidence of ``kind`` that one entry lacks, since when, and why."""

    entry: int
    document: str
    target: str
    at: datetime
    kind: str
    why: str


def record_missing(session: Session, who: str, entry_id: int, kind: str, why: str) -> None:
    """Write down that an entry goes on without its evidence of ``kind``."""
    audit.append(session, EVENT, who, audit.of_entry(entry_id), kind=kind, why=why)


def missing(session: Session, of: ColumnElement[bool]) -> list[Missing]:
    """What is missing of the entries that ``of``, a condition on their documents, is true of."""
    subject = literal(audit.ENTRY, String) + cast(Entry.id, String)
    found = (
        in_order(select(Entry, AuditEvent).join(Entry.document))
        .join(AuditEvent, AuditEvent.subject == subject)
        .where(AuditEvent.event == EVENT, of)
        .order_by(AuditEvent.seq)
    )
    return [
        Missing(entry.id, entry.document_id, entry.target, event.at, **event.details)
        for entry, event in session.execute(found)
    ]
