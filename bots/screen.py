"""What a bot drives: a browser page, spoken to in the words a person reads on it.

Every helper looks for its label in all frames of the page, anew each time, and waits for it no
longer than ``seconds``. After every action the screen is looked at: an unexpected dialog, a server
error or the sign-in page becomes an exception there and then (``bots.window`` says which).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import reduce
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Locator, Page

from bots.find import TABLES, button, control, shown, tidy
from bots.scripts import FIELDS, SHAPE
from bots.watch import Watch
from bots.window import Window, values

#: Steps are told at level DEBUG, by the labels of the screen; never what is typed.
log = logging.getLogger("greffier.bots.steps")

#: Seconds given to a field to be written in at once, before looking closer.
_QUICK = 0.4


class Screen(Window):
    """What a bot speaks to. Every helper takes the labels that a person reads."""

    def __init__(
        self,
        page: Page,
        watch: Watch,
        address: str,
        seconds: float = 10.0,
        opener: Window | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(page, watch, address, seconds, opener, renamed)
        #: The lines of each page typed in, by the first label typed there: what the framework
        #: compares with the screen's known shape. See ``bots.shape``.
        self.pages: dict[str, tuple[str, ...]] = {}
        #: The name signed in with, for targets whose addresses hold it.
        self.user = ""
        #: How the lines begin of controls that come and go with the file on the screen.
        self.varies: tuple[str, ...] = ()
        #: Gives the lines of a page that is made of something else than controls (a terminal).
        self.shaper: Callable[[], tuple[str, ...]] = self._controls
        self._typed: str | None = None

    # What is on the screen

    def text(self) -> str:
        """All the visible words of all frames, on one line."""
        return self.look()

    def read(self, label: str) -> str:
        """What the control or cell beside ``label`` shows; a ticked box shows ``yes``."""
        value = self._only(lambda: self._first(shown, label, values), label)
        self.used.add(label)
        return str(value).strip()

    def read_all(self, labels: Iterable[str]) -> list[str]:
        """What ``read`` gives for each of ``labels``, asking each frame once for all its fields."""
        there: dict[str, list[str]] = {}
        for frame in self.page.frames:
            with suppress(PlaywrightError):  # what a frame does not tell is looked for below
                for label, value in frame.evaluate(FIELDS):
                    there.setdefault(label, []).append(value.strip())
        found = []
        for label in labels:
            if label not in self._renamed and len(there.get(label, ())) == 1:
                self.used.add(label)
                found += there[label]
            else:
                found.append(self.read(label))
        return found

    def everything(self) -> dict[str, str]:
        """What every control on the screen holds, by its label and where it stands."""
        found: list[tuple[str, str]] = []
        for frame in self.page.frames:
            with suppress(PlaywrightError):  # a frame that is being replaced shows nothing
                found += frame.evaluate(FIELDS)
        return {f"{number} {label}": value for number, (label, value) in enumerate(found)}

    def table(self, *columns: str) -> list[dict[str, str]]:
        """The rows of the one table that has all ``columns``, by the captions of its columns."""
        asked = {name: column for column in columns for name in self._names(column)}
        there: set[str] = set()

        def tables() -> list[list[dict[str, str]]]:
            found = []
            for frame in self.page.frames:
                for table in _tables(frame):
                    captions = [asked.get(caption, caption) for caption in table["columns"]]
                    there.update(captions)
                    if set(columns) <= set(captions):
                        rows = [row for row in table["rows"] if len(row) == len(captions)]
                        found.append([dict(zip(captions, row, strict=True)) for row in rows])
            return found

        rows = self._only(
            tables, lambda: next((name for name in columns if name not in there), columns[0])
        )
        self.used.update(columns)
        return rows

    def field(self, label: str) -> Locator:
        """The one visible control beside ``label``, in whichever frame has it."""
        return self._find(control, label)

    # What can be done on it

    def go(self, path: str) -> None:
        """Open ``path`` of the target in this window, leaving whatever was there."""
        log.debug("go %s", path.partition("?")[0])

        def leave() -> None:
            self.watch.leaving = True
            try:
                self.page.goto(urljoin(self.address, path), wait_until="domcontentloaded")
            finally:
                self.watch.leaving = False

        self._act(leave)

    def type(self, label: str, value: str, *, keys: bool = False) -> None:
        """Write ``value`` in place of what the field holds, then leave the field.

        ``keys`` strikes key by key, for fields that format what is typed as it comes.
        """
        if not keys:
            self._begin()
            if self._write_at_once(label, value):
                self._settle(leave_field=True)
                return
        log.debug("type %s", label)
        field = self._typed_in(label)

        def write() -> None:
            field.fill("" if keys else value)
            if keys:
                field.press_sequentially(value)

        self._act(write, leave_field=True)

    def type_all(self, values: Mapping[str, str]) -> None:
        """``type`` each value beside its label; look once, after the last.

        If the page has moved meanwhile (old ones ask the server after a field), or a field needs a
        closer look, they are typed one at a time, each looked at.
        """
        self._begin()
        before = self.watch.moves(self.page)
        if all(self._write_at_once(label, value) for label, value in values.items()):
            self._settle(leave_field=True)
            if self.watch.moves(self.page) == before:
                return
        for label, value in values.items():
            self.type(label, value)

    def choose(self, label: str, option: str) -> None:
        """Choose ``option``, by its words or its code, from the list beside ``label``."""
        log.debug("choose %s", label)
        field = self._typed_in(label)
        self._act(lambda: field.select_option(option), otherwise="no-such-option")

    def tick(self, label: str, on: bool = True) -> None:
        """Tick (or clear) the box, or choose the round button, beside ``label``."""
        log.debug("tick %s", label)
        field = self._typed_in(label)
        self._act(lambda: field.set_checked(on))

    def press(self, name: str, *, row: str | None = None) -> None:
        """Press the button or link called ``name``; with ``row``, the one in that table row.

        A row is named by the whole text of one of its cells, and found anew: rows move.
        """
        log.debug("press %s", name)
        self.leave_page()
        place = self._find(lambda name: button(name, row), name)
        self._act(place.click)

    def key(self, name: str) -> None:
        """Strike one key, as Playwright names it: ``F3``, ``Enter``, ``PageDown``."""
        log.debug("key %s", name)
        self._act(lambda: self.page.keyboard.press(name))

    @property
    def heard(self) -> tuple[str, ...]:
        """The texts of the dialogs answered since the last action began."""
        return tuple(self.watch.heard)

    @contextmanager
    def expecting(self, *texts: str, accept: bool = True) -> Iterator[None]:
        """Within the block, answer the dialogs that hold one of ``texts``: OK, or *Annuler*.

        Any other dialog, or one of these at another step, is dismissed and stops the entry.
        """
        before = self.watch.dialogs
        self.watch.dialogs = {**before, **dict.fromkeys(texts, accept)}
        try:
            yield
        finally:
            self.watch.dialogs = before

    # What can be waited for

    def wait_for(self, *texts: str, seconds: float | None = None) -> str:
        """Wait until one of ``texts`` is on the screen; say which (the first, if several)."""

        def there(words: str) -> str | None:
            return next((text for text in texts if tidy(text) in words), None)

        # The look that ended the last action may have seen it already.
        return there(self._seen) or self._until(lambda: there(self.look()), seconds)

    def wait_gone(self, text: str, seconds: float | None = None) -> None:
        """Wait until ``text`` (of an overlay, say) is no longer on the screen."""
        self._until(lambda: tidy(text) not in self.look() or None, seconds)

    @contextmanager
    def popup(self) -> Iterator[Screen]:
        """The window that the last action opened, as a screen; closed at the end if still there."""
        page = self._until(self._opened, None)
        window = Screen(page, self.watch, self.address, self.seconds, opener=self)
        window._settle()
        yield window  # after an error the window stays, to be photographed
        if not page.is_closed():
            page.close()
        self._settle()

    # For the framework

    def typing(self, label: str) -> None:
        """Note that something is typed beside ``label``: the first names the page."""
        self._typed = self._typed or label

    def leave_page(self, name: str | None = None) -> None:
        """Keep the shape of the page that was typed in, before what is pressed takes it away.

        ``name`` keeps it in any case, under that name. Pages of the submission come too late to be
        compared with anything, and are not kept.
        """
        if (key := name or self._typed) and not self.watch.submitting:
            self.pages[key] = self.shaper()
        self._typed = None

    def _controls(self) -> tuple[str, ...]:
        """One line for each visible control, frame by frame; not those that vary."""
        lines: list[str] = []
        for frame in self.page.frames:
            with suppress(PlaywrightError):  # a frame that is being replaced shows nothing
                lines += frame.evaluate(SHAPE)
        return tuple(line for line in lines if not line.startswith(self.varies))

    def captions(self) -> list[str]:
        """The captions of all tables on the screen."""
        tables = [table for frame in self.page.frames for table in _tables(frame)]
        return [caption for table in tables for caption in table["columns"]]

    def _typed_in(self, label: str) -> Locator:
        field = self.field(label)
        self.typing(label)
        return field

    def _write_at_once(self, label: str, value: str) -> bool:
        """Write beside ``label`` in one question, if every way to find it shows the same one field.

        Playwright refuses to write where two fields fit. Whatever keeps it from writing is looked
        at closer by the caller; writing twice does no harm. The screen is not looked at yet.
        """
        if len(self.page.frames) > 1 or label in self._renamed:
            return False
        first, *others = control(label)(self.page.main_frame)
        place = reduce(Locator.or_, others, first).filter(visible=True)
        try:
            place.fill(value, timeout=_QUICK * 1000)
        except PlaywrightError:
            return False
        log.debug("type %s", label)
        self.used.add(label)
        self.typing(label)
        return True


def _tables(frame: Frame) -> list[dict[str, list[Any]]]:
    with suppress(PlaywrightError):
        return list(frame.evaluate(TABLES))
    return []
