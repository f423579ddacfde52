"""``greffier audit``: does the record of who did what hold, and the archive what it says?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from desk.show import bar, console
from greffier.errors import GreffierError, StoreError, UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from storage.archive import Archive
from storage.audit import Head, verify
from storage.database import open_sessions
from storage.models import Artifact, AuditEvent, SourceFile

#: What a store answers for an object it does not have.
_NOT_THERE = frozenset({"NoSuchKey", "NoSuchVersion"})


class Held(NamedTuple):
    """What the database says the archive holds."""

    key: str
    version: str | None
    sha256: str


@dataclass
class _Walk:
    """What was met on the way through the chain."""

    first: datetime | None = None
    last: datetime | None = None
    count: int = 0
    #: The SHA-256 of originals and dossiers, as the chain names them: by the event that does.
    named: dict[str, int] = field(default_factory=dict)

    def add(self, row: AuditEvent) -> None:
        self.first, self.last, self.count = self.first or row.at, row.at, row.seq
        if sha256 := row.details.get("sha256"):
            self.named.setdefault(sha256, row.seq)


def audit_home(settings: Settings, known: str | None, *, archive: bool) -> None:
    """Walk the chain of the database, then (``archive``) read back every object it tells of.

    ``known`` is a head that an earlier walk printed, ``COUNT:HASH``. Raises ``StoreError`` for a
    chain that is broken, or holds nothing, and for an archive that holds something else.
    """
    head = _parsed(known) if known else None
    if archive and not settings.s3_secret_key.get_secret_value():
        raise GreffierError("services-down", home=settings.home)
    with open_sessions(settings.database)() as session:
        walk = _walk(session, head)
        objects = _objects(session) if archive else []
    if archive:
        _check_archive(Archive.from_settings(settings), objects, walk.named)


def _parsed(known: str) -> Head:
    found = re.fullmatch("([0-9]+):([0-9a-f]{64})", known)
    if not found:
        raise UsageError("audit-head", head=known)
    return Head(int(found[1]), found[2])


def _walk(session: Session, known: Head | None) -> _Walk:
    """The way through the chain, told: as far as it holds, and its head if it does."""
    walk = _Walk()
    there = inspect(session.connection()).has_table(AuditEvent.__tablename__)
    total = session.scalar(select(func.count()).select_from(AuditEvent)) if there else 0
    if not total:
        raise StoreError("audit-empty")
    try:
        with bar() as progress:
            task = progress.add_task(t("cli.audit.walking"), total=total)

            def seen(row: AuditEvent) -> None:
                walk.add(row)
                progress.advance(task)

            head = verify(session, known, seen)
    finally:
        if walk.first and walk.last:
            about = {"first": _told(walk.first), "last": _told(walk.last), "count": walk.count}
            console.print(t("cli.audit.span", details=about), soft_wrap=True)
    whole = {"head": f"{head.count}:{head.hash}"}
    console.print(t("cli.audit.holds", details=whole), soft_wrap=True)
    return walk


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _objects(session: Session) -> list[Held]:
    """Every original and every derivative, once."""
    files = select(SourceFile.archive_key, SourceFile.archive_version, SourceFile.sha256)
    made = select(Artifact.key, Artifact.version_id, Artifact.sha256)
    rows = [*session.execute(files), *session.execute(made)]
    return list(dict.fromkeys(Held(*row) for row in rows))


def _check_archive(archive: Archive, objects: list[Held], named: dict[str, int]) -> None:
    """Tell each object that is not as it should be. Raises ``StoreError`` if there are any."""
    kept = {held.sha256 for held in objects}
    forgotten = [(row, sha256) for sha256, row in named.items() if sha256 not in kept]
    found = [
        *_altered(archive, objects),
        *(t("cli.audit.forgotten", details={"row": r, "sha256": sha}) for r, sha in forgotten),
    ]
    for said in found:
        console.print(said, markup=False, soft_wrap=True)
    if found:
        raise StoreError("audit-archive", count=len(found))
    console.print(t("cli.audit.archive", details={"count": len(objects)}))


def _altered(archive: Archive, objects: list[Held]) -> Iterator[str]:
    """What to say of each object that is missing or has other bytes."""
    with bar() as progress:
        for held in progress.track(objects, description=t("cli.audit.reading")):
            try:
                archive.check(*held)
            except StoreError as error:
                if error.code == "store-altered":
                    yield error.explain()
                elif error.details.get("answer") in _NOT_THERE:
                    yield t("cli.audit.missing", details={"key": held.key})
                else:
                    raise  # it does not answer, or not us: that says nothing of the object
