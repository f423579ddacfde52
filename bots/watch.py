"""What the browser reports by itself while an action runs: dialogs, navigations, windows.

One ``Watch`` serves all windows of a session. Playwright hands the events over while it waits for
an answer of its own; they are kept here until the screen asks, after each action.

Navigations are followed through the browser's own protocol (DevTools, domain ``Page``): Playwright
waits for those of the main frame only, and legacy screens live in frames. The page that is left
announces a navigation before it answers anything else, so one that an action asked for is known as
soon as the action returns, however late the target answers.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Dialog, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

log = logging.getLogger("greffier.bots")

#: What Chromium reports when a navigation was called off: a download, or a newer navigation.
_CALLED_OFF = "net::ERR_ABORTED"

#: The words of a window and of all its frames; nothing when one is not ready or not to be read.
WORDS = """leave => {
  const all = [];
  const read = frame => {
    const here = frame.document;
    if (here.readyState === "loading" || !here.documentElement) throw 0;
    if (leave && here.activeElement !== here.body) here.activeElement?.blur();
    all.push(here.documentElement.innerText);
    for (let i = 0; i < frame.length; i++) read(frame[i]);
  };
  try { read(window); } catch { return null; }
  return all.join(" ");
}"""


def clock() -> float:
    """Seconds that also pass while the machine sleeps: what a lease's end is held against."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Watch:
    """The events of one browser context.

    A dialog that is not expected now is dismissed and becomes a fault, as does a page that does
    not come or comes as a server error.
    """

    def __init__(self, context: BrowserContext) -> None:
        #: The dialogs expected at this step: part of their text → accept it?
        self.dialogs: Mapping[str, bool] = {}
        #: Text that only the sign-in page shows; nothing while signing in.
        self.markers: tuple[str, ...] = ()
        #: Whether the entry is being submitted: troubles are of another kind then.
        self.submitting = False
        #: When, by ``clock``, the worker may no longer act on the screen: its lease is ending.
        self.act_before = math.inf
        #: Texts of the dialogs answered since the last action began.
        self.heard: list[str] = []
        #: The words that bots have waited for: the program's own, whoever is on the screen.
        self.awaited: set[str] = set()
        #: Windows that have opened and that no bot has asked for yet.
        self.windows: list[Page] = []
        #: Whether the page is being left on purpose: "leave this page?" is answered yes.
        self.leaving = False
        self._fault: tuple[str, dict[str, object]] | None = None
        self._context = context
        self._followed: dict[Page, _Navigations] = {}
        context.on("dialog", self._dialog)
        context.on("page", self._window)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    def follow(self, page: Page) -> None:
        """Learn of the navigations of ``page`` and its frames from now on."""
        if page in self._followed:
            return
        with suppress(PlaywrightError):  # a window that closes at once goes nowhere
            self._followed[page] = _Navigations(self._context.new_cdp_session(page))
            page.on("close", self._closed)

    def devtools(self, page: Page) -> CDPSession | None:
        """The protocol session that follows ``page``, if one does."""
        navigations = self._followed.get(page)
        return navigations.devtools if navigations else None

    def take_fault(self) -> tuple[str, dict[str, object]] | None:
        """The first fault since the last call, which is then forgotten."""
        fault, self._fault = self._fault, None
        return fault

    def navigating(self, page: Page, *, asked: bool = False) -> bool:
        """Whether a page or a frame of ``page`` has been asked for and is not there yet.

        ``asked``: the window has just answered ``words``, which tells as much.
        """
        navigations = self._followed.get(page)
        return navigations is not None and navigations.pending(asked=asked)

    def moves(self, page: Page) -> int:
        """How many navigations ``page`` and its frames have announced so far."""
        navigations = self._followed.get(page)
        return navigations.announced if navigations else 0

    def words(self, page: Page, seconds: float, *, leave_field: bool = False) -> str | None:
        """The visible words of ``page`` and its frames, in one question; first leave the field.

        ``None`` when that cannot be asked so: a frame still loads, or is another site's, or does
        not answer within ``seconds``.
        """
        navigations = self._followed.get(page)
        return navigations.words(leave_field, seconds) if navigations else None

    def forget_navigations(self) -> None:
        """Stop waiting for pages that were asked for: the caller has given up on them."""
        for navigations in self._followed.values():
            navigations.forget()

    def forget(self) -> None:
        """Start anew on a fresh window: nothing that happened before counts."""
        self.heard.clear()
        self.windows.clear()
        self.forget_navigations()
        self._fault = None

    def _note(self, code: str, **details: object) -> None:
        if self._fault is None:
            self._fault = code, details

    def _dialog(self, dialog: Dialog) -> None:
        message = " ".join(dialog.message.split())
        if dialog.type == "beforeunload":
            accept = self.leaving
        else:
            answers = [yes for part, yes in self.dialogs.items() if part in message]
            accept = answers[0] if answers else False
            self.heard.append(message)
            if not answers:
                # The text may name a person: it is heard by the bot, and never logged.
                log.warning("A dialog nobody expected was dismissed.")
                self._note("unexpected-dialog")
        # The window may be gone by the time it is answered; the next action will tell.
        with suppress(PlaywrightError):
            if accept:
                dialog.accept()
            else:
                dialog.dismiss()
        if dialog.type == "beforeunload" and not accept:
            self.forget_navigations()  # what was asked for will not come: the page stays

    def _window(self, page: Page) -> None:
        self.windows.append(page)

    def _closed(self, page: Page) -> None:
        self._followed.pop(page, None)

    def _answered(self, response: Response) -> None:
        request = response.request
        # Pages poll in the background, and a poll may fail without harm; but what a page sends
        # while the entry is being submitted is the entry.
        asked = request.is_navigation_request() or (self.submitting and request.method != "GET")
        if response.status >= 500 and asked:
            self._note("target-error", status=response.status)

    def _failed(self, request: Request) -> None:
        if request.is_navigation_request() and request.failure != _CALLED_OFF:
            self._note("target-unreachable")


