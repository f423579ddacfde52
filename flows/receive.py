"""Receive a batch: originals into the archive first, then a receipt, and only then let go.

A file is in the archive, read back and hashed, and its hash is in the database, before anything
else happens to it. Receiving the same batch again (after a crash) takes up where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flows.office import Office
from storage import audit, batches
from storage.models import Batch, BatchState, SourceFile


@dataclass(frozen=True)
class Acknowledged:
    """One file on the receipt. ``same_bytes`` is an earlier file with the very same bytes."""

    file: str
    name: str
    sha256: str
    size: int
    same_bytes: str | None


@dataclass(frozen=True)
class Receipt:
    """What a scan centre gets at once."""

    batch: str
    ministry: str
    received_at: datetime
    files: tuple[Acknowledged, ...]


def open_batch(office: Office, ministry: str) -> str:
    """A new batch's id."""
    with office.sessions.begin() as session:
        batch = batches.create_batch(session, ministry)
        audit.append(session, "batch-opened", ministry, batch.id)
        return batch.id


def receive(
    office: Office,
    batch_id: str,
    paths: Iterable[Path],
    *,
    take: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> Receipt:
    """Receive ``paths`` into the batch and close its reception.

    ``take`` removes each file once the receipt stands; one that was written to since it was looked
    at stays: what is in the archive is not all of it. Raises ``StoreError`` when the archive does
    not keep its word: nothing is removed then.
    """
    files = list(paths)
    acknowledged, seen = [], []
    for path in files:
        seen.append(_looks(path))
        acknowledged.append(_receive_one(office, batch_id, path))
        progress()
    with office.sessions.begin() as session:
        batch = session.get_one(Batch, batch_id)
        if batch.state is BatchState.RECEIVING:
            batches.set_batch_state(session, batch_id, BatchState.OPEN)
            audit.append(session, "batch-received", batch.ministry, batch_id, files=len(files))
        receipt = Receipt(batch_id, batch.ministry, batch.submitted_at, tuple(acknowledged))
    if take:
        for path, before, file in zip(files, seen, acknowledged, strict=True):
            if path.exists() and _looks(path) == before and before.size == file.size:
                path.unlink()
    return receipt


class _Looks(NamedTuple):
    """What tells that a file was written to, or replaced, since."""

    inode: int
    size: int
    changed: int


def _looks(path: Path) -> _Looks:
    found = path.stat()
    return _Looks(found.st_ino, found.st_size, found.st_mtime_ns)


def _receive_one(office: Office, batch_id: str, path: Path) -> Acknowledged:
    stored = office.archive.put_original(path)
    with office.sessions.begin() as session:
        received = batches.add_file(session, batch_id, path.name, stored)
        if received.created:
            audit.append(session, "file-received", batch_id, received.file, sha256=stored.sha256)
        name = session.get_one(SourceFile, received.file).name
    return Acknowledged(received.file, name, stored.sha256, stored.size, received.same_bytes)
