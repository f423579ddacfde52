"""What a bot drives: a browser page, spoken to in the words a person reads on it.

Every helper looks for its label in all frames of the page, anew each time, and waits for it no
longer than ``seconds``. After every action the screen is looked at: an unexpected dialog, a server
error or the sign-in page becomes an exception there and then (``bots.window`` says which).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import ElementHandle, Frame, Locator
from playwright.sync_api import Error as PlaywrightError

from bots.find import TABLES, button, control, shown, tidy
from bots.scripts import BUTTON, EVERYTHING, FIELDS, MISSED, SHAPE, WRITE
from bots.window import Window, values

#: Steps are told at level DEBUG, by the labels of the screen; never what is typed.
log = logging.getLogger("greffier.bots.steps")


class Screen(Window):
    """What a bot speaks to. Every helper takes the labels that a person reads."""

    #: The label that named the page which is being typed in.
    _typed: str | None = None
    #: The name signed in with, for targets whose addresses hold it.
    user: str = ""
    #: How the lines begin of controls that come and go with the file on the screen.
    varies: tuple[str, ...] = ()

    @cached_property
    def pages(self) -> dict[str, tuple[str, ...]]:
        """The lines of each page typed in, by the first label typed there: what the framework
        compares with the screen's known shape. See ``bots.shape``."""
        return {}

    @cached_property
    def shaper(self) -> Callable[[], tuple[str, ...]]:
        """Gives the lines of a page. Another one is set where pages are not made of controls (a
        terminal)."""
        return self._controls

    # What is on the screen

    def text(self) -> str:
        """All the visible words of all frames, on one line."""
        return self.look()

    def shows(self, words: str) -> bool:
        """Whether ``words`` are on the screen: seen by the last look already, or by one more."""
        return tidy(words) in self._seen or tidy(words) in self.look()

    def read(self, label: str) -> str:
        """What the control or cell beside ``label`` shows; a ticked box shows ``yes``."""
        return self.read_all([label])[0]

    def read_all(self, labels: Iterable[str]) -> list[str]:
        """What ``read`` gives for each of ``labels``, asked in one question where that will do."""
        asked = {label: _bare(label) for label in labels}
        there: dict[str, list[str]] = {}
        with suppress(PlaywrightError):  # what the window does not tell is looked for below
            for name, value in self.page.evaluate(FIELDS, list(asked.values())):
                there.setdefault(name, []).append(value.strip())
        found = []
        for label, name in asked.items():
            if label not in self._renamed and len(there.get(name, ())) == 1:
                self.used.add(label)
                found += there[name]
            else:
                found.append(self._read_closer(label))
        return found

    def _read_closer(self, label: str) -> str:
        value = self._only(lambda: self._first(shown, label, values), label)
        self.used.add(label)
        return str(value).strip()

    def everything(self) -> dict[str, str]:
        """What every control on the screen holds, by its label and where it stands."""
        found = self.page.evaluate(EVERYTHING)
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

        self._act(leave, "target-slow")

    def type(self, label: str, value: str, *, keys: bool = False) -> None:
        """Write ``value`` in place of what the field holds, then leave the field.

        ``keys`` strikes key by key, for fields that format what is typed as it comes.
        """
        if not keys:
            self._begin()
            if self._write_at_once({label: value}):
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
        if self._write_at_once(values):
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
        # Not Playwright's own wait for the page that follows: ours sees to all frames, and is next.
        if not row and (ready := self._button_at_once(name)):
            before = self.watch.moves(self.page)
            self._act(lambda: ready.click(no_wait_after=True, force=True))
            if self.watch.moves(self.page) > before or not self._missed(ready):
                return
        found = self._find(lambda name: button(name, row), name)
        self._act(lambda: found.click(no_wait_after=True))

    def key(self, name: str) -> None:
        """Strike one key, as Playwright names it: ``F3``, ``Enter``, ``PageDown``."""
        log.debug("key %s", name)
        self._act(lambda: self.page.keyboard.press(name))

    def act(self, action: Callable[[], object]) -> None:
        """Do ``action`` on Playwright's page, and look at the screen after it as after any other.

        What it raises of Playwright's may quote what is typed: it ends here.
        """
        self._act(action)

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

        self.watch.awaited.update(texts)
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

    def _write_at_once(self, values: Mapping[str, str]) -> bool:
        """Write each value beside its label in one question, if that leads to one field each.

        Whatever keeps it from being written is looked at closer by the caller; writing twice does
        no harm. The screen is not looked at yet.
        """
        if any(label in self._renamed for label in values):
            return False
        wanted = [[_bare(label), value] for label, value in values.items()]
        try:
            if not self.page.evaluate(WRITE, wanted):
                return False
        except PlaywrightError:  # the page has gone on under it
            return False
        for label in values:
            log.debug("type %s", label)
            self.used.add(label)
            self.typing(label)
        return True

    def _button_at_once(self, name: str) -> ElementHandle | None:
        """The one button or link called ``name``, ready; nothing where that takes a closer look."""
        if name in self._renamed:
            return None
        try:
            handles = [frame.evaluate_handle(BUTTON, _bare(name)) for frame in self.page.frames]
        except PlaywrightError:
            return None
        found = [element for handle in handles if (element := handle.as_element())]
        if len(found) != 1:
            return None
        self.used.add(name)
        return found[0]

    def _missed(self, pressed: ElementHandle) -> bool:
        """Whether something came before ``pressed`` under the mouse, so that nothing is pressed."""
        with suppress(PlaywrightError):  # what has gone since was pressed
            return bool(pressed.evaluate(MISSED))
        return False


def _bare(label: str) -> str:
    """``label`` as the page's scripts tidy it: without its colon or asterisk."""
    return re.sub(r"[\s:*]+$", "", tidy(label))


def _tables(frame: Frame) -> list[dict[str, list[Any]]]:
    with suppress(PlaywrightError):
        return list(frame.evaluate(TABLES))
    return []
