"""A browser signed in to one target, for many entries.

Playwright's sync API is bound to the thread that started it: a session SHALL be opened, used and
closed in one thread. Sessions of several targets run side by side in threads of their own. While
a session is open its thread counts as inside an event loop: ``asyncio.run`` is refused there.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from uuid import uuid4

import psutil
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    Playwright,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from bots.contract import Bot
from bots.emulator import Emulator, is_host
from bots.ports import SignInPort
from bots.screen import Screen
from bots.shape import Change, change_that_explains, load
from bots.trace import scrubbed
from bots.watch import Watch
from greffier.errors import GreffierError, ScreenError, TargetStopped
from greffier.settings import Settings

log = logging.getLogger("greffier.bots")

CHROMIUM = Path("/usr/bin/chromium-headless-shell")
#: The troubles that a changed screen may be behind.
NOT_AS_KNOWN = frozenset(
    {"not-on-screen", "ambiguous-on-screen", "not-shown", "no-such-option", "keyboard-locked"}
)

#: The troubles of a target that does not answer, or answers only that it cannot.
OUT_OF_SERVICE = frozenset({"target-unreachable", "target-slow", "target-error"})


@dataclass(frozen=True)
class Credentials:
    """Who signs in. The password never shows in a representation, a log or evidence."""

    user: str
    password: str = field(repr=False)


def launch(
    playwright: Playwright, chromium: Path | None = None, mark: str = "", *, headed: bool = False
) -> Browser:
    """Debian's Chromium (default: the settings') without its housekeeping.

    ``mark`` is something to know its process by. ``headed`` shows its windows, and goes slowly
    enough to be followed. Raises ``TargetStopped("browser-missing")``.
    """
    chromium = chromium or Settings().chromium
    flags = [
        f"--greffier={mark}",
        "--disable-quic",
        "--disable-background-networking",
        "--no-first-run",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:  # Chromium refuses its sandbox to root
        flags.append("--no-sandbox")
    try:
        return playwright.chromium.launch(
            executable_path=chromium, args=flags, headless=not headed, slow_mo=300 if headed else 0
        )
    except PlaywrightError as error:
        raise TargetStopped("browser-missing", path=chromium) from error


class Session:
    """One sign-in to the target of ``kind`` at ``address``, made when it is first needed.

    The address of a 3270 host (``tn3270://host:port``) is reached by a terminal of the session's
    own, whose page is then the screen. ``seconds`` bounds each wait on the screen. A ``browser``
    that is passed in is shared and left running; otherwise one is started and closed with the
    session. ``visibility_delay`` is this office's, where it knows better than the bot. What
    ``sign_ins`` says is refused is not tried. Use as a context manager.
    """

    def __init__(
        self,
        kind: type[Bot],
        address: str,
        credentials: Credentials,
        *,
        chromium: Path | None = None,
        browser: Browser | None = None,
        seconds: float = 10.0,
        headed: bool = False,
        visibility_delay: float | None = None,
        sign_ins: SignInPort | None = None,
    ) -> None:
        self.kind = kind
        self.address = address
        self.credentials = credentials
        self.seconds = seconds
        #: What a person has approved of this target's screens, if anybody has.
        self.known = load(kind)
        self.visibility_delay = (
            kind.visibility_delay if visibility_delay is None else visibility_delay
        )
        #: Whether the target has let the user in at least once.
        self.was_signed_in = False
        self._chromium = chromium
        self._headed = headed
        self._sign_ins = sign_ins
        self._shared = browser
        self._owned = ExitStack()
        self._own: Browser | None = None
        self._mark = uuid4().hex
        self._context: BrowserContext | None = None
        self._watch: Watch | None = None
        self._emulator: Emulator | None = None
        self._bot: Bot | None = None
        self._tracing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def bot(self) -> Bot:
        """The bot, signed in, on a screen that lives.

        Raises ``TargetStopped("sign-in-refused")`` when the target does not let the user in (never
        tried again: targets lock accounts), ``ScreenError`` when its screen misbehaves.
        """
        if self._bot is None:
            try:
                self._bot = self._open()
            except PlaywrightError:  # never chained: it may quote what was typed to sign in
                self._leave()
                raise ScreenError("browser-died") from None
        return self._bot

    @contextmanager
    def aside(self) -> Iterator[Bot]:
        """A second window of the same sign-in, for a look that leaves the first as it is.

        Raises ``ScreenError`` when there is no sign-in any more.
        """
        try:
            if self._context is None or self._watch is None:
                raise ScreenError("screen-closed")
            screen = self._screen(self._context, self._watch)
            yield self.kind(screen)  # after an error the window stays, to be photographed
            screen.page.close()
        except PlaywrightError:
            raise ScreenError("browser-died") from None

    def renew(self, error: GreffierError) -> None:
        """Make ready to go on after ``error``: the next ``bot()`` has a fresh window.

        Only a dead session is signed in again.
        """
        self._bot = None
        if error.code == "session-dead":
            self._leave()

    def change_that_explains(self, error: ScreenError) -> Change | None:
        """How the screen where ``error`` happened differs from the known one, if that is why.

        Only troubles of what the screen shows count; not a server error, nor a dead session.
        """
        if self._bot is None or self.known is None or error.code not in NOT_AS_KNOWN:
            return None
        label = error.details.get("label")
        try:
            now, captions = self._bot.screen.shaper(), self._bot.screen.captions()
        except PlaywrightError:  # the page is gone: nothing can be said of it
            return None
        return change_that_explains(self.known, now, str(label) if label else None, captions)

    def is_down(self, error: ScreenError) -> bool:
        """Whether ``error`` is that of a target out of service, and of no single entry.

        It is while nobody can be signed in, whatever it shows instead. Once somebody is, a page
        may fail for one entry alone: the target is down if its first page does not come either.
        Ask before ``renew``, which may drop the sign-in.
        """
        if self._context is None:
            return True
        if error.code not in OUT_OF_SERVICE:
            return False
        try:
            with self.aside() as bot:
                bot.screen.go(self.kind.login.path)
        except ScreenError as trouble:
            return trouble.code in OUT_OF_SERVICE
        return False

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Kill this session's own browser if the block takes longer than ``seconds``.

        Playwright bounds its waits, but a few of its questions wait for ever on a page whose
        script never ends. Whoever waits then gets a Playwright error.
        """
        timer = threading.Timer(seconds, self._kill_browser)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def trace(self) -> None:
        """Record what follows as Playwright's trace. Sign-in is over: no password is in it."""
        if self._context and not self._tracing:
            self._context.tracing.start()
            self._tracing = True

    def traced(self) -> bytes | None:
        """The trace since ``trace`` (a zip for ``playwright show-trace``), which ends; or none."""
        if not (self._context and self._tracing):
            return None
        self._tracing = False
        with TemporaryDirectory(prefix="greffier-") as folder, suppress(PlaywrightError):
            path = Path(folder) / "trace.zip"
            self._context.tracing.stop(path=path)
            return scrubbed(path.read_bytes())
        return None

    def pages(self) -> list[Page]:
        """The windows that are open now, for the camera."""
        return list(self._context.pages) if self._context else []

    def devtools(self, page: Page) -> CDPSession:
        """The browser's own protocol for one of ``pages``. Raises Playwright's error if closed."""
        watched = self._watch.devtools(page) if self._watch else None
        return watched or page.context.new_cdp_session(page)

    def program_words(self) -> set[str]:
        """Words that are the program's and nobody's: labels, and what the bot waits for."""
        login = self.kind.login
        labels = {login.user, login.password, login.button, login.marker}
        known = self.known.used if self.known else frozenset()
        used = self._bot.screen.used if self._bot else set()
        awaited = self._watch.awaited if self._watch else set()
        return labels | known | used | awaited

    def close(self) -> None:
        """Close the windows, and the browser if it is this session's own."""
        self._leave()
        self._owned.close()

    def _open(self) -> Bot:
        browser = self._shared or self._own
        lost = self._emulator and not self._emulator.ready()
        if lost or (browser and not browser.is_connected()):
            self._leave()
        if self._context and self._watch:
            for page in self._context.pages:
                page.close()
            return self.kind(self._screen(self._context, self._watch))
        if self._sign_ins and self._sign_ins.is_refused():
            raise TargetStopped("sign-in-refused", target=self.kind.target)
        if is_host(self.address):
            self._emulator = Emulator.start(self.address, self.kind.code_page, self.seconds)
        self._context = self._browser().new_context(
            locale="fr-CA", timezone_id="America/Toronto", accept_downloads=False
        )
        self._watch = Watch(self._context)
        screen = self._screen(self._context, self._watch)
        try:
            self._sign_in(screen)
        except BaseException:
            self._leave()  # half signed in is not signed in
            raise
        self._watch.markers = self.kind.login.markers
        return self.kind(screen)

    def _screen(self, context: BrowserContext, watch: Watch) -> Screen:
        page = context.new_page()
        watch.forget()
        renamed = self.known.renamed if self.known else None
        address = self._emulator.url if self._emulator else self.address
        screen = Screen(page, watch, address, self.seconds, renamed=renamed)
        screen.user, screen.varies = self.credentials.user, self.kind.varies
        return screen

    def _sign_in(self, screen: Screen) -> None:
        self.kind(screen).sign_in(self.credentials.user, self.credentials.password)
        try:
            for marker in self.kind.login.markers:
                screen.wait_gone(marker)
        except ScreenError as error:
            if error.code == "not-shown":
                if self._sign_ins:
                    self._sign_ins.refused()
                raise TargetStopped("sign-in-refused", target=self.kind.target) from None
            raise
        self.was_signed_in = True
        log.info("Signed in to %s.", self.kind.target)

    def _leave(self) -> None:
        """Drop the sign-in, its windows and its terminal."""
        context, self._context, self._watch, self._bot = self._context, None, None, None
        self._tracing = False
        if self._emulator:
            self._emulator.stop()
            self._emulator = None
        if context:
            with suppress(PlaywrightError):  # the browser may be gone already
                context.close()

    def _browser(self) -> Browser:
        if self._shared:
            return self._shared
        if self._own is None or not self._own.is_connected():
            self._owned.close()
            with ExitStack() as starting:
                playwright = starting.enter_context(sync_playwright())
                self._own = launch(playwright, self._chromium, self._mark, headed=self._headed)
                starting.callback(self._own.close)
                self._owned = starting.pop_all()
        return self._own

    def _kill_browser(self) -> None:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if f"--greffier={self._mark}" in process.cmdline():
                    process.kill()
                    log.error("The browser of %s took too long: killed.", self.kind.target)
