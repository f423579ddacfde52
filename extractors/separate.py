"""Which pages of a file make one document.

Mail is scanned in stacks: one file may hold several forms, letters between them, and blank backs.
Nothing is dropped here: every page of the file is in exactly one document, or listed as blank.
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
    text, for pages of no form.
    """

    number: int
    blank: bool = False
    form: str | None = None
    revision: str | None = None
    form_page: int | None = None
    kind: str | None = None


@dataclass
class Group:
    """The pages of one document, in the order of the file.

    ``blanks`` are the blank pages met in it: they stay with the document, so that fronts and
    backs still pair, but nobody reads them. A group of blank pages only has ``sheets`` empty.
    """

    sheets: list[Sheet] = field(default_factory=list)
    blanks: list[Sheet] = field(default_factory=list)

    @property
    def form(self) -> str | None:
        """The form its pages were recognised as, if any."""
        return next((sheet.form for sheet in self.sheets if sheet.form), None)

    @property
    def pages(self) -> tuple[int, ...]:
        """Every page of the group, blank ones too, as numbers within the file."""
        return tuple(sorted(sheet.number for sheet in (*self.sheets, *self.blanks)))


def separate(sheets: Iterable[Sheet]) -> list[Group]:
    """The documents among ``sheets``, which come in the order of the file.

    - A page of a known form starts a document when it is another form or revision than the one
      before it, or when the document already has that page of the form.
    - A page of no known form continues letters of the same kind; after a form, or when its kind
      changes, it starts a document of its own.
    - A page of nothing known stays with a form that was read by its captions (it has no
      ``revision``): such forms have second pages nobody described, and attachments.
    - A blank page belongs to the document before it, or to the first one after it.
    """
    groups: list[Group] = []
    waiting: list[Sheet] = []
    for sheet in sheets:
        if sheet.blank:
            (groups[-1].blanks if groups else waiting).append(sheet)
            continue
        if not groups or _starts(sheet, groups[-1]):
            groups.append(Group())
        groups[-1].sheets.append(sheet)
    if waiting:
        if not groups:
            groups.append(Group())
        groups[0].blanks[:0] = waiting
    return groups


def _starts(sheet: Sheet, group: Group) -> bool:
    last = group.sheets[-1]
    if sheet.form is None and sheet.kind is None and last.form and last.revision is None:
        return False
    if sheet.form is None or last.form is None:
        return sheet.form is not last.form or sheet.kind != last.kind
    same = (sheet.form, sheet.revision) == (last.form, last.revision)
    return not same or sheet.form_page in {other.form_page for other in group.sheets}
