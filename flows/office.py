"""What the tasks share: settings, database, archive, ledger and form packs, opened once a process.

Tasks take ids only, so that nothing read from paper reaches Prefect's own database; with an id
they ask the office for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session, sessionmaker

from forms.schema import PACKS, FormPack, load_packs
from greffier.settings import Settings
from storage.archive import Archive
from storage.database import open_sessions
from storage.ledger import Ledger
from storage.workers import this_worker

#: Seconds an entry stays with a worker that says nothing any more; the longest try fits in it.
LEASE = 150


@dataclass(frozen=True)
class Office:
    """The rooms' doors, open. Safe to share between threads."""

    settings: Settings
    sessions: sessionmaker[Session]
    archive: Archive
    ledger: Ledger
    packs: dict[str, FormPack]

    @classmethod
    def open(cls, settings: Settings) -> Office:
        sessions = open_sessions(settings.database)
        return cls(
            settings=settings,
            sessions=sessions,
            archive=Archive.from_settings(settings),
            ledger=Ledger(sessions, this_worker(), LEASE),
            packs=load_packs(PACKS, settings.packs),
        )


@cache
def office() -> Office:
    """This process's office, from the environment."""
    return Office.open(Settings.load())
