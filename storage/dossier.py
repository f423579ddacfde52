"""The dossier of one document: all evidence of it, as one JSON text to be sealed in the archive.

It chains paper to screen: the original's hash, what was read where and by which reader, who
decided what, every derivative with its parent's hash and the tool that made it, and each entry's
way through the ledger with its confirmation, its pictures, and those that could not be kept.
LCCJTI art. 17 asks for the source format, the process and its guarantees, kept for the whole life
of the result.

The text holds what was read from paper: it belongs in the archive and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import object_session

from storage.evidence import Missing, missing
from storage.models import Base, Document, Entry

#: Changes with the shape of the text.
VERSION = 2


def dossier_of(document: Document) -> bytes:
    """The dossier as UTF-8 JSON; the same rows give the same bytes.

    The document must still be attached to its session: its file, readings, entries and artifacts
    are read.
    """
    session = object_session(document)
    assert session is not None
    lacking = missing(session, Document.id == document.id)
    file = document.file
    content = {
        "dossier": VERSION,
        "batch": _row(file.batch, "id", "ministry", "submitted_at"),
        "original": _row(
            file, "id", "name", "sha256", "size", "archive_key", "archive_version", "received_at"
        ),
        "document": _row(
            document,
            "id",
            "number",
            "pages",
            "form",
            "form_confidence",
            "decision",
            "reasons",
            "confirmed_by",
            "twin_of",
        ),
        "readings": [_all_but(field, "id", "document_id") for field in document.fields],
        "entries": [_entry(entry, lacking) for entry in document.entries],
        "artifacts": [_all_but(a, "id", "document_id") for a in document.artifacts],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _entry(entry: Entry, lacking: Iterable[Missing]) -> dict[str, Any]:
    history = [_all_but(event, "id", "entry_id") for event in entry.events]
    told = [
        {"at": _plain(lost.at), "kind": lost.kind, "why": lost.why}
        for lost in lacking
        if lost.entry == entry.id
    ]
    kept = _all_but(entry, "document_id", "lease_until", "quiet_since")
    return {**kept, "history": history, "missing_evidence": told}


def _all_but(row: Base, *left_out: str) -> dict[str, Any]:
    return _row(row, *(c.key for c in row.__mapper__.column_attrs if c.key not in left_out))


def _row(row: Base, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
