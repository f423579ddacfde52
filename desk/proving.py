"""The demo's main job and its account: what the databases say, against the truth on the paper."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from sqlalchemy import select

from bots.registry import bot_for
from desk.show import console
from desk.submit import follow, receive_with_bar, show_receipt
from flows.office import Office
from flows.receive import open_batch
from flows.report import MOVING, Halts, counts, halts
from flows.resume import bury_orphans, start_now
from greffier.errors import StoreError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import EntryState
from storage.models import Document, DocumentState, SourceFile

if TYPE_CHECKING:
    from desk.demo import Story


#: Who submits the practice batch.
MINISTRY = "PRATIQUE"


def prove(settings: Settings, story: Story, ui: str) -> Account:
    """Submit the practice batch, follow it to its end and account for it."""
    office = Office.open(settings)
    bury_orphans()
    if story.batch is None:
        story.batch = open_batch(office, MINISTRY)
        story.save()
    inbox = sorted((story.paper / "inbox").iterdir())
    show_receipt(receive_with_bar(office, story.batch, inbox, take=True))
    console.print(t("cli.demo.watch", details={"url": ui}))
    follow(office, story.batch, str(start_now(story.batch).id))
    account = Account.of(office, story)
    account.show()
    if not account.is_whole:
        console.print(f"[red]{t('demo.failed', details={'home': story.home})}[/]")
    return account


@dataclass(frozen=True)
class Told:
    """What one target's own database says of the changes it saved, beside the truth."""

    target: str
    confirmed: int
    saved: int
    doubles: int
    wrong: int


@dataclass(frozen=True)
class Account:
    """Everything counted from the database, the archive and the targets' own databases."""

    figures: dict[str, int]
    targets: tuple[Told, ...]
    lost: int
    missing: int
    halts: Halts

    @classmethod
    def of(cls, office: Office, story: Story) -> Account:
        truth = json.loads((story.paper / "truth.json").read_text(encoding="utf-8"))["files"]
        with office.sessions() as session:
            files = list(
                session.scalars(select(SourceFile).where(SourceFile.batch_id == story.batch))
            )
            documents = [document for file in files for document in file.documents]
            entries = [entry for document in documents for entry in document.entries]
        confirmed = Counter(e.target for e in entries if e.state is EntryState.CONFIRMED)
        saved = {target: _saved(story.targets, target) for target in office.settings.targets}
        return cls(
            figures=counts(office.sessions, story.batch),
            targets=tuple(
                _told(target, confirmed[target], changes, truth)
                for target, changes in saved.items()
            ),
            lost=_lost(office, story, truth, files),
            missing=_missing(truth, saved),
            halts=halts(office, story.batch or ""),
        )

    @property
    def doubles(self) -> int:
        return sum(told.doubles for told in self.targets)

    @property
    def is_whole(self) -> bool:
        """Nothing lost, nothing double, nothing wrong, nothing left without an end."""
        wrong = sum(told.wrong for told in self.targets)
        return not (self.lost or self.doubles or wrong or self.figures["outstanding"])

    @property
    def line(self) -> str:
        return t("demo.line", details={**self.figures, "lost": self.lost, "doubles": self.doubles})

    def show(self) -> None:
        table = Table(title=t("demo.result"), title_justify="left")
        for number, heading in enumerate(("target", "entered", "saved", "doubles", "wrong")):
            table.add_column(
                t(f"demo.{heading}"), justify="right" if number else "left", no_wrap=not number
            )
        for told in self.targets:
            figures = (told.confirmed, told.saved, told.doubles, told.wrong)
            table.add_row(told.target, *map(str, figures))
        console.print(table)
        console.print(t("demo.missing", details={"count": self.missing}))
        console.print(t("demo.twins", details={"count": len(self.halts.twins)}))
        for title, rows in (
            ("demo.review", self.halts.review),
            ("demo.quarantine", self.halts.quarantine),
        ):
            listing = Table(title=t(title), title_justify="left")
            listing.add_column(t("demo.document"), no_wrap=True)
            listing.add_column(t("demo.reasons"))
            for row in rows:
                listing.add_row(*row)
            console.print(listing)


def _saved(folder: Path, target: str) -> list[dict[str, Any]]:
    """The changes in the target's own database."""
    path = f"file:{folder / target}.sqlite?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM changes ORDER BY id")]


def _key(values: dict[str, Any]) -> tuple[str, str]:
    return values["file_number"], values["effective_date"]


def _truths(truth: list[dict[str, Any]], target: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What the paper asks of a target, by file number and effective date."""
    return {
        _key(told["values"]): document
        for file in truth
        for document in file["documents"]
        if (told := document["entries"].get(target))
    }


def _told(
    target: str, confirmed: int, changes: list[dict[str, Any]], truth: list[dict[str, Any]]
) -> Told:
    asked = _truths(truth, target)
    shown = bot_for(target).fields
    wrong = 0
    for change in changes:
        document = asked.get(_key(change))
        values = document["entries"][target]["values"] if document else {}
        # Compared as the target keeps values: a capital is no difference where all are capitals.
        same = values and all(
            shown[name].convert(str(change[name])) == shown[name].convert(value)
            for name, value in values.items()
            if name in shown
        )
        wrong += not same
    times = Counter(_key(change) for change in changes)
    return Told(target, confirmed, len(changes), sum(n - 1 for n in times.values()), wrong)


def _missing(truth: list[dict[str, Any]], saved: dict[str, list[dict[str, Any]]]) -> int:
    """Entries that clean, typed documents ask for and that their target did not save."""
    keys = {target: {_key(change) for change in changes} for target, changes in saved.items()}
    return sum(
        key not in keys[target]
        for target in saved
        for key, document in _truths(truth, target).items()
        if document["clean"]
    )


def _lost(
    office: Office, story: Story, truth: list[dict[str, Any]], files: list[SourceFile]
) -> int:
    """Documents that are neither in the inbox, nor archived whole with an end of their own."""
    inbox = {path.name for path in (story.paper / "inbox").iterdir()}
    received = {file.name: file for file in files}
    lost = 0
    for printed in truth:
        if printed["name"] in inbox:
            continue
        file = received.get(printed["name"])
        if file is None or not _is_kept(office, file):
            lost += len(printed["documents"])
        else:
            lost += max(0, len(printed["documents"]) - len(file.documents))
            lost += sum(not _has_ended(document) for document in file.documents)
    return lost


def _is_kept(office: Office, file: SourceFile) -> bool:
    try:
        office.archive.get(file.archive_key, file.archive_version)
    except StoreError:
        return False
    return True


def _has_ended(document: Document) -> bool:
    """Waiting for a person is an end here; being ready with nothing in the ledger is not."""
    if document.state is not DocumentState.READY:
        return True
    return bool(document.entries) and all(e.state not in MOVING for e in document.entries)
