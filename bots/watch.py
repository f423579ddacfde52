"""What the browser reports by itself while an action runs: dialogs, navigations, windows.

One ``Watch`` serves all windows of a session. Playwright hands the events over while it waits for
an answer of its own; they are kept here until the screen asks, after each action.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress

from playwright.sync_api import BrowserContext, Dialog, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

log = logging.getLogger("greffier.bots")

#: What Chromium reports when a navigation was called off: a download, or a newer navigation.
_CALLED_OFF = "net::ERR_ABORTED"


def clock() -> float:
    """Seconds that also pass while the machine sleeps: what a lease's end is held against."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Watch:
    """The events of one browser context.

    ``dialogs`` is the policy: part of a dialog's text → accept it? Any other dialog is dismissed
    and becomes a fault, as does a page that does not come or comes as a server error.
    """

    def __init__(self, context: BrowserContext, dialogs: Mapping[str, bool]) -> None:
        self.dialogs = dialogs
        #: Text that only the sign-in page shows; nothing while signing in.
        self.marker = ""
        #: Whether the entry is being submitted: troubles are of another kind then.
        self.submitting = False
        #: When, by ``clock``, the worker may no longer act on the screen: its lease is ending.
        self.act_before = math.inf
        #: Texts of the dialogs answered since the last action began.
        self.heard: list[str] = []
        #: Windows that have opened and that no bot has asked for yet.
        self.windows: list[Page] = []
        #: Whether the page is being left on purpose: "leave this page?" is answered yes.
        self.leaving = False
        self._fault: tuple[str, dict[str, object]] | None = None
        self._pending: dict[Request, Page | None] = {}
        context.on("dialog", self._dialog)
        context.on("page", self._window)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfinished", self._arrived)
        context.on("requestfailed", self._failed)

    def take_fault(self) -> tuple[str, dict[str, object]] | None:
        """The first fault since the last call, which is then forgotten."""
        fault, self._fault = self._fault, None
        return fault

    def navigating(self, page: Page) -> bool:
        """Whether a page or a frame of ``page`` has been asked for and is not there yet."""
        return any(owner is page for owner in self._pending.values())

    def forget_navigations(self) -> None:
        """Stop waiting for pages that were asked for: the caller has given up on them."""
        self._pending.clear()

    def forget(self) -> None:
        """Start anew on a fresh window: nothing that happened before counts."""
        self.heard.clear()
        self.windows.clear()
        self._pending.clear()
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

    def _window(self, page: Page) -> None:
        self.windows.append(page)

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request():
            self._pending[request] = _page_of(request)

    def _answered(self, response: Response) -> None:
        request = response.request
        # Pages poll in the background, and a poll may fail without harm; but what a page sends
        # while the entry is being submitted is the entry.
        asked = request.is_navigation_request() or (self.submitting and request.method != "GET")
        if response.status >= 500 and asked:
            self._note("target-error", status=response.status)

    def _arrived(self, request: Request) -> None:
        self._pending.pop(request, None)

    def _failed(self, request: Request) -> None:
        self._pending.pop(request, None)
        if request.is_navigation_request() and request.failure != _CALLED_OFF:
            self._note("target-unreachable")


def _page_of(request: Request) -> Page | None:
    try:
        return request.frame.page
    except PlaywrightError:  # a window that opens has no frame to name yet
        return None
