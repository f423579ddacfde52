"""Running practice targets: all of them for the demo, one of them for a test.

All targets share one process and one server, which tells them apart by the port asked. One that is
a terminal's host listens on a second port for terminals; the first is its control's alone.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeGuard

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from greffier.whole import write_whole
from sandbox.targets import TARGETS, target_class
from sandbox.targets.base import Credentials, Target
from sandbox.targets.faults import CONTROL_PATH, TOKEN_HEADER
from sandbox.targets.store import PersonFile, Store, load_register
from sandbox.targets.terminal import TerminalTarget

HOST = "127.0.0.1"
#: Where ``serve`` writes what a client needs to know, within its state folder.
ADDRESSES = "targets.json"


def open_target(
    target: str | type[Target],
    state: Path,
    register: Path | Iterable[PersonFile],
    control_token: str,
    credentials: Credentials | None = None,
) -> Target:
    """``target``, its database in ``state``, knowing its part of the register.

    ``register`` is a ``register.json`` of the practice printer, or the files themselves.
    """
    kind = target_class(target)
    files = load_register(register, kind.id) if isinstance(register, Path) else register
    return kind(Store(state / f"{kind.id}.sqlite", files), control_token, credentials)


def serve(
    register: Path,
    state: Path,
    ports: Mapping[str, int] | None = None,
    targets: Iterable[str] | None = None,
    credentials: Credentials | None = None,
) -> None:
    """Run ``targets`` (default: the six that a browser reaches) until SIGINT or SIGTERM.

    Each listens on 127.0.0.1, on its port of ``ports`` or a free one. Once they answer,
    ``state/targets.json`` holds, and the terminal shows, ``{"targets": {id: url}, "user": …,
    "password": …}``; the file, which only its owner may read, holds ``control_token`` as well, and
    under ``controls`` the address of each target's control.
    """
    credentials = credentials or Credentials()
    token = secrets.token_urlsafe(24)
    state.mkdir(parents=True, exist_ok=True)
    sockets = {name: _listen((ports or {}).get(name, 0)) for name in targets or TARGETS}
    opened = {name: open_target(name, state, register, token, credentials) for name in sockets}
    hosts = [(one, sockets[name]) for name, one in opened.items() if is_host(one)]
    controls = {name: _listen(0) for name, one in opened.items() if is_host(one)}
    pages = sockets | controls
    apps = {_port(pages[name]): one.app() for name, one in opened.items()}

    def announce() -> None:
        known: dict[str, Any] = {
            "targets": {name: address(one, sockets[name]) for name, one in opened.items()},
            "user": credentials.user,
            "password": credentials.password,
        }
        secret = {
            "control_token": token,
            "controls": {name: _url(listening) for name, listening in pages.items()},
        }
        write_whole(state / ADDRESSES, json.dumps(known | secret))
        print(json.dumps(known), flush=True)

    _Server(apps, announce, hosts).run(sockets=list(pages.values()))


def is_host(target: Target) -> TypeGuard[TerminalTarget]:
    """Whether terminals reach ``target``, and no browser."""
    return isinstance(target, TerminalTarget)


def address(target: Target, listening: socket.socket) -> str:
    """The address of ``target`` for whoever enters something there."""
    scheme = "tn3270" if is_host(target) else "http"
    return f"{scheme}://{HOST}:{_port(listening)}"


class Control:
    """The control address of a running target, for tests."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(base_url=url, headers={TOKEN_HEADER: token}, timeout=10)

    def order(self, **order: object) -> None:
        """Tell the target how to misbehave: see ``sandbox.targets.faults.Order``."""
        self._client.post(CONTROL_PATH, json=order).raise_for_status()

    def changes(self) -> list[dict[str, Any]]:
        """Every change the target has saved, in order."""
        found: list[dict[str, Any]] = (
            self._client.get(CONTROL_PATH + "/changes").raise_for_status().json()
        )
        return found

    def close(self) -> None:
        self._client.close()


class LiveApp:
    """An application listening on a free port while the ``with`` block lasts, in a thread.

    ``hosts`` are terminals' hosts beside it, with the sockets they listen on.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[tuple[TerminalTarget, socket.socket]] = ()
    ) -> None:
        self._socket = _listen(0)
        self.url = _url(self._socket)
        self._ready = threading.Event()
        self._server = _Server({_port(self._socket): app}, self._ready.set, hosts)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(timeout=20):
            raise TimeoutError(f"nothing answers at {self.url}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)


class LiveTarget(LiveApp):
    """One practice target listening on a free port while the ``with`` block lasts."""

    def __init__(
        self,
        target: str | type[Target],
        state: Path,
        register: Path | Iterable[PersonFile],
        credentials: Credentials | None = None,
    ) -> None:
        token = secrets.token_urlsafe(24)
        self.credentials = credentials or Credentials()
        self.target = open_target(target, state, register, token, self.credentials)
        hosts = [(self.target, _listen(0))] if is_host(self.target) else []
        super().__init__(self.target.app(), hosts)
        self.control = Control(self.url, token)
        if hosts:
            self.url = address(self.target, hosts[0][1])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self.control.close()
        self.target.store.close()


class _Server(uvicorn.Server):
    """uvicorn over several ports, and terminals' ``hosts``; calls ``ready`` once all listen."""

    def __init__(
        self,
        apps: Mapping[int, ASGIApp],
        ready: Callable[[], None],
        hosts: Iterable[tuple[TerminalTarget, socket.socket]] = (),
    ) -> None:
        async def by_port(scope: Scope, receive: Receive, send: Send) -> None:
            await apps[scope["server"][1]](scope, receive, send)

        super().__init__(
            uvicorn.Config(
                by_port, lifespan="off", log_level="warning", timeout_graceful_shutdown=1
            )
        )
        self._announce = ready
        self._hosts = hosts
        self._lines: list[asyncio.Server] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for target, listening in self._hosts:
            self._lines.append(await asyncio.start_server(target.connected, sock=listening))
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for line in self._lines:
            line.close()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    return listening


def _port(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def _url(listening: socket.socket) -> str:
    return f"http://{HOST}:{_port(listening)}"
