"""The ways a practice target can be told to misbehave, through its control address.

Tests post JSON to ``/_controle``; every key may be left out. Only this machine is heard, and only
with the token the target was started with.
"""

from __future__ import annotations

import secrets
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

CONTROL_PATH = "/_controle"
TOKEN_HEADER = "X-Controle"


class Order(BaseModel):
    """What one POST to the control address may say.

    ``reset`` forgets all earlier orders first. ``slow``: seconds every page takes. ``expire``:
    all sessions end now. ``expire_after``: they end after that many more pages. ``idle``: seconds
    of silence a session survives. ``fail``: the next ``times`` saves answer HTTP 500 *before* or
    *after* they have saved, or save, end all sessions and answer with the *sign-in* page;
    ``lag``: they begin to save only that many seconds after they were asked, whoever still waits;
    ``hang``: they save and answer only that many seconds later; ``twice``: they save twice.
    ``delay_visibility``: seconds during which searches do not show a new save.
    ``double_click_saves``: posting the same form twice saves twice. ``error_every``: one page
    in so many answers HTTP 500 before it has done anything (0: none), in targets that do so.
    ``rewrite``: text of the pages → what they say instead, from now on: a screen that has changed.
    """

    model_config = ConfigDict(extra="forbid")

    reset: bool = False
    slow: float | None = Field(None, ge=0)
    expire: bool = False
    expire_after: int | None = Field(None, ge=0)
    idle: float | None = Field(None, ge=0)
    fail: Literal["before", "after", "sign-in"] | None = None
    lag: float = Field(0.0, ge=0)
    hang: float = Field(0.0, ge=0)
    twice: bool = False
    times: int = Field(1, ge=1)
    delay_visibility: float | None = Field(None, ge=0)
    double_click_saves: bool | None = None
    error_every: int | None = Field(None, ge=0)
    rewrite: dict[str, str] | None = None


class Faults:
    """The orders in force."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.slow = 0.0
        self.idle: float | None = None
        self.delay_visibility = 0.0
        self.double_click_saves = False
        self.error_every: int | None = None
        self.rewrite: dict[str, str] = {}
        self._pages_left: int | None = None
        self._saves: list[Order] = []

    def obey(self, order: Order) -> None:
        """Take ``order`` on; ``expire`` is the target's own to do."""
        if order.reset:
            self._forget()
        for name in ("slow", "idle", "delay_visibility", "double_click_saves", "error_every"):
            if (value := getattr(order, name)) is not None:
                setattr(self, name, value)
        if order.rewrite is not None:
            self.rewrite = order.rewrite
        if order.expire_after is not None:
            self._pages_left = order.expire_after
        if order.fail or order.lag or order.hang or order.twice:
            self._saves += [order] * order.times

    def session_ends(self) -> bool:
        """Count one page of a signed-in person; true when the sessions end with it."""
        if self._pages_left is None:
            return False
        self._pages_left -= 1
        if self._pages_left >= 0:
            return False
        self._pages_left = None
        return True

    def next_save(self) -> Order:
        """What was ordered for the next save: ``fail``, ``lag``, ``hang`` and ``twice`` of it."""
        return self._saves.pop(0) if self._saves else Order()

    def rewritten(self, response: Response, charset: str) -> Response:
        """``response`` with the texts ordered in place of its own."""
        # JSON is in UTF-8 whatever the target's pages are in.
        kind = charset if "html" in response.headers.get("content-type", "") else "utf-8"
        for old, new in self.rewrite.items():
            response.body = bytes(response.body).replace(old.encode(kind), new.encode(kind))
            response.headers["content-length"] = str(len(response.body))
        return response


def may_control(request: Request, token: str) -> bool:
    """Whether the request comes from this machine and holds the token."""
    here = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    return here and secrets.compare_digest(request.headers.get(TOKEN_HEADER, ""), token)
