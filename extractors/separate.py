"""Which pages of a file make one document.

Mail is scanned in stacks: one file may hold several forms, letters between them, what people
attached, separator sheets, and blank backs. Nothing is dropped here: every page of the file is in
exactly one document, some of them flagged as blank or as a separator. The reasons are in
``docs/decisions/separation.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sheet:
    """What is known of one page when documents are told apart.

    ``number`` is its place in the file, from 1. ``form``, ``revision`` and ``form_page`` come
    from the register (all ``None`` when no known form was recognised); the first page of a form
    told by its captions has no ``revision``. ``kind`` is what the classifier says of the page's
    text, for pages of no form. ``separator``: the page is there to tell documents apart and for
    nothing else. ``begins``: it says of itself that a document begins with it (a label).
    ``letter``: its text begins as letters do.
    """

    number: int
    blank: bool = False
    form: str | None = None
    revision: str | None = None
    form_page: int | None = None
    kind: str | None = None
    separator: bool = False
    begins: bool = False
    letter: bool = False


@dataclass
class Group:
    """The pages of one document, in the order of the file.

    ``blanks`` are the blank pages met in it, ``separators`` the sheets that stood before it: they
    stay with the document, so that every page has a place, but nobody reads them. A group of such
    pages only has ``sheets`` empty.
    """

    sheets: list[Sheet] = field(default_factory=list)
    blanks: list[Sheet] = field(default_factory=list)
    separators: list[Sheet] = field(default_factory=list)

    @property
    def form(self) -> str | None:
        """The form its pages were recognised as, if any."""
        return next((sheet.form for sheet in self.sheets if sheet.form), None)

    @property
    def letter(self) -> bool:
        """Whether it began as letters do."""
        return any(sheet.letter for sheet in self.sheets)

    @property
    def pages(self) -> tuple[int, ...]:
        """Every page of the group, as numbers within the file."""
        every = (*self.sheets, *self.blanks, *self.separators)
        return tuple(sorted(sheet.number for sheet in every))

    @property
    def attachments(self) -> list[Sheet]:
        """Pages that stayed with a form and are none of its own."""
        return [sheet for sheet in self.sheets if self.form and not sheet.form]

    def keep(self, sheet: Sheet) -> None:
        """Give ``sheet`` its place in the group."""
        if sheet.separator:
            self.separators.append(sheet)
        else:
            (self.blanks if sheet.blank else self.sheets).append(sheet)


def separate(sheets: Iterable[Sheet]) -> list[Group]:
    """The documents among ``sheets``, which come in the order of the file.

    - After a separator sheet, and with a page that says so itself, a document begins.
    - A page of a known form begins one when it is another form or revision than the page before
      it, or when the document already has that page of the form.
    - A page of no known form that begins as letters do begins a document; behind a form, only if
      its kind is known too. Any other stays with the document before it, as second pages and
      attachments do; behind what is neither form nor letter, another kind begins a document.
    - A blank page belongs to the document before it; the back of a separator sheet, a blank front
      whose back is written on, and blank pages before the first document, to the one after.
    """
    stack = list(sheets)
    fronts = _blank_fronts(stack)
    groups: list[Group] = []
    waiting: list[Sheet] = []
    for sheet in stack:
        opened = any(other.separator for other in waiting)
        aside = sheet.separator or sheet.number in fronts
        if aside or (sheet.blank and (opened or not groups)):
            waiting.append(sheet)
            continue
        if sheet.blank:
            groups[-1].keep(sheet)
            continue
        if opened or not groups or _begins(sheet, groups[-1]):
            groups.append(Group())
        for other in (*waiting, sheet):
            groups[-1].keep(other)
        waiting = []
    if waiting:  # nothing comes after them
        if not groups:
            groups.append(Group())
        for other in waiting:
            groups[-1].keep(other)
    return groups


def _begins(sheet: Sheet, group: Group) -> bool:
    last = group.sheets[-1]
    if sheet.begins:
        return True
    if sheet.form is None:
        known = sheet.kind is not None
        if group.form:
            return sheet.letter and known
        return sheet.letter or (not group.letter and known and sheet.kind != _kind(group))
    if last.form is None:
        return True  # behind what somebody attached, another paper of the same form may follow
    same = (sheet.form, sheet.revision) == (last.form, last.revision)
    return not same or sheet.form_page in {other.form_page for other in group.sheets}


def _kind(group: Group) -> str | None:
    return next((sheet.kind for sheet in reversed(group.sheets) if sheet.kind), None)


def _blank_fronts(stack: list[Sheet]) -> set[int]:
    """Numbers of the blank pages whose other side is the page after them.

    A stack counts as scanned on both sides when it has an even number of pages and more blank
    backs than blank fronts. There, a sheet that was put in the wrong way round has a blank front:
    it goes with its back, which is the page after it, not with the document before.
    """
    blank = {sheet.number for sheet in stack if sheet.blank}
    fronts = {number for number in blank if number % 2}
    if len(stack) % 2 or len(blank) <= 2 * len(fronts):
        return set()
    return {number for number in fronts if number + 1 not in blank}
