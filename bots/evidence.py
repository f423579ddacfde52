"""Pictures of an entry: what was on the screen before the click, after it, and at the search.

A capture may be slow, or fail, or the store may be down: each is given ``SECONDS`` and no more,
and what is missing is written down. An entry never fails for want of its picture.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

from bots.find import control
from bots.session import Session

log = logging.getLogger("greffier.bots")

#: The most that one picture may take, and the most that keeping it may take.
SECONDS = 5.0


class EvidencePort(Protocol):
    """Where the evidence of one entry goes. Called from a thread of its own."""

    def keep(self, kind: str, data: bytes, media_type: str) -> object:
        """Keep ``data`` under ``kind`` (``filled``, ``confirmation``, ``read-back``,
        ``pre-existing``, ``refusal``, ``failure``; a second window adds ``-2``)."""


class Camera:
    """Takes the evidence of one entry. ``missing`` are the kinds that could not be kept."""

    def __init__(self, session: Session, port: EvidencePort) -> None:
        self.missing: list[str] = []
        self._session = session
        self._port = port

    def photograph(self, kind: str) -> None:
        """A PNG of every open window, the passwords in it covered."""
        for number, page in enumerate(self._session.pages(), start=1):
            name = kind if number == 1 else f"{kind}-{number}"
            try:
                picture = page.screenshot(
                    full_page=True,
                    mask=self._secret_places(page),
                    timeout=SECONDS * 1000,
                )
            except PlaywrightError:
                self._miss(name, "not-taken")
            else:
                self._keep(name, picture, "image/png")

    def write(self, kind: str, text: str) -> None:
        """Words of the target, the password struck out."""
        struck = text.replace(self._session.credentials.password, "•••")
        self._keep(kind, struck.encode(), "text/plain; charset=utf-8")

    def _secret_places(self, page: Page) -> list[Locator]:
        label = self._session.kind.login.password
        return [
            place
            for frame in page.frames
            for place in (frame.locator("input[type=password]"), *control(label)(frame))
        ]

    def _keep(self, kind: str, data: bytes, media_type: str) -> None:
        trouble = _within(SECONDS, lambda: self._port.keep(kind, data, media_type))
        if trouble:
            self._miss(kind, trouble)

    def _miss(self, kind: str, why: str) -> None:
        self.missing.append(kind)
        log.warning("Evidence %s of an entry in %s: %s.", kind, self._session.kind.target, why)


def _within(seconds: float, work: Callable[[], object]) -> str | None:
    """Do ``work`` in a thread; what went wrong, if it failed or is not done in ``seconds``."""
    trouble: list[str] = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a store may fail in any way; it is recorded
            trouble.append(type(error).__name__)

    thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return "not kept in time"
    return trouble[0] if trouble else None
