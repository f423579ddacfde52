"""Playwright's own recorder, on the browser that the bots drive.

``playwright codegen`` insists on a browser of its own, which offices cannot download. Its recorder
is within reach all the same: Playwright tells what is done in a window as lines of Python. That is
not part of its public interface; where another version has it no more, ``recorded`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from greffier.errors import GreffierError


class _Lines:
    """What has been done so far, a piece of Python for each action. Playwright calls it."""

    def __init__(self) -> None:
        self.code: list[str] = []

    def action_added(self, page: object, data: object, code: str) -> None:
        self.code.append(code)

    def action_updated(self, page: object, data: object, code: str) -> None:
        """More was typed in the same field."""
        self.code[-1:] = [code]

    signal_added = action_updated  # a dialog or a window came of it


def until_closed(page: Page) -> None:
    """Let a person work in the window until they close it."""
    with suppress(PlaywrightError):  # the whole browser may be closed at once
        page.wait_for_event("close", timeout=0)


def recorded(browser: Browser, url: str, act: Callable[[Page], object] = until_closed) -> str:
    """What is done while ``act`` lasts in a window that opens on ``url``, as Playwright's Python.

    Raises ``GreffierError("recorder-failed")`` where this version of Playwright records nothing.
    """
    context = browser.new_context(locale="fr-CA", timezone_id="America/Toronto")
    lines = _Lines()
    _call(context, "_start_recording", url, {"language": "python"}, lines)
    page = context.new_page()
    page.goto(url)
    act(page)
    with suppress(PlaywrightError):  # it ends with the browser, too
        _call(context, "_stop_recording", url)
        context.close()
    return "\n".join(line.replace("\n    ", "\n").removeprefix("    ") for line in lines.code)


def _call(context: BrowserContext, name: str, url: str, *arguments: Any) -> None:
    recorder = getattr(context._impl_obj, name, None)
    if recorder is None:
        raise GreffierError("recorder-failed", url=url)
    context._sync(recorder(*arguments))
