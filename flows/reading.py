"""From a file to the documents in it: the order of the reading. No Prefect, database or network.

``read_file`` does the work; ``read_confined`` has it done by a child process with limits, because
a file may be hostile: what kills the child is a reason for quarantine, not an accident.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from classifiers import classify
from extractors.beside import read_beside
from extractors.captioned import recognise
from extractors.confined import Confinement, Limits
from extractors.fields import read_fields
from extractors.files import RawPage, list_pages
from extractors.pages import clean, crop, load, png, upright
from extractors.register import Register
from extractors.separate import Group, Sheet, separate
from extractors.text import PageText, page_text
from flows.letters import letter_readings
from forms.decide import decide, doubtful
from forms.lookups import consult
from forms.schema import PACKS, FormPack, load_packs
from greffier.errors import BadInput
from greffier.settings import Settings
from greffier.words import Decision, DocumentRead, Reading, Reason


class PageRead(NamedTuple):
    """One page: what it is, how sure that is, and the fields on it; of a letter, its text."""

    sheet: Sheet
    confidence: float
    readings: tuple[Reading, ...] = ()
    text: PageText | None = None


class FileReader:
    """Reads files with the form packs it knows; loaded once a process.

    ``pictures``, where given, is a folder that receives ``page-<n>.png`` for every page that was
    read, upright at 300 dpi, and ``<n>-<field>.png`` for every doubtful field. ``lookups``, where
    given, is the folder of the registers.
    """

    def __init__(
        self, packs: dict[str, FormPack], most_pages: int, lookups: Path | None = None
    ) -> None:
        self.packs = packs
        self.lookups = lookups
        self.most_pages = most_pages
        self.register = Register(packs)

    def read(self, path: Path, pictures: Path | None = None) -> list[DocumentRead]:
        """The documents of one file. Raises ``BadInput`` when the file cannot be read."""
        pages = {
            raw.number: self._read_page(raw, pictures)
            for raw in list_pages(path, limit=self.most_pages)
        }
        groups = separate(page.sheet for page in pages.values())
        return [
            self._document(path.name, number, group, pages, pictures)
            for number, group in enumerate(groups, start=1)
        ]

    def _read_page(self, raw: RawPage, pictures: Path | None) -> PageRead:
        page = clean(raw)
        if page.blank:
            return PageRead(Sheet(page.number, blank=True), 1.0)
        if found := self.register.find(page):
            if pictures:
                page_picture(pictures, page.number).write_bytes(png(found.upright))
            sheet = Sheet(page.number, False, found.form, found.revision.id, found.form_page)
            readings = read_fields([found], self.packs[found.form])
            return PageRead(sheet, found.score, tuple(readings))
        page = upright(page)
        if pictures:
            page_picture(pictures, page.number).write_bytes(png(page.image))
        text = page_text(page)
        if told := recognise(text.words, self.packs):
            readings = read_beside(page.image, told, self.packs[told.form], page.number)
            return PageRead(Sheet(page.number, form=told.form), told.confidence, tuple(readings))
        said = classify(text.text)
        return PageRead(Sheet(page.number, kind=said.kind), said.confidence, text=text)

    def _document(
        self,
        source: str,
        number: int,
        group: Group,
        pages: dict[int, PageRead],
        pictures: Path | None,
    ) -> DocumentRead:
        members = [pages[sheet.number] for sheet in group.sheets]
        form = group.form or next((page.sheet.kind for page in members if page.sheet.kind), None)
        readings = tuple(reading for page in members for reading in page.readings)
        if group.form:
            readings = consult(self.packs[group.form], readings, self.lookups)
        elif form and form not in self.packs:
            letter = {page.sheet.number: page.text for page in members if page.text}
            readings = letter_readings(form, letter)
        decision, reasons = self._decide(group, form, readings)
        if pictures and group.form:
            self._picture_doubts(self.packs[group.form], readings, pictures)
        return DocumentRead(
            source=source,
            document=number,
            pages=group.pages,
            form=form,
            form_confidence=min(
                (page.confidence for page in members if not group.form or page.sheet.form),
                default=0.0,
            ),
            readings=readings,
            decision=decision,
            reasons=reasons,
        )

    def _decide(
        self, group: Group, form: str | None, readings: tuple[Reading, ...]
    ) -> tuple[Decision, tuple[Reason, ...]]:
        if not group.sheets:
            return Decision.QUARANTINE, (Reason(code="blank-page"),)
        if group.form:
            return decide(self.packs[group.form], readings)
        if form in self.packs:
            # The words are those of a form we know, but its zones could not be found.
            return Decision.REVIEW, (Reason(code="form-not-aligned"),)
        return Decision.QUARANTINE, (Reason(code="no-pack" if form else "unknown-form"),)

    def _picture_doubts(
        self, pack: FormPack, readings: tuple[Reading, ...], pictures: Path
    ) -> None:
        doubts = set(doubtful(pack, readings))
        for reading in readings:
            if reading.name in doubts and reading.box and reading.page:
                page = load(page_picture(pictures, reading.page))
                field_picture(pictures, reading).write_bytes(crop(page, reading.box))


def page_picture(folder: Path, number: int) -> Path:
    """Where the picture of a page was put."""
    return folder / f"page-{number}.png"


def field_picture(folder: Path, reading: Reading) -> Path:
    """Where the picture of a doubtful field was put."""
    return folder / f"{reading.page}-{reading.name}.png"


@cache
def reader() -> FileReader:
    """This process's reader, from the settings."""
    settings = Settings.load()
    return FileReader(load_packs(PACKS, settings.packs), settings.read_pages, settings.lookups)


def _read_here(path: Path, pictures: Path | None) -> list[DocumentRead]:
    return reader().read(path, pictures)


@cache
def confinement() -> Confinement:
    """This process's warden: its children are forked from a process that has loaded the reader."""
    settings = Settings.load()
    limits = Limits(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb)
    return Confinement(preload=("flows.reading:reader",), limits=limits)


@cache
def _desks() -> BoundedSemaphore:
    """As many readings at a time as the settings allow, whoever asks."""
    return BoundedSemaphore(Settings.load().readers)


def read_confined(path: Path, pictures: Path | None = None) -> list[DocumentRead]:
    """The documents of one file, read in a child process.

    A file that cannot be read, or that kills its reader, gives one document in quarantine with
    the reason: a bad file is an answer here, not an exception.
    """
    try:
        with _desks():
            return confinement().run(_read_here, path, pictures)
    except BadInput as error:
        return [
            DocumentRead(
                source=path.name,
                document=1,
                decision=Decision.QUARANTINE,
                reasons=(Reason(code=error.code),),
            )
        ]
