"""What a bot's author writes: four methods, and what the target is like.

A bot drives one target's screens in the browser through ``self.screen``. The framework owns
sign-in, dead sessions, evidence, retries, the ledger and reconciliation. A bot SHALL NOT catch the
framework's errors, sleep, or click anything that saves outside ``submit``.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from greffier.errors import BusinessError
from greffier.words import Record

if TYPE_CHECKING:
    from bots.screen import Screen


@dataclass(frozen=True)
class Login:
    """How the target signs people in. Labels are what a person reads beside the fields.

    ``path`` is the sign-in page. ``marker`` is text that only the sign-in page shows: wherever it
    appears after an action, the session is dead. ``also`` are other such words, where a target has
    several ways to say that nobody is signed in, or refuses a password on a page of its own.
    """

    path: str
    user: str
    password: str
    button: str
    marker: str
    also: tuple[str, ...] = ()

    @property
    def markers(self) -> tuple[str, ...]:
        """All the words that say that nobody is signed in."""
        return (self.marker, *self.also)


@dataclass(frozen=True)
class Shown:
    """How a target shows a canonical value: ``convert`` it, and refuse more than ``limit`` signs.

    ``convert`` raises ``ValueError`` for what the target cannot hold; it is not asked about ``""``.
    A value that would be cut or changed is never typed: the entry goes to a person.

    ``made_of``: the record's fields that this one field of the screen holds together, one blank
    between them. ``kept``: a record that says nothing leaves what the target has.
    """

    convert: Callable[[str], str] = str
    limit: int | None = None
    made_of: tuple[str, ...] = ()
    kept: bool = False

    def of(self, value: str) -> str:
        """``value`` as the target shows it; nothing stays nothing."""
        return self.convert(value) if value else ""

    def said(self, name: str, record: Record) -> str:
        """What ``record`` says for this field, called ``name``: canonical, ``""`` for nothing."""
        parts = (record.values.get(part, "") for part in self.made_of or (name,))
        return " ".join(part for part in parts if part)


def plain_capitals(value: str) -> str:
    """Capitals without accents, ``œ`` as ``OE``: what EBCDIC-minded systems keep of a name."""
    value = value.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    parts = unicodedata.normalize("NFD", value)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).upper()


def telephone(pattern: str) -> Callable[[str], str]:
    """How a target shows ten digits: ``({}) {}-{}`` gives ``(418) 555-1234``."""
    return lambda digits: pattern.format(digits[:3], digits[3:6], digits[6:])


def dated(pattern: str) -> Callable[[str], str]:
    """How a target that writes dates as ``pattern`` (of ``strftime``) shows an ISO date."""
    return lambda iso: date.fromisoformat(iso).strftime(pattern)


@dataclass(frozen=True)
class Located:
    """What a search of the target showed.

    ``holder`` says whose file it is, as shown, by the names of ``Record.identity``. ``entered``
    is what the target holds under this entry's key, as shown, by the record's field names;
    ``None`` when nothing has been entered under it. Of a target that ``overwrites``: what the file
    shows now, whoever entered it.
    """

    holder: Mapping[str, str]
    entered: Mapping[str, str] | None


class Bot(ABC):
    """One target. Subclasses live in one file each, named after the target."""

    #: The target's id, as packs name it.
    target: ClassVar[str]
    login: ClassVar[Login]
    #: The fields ``fill`` types, by the record's names, and how the screen shows each.
    fields: ClassVar[Mapping[str, Shown]]
    #: The record's names that ``locate`` searches by and ``fill`` does not type. A record that
    #: has anything else is never entered: the target would lose it.
    searched_by: ClassVar[tuple[str, ...]] = ("file_number",)
    #: How the screen shows what proves whose file it is (``Record.identity``).
    identity: ClassVar[Mapping[str, Shown]] = {}
    #: Seconds after a save during which a search may not show it yet.
    visibility_delay: ClassVar[float] = 0.0
    #: CSS of what repeats on its screens, one a person, and is no table row nor list item: pictures
    #: show only those of the entry. See ``bots.privacy``.
    lists: ClassVar[str] = ""
    #: Sessions the target allows at the same time for one sign-in.
    sessions: ClassVar[int] = 1
    #: What a 3270 host writes in, as ``s3270 -v`` and Python both name it; of no use elsewhere.
    code_page: ClassVar[str] = "cp037"
    #: Whether the target holds a state and no history: a save replaces what was there.
    overwrites: ClassVar[bool] = False
    #: Controls that come and go, or list other choices, with the file on the screen: how their
    #: lines of the known shape begin (``button "Supprimer"``). They are not compared.
    varies: ClassVar[tuple[str, ...]] = ()

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    @classmethod
    def typed(cls) -> set[str]:
        """The record's names that ``fill`` types."""
        return {part for name, how in cls.fields.items() for part in how.made_of or (name,)}

    def sign_in(self, user: str, password: str) -> None:
        """Sign in on the page of ``login``, by its labels. Screens without labels override it."""
        self.screen.go(self.login.path)
        self.screen.type(self.login.user, user)
        self.screen.type(self.login.password, password)
        self.screen.press(self.login.button)

    def shown(self, record: Record, name: str) -> str:
        """The record's value as the screen shows it: what to type, and what to look for."""
        how = self.fields[name]
        return how.of(how.said(name, record))

    def holder(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Whose file is on the screen: identity name → what stands beside its label.

        Both sides are brought to what ``identity`` makes of a name: paper often has no accents
        where a register has them. A value it has no form for is left as shown.
        """
        return {name: self._normal(name, value) for name, value in self.read_all(labels).items()}

    def entered(
        self,
        record: Record,
        columns: Mapping[str, str],
        *,
        none: str = "",
        rows: Iterable[Mapping[str, str]] | None = None,
    ) -> Mapping[str, str] | None:
        """What the target holds for the record's effective date, by field names.

        ``columns`` says under which caption the list shows each field; ``none`` is what the
        screen says in place of the list when it is empty. ``rows`` are given where the list is no
        table. ``None`` when no row has the date; raises ``BusinessError("entered-twice")`` when
        two have.
        """
        if none and self.screen.shows(none):
            return None
        if rows is None:
            rows = self.screen.table(*columns.values())
        day, caption = self.shown(record, "effective_date"), columns["effective_date"]
        found = [row for row in rows if row[caption] == day]
        if len(found) > 1:
            raise BusinessError("entered-twice")
        return {name: found[0][shown] for name, shown in columns.items()} if found else None

    def type_all(self, record: Record, labels: Mapping[str, str]) -> None:
        """Type the record's fields beside their labels, in that order; not those it leaves."""
        shown = {name: self.shown(record, name) for name in labels}
        said = (name for name in labels if shown[name] or not self.fields[name].kept)
        self.screen.type_all({labels[name]: shown[name] for name in said})

    def read_all(self, labels: Mapping[str, str]) -> dict[str, str]:
        """What stands beside each label now, by the record's field names."""
        return dict(zip(labels, self.screen.read_all(labels.values()), strict=True))

    def answer(self, yes: str, *no: str, said: str = "") -> None:
        """Wait for what the target says to a save, or to a page sent.

        Raises ``BusinessError("target-refused")`` when one of ``no`` comes; its words are those
        of ``said`` (a label or ``css=…``), or all that a picture of the screen may show.
        """
        if self.screen.wait_for(yes, *no) != yes:
            words = {"said": self.screen.read(said)} if said else {}
            raise BusinessError("target-refused", **words)

    def found(self, yes: str, no: str) -> None:
        """Wait for the answer to a search. Raises ``BusinessError("file-unknown")`` on ``no``."""
        if self.screen.wait_for(yes, no) == no:
            raise BusinessError("file-unknown")

    def _normal(self, name: str, value: str) -> str:
        try:
            return self.identity[name].of(value)
        except ValueError:
            return value

    @abstractmethod
    def locate(self, record: Record) -> Located:
        """Search the target anew, from wherever the screen is, and open the person's file.

        The entry's key on the target is the file number and the effective date, or the file number
        alone where the target ``overwrites``. Leaves the screen where ``fill`` can begin. Raises
        ``BusinessError("file-unknown")`` when the target has no such file,
        ``BusinessError("entered-twice")`` when it holds two entries under the key.
        """

    @abstractmethod
    def fill(self, record: Record) -> None:
        """Type the record into the form. Nothing may be saved yet."""

    @abstractmethod
    def read_back(self, record: Record) -> Mapping[str, str]:
        """What the form's fields hold now, as shown, by the record's field names."""

    @abstractmethod
    def submit(self) -> str:
        """Save, once, answering the dialogs that belong to it; return the confirmation number.

        ``""`` where the target gives none.

        Raises ``BusinessError("target-refused", said=…)`` when the target says no in its own
        words: they are kept as evidence, and shown nowhere else.
        """
