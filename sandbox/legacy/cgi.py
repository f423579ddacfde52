"""Old CGI scripts behind a server of today: one process a request, as Apache did it.

The wire between the browser and the program can be cut, once, around a save: the program is real,
and only what a network does to it is made up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.parser import BytesHeaderParser
from enum import StrEnum
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles


class Wire(StrEnum):
    """What happens to the next request that saves."""

    WHOLE = "whole"
    #: It never reaches the program.
    CUT_BEFORE = "cut-before"
    #: The program does it; its answer never reaches the browser.
    CUT_AFTER = "cut-after"
    #: The program does it; the browser is left waiting.
    SILENT = "silent"


class Cgi:
    """The scripts ``*.pl`` in ``folder`` as an application, run as ``as_user`` says.

    ``static`` are its folders of files; ``environment`` is what the office's server tells every
    script. A request saves when it holds ``saving``.
    """

    def __init__(
        self,
        folder: Path,
        static: tuple[str, ...],
        saving: bytes,
        environment: Mapping[str, str],
        as_user: dict[str, Any],
    ) -> None:
        self.folder = folder
        self.saving = saving
        self.environment = environment
        self.as_user = as_user
        self.wire = Wire.WHOLE
        files = [
            Mount(f"/{name}", StaticFiles(directory=folder / name, follow_symlink=True))
            for name in static
            if (folder / name).is_dir()
        ]
        script = Route("/{script}.pl", self.answer, methods=["GET", "POST"])
        self.app = Starlette(routes=[script, *files])

    async def answer(self, request: Request) -> Response:
        """Run the script that is asked for, and give what it prints."""
        script = self.folder / f"{request.path_params['script']}.pl"
        if not script.is_file():
            return PlainTextResponse("No such script", 404)
        body = await request.body()
        wire = Wire.WHOLE
        if self.saving in body:
            wire, self.wire = self.wire, wire
        if wire is Wire.CUT_BEFORE:
            return PlainTextResponse("Bad gateway", 502)
        printed = await self._run(script, request, body)
        if wire is Wire.CUT_AFTER:
            return PlainTextResponse("Bad gateway", 502)
        while wire is Wire.SILENT and not await request.is_disconnected():
            await asyncio.sleep(0.1)
        return _response(printed)

    async def _run(self, script: Path, request: Request, body: bytes) -> bytes:
        told = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": f"/{script.name}",
            "QUERY_STRING": request.url.query,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_COOKIE": request.headers.get("cookie", ""),
            "HTTP_USER_AGENT": request.headers.get("user-agent", ""),
            "REMOTE_ADDR": request.client.host if request.client else "",
            "PATH": "/usr/bin:/bin",
        }
        process = await asyncio.create_subprocess_exec(
            script,
            cwd=self.folder,
            env={**told, **self.environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            **self.as_user,
        )
        printed, _ = await process.communicate(body)
        return printed


def _response(printed: bytes) -> Response:
    """What a script printed, as an answer: its headers, an empty line, the page."""
    head, _, page = printed.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers = BytesHeaderParser().parsebytes(head)
    status = int(headers.get("Status", "200").split()[0])
    response = Response(page, status)
    response.raw_headers += [
        (name.lower().encode(), str(value).encode())
        for name, value in headers.items()
        if name.lower() != "status"
    ]
    return response
