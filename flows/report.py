"""What an operator sees of a batch in the Prefect UI: progress, then a summary. Ids only."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self, cast
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from flows.office import Office
from flows.wording import explain_document, explain_missing
from greffier.messages import text as t
from greffier.words import EntryState
from storage import batches
from storage.claims import ENDED
from storage.evidence import missing
from storage.models import Document, DocumentState, Entry

#: States of an entry that has come to no end yet.
MOVING = frozenset(EntryState) - ENDED


class Progress:
    """A progress artifact in the UI, moved by any thread. Use as a context manager."""

    def __init__(self, title: str, total: int) -> None:
        self.title = title
        self.total = total
        self.done = 0
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._artifact = cast(UUID, create_progress_artifact(0.0, description=self._text()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._show()

    def advance(self) -> None:
        with self._lock:
            self.done += 1
            self._show()

    def _show(self) -> None:
        share = 100.0 * self.done / self.total if self.total else 100.0
        update_progress_artifact(self._artifact, share, description=self._text())

    def _text(self) -> str:
        return f"{self.title} · {self.done}/{self.total}"


class Summary(NamedTuple):
    """A line for the run's state; ``complete`` unless something is left without an end."""

    text: str
    complete: bool


def counts(sessions: sessionmaker[Session], batch_id: str | None = None) -> dict[str, int]:
    """The figures of a batch, or of everything, as the summary line names them.

    ``review``: documents that wait for a person, before their entries or with one of them.
    ``moving``: entries without an end. ``outstanding``: those and the files unread.
    """
    with sessions() as session:
        found = batches.counts(session, batch_id)
        stuck = select(Entry.document_id).where(Entry.state == EntryState.WITH_PERSON).distinct()
        if batch_id:
            stuck = stuck.join(Entry.document).where(Document.batch_id == batch_id)
        with_person = len(session.scalars(stuck).all())
    moving = sum(found[f"entry:{state}"] for state in MOVING)
    return {
        "files": found["files"],
        "unread": found["unread"],
        "documents": found["documents"],
        "entries": found["entries"],
        "confirmed": found[f"entry:{EntryState.CONFIRMED}"],
        "moving": moving,
        "review": found[DocumentState.WAITING_REVIEW] + with_person,
        "quarantine": found[DocumentState.QUARANTINED],
        "refused": found[DocumentState.REFUSED],
        "outstanding": found["unread"] + moving,
    }


class Halts(NamedTuple):
    """What did not go straight through, and ``evidence`` that is not there: each (what, why)."""

    review: list[tuple[str, str]]
    quarantine: list[tuple[str, str]]
    twins: list[tuple[str, str]]
    evidence: list[tuple[str, str]]


def halts(office: Office, batch_id: str) -> Halts:
    """The documents and entries of a batch that wait, were set aside, or had come before."""
    of_batch = Document.batch_id == batch_id
    with_person = select(Entry).join(Entry.document).where(Entry.state == EntryState.WITH_PERSON)
    with office.sessions() as session:
        documents = list(session.scalars(batches.in_order(select(Document)).where(of_batch)))
        entries = list(session.scalars(batches.in_order(with_person).where(of_batch)))
        lacking = missing(session, of_batch)

    def told(state: DocumentState) -> list[tuple[str, str]]:
        return [
            (document.id, explain_document(document, office.packs))
            for document in documents
            if document.state is state
        ]

    stuck = [(f"{e.document_id} → {e.target}", t(f"reason.{e.reason}")) for e in entries]
    return Halts(
        review=told(DocumentState.WAITING_REVIEW) + stuck,
        quarantine=told(DocumentState.QUARANTINED),
        twins=[(d.id, d.twin_of) for d in documents if d.twin_of],
        evidence=[
            (f"{lost.document} → {lost.target}", explain_missing(lost.kind, lost.why))
            for lost in lacking
        ],
    )


def publish(office: Office, batch_id: str, stopped: Mapping[str, str] = {}) -> Summary:
    """Publish the batch's summary as an artifact and return it in one line.

    ``stopped``: the targets in which nothing more could be entered, and why.
    """
    figures = counts(office.sessions, batch_id)
    found = halts(office, batch_id)
    title = t("report.title", details={"batch": batch_id})
    how = t("report.review.how", details={"batch": batch_id})
    parts = [
        f"# {title}",
        t("report.figures", details=figures),
        _section(
            "report.stopped",
            list(stopped.items()),
            note=t("report.stopped.how"),
            what="report.target",
        ),
        _section("report.review", found.review, note=how),
        _section("report.quarantine", found.quarantine),
        _section("report.twins", found.twins),
        _section("report.evidence", found.evidence, note=t("report.evidence.how")),
    ]
    create_markdown_artifact("\n\n".join(filter(None, parts)), key=batch_id, description=title)
    line = t("report.line", details=figures)
    if stopped:
        line += f" · {t('report.line.stopped', details={'targets': ', '.join(stopped)})}"
    return Summary(line, complete=not figures["outstanding"])


def _section(
    title: str, rows: list[tuple[str, str]], note: str = "", what: str = "report.what"
) -> str:
    if not rows:
        return ""
    table = [f"| {t(what)} | {t('report.why')} |", "|---|---|"]
    table += [f"| {name} | {why} |" for name, why in rows]
    return "\n\n".join(filter(None, [f"## {t(title)} ({len(rows)})", "\n".join(table), note]))
