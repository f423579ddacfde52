"""A window of the target, and how it is asked: looked at after each action, waited for, searched.

What is raised depends on when: ``ScreenError`` before the entry is being submitted,
``UnknownOutcome`` from then on. Playwright's own exceptions quote what was typed: they end here,
and are never chained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import reduce
from typing import NoReturn, TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from bots.find import Finder, tidy
from bots.scripts import VALUES
from bots.watch import Watch, clock
from greffier.errors import ScreenError, UnknownOutcome

T = TypeVar("T")

#: Seconds between two looks at a page that does not yet show what is waited for: the first, by how
#: much each is longer than the one before, and the longest.
_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.004, 1.5, 0.05


class Window:
    """One window of the target. ``seconds`` bounds every wait; ``address`` is the target's root.

    ``opener`` is the window that opened it; ``renamed`` the labels that a person has approved since
    the bot was written.
    """

    def __init__(
        self,
        page: Page,
        watch: Watch,
        address: str,
        seconds: float = 10.0,
        opener: Window | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        #: Playwright's own page, for what the helpers cannot say. It reports no troubles itself:
        #: call ``look`` after acting on it.
        self.page = page
        self.watch = watch
        self.address = address
        self.seconds = seconds
        #: The labels found so far: see ``bots.shape``.
        self.used: set[str] = set()
        self._opener = opener
        self._renamed = renamed or {}
        #: What the last look saw; nothing while an action is under way.
        self._seen = ""
        page.set_default_timeout(seconds * 1000)
        watch.follow(page)

    @contextmanager
    def submitting(self, before: float = math.inf) -> Iterator[None]:
        """From here on any trouble is an ``UnknownOutcome``.

        Nothing is pressed any more at ``before`` (``bots.watch.clock``), when the lease nears its
        end: a process that was frozen in between must not click once it wakes.
        """
        self.watch.submitting, self.watch.act_before = True, before
        try:
            yield
        finally:
            self.watch.submitting, self.watch.act_before = False, math.inf

    def look(self, words: str | None = None, *, leave_field: bool = False) -> str:
        """The words on the screen. Raises what went wrong since the last look, if anything did.

        One question to the window, unless its ``words`` are given; one a frame where that does not
        do. ``leave_field``: leave the field that was typed in first.
        """
        live = self._live
        if words is None:
            words = self.watch.words(live.page, self.seconds, leave_field=leave_field)
        if words is None:
            words = " ".join(live._words(frame, leave_field) for frame in live.page.frames)
        words = tidy(words)
        if fault := self.watch.take_fault():
            code, details = fault
            self._fail(code, **details)
        seen = words.casefold()
        if any(tidy(marker).casefold() in seen for marker in self.watch.markers):
            self._fail("session-dead")
        self._seen = words
        return words

    @property
    def _live(self) -> Window:
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
        self._begin()
        try:
            action()
        except PlaywrightError:
            # A window that closes itself under the click did what was asked of it.
            if self._live is self:
                self.look()
                self._fail(otherwise)
        self._settle(leave_field)

    def _begin(self) -> None:
        """Forget what the action before this one led to; act no more near the end of the lease."""
        self.watch.heard.clear()
        self._seen = ""
        if clock() >= self.watch.act_before:
            self._fail("lease-ending")

    def _settle(self, leave_field: bool = False) -> None:
        """Wait for the pages the last action asked for, and look at them."""
        while True:
            page, asked = self._live.page, time.monotonic()
            # A round trip: a navigation that the action began shows itself.
            words = self.watch.words(page, self.seconds, leave_field=leave_field)
            if words is None and time.monotonic() - asked >= self.seconds:
                self._fail("target-slow")  # a page that is being left may answer nothing
            if not self.watch.navigating(page, asked=True):
                self.look(words, leave_field=leave_field)
                # Where words had to be asked of each frame, the page has had time to leave again.
                if words is not None or not self.watch.navigating(self._live.page):
                    return
            leave_field = False
            # Each pause is a round trip already: what has come by then has been heard.
            self._until(
                lambda: not self.watch.navigating(self._live.page, asked=True) or None,
                code="target-slow",
                pause=self._pause_for_page,
            )

    def _until(
        self,
        condition: Callable[[], T | None],
        seconds: float | None = None,
        code: str = "not-shown",
        pause: Callable[[float], None] | None = None,
    ) -> T:
        """Ask ``condition`` again and again until it answers; fail with ``code`` in the end."""
        end = time.monotonic() + (self.seconds if seconds is None else seconds)
        pauses = _pauses()
        while (answer := condition()) is None:
            if time.monotonic() > end:
                self.watch.forget_navigations()
                self._fail(code)
            (pause or self._pause)(next(pauses))
        return answer

    def _find(self, how: Callable[[str], Finder], label: str) -> Locator:
        place = self._only(lambda: self._first(how, label, visible), label)
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

    def _only(self, candidates: Callable[[], list[T]], label: str | Callable[[], str]) -> T:
        """The one candidate, waited for. Two are as bad as none: nothing is typed on a guess."""
        end = time.monotonic() + self.seconds
        pauses = _pauses()
        while len(found := candidates()) != 1:
            self.look()
            if time.monotonic() > end:
                said = label if isinstance(label, str) else label()
                self._fail("ambiguous-on-screen" if found else "not-on-screen", label=said)
            self._pause(next(pauses))
        return found[0]

    def _pause(self, seconds: float) -> None:
        # Not time.sleep: Playwright hands events over only while it is being asked for something.
        try:
            self._live.page.wait_for_timeout(seconds * 1000)
        except PlaywrightError:
            self._fail("screen-closed")

    def _pause_for_page(self, seconds: float) -> None:
        """``_pause``, or less if the window's next page comes meanwhile (not a frame's)."""
        page = self._live.page
        try:
            page.wait_for_event("domcontentloaded", timeout=seconds * 1000)
        except PlaywrightTimeoutError:
            return
        except PlaywrightError:
            self._fail("screen-closed")
        # Playwright has heard of it before our own protocol session has: a round trip, and it has.
        self.watch.navigating(page)

    def _names(self, label: str) -> list[str]:
        """What the screen may call ``label``: as a person has approved since, or as before."""
        return [self._renamed[label], label] if label in self._renamed else [label]


def _pauses() -> Iterator[float]:
    """How long to wait before each look more: most pages come soon, slow ones are not pressed."""
    pause = _PAUSE
    while True:
        yield pause
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def visible(places: Iterable[Locator]) -> list[Locator]:
    found: list[Locator] = []
    for place in places:
        seen = place.filter(visible=True)
        # A frame that is being replaced is looked at again at the next turn.
        with suppress(PlaywrightError):
            count = seen.count()
            found += [seen] if count == 1 else [seen.nth(index) for index in range(count)]
    return found


def values(places: Iterable[Locator]) -> list[str]:
    found: list[str] = []
    for place in places:
        with suppress(PlaywrightError):  # looked at again at the next turn
            found += place.filter(visible=True).evaluate_all(VALUES)
    return found
