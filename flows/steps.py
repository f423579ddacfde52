"""The steps of a batch as plain functions, by ids: what the Prefect tasks call. No Prefect here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import ColumnElement, select

from bots.credentials import (
    credentials_for,
    from_environment,
    from_keyring,
    from_settings,
)
from bots.registry import bot_for
from bots.runner import Outcome, enter, reconcile
from bots.session import Credentials, Session
from flows.credentials import from_prefect
from flows.office import Office
from flows.reading import field_picture, page_picture, read_confined
from forms.decide import PERSON, decide, records
from greffier.errors import LeaseLost, UsageError
from greffier.words import Box, Decision, DocumentRead, EntryState, Reading, Reason
from storage import audit, batches
from storage.archive import Derived
from storage.batches import DocumentClosed
from storage.dossier import dossier_of
from storage.evidence import record_missing
from storage.ledger import Claim, Planned, business_key
from storage.models import Batch, BatchState, Document, Entry, FileState, SourceFile
from storage.seats import take_seat
from storage.sign_ins import SignIn

TOOL = "greffier"
#: Seconds between two looks for a free seat on a target.
SEAT_PAUSE = 1.0
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
                kept.append((document.document, keep(path, _kind_of(document, number))))
        for reading in document.readings:
            if (path := field_picture(pictures, reading)).exists():
                crop = keep(path, "field")
                kept.append((document.document, crop))
                crops[document.document, reading.name] = crop.key
    with office.sessions.begin() as session:
        now = session.get_one(SourceFile, file.id, with_for_update=True)
        if now.state is not FileState.RECEIVED:  # another run of the batch was faster
            return [document.id for document in now.documents]
        ids = batches.record_documents(session, file.id, documents, crops)
        for number, derived in kept:
            batches.record_artifact(session, derived, document=f"{file.id}-{number}")
        audit.append(session, "file-read", TOOL, file.id, documents=len(ids))
    return ids


def _kind_of(document: DocumentRead, page: int) -> str:
    """What the dossier calls the picture of a page, so that one sees what nobody read."""
    if page in document.separators:
        return "separator"
    return "blank-page" if page in document.blanks else "page"


# -- decide --------------------------------------------------------------------------------------


def plan(office: Office, batch_id: str) -> int:
    """Write the entries of every ready document in the ledger; how many are new.

    A document whose entries all stand already, made from another one, is that one's twin.
    """
    with office.sessions() as session:
        ready = batches.ready_documents(session, batch_id)
    new = 0
    for document in ready:
        with suppress(DocumentClosed):  # another run of the batch was faster
            new += _plan_document(office, document)
    return new


def _plan_document(office: Office, document: Document) -> int:
    pack = office.packs.get(document.form or "")
    if pack is None:
        with office.sessions.begin() as session:
            batches.reopen_document(session, document.id, [Reason(code="form-gone")])
        return 0
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
    if planned and not any(entry.same_document for entry in planned):
        _close_twin(office, document, planned)
    return sum(entry.created for entry in planned)


def _close_twin(office: Office, document: Document, planned: list[Planned]) -> None:
    """The entries of another document stand for this one's; refused ones only if a person agrees.

    What was sent again after a refusal may have been sent to have it looked at again.
    """
    refused = any(entry.state is EntryState.REFUSED for entry in planned)
    with office.sessions.begin() as session:
        if refused and document.confirmed_by is None:
            batches.reopen_document(session, document.id, [Reason(code="twin-refused")])
        else:
            batches.close_document(session, document.id, twin_of=planned[0].document)


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
    """The batch's entries somebody must act on, by target: unknown ones, then planned ones."""
    office.ledger.expire()
    of_batch = Document.batch_id == batch_id
    waiting = unknown_entries(office, of_batch)
    for target, planned in _by_target(office, EntryState.PLANNED, of_batch).items():
        waiting.setdefault(target, []).extend(planned)
    return waiting


def unknown_entries(office: Office, *which: ColumnElement[bool]) -> dict[str, list[int]]:
    """The entries that only a search of their target can settle, by target.

    Those of workers that are late or gone are among them.
    """
    office.ledger.expire()
    return _by_target(office, EntryState.UNKNOWN, *which)


def _by_target(
    office: Office, state: EntryState, *which: ColumnElement[bool]
) -> dict[str, list[int]]:
    query = select(Entry.target, Entry.id).join(Entry.document).where(Entry.state == state, *which)
    waiting: dict[str, list[int]] = {}
    with office.sessions() as session:
        for target, entry in session.execute(query.order_by(Entry.id)):
            waiting.setdefault(target, []).append(entry)
    return waiting


