"""A practice target that is a TN3270 host: a conversation of displays and keys, over a socket.

Its control address is HTTP, as the others'; no page of it is. An error before or after the save,
which others answer with HTTP 500, is a dropped line here.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sandbox.targets.base import Endpoint, Refused, SessionOver, Target
from sandbox.targets.green import COLUMNS, Display, Keyed, typed_into
from sandbox.targets.store import Session
from sandbox.targets.tn3270 import Line, keyed, told, written


class TerminalTarget(Target):
    """A host. ``data["display"]`` of a session is the id of the display that is on."""

    @abstractmethod
    def sign_on(self, message: str = "") -> Display:
        """The display of a terminal that is not signed on: fields ``user`` and ``password``."""

    @abstractmethod
    def draw(self, session: Session) -> Display:
        """The display that is on, with ``data["message"]``; the first one of a new session."""

    @abstractmethod
    async def press(self, session: Session, key: str, typed: Mapping[str, str]) -> None:
        """Go on to another display, or to none (``""``): signed off. Raises ``Refused``."""

    def working(self, display: str, key: str) -> str:
        """What the message line says, the keyboard still locked, where ``key`` takes its time."""
        return ""

    def pages(self) -> Mapping[str, Endpoint]:
        return {}

    async def sign_in(self, request: Request) -> Response:
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one terminal until it hangs up, or is hung up on."""
        line = Line(reader, writer)
        try:
            await line.negotiate()
            await self._converse(line)
        except (EOFError, ConnectionError, HTTPException, asyncio.CancelledError):
            pass  # the terminal has gone, is dropped as a test ordered, or the host stops
        finally:
            line.hang_up()

    async def _converse(self, line: Line) -> None:
        display, signed_on = self.sign_on(), ""
        try:
            while True:
                await line.write(written(self._rewritten(display)))
                sent = keyed(await line.read(), display.id)
                await asyncio.sleep(self.faults.slow)
                if signed_on:
                    display, signed_on = await self._answer(line, signed_on, display, sent)
                else:
                    display, signed_on = self._let_in(display, sent)
        finally:
            self.store.close_sessions(signed_on)

    def _let_in(self, display: Display, sent: Keyed) -> tuple[Display, str]:
        """The display after the sign-on's, and the session's id if there is one now."""
        if sent.key != "ENTER":
            return self.sign_on(), ""
        typed = typed_into(display, sent)
        if (typed["user"], typed["password"]) != (
            self._credentials.user,
            self._credentials.password,
        ):
            return self.sign_on(self.wording.bad_sign_in), ""
        session = self.store.open_session(self._credentials.user, self.most_sessions)
        shown = self.draw(session)
        self.store.keep_session(session)
        return shown, session.id

    async def _answer(
        self, line: Line, signed_on: str, display: Display, sent: Keyed
    ) -> tuple[Display, str]:
        """The next display, and the id of the session that still is."""
        if self.faults.session_ends():
            self.store.close_sessions()
        idle = self.idle if self.faults.idle is None else self.faults.idle
        session = self.store.session(signed_on, idle)
        if session is None:
            return self.sign_on(self.wording.session_over), ""
        if said := self.working(display.id, sent.key):
            await line.write(told(said))
        session.data["message"] = ""
        try:
            await self.press(session, sent.key, typed_into(display, sent))
        except Refused as refused:
            session.data["message"] = refused.messages[0]
        except SessionOver:
            self.store.close_sessions()
            return self.sign_on(self.wording.session_over), ""
        if not session.data["display"]:
            self.store.close_sessions(signed_on)
            return self.sign_on(), ""
        self.store.keep_session(session)
        return self.draw(session), signed_on

    def _rewritten(self, display: Display) -> Display:
        """``display`` with the texts ordered in place of its own: a screen that has changed."""
        for old, new in self.faults.rewrite.items():
            room = max(len(old), len(new))
            display.rows = [
                row.replace(old.ljust(room), new.ljust(room))[:COLUMNS] for row in display.rows
            ]
        return display
