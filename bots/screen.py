"""What a bot drives: a browser page, spoken to in the words a person reads on it.

Every helper looks for its label in all frames of the page, anew each time, and waits for it no
longer than ``seconds``. After every action the screen is looked at: an unexpected dialog, a server
error or the sign-in page becomes an exception there and then. What is raised depends on when:
``ScreenError`` before the entry is being submitted, ``UnknownOutcome`` from then on.

Playwright's own exceptions quote what was typed: they end here, and are never chained.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import reduce
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Locator, Page

from bots.find import TABLES, Finder, button, control, shown, tidy
from bots.scripts import FIELDS, SHAPE, VALUES
from bots.watch import Watch
from greffier.errors import ScreenError, UnknownOutcome

#: Steps are told at level DEBUG, by the labels of the screen; never what is typed.
log = logging.getLogger("greffier.bots.steps")

T = TypeVar("T")

#: Seconds between two looks at a page that does not yet show what is waited for.
_PAUSE = 0.05

#: Seconds given to a field to be written in at once, before looking closer.
_QUICK = 0.4


class Screen:
    """One window of the target. ``seconds`` bounds every wait; ``address`` is the target's root."""

    def __init__(
        self,
        page: Page,
        watch: Watch,
        address: str,
        seconds: float = 10.0,
        opener: Screen | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        #: Playwright's own page, for what the helpers cannot say. It reports no troubles itself:
        #: call ``look`` after acting on it.
        self.page = page
        self.watch = watch
        self.address = address
        self.seconds = seconds
        #: What the framework compares with the screen's known shape: the labels found so far, and
        #: the lines of each page typed in, by the first label typed there. See ``bots.shape``.
        self.used: set[str] = set()
        self.pages: dict[str, tuple[str, ...]] = {}
        #: Gives the lines of a page that is made of something else than controls (a terminal).
        self.shaper: Callable[[], tuple[str, ...]] = self._controls
        self._renamed = renamed or {}
        self._typed: str | None = None
        self._seen = ""
        self._asked = False
        self._opener = opener
        page.set_default_timeout(seconds * 1000)
        watch.follow(page)

    # What is on the screen

    def text(self) -> str:
        """All the visible words of all frames, on one line."""
        return self.look()

    def read(self, label: str) -> str:
        """What the control or cell beside ``label`` shows; a ticked box shows ``yes``."""
        value = self._only(lambda: self._first(shown, label, _values), label)
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
        log.debug("go %s", path)

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
        log.debug("type %s", label)
        if not keys and self._write_at_once(label, value):
            return
        field = self._typed_in(label)

        def write() -> None:
            field.fill("" if keys else value)
            if keys:
                field.press_sequentially(value)

        self._act(write, leave_field=True)

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
        """One line for each visible control, frame by frame."""
        lines: list[str] = []
        for frame in self.page.frames:
            with suppress(PlaywrightError):  # a frame that is being replaced shows nothing
                lines += frame.evaluate(SHAPE)
        return tuple(lines)

    def captions(self) -> list[str]:
        """The captions of all tables on the screen."""
        tables = [table for frame in self.page.frames for table in _tables(frame)]
        return [caption for table in tables for caption in table["columns"]]

    def _typed_in(self, label: str) -> Locator:
        field = self.field(label)
        self.typing(label)
        return field

    def _names(self, label: str) -> list[str]:
        """What the screen may call ``label``: as a person has approved since, or as before."""
        return [self._renamed[label], label] if label in self._renamed else [label]

    @contextmanager
    def submitting(self) -> Iterator[None]:
        """From here on any trouble is an ``UnknownOutcome``."""
        self.watch.submitting = True
        try:
            yield
        finally:
            self.watch.submitting = False

    def look(self, *, leave_field: bool = False) -> str:
        """The words on the screen. Raises what went wrong since the last look, if anything did.

        One question to the window, or one a frame where that does not do. ``leave_field``: leave
        the field that was typed in first.
        """
        live = self._live
        words = self.watch.words(live.page, self.seconds, leave_field=leave_field)
        self._asked = words is not None
        if words is None:
            words = " ".join(live._words(frame, leave_field) for frame in live.page.frames)
        words = tidy(words)
        if fault := self.watch.take_fault():
            code, details = fault
            self._fail(code, **details)
        marker = self.watch.marker
        if marker and tidy(marker).casefold() in words.casefold():
            self._fail("session-dead")
        self._seen = words
        return words

    @property
    def _live(self) -> Screen:
        """This window or, once it has closed, the one that opened it."""
        return self._opener._live if self._opener and self.page.is_closed() else self

    def _opened(self) -> Page | None:
        """The next window opened from this one. One that an earlier try left behind is not it."""
        while self.watch.windows:
            window = self.watch.windows.pop(0)
            with suppress(PlaywrightError):
                if window.opener() is self.page:
                    return window
        return None

    def _words(self, frame: Frame, leave_field: bool) -> str:
        try:
            frame.wait_for_load_state("domcontentloaded")
            if leave_field:
                frame.evaluate("document.activeElement?.blur()")
            return frame.locator("html").inner_text()
        except PlaywrightError:
            if self._live is not self or frame.is_detached():
                return ""
            self._fail("screen-closed" if self.page.is_closed() else "target-slow")

    def _fail(self, code: str, **details: object) -> NoReturn:
        kind = UnknownOutcome if self.watch.submitting else ScreenError
        raise kind(code, **details) from None

    def _act(
        self,
        action: Callable[[], object],
        otherwise: str = "screen-broken",
        *,
        leave_field: bool = False,
    ) -> None:
        self.watch.heard.clear()
        self._seen = ""
        try:
            action()
        except PlaywrightError:
            # A window that closes itself under the click did what was asked of it.
            if self._live is self:
                self.look()
                self._fail(otherwise)
        self._settle(leave_field)

    def _settle(self, leave_field: bool = False) -> None:
        """Wait for the pages the last action asked for, and look at them."""
        while True:
            # A round trip: a navigation that the action began shows itself.
            self.look(leave_field=leave_field)
            if not self.watch.navigating(self._live.page, asked=self._asked):
                return
            leave_field = False
            self._until(
                lambda: not self.watch.navigating(self._live.page) or None, None, "target-slow"
            )

    def _until(
        self, condition: Callable[[], T | None], seconds: float | None, code: str = "not-shown"
    ) -> T:
        """Ask ``condition`` again and again until it answers; fail with ``code`` in the end."""
        end = time.monotonic() + (self.seconds if seconds is None else seconds)
        while (answer := condition()) is None:
            if time.monotonic() > end:
                self.watch.forget_navigations()
                self._fail(code)
            self._pause()
        return answer

    def _find(self, how: Callable[[str], Finder], label: str) -> Locator:
        place = self._only(lambda: self._first(how, label, _visible), label)
        self.used.add(label)
        return place

    def _first(
        self,
        how: Callable[[str], Finder],
        label: str,
        look: Callable[[Iterable[Locator]], list[T]],
    ) -> list[T]:
        """What ``look`` finds in all frames by the first way to find ``label`` that shows any."""
        for name in self._names(label):
            # Mostly only one place fits in any way: then the ways need not be tried in turn.
            anyhow = [reduce(Locator.or_, how(name)(frame)) for frame in self.page.frames]
            if len(found := look(anyhow)) == 1:
                return found
            tiers = zip(*(how(name)(frame) for frame in self.page.frames), strict=True)
            if found := next((found for tier in tiers if (found := look(tier))), []):
                return found
        return []

    def _write_at_once(self, label: str, value: str) -> bool:
        """Write beside ``label`` in one question, if every way to find it shows the same one field.

        Playwright refuses to write where two fields fit. Whatever keeps it from writing is looked
        at closer by the caller; writing twice does no harm.
        """
        if len(self.page.frames) > 1 or label in self._renamed:
            return False
        first, *others = control(label)(self.page.main_frame)
        place = reduce(Locator.or_, others, first).filter(visible=True)
        self.watch.heard.clear()
        try:
            place.fill(value, timeout=_QUICK * 1000)
        except PlaywrightError:
            return False
        self.used.add(label)
        self.typing(label)
        self._settle(leave_field=True)
        return True

    def _only(self, candidates: Callable[[], list[T]], label: str | Callable[[], str]) -> T:
        """The one candidate, waited for. Two are as bad as none: nothing is typed on a guess."""
        end = time.monotonic() + self.seconds
        while len(found := candidates()) != 1:
            self.look()
            if time.monotonic() > end:
                said = label if isinstance(label, str) else label()
                self._fail("ambiguous-on-screen" if found else "not-on-screen", label=said)
            self._pause()
        return found[0]

    def _pause(self) -> None:
        # Not time.sleep: Playwright hands events over only while it is being asked for something.
        try:
            self._live.page.wait_for_timeout(_PAUSE * 1000)
        except PlaywrightError:
            self._fail("screen-closed")


def _visible(places: Iterable[Locator]) -> list[Locator]:
    found: list[Locator] = []
    for place in places:
        seen = place.filter(visible=True)
        # A frame that is being replaced is looked at again at the next turn.
        with suppress(PlaywrightError):
            count = seen.count()
            found += [seen] if count == 1 else [seen.nth(index) for index in range(count)]
    return found


def _values(places: Iterable[Locator]) -> list[str]:
    found: list[str] = []
    for place in places:
        with suppress(PlaywrightError):  # looked at again at the next turn
            found += place.filter(visible=True).evaluate_all(VALUES)
    return found


def _tables(frame: Frame) -> list[dict[str, list[Any]]]:
    with suppress(PlaywrightError):
        return list(frame.evaluate(TABLES))
    return []
