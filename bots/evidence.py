"""Pictures of an entry: what was on the screen before the click, after it, and at the search.

A capture may be slow, or fail, or the store may be down: each is given ``SECONDS`` and no more,
and what is missing is written down. An entry never fails for want of its picture.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

from bots.find import control
from bots.session import Session

log = logging.getLogger("greffier.bots")

#: Paints over what is typed in password fields, in all frames, while the picture is taken.
_COVER = "input[type=password] { background: #f0f !important; color: #f0f !important }"

#: The most that one picture may take, and the most that keeping it may take.
SECONDS = 5.0


class EvidencePort(Protocol):
    """Where the evidence of one entry goes. Called from a thread of its own."""

    def keep(self, kind: str, data: bytes, media_type: str) -> object:
        """Keep ``data`` under ``kind`` (``filled``, ``confirmation``, ``read-back``,
        ``pre-existing``, ``refusal``, ``failure``, ``screen-changed``, ``trace``; a second window
        adds ``-2``)."""


class Camera:
    """Takes the evidence of one entry, and keeps it while the entry goes on.

    ``missing()`` waits for what is being kept, and names the kinds that could not be.
    """

    def __init__(self, session: Session, port: EvidencePort) -> None:
        self._session = session
        self._port = port
        self._missing: list[str] = []
        self._keeping: list[_Keeping] = []

    def photograph(self, kind: str) -> None:
        """A PNG of every open window, the passwords in it covered."""
        for number, page in enumerate(self._session.pages(), start=1):
            name = kind if number == 1 else f"{kind}-{number}"
            try:
                picture = page.screenshot(
                    full_page=True,
                    style=_COVER,
                    mask=self._secret_places(page),
                    timeout=SECONDS * 1000,
                )
            except PlaywrightError:
                self._miss(name, "not-taken")
            else:
                self._keep(name, picture, "image/png")

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

    def missing(self) -> tuple[str, ...]:
        """The kinds that were not taken, or are not kept in time."""
        for keeping in self._keeping:
            if trouble := keeping.trouble():
                self._miss(keeping.kind, trouble)
        self._keeping.clear()
        return tuple(self._missing)

    def _secret_places(self, page: Page) -> list[Locator]:
        """Fields that a password is typed in and that do not hide it, where the page has any."""
        label = self._session.kind.login.password
        if not self._session.may_show(page, label):
            return []
        return [place for frame in page.frames for place in control(label)(frame)]

    def _keep(self, kind: str, data: bytes, media_type: str) -> None:
        self._keeping.append(_Keeping(kind, lambda: self._port.keep(kind, data, media_type)))

    def _miss(self, kind: str, why: str) -> None:
        self._missing.append(kind)
        log.warning("Evidence %s of an entry in %s: %s.", kind, self._session.kind.target, why)


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
        return "not kept in time" if self._thread.is_alive() else self._trouble
