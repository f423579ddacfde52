"""What a batch of practice mail is made of, and what should become of each document.

Two thirds of a batch is ordinary mail, one third is trouble (``TROUBLES``). With the degradation
``mixed``, most ordinary mail is typed and scanned well; with any other, every page is at that
level.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import NamedTuple

from forms.schema import FormPack
from greffier.words import Decision
from sandbox.paper.answers import answers
from sandbox.paper.fill import By, blank_of, can_be_filled_on_screen
from sandbox.paper.names import LONG_STREET
from sandbox.paper.people import Population
from sandbox.paper.press import NAMES, Filled, Job, Medium, Stray
from sandbox.paper.strays import Kind

ENTER = (Decision.ENTER,)
#: Either is right, as long as nothing wrong is entered.
DOUBTFUL = (Decision.ENTER, Decision.REVIEW)
REVIEW = (Decision.REVIEW,)
REFUSED = (Decision.QUARANTINE,)
NOT_ENTERED = (Decision.REVIEW, Decision.QUARANTINE)


@dataclass(frozen=True)
class Document:
    """One document of a file. ``person`` holds all its writer's values, as ``Population`` gave
    them; ``resend_of`` is the index of the file whose only document this one repeats."""

    paper: Filled | Stray | None
    expected: tuple[Decision, ...]
    trouble: str | None = None
    person: dict[str, str] = field(default_factory=dict)
    resend_of: int | None = None

    @property
    def form(self) -> Filled:
        """The paper of a document that is the form."""
        assert isinstance(self.paper, Filled)
        return self.paper


@dataclass(frozen=True)
class PlannedFile:
    """One file: what to print and the documents in it, in order."""

    name: str
    job: Job
    documents: tuple[Document, ...]


class Ordinary(NamedTuple):
    """A kind of ordinary mail."""

    medium: Medium
    by: By = "type"
    level: str = "light"
    turned: frozenset[int] = frozenset()


#: The levels at which typed paper must be read without a person.
SOUND = ("none", "light")
BOTH_SIDES = frozenset({0, 1})
#: Ordinary mail, in the order it is drawn from; after the last comes the first again.
ORDINARY = (
    Ordinary("pdf-jpeg"),
    Ordinary("fax-fine"),
    Ordinary("tiff-grey"),
    Ordinary("pdf-jpeg", by="hand"),
    Ordinary("pdf-lossless", level="none"),
    Ordinary("fax-standard"),
    Ordinary("pdf-jpeg", turned=BOTH_SIDES),
    Ordinary("tiff-grey", by="hand", level="medium"),
    Ordinary("group4"),
    Ordinary("fax-fine", by="hand"),
    Ordinary("pdf-jpeg"),
    Ordinary("pdf-jpeg", level="medium"),
    Ordinary("pdf-lossless"),
    Ordinary("fax-standard", by="hand"),
    Ordinary("tiff-grey", turned=frozenset({1})),
    Ordinary("pdf-jpeg", level="heavy"),
    Ordinary("group4", by="hand"),
)
#: Documents in the one file that holds several.
STACK = 5
#: In the order they are left out when a batch is small.
TROUBLES = (
    "nas-check-digit", "illegible", "resend", "truncated", "locked", "not-a-document", "letter",
    "unknown-form", "blank", "unsigned", "long-street", "word-file",
)  # fmt: skip


class Planner:
    """Plans one batch; everything follows from the pack and the seed."""

    def __init__(self, pack: FormPack, seed: int, degradation: str) -> None:
        self.pack = pack
        self.degradation = degradation
        self.rng = random.Random(seed)
        self.people = Population(pack, self.rng)
        self.files: list[PlannedFile] = []

    def plan(self, documents: int) -> list[PlannedFile]:
        """The files of a batch of so many documents, in the order they come in."""
        troubles = TROUBLES[: documents // 3]
        ordinary = documents - len(troubles)
        mail = cycle(ORDINARY)
        if ordinary >= 2 * STACK:
            self._stack()
        if ordinary >= STACK and can_be_filled_on_screen(self.pack):
            self._form(Ordinary("acroform", level="none"))
            self._form(Ordinary("flattened", level="none"))
        while self._count() < ordinary:
            self._form(next(mail))
        for trouble in troubles:
            self._trouble(trouble)
        # A pack may have no field to make some trouble with.
        while self._count() < documents:
            self._form(next(mail))
        return self._shuffled()

    def _count(self) -> int:
        return sum(len(file.documents) for file in self.files)

    # --- ordinary mail ---------------------------------------------------------------------------

    def _form(self, kind: Ordinary) -> None:
        level = self._level(kind.level)
        document = self._filled(kind.by, _due(kind.medium, kind.by, level))
        self._add(kind.medium, level, [document], turned=kind.turned)

    def _stack(self) -> None:
        """Several documents in one file: the second upside down, a blank page after the third."""
        level = self._level("light")
        due = _due("group4", "type", level)
        documents = [self._filled("type", due) for _ in range(STACK)]
        sides = blank_of(self.pack)[0].pages
        second = frozenset(range(sides, 2 * sides))
        self._add("group4", level, documents, turned=second, blank_after=3)

    def _filled(
        self,
        by: By,
        expected: tuple[Decision, ...],
        *,
        everything: bool = False,
        **changes: str,
    ) -> Document:
        person = self.people.person() | changes
        values = answers(self.pack, person, by, self.rng, everything=everything)
        return Document(Filled(values, by, self._seed()), expected, person=person)

    # --- trouble ---------------------------------------------------------------------------------

    def _trouble(self, trouble: str) -> None:
        level = self._level("light")
        match trouble:
            case "nas-check-digit":
                self._wrong_nas(level)
            case "illegible":
                self._illegible(level)
            case "unsigned":
                self._unsigned(level)
            case "resend":
                self._resend()
            case "long-street":
                self._long_street(level)
            case "truncated":
                whole = self._filled("type", REFUSED)
                self._add("truncated-tiff", level, [whole], trouble)
            case "locked":
                self._add("locked-pdf", level, [self._filled("type", REFUSED)], trouble)
            case "not-a-document":
                self._add("noise", level, [Document(None, REFUSED)], trouble)
            case "word-file":
                self._add("word", level, [Document(None, REFUSED)], trouble)
            case "letter":
                self._add("png", level, [self._stray("letter", NOT_ENTERED)], trouble)
            case "unknown-form":
                self._add("pdf-jpeg", level, [self._stray("unknown-form", NOT_ENTERED)], trouble)
            case "blank":
                self._add("group4", level, [self._stray("blank", REFUSED)], trouble)

    def _wrong_nas(self, level: str) -> None:
        spec = next((spec for spec in self.pack.fields if spec.type == "nas"), None)
        if spec:
            document = self._filled("type", REVIEW, everything=True)
            number = document.person[spec.name]
            wrong = str((int(number[4]) + self.rng.randrange(1, 10)) % 10)
            document = _changed(document, spec.name, number[:4] + wrong + number[5:])
            self._add("pdf-jpeg", level, [document], "nas-check-digit")

    def _illegible(self, level: str) -> None:
        required = [
            spec.name
            for spec in self.pack.fields
            if spec.required and spec.layout in ("comb", "line") and spec.type != "name"
        ]
        if required:
            document = self._filled("type", REVIEW)
            paper = replace(document.form, scribbled=self.rng.choice(required))
            self._add("tiff-grey", level, [replace(document, paper=paper)], "illegible")

    def _unsigned(self, level: str) -> None:
        specs = [spec for spec in self.pack.fields if spec.layout == "signature" and spec.required]
        if specs:
            document = _changed(self._filled("type", REVIEW), specs[0].name, "")
            self._add("pdf-jpeg", level, [document], "unsigned")

    def _long_street(self, level: str) -> None:
        """Longer than the oldest target keeps: right on paper, impossible to type there."""
        names = [f.name for f in self.pack.fields if "street" in f.name and f.layout == "line"]
        if names:
            change = {names[-1]: LONG_STREET}
            due = _due("pdf-lossless", "type", level)
            document = self._filled("type", due, everything=True, **change)
            self._add("pdf-lossless", level, [document], "long-street")

    def _resend(self) -> None:
        """The same sheet of paper, faxed again: same ink, another line."""
        for index, file in enumerate(self.files):
            if file.job.medium == "fax-fine" and len(file.documents) == 1:
                again = replace(file.documents[0], expected=DOUBTFUL, resend_of=index)
                self._add("fax-fine", file.job.level, [again], "resend")
                return

    def _stray(self, kind: Kind, expected: tuple[Decision, ...]) -> Document:
        return Document(Stray(kind, self._seed()), expected)

    # --- files -----------------------------------------------------------------------------------

    def _add(
        self,
        medium: Medium,
        level: str,
        documents: list[Document],
        trouble: str | None = None,
        turned: frozenset[int] = frozenset(),
        blank_after: int | None = None,
    ) -> None:
        documents = [replace(document, trouble=trouble) for document in documents]
        papers = [document.paper for document in documents if document.paper]
        if blank_after:
            papers.insert(blank_after, Stray("blank", self._seed()))
        job = Job(medium, tuple(papers), level, self._seed(), turned)
        self.files.append(PlannedFile("", job, tuple(documents)))

    def _shuffled(self) -> list[PlannedFile]:
        """The files as they come in: mixed, a re-sent fax after the fax; named in that order."""
        order = list(range(len(self.files)))
        self.rng.shuffle(order)
        order.sort(key=lambda index: self.files[index].documents[0].trouble == "resend")
        place = {index: new for new, index in enumerate(order)}
        found = []
        for number, index in enumerate(order, start=1):
            file = self.files[index]
            stem, suffix = NAMES[file.job.medium]
            documents = tuple(
                document
                if document.resend_of is None
                else replace(document, resend_of=place[document.resend_of])
                for document in file.documents
            )
            found.append(PlannedFile(f"{stem}-{number:03d}.{suffix}", file.job, documents))
        return found

    def _level(self, mixed: str) -> str:
        return mixed if self.degradation == "mixed" else self.degradation

    def _seed(self) -> int:
        return self.rng.randrange(2**31)


def _due(medium: Medium, by: By, level: str) -> tuple[Decision, ...]:
    """What should become of a form in order: entered, if it is typed and came in well."""
    if medium in ("acroform", "flattened"):
        return ENTER
    faxed = medium in ("fax-fine", "fax-standard")
    return ENTER if by == "type" and level in SOUND and not faxed else DOUBTFUL


def _changed(document: Document, name: str, value: str) -> Document:
    values = document.form.values | {name: value}
    return replace(document, paper=replace(document.form, values=values))