class _Navigations:
    """The frames of one window that have been asked to show another page and do not yet."""

    def __init__(self, devtools: CDPSession) -> None:
        self.devtools = devtools
        self._frames = set(_frames(devtools.send("Page.getFrameTree")["frameTree"]))
        self._waiting: set[str] = set()
        self.announced = 0
        devtools.on("Page.frameAttached", self._attached)
        devtools.on("Page.frameRequestedNavigation", self._asked)
        devtools.on("Page.frameStartedNavigating", self._asked)
        devtools.on("Page.lifecycleEvent", self._lived)
        for done in ("frameStoppedLoading", "frameDetached", "navigatedWithinDocument"):
            devtools.on(f"Page.{done}", self._done)
        devtools.send("Page.enable")
        devtools.send("Page.setLifecycleEventsEnabled", {"enabled": True})

    def pending(self, *, asked: bool) -> bool:
        """Whether a frame still waits; all that was announced before the question is counted."""
        if not asked:
            with suppress(PlaywrightError):  # a window that has closed waits for nothing
                self.devtools.send("Runtime.evaluate", {"expression": "0"}, timeout=10_000)
        return bool(self._waiting)

    def words(self, leave_field: bool, seconds: float) -> str | None:
        expression = f"({WORDS})({str(leave_field).lower()})"
        asked = {"expression": expression, "returnByValue": True}
        try:
            answer = self.devtools.send("Runtime.evaluate", asked, timeout=seconds * 1000)
        except PlaywrightError:  # closed, at another page already, or too slow
            return None
        found = answer["result"].get("value")
        return found if isinstance(found, str) else None

    def forget(self) -> None:
        self._waiting.clear()

    def _attached(self, event: dict[str, str]) -> None:
        self._frames.add(event["frameId"])

    def _asked(self, event: dict[str, str]) -> None:
        # A link or a form may open another window, or fill one: this one stays as it is.
        here = event.get("disposition", "currentTab") == "currentTab"
        if here and event["frameId"] in self._frames:
            self._waiting.add(event["frameId"])
            self.announced += 1

    def _lived(self, event: dict[str, str]) -> None:
        if event["name"] == "DOMContentLoaded":
            self._done(event)

    def _done(self, event: dict[str, str]) -> None:
        self._waiting.discard(event["frameId"])


def _frames(tree: dict[str, Any]) -> Iterator[str]:
    """The ids of the frames of a DevTools frame tree."""
    yield tree["frame"]["id"]
    for child in tree.get("childFrames", ()):
        yield from _frames(child)