def slots(office: Office, target: str) -> int:
    """Sessions that ``target`` allows and that somebody is named for; at least one."""
    named = takewhile(
        lambda slot: _pair(office, target, slot), range(1, bot_for(target).sessions + 1)
    )
    return max(1, sum(1 for _ in named))


def _pair(office: Office, target: str, slot: int) -> Credentials | None:
    with suppress(UsageError):
        return _credentials(office, target, slot)
    return None


def _credentials(office: Office, target: str, slot: int) -> Credentials:
    own = from_settings(office.settings)
    return credentials_for(target, slot, from_environment(), from_keyring, from_prefect, own)


@contextmanager
def seated(office: Office, target: str, *, wait: bool = True) -> Iterator[int]:
    """One of the sessions that ``target`` allows at the same time is ours while the block lasts.

    Which: its slot. When all are taken: waits for one, or says 0 if it may not ``wait``.
    """
    seats = slots(office, target)
    while True:
        with take_seat(office.sessions, target, seats) as taken:
            if taken or not wait:
                yield taken
                return
        time.sleep(SEAT_PAUSE)


@contextmanager
def signed_in(office: Office, target: str, slot: int = 1) -> Iterator[Session]:
    """A browser session on ``target``. Raises ``UsageError`` when no address is set for it."""
    settings = office.settings
    if target not in settings.targets:
        raise UsageError("target-without-address", target=target)
    who = _credentials(office, target, slot)
    with Session(
        bot_for(target),
        settings.targets[target],
        who,
        chromium=settings.chromium,
        visibility_delay=settings.visibility_delays.get(target),
        sign_ins=SignIn(office.sessions, target, (who.user, who.password)),
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

    def missed(self, kind: str, why: str) -> None:
        with self.office.sessions.begin() as session:
            record_missing(session, TOOL, self.entry_id, kind, why)


def enter_or_settle(office: Office, session: Session, entry_id: int) -> Outcome | None:
    """``settle`` an unknown entry, or enter a planned one; else as ``settle``."""
    claim = office.ledger.claim(entry_id)
    return _act(office, session, claim, enter) if claim else settle(office, session, entry_id)


def settle(office: Office, session: Session, entry_id: int) -> Outcome | None:
    """Search the target for an unknown entry: nothing is typed.

    ``None`` when another worker has it, or it is not unknown any more. Raises ``TargetStopped``
    when the target must be left.
    """
    claim = office.ledger.take_unknown(entry_id)
    return _act(office, session, claim, reconcile) if claim else None


def _act(
    office: Office, session: Session, claim: Claim, way: Callable[..., Outcome]
) -> Outcome | None:
    evidence = EntryEvidence(office, claim.entry)
    try:
        return way(session, claim.record, claim, office.ledger, evidence)
    except LeaseLost:
        return None


# -- keep ----------------------------------------------------------------------------------------


def keep(office: Office, batch_id: str) -> int:
    """Seal the dossier of every document whose entries are all settled, and of those of forms that
    are entered nowhere; how many were sealed."""
    with office.sessions() as session:
        ready = batches.ready_documents(session, batch_id)
        settled = [document.id for document in ready if _is_settled(office, document)]
    sealed = 0
    for document_id in settled:
        with suppress(DocumentClosed):  # another run of the batch was faster
            _seal(office, document_id)
            sealed += 1
    with office.sessions.begin() as session:
        batch = session.get_one(Batch, batch_id, with_for_update=True)
        if batch.state is BatchState.OPEN and not batches.pending(session, batch_id):
            batches.set_batch_state(session, batch_id, BatchState.DONE)
            audit.append(session, "batch-done", TOOL, batch_id)
    return sealed


def _is_settled(office: Office, document: Document) -> bool:
    if document.entries:
        return all(entry.state in SETTLED for entry in document.entries)
    pack = office.packs.get(document.form or "")
    return pack is not None and not pack.destinations


def _seal(office: Office, document_id: str) -> None:
    with office.sessions() as session:
        document = session.get_one(Document, document_id)
        parent, content = document.file.sha256, dossier_of(document)
    derived = office.archive.put_derivative(content, "dossier", parent, TOOL, version("greffier"))
    with office.sessions.begin() as session:
        batches.close_document(session, document_id)
        batches.record_artifact(session, derived, document_id)
        audit.append(session, "dossier-sealed", TOOL, document_id, sha256=derived.sha256)
