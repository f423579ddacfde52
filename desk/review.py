"""``greffier review``: a person settles what was doubtful, the picture beside the value.

The pictures are written under ``GREFFIER_HOME/review``, readable by their owner only, and removed
once the document is settled. Every word of a person is in the audit chain with their name.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import typer
from rich.markup import escape
from sqlalchemy import select

from desk.show import console
from flows.office import Office
from flows.resume import start_now
from flows.wording import explain_document, field_label
from forms import lookups
from forms.schema import FieldSpec, FormPack
from forms.types import parse, propose
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import EntryState
from storage import audit, batches
from storage.batches import Review
from storage.models import Artifact, Document, DocumentState, Entry, FieldReading

REFUSE, SKIP, EMPTY = "!", "?", "-"
#: Evidence of an entry that is no picture.
SUFFIXES = {"refusal": "txt", "screen-changed": "txt", "trace": "zip"}
#: What a person may say of an entry that waits for them.
ENTRY_ANSWERS = {
    "c": EntryState.CONFIRMED,
    "r": EntryState.REFUSED,
    "s": EntryState.PLANNED,
}


class Skipped(Exception):
    """The person goes on to the next document."""


def review_batch(settings: Settings, batch_id: str | None, who: str, *, listing: bool) -> None:
    """Go through what waits, in one batch or in all; start the batches that can go on.

    Raises ``UsageError`` when it is not known who decides.
    """
    office = Office.open(settings)
    if not who and not listing:
        raise UsageError("who-decides")
    with office.sessions() as session:
        reviews = batches.waiting_reviews(session, batch_id)
        entries = _entries_with_person(office, batch_id)
    if not reviews and not entries:
        console.print(t("cli.review.nothing"))
        return
    desk = Desk(office, who)
    freed: set[str] = set()
    try:
        for review in reviews:
            desk.show(review)
            if not listing and desk.settle(review):
                freed.add(review.document.batch_id)
        for entry in entries:
            desk.show_entry(entry)
            if not listing and desk.settle_entry(entry):
                freed.add(entry.document.batch_id)
    finally:  # whoever leaves in the middle has still freed what they settled
        for batch in sorted(freed):
            start_now(batch)
            console.print(t("cli.review.goes-on", details={"batch": batch}))


def _entries_with_person(office: Office, batch_id: str | None) -> list[Entry]:
    query = select(Entry).join(Entry.document).where(Entry.state == EntryState.WITH_PERSON)
    if batch_id:
        query = query.where(Document.batch_id == batch_id)
    with office.sessions() as session:
        entries = list(session.scalars(batches.in_order(query)))
        for entry in entries:
            _ = entry.document  # loaded now: the session ends here
        return entries


class Desk:
    """One person at work."""

    def __init__(self, office: Office, who: str) -> None:
        self.office = office
        self.who = who
        self.folder = office.settings.home / "review"

    # -- documents -----------------------------------------------------------------------

    def show(self, review: Review) -> None:
        """Print a document's doubts and where the pictures of its fields are."""
        document = review.document
        console.rule(f"[bold]{document.id}[/] · {document.form or t('form.unknown')}")
        console.print(f"  {explain_document(document, self.office.packs)}")
        for field in review.fields:
            self._show_field(document, field)

    def _show_field(self, document: Document, field: FieldReading) -> None:
        label = field_label(self.office.packs.get(document.form or ""), field.name)
        console.print(f"\n  [bold]{escape(label)}[/] ({field.name})")
        for name, value in (
            ("raw", field.raw),
            ("value", field.value),
            ("confidence", f"{field.confidence:.2f}"),
            ("picture", self._picture(document, field)),
        ):
            if value is not None:
                console.print(
                    f"    {t('cli.review.' + name)} : {escape(str(value))}", soft_wrap=True
                )

    def _picture(self, document: Document, field: FieldReading) -> Path | None:
        if not field.crop_key:
            return None
        folder = self.folder / document.id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{field.name}.png"
        path.touch(mode=0o600)
        path.write_bytes(self.office.archive.get(field.crop_key))
        return path

    def settle(self, review: Review) -> bool:
        """Ask about each doubtful field; whether nothing of the document waits any more: it can go
        on, or is refused, and its batch may have come to its end."""
        document = review.document
        try:
            for field in review.fields:
                document = self._ask_field(document, field)
                if document.state is DocumentState.REFUSED:
                    break
            if review.whole and document.state is DocumentState.WAITING_REVIEW:
                document = self._ask_whole(document)
        except Skipped:
            return False
        shutil.rmtree(self.folder / document.id, ignore_errors=True)
        return document.state is not DocumentState.WAITING_REVIEW

    def _ask_field(self, document: Document, field: FieldReading) -> Document:
        spec = self._spec(document, field)
        offered = field.value or next(iter(self._proposals(spec, field)), None)
        if offered in (SKIP, REFUSE, EMPTY):
            offered = None  # a speck read as a sign that means something here
        if listed := self._listed(document, field):
            console.print(f"  {t('cli.review.register')} : {escape(', '.join(listed))}")
        while True:
            typed = typer.prompt(f"  {field.name}", default=offered or SKIP).strip()
            if typed == SKIP:
                raise Skipped
            if typed == REFUSE:
                return self._decide(document, field, None)
            value = self._value(spec, "" if typed == EMPTY else typed)
            if value is not None:
                return self._decide(document, field, value)

    def _value(self, spec: FieldSpec | None, typed: str) -> str | None:
        """What was typed in canonical form; ``None``, said why, when it is no such value."""
        if spec is None or not typed:
            return typed
        parsed = parse(spec.type, typed, spec=spec)
        if parsed.value is None:
            for code in parsed.problems:
                console.print(f"    [red]{t(f'reason.{code}')}[/]")
        return parsed.value

    def _decide(self, document: Document, field: FieldReading, value: str | None) -> Document:
        with self.office.sessions.begin() as session:
            audit.append(session, "field-decided", self.who, document.id, field=field.name)
            return batches.decide_field(session, document.id, field.name, value, self.who)

    def _ask_whole(self, document: Document) -> Document:
        answer = typer.prompt(t("cli.review.whole"), default=SKIP).strip().lower()
        with self.office.sessions.begin() as session:
            if answer == REFUSE:
                audit.append(session, "document-refused", self.who, document.id)
                return batches.refuse_document(session, document.id, self.who)
            if answer in ("o", "oui", "y", "yes"):
                audit.append(session, "document-confirmed", self.who, document.id)
                return batches.confirm_document(session, document.id, self.who)
        raise Skipped

    def _spec(self, document: Document, field: FieldReading) -> FieldSpec | None:
        pack: FormPack | None = self.office.packs.get(document.form or "")
        return pack.find(field.name) if pack else None

    @staticmethod
    def _proposals(spec: FieldSpec | None, field: FieldReading) -> tuple[str, ...]:
        return propose(spec.type, field.raw, spec=spec) if spec and field.raw else ()

    def _listed(self, document: Document, field: FieldReading) -> tuple[str, ...]:
        """What a register would have the field be. Shown, and typed by the person or not."""
        pack = self.office.packs.get(document.form or "")
        read = {other.name: other.value or other.raw for other in document.fields}
        folder = self.office.settings.lookups
        found = lookups.propose(pack, read, field.name, folder) if pack else ()
        return tuple(value for value in found if value != field.value)

    # -- entries -------------------------------------------------------------------------

    def show_entry(self, entry: Entry) -> None:
        """Print why an entry waits, and where the pictures of its screens are."""
        console.rule(f"[bold]{t('cli.review.entry', details={'entry': entry.id})}[/]")
        console.print(f"  {entry.document_id} → {entry.target} : {t(f'reason.{entry.reason}')}")
        for path in self._screens(entry):
            console.print(f"    {t('cli.review.picture')} : {escape(str(path))}", soft_wrap=True)

    def _screens(self, entry: Entry) -> list[Path]:
        folder = self.folder / f"entry-{entry.id}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.office.sessions() as session:
            of_entry = select(Artifact).where(Artifact.entry_id == entry.id).order_by(Artifact.id)
            kept = list(session.scalars(of_entry))
        paths = []
        for number, artifact in enumerate(kept, start=1):
            suffix = SUFFIXES.get(artifact.kind, "png")
            path = folder / f"{number}-{artifact.kind}.{suffix}"
            path.touch(mode=0o600)
            path.write_bytes(self.office.archive.get(artifact.key, artifact.version_id))
            paths.append(path)
        return paths

    def settle_entry(self, entry: Entry) -> bool:
        """Ask what became of an entry; whether the person said so."""
        answer = typer.prompt(t("cli.review.entry.ask"), default=SKIP).strip().lower()
        outcome = ENTRY_ANSWERS.get(answer)
        if outcome is None:
            return False
        self.office.ledger.settle(entry.id, outcome, self.who, "person")
        shutil.rmtree(self.folder / f"entry-{entry.id}", ignore_errors=True)
        return True
