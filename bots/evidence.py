"""Pictures of an entry: what was on the screen before the click, after it, and at the search.

A capture may be slow, or fail, or the store may be down: each is given ``SECONDS`` and no more,
and what is missing is written down. An entry never fails for want of its picture.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Protocol

from playwright.sync_api import CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from bots.privacy import COVER, UNCOVER, Own, question
from bots.session import Session

log = logging.getLogger("greffier.bots")

#: The most that one picture may take, and the most that keeping it may take.
SECONDS = 5.0
#: The longest side that Chromium draws in one piece, in pixels.
LONGEST_SIDE = 16_384


class EvidencePort(Protocol):
    """Where the evidence of one entry goes. Called from a thread of its own."""

    def keep(self, kind: str, data: bytes, media_type: str) -> object:
        """Keep ``data`` under ``kind`` (``filled``, ``confirmation``, ``read-back``,
        ``pre-existing``, ``refusal``, ``failure``, ``screen-changed``, ``trace``; a second window
        adds ``-2``)."""

    def missed(self, kind: str, why: str) -> object:
        """Write down that evidence of ``kind`` is not there: ``not-taken``, ``not-in-time``, or
        the type of the error that ``keep`` met."""


class Camera:
    """Takes the evidence of one entry, and keeps it while the entry goes on."""

    def __init__(self, session: Session, port: EvidencePort) -> None:
        self._session = session
        self._port = port
        self._keeping: list[_Keeping] = []
        #: What may be shown of the entry, and whether its holder's file is known to be on the
        #: screen: see ``bots.privacy``.
        self.own = Own()
        self.recognised = False

    def photograph(self, kind: str) -> None:
        """A PNG of every open window; what is not this entry's business is covered in it."""
        for number, page in enumerate(self._session.pages(), start=1):
            name = kind if number == 1 else f"{kind}-{number}"
            try:
                picture = self._picture(page)
            except PlaywrightError:
                self._miss(name, "not-taken")
            else:
                self._keep(name, picture, "image/png")

    def refusal(self, said: str = "") -> None:
        """What the target ``said``; unless the bot says, all the words that a picture shows."""
        try:
            words = said or " ".join(self._words(page) for page in self._session.pages())
        except PlaywrightError:
            self._miss("refusal", "not-taken")
        else:
            self.write("refusal", words)

    def trace(self) -> None:
        """What was recorded of a try after a first one failed, if it was."""
        with self._session.bounded(SECONDS):
            recorded = self._session.traced()
        if recorded:
            self._keep("trace", recorded, "application/zip")

    def write(self, kind: str, text: str) -> None:
        """Words of the target, the password struck out."""
        struck = text.replace(self._session.credentials.password, "•••")
        self._keep(kind, struck.encode(), "text/plain; charset=utf-8")

    def wait(self) -> None:
        """Wait until all that was taken is kept, or cannot be: within ``SECONDS`` of its taking."""
        for keeping in self._keeping:
            if trouble := keeping.trouble():
                self._miss(keeping.kind, trouble)
        self._keeping.clear()

    def _picture(self, page: Page) -> bytes:
        """One window. DevTools are asked: Playwright's own way takes twice the time."""
        devtools = self._session.devtools(page)
        with self._covered(devtools) as covered:
            order: dict[str, Any] = {"format": "png", "optimizeForSpeed": True}
            if covered["beyond"]:
                size = {side: min(covered[side], LONGEST_SIDE) for side in ("width", "height")}
                clip = {"x": 0, "y": 0, "scale": 1, **size}
                order |= {"captureBeyondViewport": True, "clip": clip}
            taken = devtools.send("Page.captureScreenshot", order, timeout=SECONDS * 1000)
        return base64.b64decode(taken["data"])

    def _words(self, page: Page) -> str:
        with self._covered(self._session.devtools(page)) as covered:
            words: str = covered["words"]
        return words

    @contextmanager
    def _covered(self, devtools: CDPSession) -> Iterator[dict[str, Any]]:
        """Cover a window and its frames while the block lasts; what ``COVER`` says of them."""
        asked = question(
            self.own,
            program=self._session.program_words(),
            password=self._session.kind.login.password,
            lists=self._session.kind.lists,
            recognised=self.recognised,
        )
        try:
            answer = _evaluate(devtools, f"({COVER})({json.dumps(asked)})")
            if "value" not in answer:
                raise PlaywrightError("the page could not be covered")
            yield answer["value"]
        finally:
            _evaluate(devtools, f"({UNCOVER})()")

    def _keep(self, kind: str, data: bytes, media_type: str) -> None:
        self._keeping.append(_Keeping(kind, lambda: self._port.keep(kind, data, media_type)))

    def _miss(self, kind: str, why: str) -> None:
        log.warning("Evidence %s of an entry in %s: %s.", kind, self._session.kind.target, why)
        try:
            self._port.missed(kind, why)
        except Exception as error:  # noqa: BLE001 - recorded; an entry goes on without its picture
            # No traceback: what a store says may quote what it was given.
            trouble = type(error).__name__
            log.error("Nor is it written down that it is missing: %s.", trouble)  # noqa: TRY400


def _evaluate(devtools: CDPSession, expression: str) -> dict[str, Any]:
    asked = {"expression": expression, "returnByValue": True}
    answer: dict[str, Any] = devtools.send("Runtime.evaluate", asked, timeout=SECONDS * 1000)
    result: dict[str, Any] = answer["result"]
    return result


class _Keeping:
    """One piece of evidence on its way to the store, in a thread of its own."""

    def __init__(self, kind: str, work: Callable[[], object]) -> None:
        self.kind = kind
        self._end = time.monotonic() + SECONDS
        self._trouble: str | None = None
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run, work), daemon=True
        )
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a store may fail in any way; it is recorded
            self._trouble = type(error).__name__

    def trouble(self) -> str | None:
        """What went wrong, if it failed or is not done within ``SECONDS`` of its beginning."""
        self._thread.join(max(0.0, self._end - time.monotonic()))
        return "not-in-time" if self._thread.is_alive() else self._trouble
