"""The steps of a batch as plain functions, by ids: what the Prefect tasks call. No Prefect here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from bots.registry import bot_for
from bots.runner import Outcome, enter, reconcile
from bots.session import Credentials, Session
from flows.office import Office
from flows.reading import field_picture, page_picture, read_confined
from forms.decide import PERSON, decide, records
from greffier.errors import LeaseLost, UsageError
from greffier.words import Box, Decision, DocumentRead, EntryState, Reading
from storage import audit, batches
from storage.archive import Derived
from storage.dossier import dossier_of
from storage.ledger import business_key
from storage.models import Batch, BatchState, Document, DocumentState, Entry, SourceFile

TOOL = "greffier"
#: Ends of an entry that nobody has to look at any more.
SETTLED = frozenset({EntryState.CONFIRMED, EntryState.REFUSED})


# -- read ----------------------------------------------------------------------------------------


def unread(office: Office, batch_id: str) -> list[str]:
    """Ids of the files that nothing has read yet."""
    with office.sessions() as session:
        return [file.id for file in batches.unread_files(session, batch_id)]


def read(office: Office, file_id: str) -> list[str]:
    """Read one file of the archive; write down its documents and keep their pictures."""
    with office.sessions() as session:
        file = session.get_one(SourceFile, file_id)
    with TemporaryDirectory(prefix="greffier-") as folder:
        pictures = Path(folder) / "pictures"
        pictures.mkdir()
        # The name on disk is the id: a scan's own name may be a person's.
        copy = Path(folder) / file_id
        copy.write_bytes(office.archive.get(file.archive_key, file.archive_version))
        documents = read_confined(copy, pictures)
        return _record(office, file, documents, pictures)


def _record(
    office: Office, file: SourceFile, documents: list[DocumentRead], pictures: Path
) -> list[str]:
    def keep(path: Path, kind: str) -> Derived:
        return office.archive.put_derivative(
            path.read_bytes(), kind, file.sha256, TOOL, version("greffier")
        )

    kept: list[tuple[int, Derived]] = []
    crops: dict[tuple[int, str], str] = {}
    for document in documents:
        for number in document.pages:
            if (path := page_picture(pictures, number)).exists():
                kept.append((document.document, keep(path, "page")))
        for reading in document.readings:
            if (path := field_picture(pictures, reading)).exists():
                crop = keep(path, "field")
                kept.append((document.document, crop))
                crops[document.document, reading.name] = crop.key
    with office.sessions.begin() as session:
        ids = batches.record_documents(session, file.id, documents, crops)
        for number, derived in kept:
            batches.record_artifact(session, derived, document=f"{file.id}-{number}")
        audit.append(session, "file-read", TOOL, file.id, documents=len(ids))
    return ids


# -- decide --------------------------------------------------------------------------------------


def plan(office: Office, batch_id: str) -> int:
    """Write the entries of every ready document in the ledger; how many are new.

    A document whose entries all stand already, made from another one, is that one's twin.
    """
    with office.sessions() as session:
        ready = batches.ready_documents(session, batch_id)
    return sum(_plan_document(office, document) for document in ready)


def _plan_document(office: Office, document: Document) -> int:
    pack = office.packs[document.form or ""]
    decision, reasons = decide(pack, _settled(document))
    if decision is not Decision.ENTER:
        # What a person typed breaks a rule, or the rules have changed since.
        with office.sessions.begin() as session:
            batches.reopen_document(session, document.id, reasons)
        return 0
    values = batches.final_values(document)
    planned = []
    for target, record in records(pack, values).items():
        key = {name: values[name] for name in pack.destinations[target].key}
        planned.append(office.ledger.plan(document.id, record, business_key(key, record.values)))
    others = {entry.document for entry in planned if not entry.same_document}
    if len(others) == 1 and not any(entry.same_document for entry in planned):
        with office.sessions.begin() as session:
            batches.close_document(session, document.id, twin_of=others.pop())
    return sum(entry.created for entry in planned)


def _settled(document: Document) -> list[Reading]:
    """The document's readings, with a person's word where one decided."""
    return [
        Reading(
            name=field.name,
            value=field.value if field.verdict is None else field.final_value,
            raw=field.raw,
            confidence=field.confidence,
            page=field.page,
            box=Box(*field.box) if field.box else None,
            reader=field.reader if field.verdict is None else PERSON,
            problems=tuple(field.problems) if field.verdict is None else (),
        )
        for field in document.fields
    ]


# -- enter ---------------------------------------------------------------------------------------


def targets_waiting(office: Office, batch_id: str) -> dict[str, list[int]]:
    """The entries somebody must act on, by target: planned ones, and unknown ones to settle."""
    office.ledger.expire()
    query = (
        select(Entry.target, Entry.id)
        .join(Entry.document)
        .where(
            Document.batch_id == batch_id,
            Entry.state.in_([EntryState.PLANNED, EntryState.UNKNOWN]),
        )
        .order_by(Entry.id)
    )
    waiting: dict[str, list[int]] = {}
    with office.sessions() as session:
        for target, entry in session.execute(query):
            waiting.setdefault(target, []).append(entry)
    return waiting


@contextmanager
def signed_in(office: Office, target: str) -> Iterator[Session]:
    """A browser session on ``target``. Raises ``UsageError`` when no address is set for it."""
    settings = office.settings
    if target not in settings.targets:
        raise UsageError("target-without-address", target=target)
    credentials = Credentials(settings.target_user, settings.target_password.get_secret_value())
    with Session(
        bot_for(target), settings.targets[target], credentials, chromium=settings.chromium
    ) as session:
        yield session


class EntryEvidence:
    """Puts an entry's pictures in the archive, as derivatives of the document's original."""

    def __init__(self, office: Office, entry_id: int) -> None:
        self.office = office
        self.entry_id = entry_id

    def keep(self, kind: str, data: bytes, media_type: str) -> None:
        with self.office.sessions() as session:
            entry = session.get_one(Entry, self.entry_id)
            document = entry.document
            parent = document.file.sha256
        derived = self.office.archive.put_derivative(
            data, kind, parent, "playwright", version("playwright")
        )
        with self.office.sessions.begin() as session:
            batches.record_artifact(session, derived, document.id, self.entry_id)


def enter_or_settle(office: Office, session: Session, entry_id: int) -> Outcome | None:
    """Enter a planned entry, or search the target for an unknown one.

    ``None`` when another worker has it. Raises ``TargetStopped`` when the target must be left.
    """
    ledger, evidence = office.ledger, EntryEvidence(office, entry_id)
    try:
        if claim := ledger.claim(entry_id):
            return enter(session, claim.record, claim, ledger, evidence)
        if claim := ledger.take_unknown(entry_id):
            return reconcile(session, claim.record, claim, ledger, evidence)
    except LeaseLost:
        return None
    return None


# -- keep ----------------------------------------------------------------------------------------


def keep(office: Office, batch_id: str) -> int:
    """Seal the dossier of every document whose entries are all settled, and of those of forms that
    are entered nowhere; how many were sealed."""
    with office.sessions() as session:
        ready = batches.ready_documents(session, batch_id)
        settled = [
            document.id
            for document in ready
            if (document.entries or not office.packs[document.form or ""].destinations)
            and all(entry.state in SETTLED for entry in document.entries)
        ]
    for document_id in settled:
        _seal(office, document_id)
    with office.sessions.begin() as session:
        batch = session.get_one(Batch, batch_id)
        left = batches.counts(session, batch_id)
        pending = left["unread"] + left[DocumentState.READY] + left[DocumentState.WAITING_REVIEW]
        if batch.state is BatchState.OPEN and not pending:
            batches.set_batch_state(session, batch_id, BatchState.DONE)
            audit.append(session, "batch-done", TOOL, batch_id)
    return len(settled)


def _seal(office: Office, document_id: str) -> None:
    with office.sessions() as session:
        document = session.get_one(Document, document_id)
        parent, content = document.file.sha256, dossier_of(document)
    derived = office.archive.put_derivative(content, "dossier", parent, TOOL, version("greffier"))
    with office.sessions.begin() as session:
        batches.record_artifact(session, derived, document_id)
        batches.close_document(session, document_id)
        audit.append(session, "dossier-sealed", TOOL, document_id, sha256=derived.sha256)
