"""A practice target without a browser: its pages asked for one by one, its orders given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from sandbox.serve import open_target
from sandbox.targets.base import Target
from sandbox.targets.faults import CONTROL_PATH, TOKEN_HEADER
from sandbox.targets.store import PersonFile

TOKEN = "a token of the tests"

ODILE = PersonFile(
    file_number="ROYO85560719",
    surname="Roy-Lepage",
    given_name="Odile",
    birth_date="1985-06-07",
    civic_number="3",
    street="chemin du Cœur",
    municipality="Trois-Rivières",
    postal_code="G9A 1A1",
)


@dataclass
class Asker:
    """Somebody with a browser's cookies and no browser."""

    target: Target
    came_from: str = "127.0.0.1"
    token: str = TOKEN
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.target.app(), client=(self.came_from, 40000))
            async with httpx.AsyncClient(
                transport=transport,
                base_url="http://cible.exemple",
                cookies=self.cookies,
                follow_redirects=True,
            ) as client:
                answer = await client.request(method, path, **request)
                self.cookies = client.cookies
                return answer

        return asyncio.run(once())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """A form as a browser sends it from a page of the target's charset."""
        charset = "cp1252" if self.target.charset == "iso-8859-1" else self.target.charset
        return self.ask(
            "POST",
            path,
            content=urlencode(fields, encoding=charset).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    def sign_in(self, user: str = "exercice", password: str = "exercice") -> httpx.Response:
        return self.post("/connexion", {"usager": user, "mot_de_passe": password})

    def order(self, token: str = TOKEN, **order: object) -> httpx.Response:
        return self.ask("POST", CONTROL_PATH, json=order, headers={TOKEN_HEADER: token})

    def changes(self, token: str = TOKEN) -> httpx.Response:
        return self.ask("GET", CONTROL_PATH + "/changes", headers={TOKEN_HEADER: token})

    @staticmethod
    def words(page: httpx.Response) -> str:
        """The words of a page, without its tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """Opens a target by its id, with Odile's file in it; the same target again gives another
    person before the same target."""
    opened: dict[str, Target] = {}
    with ExitStack() as stack:

        def start(target: str, came_from: str = "127.0.0.1") -> Asker:
            if target not in opened:
                opened[target] = open_target(target, tmp_path, [ODILE], TOKEN)
                stack.callback(opened[target].store.close)
            return Asker(opened[target], came_from)

        yield start
