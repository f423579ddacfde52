"""Who did what: a chain of hashes in which no row can be changed or dropped unnoticed.

The chain cannot show that its newest rows were cut off; whoever keeps the head that ``verify``
returns (in the archive, on paper) can.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from greffier.errors import StoreError
from storage.models import AuditEvent

#: What the first row names as its predecessor.
GENESIS = "0" * 64
#: What the subject of a row about an entry begins with; the entry's id follows.
ENTRY = "entry-"


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


def of_entry(entry_id: int) -> str:
    """The subject of the rows about an entry."""
    return f"{ENTRY}{entry_id}"


def verify(
    session: Session, known: Head | None = None, seen: Callable[[AuditEvent], None] | None = None
) -> Head:
    """Walk the whole chain and return its head; ``seen`` is given each row that fits.

    Raises ``StoreError`` naming the first row that does not fit, or when the chain does not hold
    ``known``, a head kept from an earlier walk.
    """
    head = Head(0, GENESIS)
    met = known is None or known == head
    for row in _rows(session):
        if row is None or not _follows(row, head):
            raise StoreError("audit-broken", row=head.count + 1)
        head = Head(row.seq, row.hash)
        met = met or head == known
        if seen:
            seen(row)
    if not met:
        raise StoreError("audit-cut", row=known.count if known else 0)
    return head


def _rows(session: Session) -> Iterator[AuditEvent | None]:
    """All rows in their order; ``None`` and no more at one whose time or details are none."""
    rows, given = select(AuditEvent).order_by(AuditEvent.seq), 0
    for at_once in (1000, 1):  # many fail together: then one by one, from the last that was given
        try:
            for row in session.scalars(rows.offset(given).execution_options(yield_per=at_once)):
                given += 1
                yield row
        except ValueError:
            continue
        return
    yield None


def _follows(row: AuditEvent, head: Head) -> bool:
    try:
        return row.seq == head.count + 1 and row.previous == head.hash and row.hash == _hash(row)
    except TypeError:  # bytes, say, where a text was
        return False


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
