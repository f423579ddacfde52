"""From a file to the documents in it: the order of the reading. No Prefect, database or network.

``read_file`` does the work; ``read_confined`` has it done by a child process with limits, because
a file may be hostile: what kills the child is a reason for quarantine, not an accident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, wraps
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import NamedTuple, TypeVar

import classifiers
from classifiers import begins_letter, classify
from extractors import hand, lines, printed, separators
from extractors.beside import read_beside
from extractors.captioned import Recognised, glance, recognise
from extractors.confined import Confinement, Limits
from extractors.fields import read_fields
from extractors.files import RawPage, list_pages
from extractors.images import Grey
from extractors.on_screen import settle_beside
from extractors.pages import Page, clean, crop, straight, turned
from extractors.phrases import Word
from extractors.pieces import Pieces, is_legible
from extractors.png import png
from extractors.register import Register
from extractors.separate import Group, Sheet, separate
from extractors.symbols import marks_on
from extractors.text import PageText, page_text
from flows.letters import letter_readings
from forms.decide import decide, doubtful
from forms.lookups import consult, load_registers
from forms.schema import PACKS, FormPack, load_packs
from greffier.errors import BadInput, GreffierError
from greffier.settings import Settings
from greffier.words import Decision, DocumentRead, Reading, Reason

T = TypeVar("T")

#: A letter says in this share of its first page, from the top, what it is about.
_BEGINS = 0.6


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
        pages: dict[int, PageRead] = {}
        form: str | None = None
        for raw in list_pages(path, limit=self.most_pages):
            page = pages[raw.number] = self._read_page(raw, form, pictures)
            sheet = page.sheet
            if sheet.form or sheet.kind or sheet.begins or sheet.separator:
                form = sheet.form if sheet.revision is None else None
        groups = separate(page.sheet for page in pages.values())
        return [
            self._document(path.name, number, group, pages, pictures)
            for number, group in enumerate(groups, start=1)
        ]

    def _read_page(self, raw: RawPage, after: str | None, pictures: Path | None) -> PageRead:
        """``after`` is the form that the pages before begin, if it was told by its captions."""
        page = clean(raw)
        if page.blank:
            _picture(pictures, page.number, page.image)
            return PageRead(Sheet(page.number, blank=True), 1.0)
        marks = marks_on(page.image)
        separates = page.patch or separators.separates(marks)
        begins = separates or separators.labels(marks)
        upright = False
        # A known mark says at once which blank to lay the page over; without, a glance costs less.
        if not self.register.knows(marks):
            after = None if begins else after
            read, upright = self._at_a_glance(page, after, begins, pictures)
            if read:
                return read
        if found := self.register.find(page, marks):
            _picture(pictures, page.number, found.upright)
            sheet = Sheet(
                page.number,
                form=found.form,
                revision=found.revision.id,
                form_page=found.form_page,
                begins=begins,
            )
            readings = read_fields([found], self.packs[found.form])
            _picture_fields(pictures, found.upright, readings)
            return PageRead(sheet, found.score, tuple(readings))
        lying, page = page, page if upright else turned(page)
        if page is not lying:
            read, _ = self._at_a_glance(page, after, begins, pictures)
            if read:
                return read
        page = page if page.digital else straight(page)
        _picture(pictures, page.number, page.image)
        text = page_text(page)
        if separates and len(text.words) <= separators.MOST_WORDS:
            return PageRead(Sheet(page.number, separator=True), 1.0)
        if told := recognise(text.words, self.packs):
            return self._beside(page, Pieces(page.image), told, begins, pictures)
        said = classify(text.text)
        # What sounds like the form before goes on with it; like another one, it is no attachment.
        kind = None if said.kind == after else said.kind
        begins = begins or kind in self.packs
        letter = begins_letter(text.text, known=kind is not None)
        sheet = Sheet(page.number, kind=kind, begins=begins, letter=letter)
        return PageRead(sheet, said.confidence, text=text)

    def _at_a_glance(
        self, page: Page, after: str | None, begins: bool, pictures: Path | None
    ) -> tuple[PageRead | None, bool]:
        """A page of a form told by its captions, as most are that are: by a few of its words.

        ``None`` when it takes more than that to say what the page is; and whether a phrase of a
        form was read on it, so that it lies the right way up.
        """
        if page.digital:
            return None, True
        pieces = Pieces(straight(page).image)
        seen = glance(pieces, self.packs, later=after is not None)
        if seen.told:
            return self._beside(page, pieces, seen.told, begins, pictures), True
        legible = is_legible(seen.words)
        if after is None or seen.hints or not legible:
            return None, seen.hints and legible
        if not _goes_on(pieces, seen.words, after):
            return None, False
        _picture(pictures, page.number, pieces.image)
        return PageRead(Sheet(page.number), 1.0), True

    def _beside(
        self, page: Page, pieces: Pieces, told: Recognised, begins: bool, pictures: Path | None
    ) -> PageRead:
        _picture(pictures, page.number, pieces.image)
        pack = self.packs[told.form]
        readings = [
            settle_beside(pack.field(reading.name), page.digital, reading)
            for reading in read_beside(pieces, told, pack, page.number)
        ]
        _picture_fields(pictures, pieces.image, readings)
        sheet = Sheet(page.number, form=told.form, begins=begins)
        return PageRead(sheet, told.confidence, tuple(readings))

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
            _keep_doubts(pictures, readings, doubtful(self.packs[group.form], readings))
        return DocumentRead(
            source=source,
            document=number,
            pages=group.pages,
            blanks=tuple(sheet.number for sheet in group.blanks),
            separators=tuple(sheet.number for sheet in group.separators),
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
            code = "separator-alone" if group.separators else "blank-page"
            return Decision.QUARANTINE, (Reason(code=code),)
        if group.form:
            decision, reasons = decide(self.packs[group.form], readings)
            # A form told by its captions has pages that nobody described; of one told by its
            # blank every page is known, and what else is there may say something.
            if decision is Decision.ENTER and group.attachments and group.sheets[0].revision:
                return Decision.REVIEW, (Reason(code="attachment"),)
            return decision, reasons
        if form in self.packs:
            # The words are those of a form we know, but its zones could not be found.
            return Decision.REVIEW, (Reason(code="form-not-aligned"),)
        return Decision.QUARANTINE, (Reason(code="no-pack" if form else "unknown-form"),)


def _goes_on(pieces: Pieces, words: Iterable[Word], after: str) -> bool:
    """Whether a page goes on with the form ``after``: a few ``words`` of it sound like that form
    or, since a letter may begin with as few, all its upper part sounds like nothing else.
    """
    if classify(" ".join(word.text for word in words)).kind == after:
        return True
    return classify(pieces.text(_BEGINS)).kind in (None, after)


def _picture(pictures: Path | None, number: int, image: Grey) -> None:
    if pictures:
        page_picture(pictures, number).write_bytes(png(image))


def _picture_fields(pictures: Path | None, image: Grey, readings: Iterable[Reading]) -> None:
    """All fields of a page, while it is at hand; which are doubtful, the whole document says."""
    for reading in readings:
        if pictures and reading.box:
            field_picture(pictures, reading).write_bytes(crop(image, reading.box))


def _keep_doubts(pictures: Path, readings: Iterable[Reading], doubts: Iterable[str]) -> None:
    """Of the fields' pictures, those of the ``doubts``."""
    sure = (r for r in readings if r.box and r.name not in set(doubts))
    for picture in {field_picture(pictures, reading) for reading in sure}:
        picture.unlink()


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


def warm() -> None:
    """Load everything that is the same for all files, before children are forked from here."""
    hand.load()
    lines.load()
    for language in {"fra", *(pack.language for pack in reader().packs.values())}:
        with suppress(GreffierError):  # one that is missing is missed by its own forms only
            printed.load(language)
    load_registers(reader().packs.values(), reader().lookups)
    classifiers.load()
    with suppress(GreffierError):  # patterns nobody can read are missed by letters only
        classifiers.pipeline()


def _read_here(path: Path, pictures: Path | None) -> list[DocumentRead]:
    return reader().read(path, pictures)


def _once(make: Callable[[], T]) -> Callable[[], T]:
    """``cache`` for what several threads may ask for at the same moment: it is made once."""
    made, lock = cache(make), Lock()

    @wraps(make)
    def get() -> T:
        with lock:
            return made()

    return get


@_once
def confinement() -> Confinement:
    """This process's warden: its children are forked from a process that has loaded the reader."""
    settings = Settings.load()
    limits = Limits(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb)
    return Confinement(preload=("flows.reading:warm",), limits=limits)


@_once
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
