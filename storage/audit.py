"""Who did what: a chain of hashes in which no row can be changed or dropped unnoticed.

The chain cannot show that its newest rows were cut off; whoever keeps the head that ``verify``
returns (in the archive, on paper) can.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from greffier.errors import StoreError
from storage.models import AuditEvent

#: What the first row names as its predecessor.
GENESIS = "0" * 64


@dataclass(frozen=True)
class Head:
    """The newest row: how many rows there are, and its hash."""

    count: int
    hash: str


def append(session: Session, event: str, who: str, subject: str, **details: Any) -> Head:
    """Add a row, in the caller's transaction: the deed and its trace are kept or lost together.

    ``subject`` is an id. ``details`` are JSON values; nothing read from paper belongs in them.
    """
    if session.get_bind().dialect.name == "postgresql":
        # Writers take turns, readers go on. SQLite's BEGIN IMMEDIATE has seen to it already.
        session.execute(text("LOCK TABLE audit_events IN EXCLUSIVE MODE"))
    last = session.scalars(
        select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)
    ).one_or_none()
    row = AuditEvent(
        seq=last.seq + 1 if last else 1,
        at=datetime.now(UTC),
        event=event,
        who=who,
        subject=subject,
        details=details,
        previous=last.hash if last else GENESIS,
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()
    return Head(row.seq, row.hash)


def verify(session: Session, known: Head | None = None) -> Head:
    """Walk the whole chain and return its head.

    Raises ``StoreError`` naming the first row that does not fit, or when the chain does not hold
    ``known``, a head kept from an earlier walk.
    """
    head = Head(0, GENESIS)
    met = known is None or known == head
    rows = select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=1000)
    for row in session.scalars(rows):
        fits = row.seq == head.count + 1 and row.previous == head.hash and row.hash == _hash(row)
        if not fits:
            raise StoreError("audit-broken", row=head.count + 1)
        head = Head(row.seq, row.hash)
        met = met or head == known
    if not met:
        raise StoreError("audit-cut", row=known.count if known else 0)
    return head


def _hash(row: AuditEvent) -> str:
    content = {
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": row.event,
        "who": row.who,
        "subject": row.subject,
        "details": row.details,
    }
    text_ = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(f"{row.previous}\n{text_}".encode()).hexdigest()
