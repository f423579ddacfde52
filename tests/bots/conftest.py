"""A bot before its practice target: a real browser, a real server, a ledger in memory."""

from __future__ import annotations

import asyncio
import html
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bots.contract import Bot, Located, Login, Shown, plain_capitals
from bots.memory import MemoryEntry, MemoryEvidence, MemoryLedger
from bots.registry import bot_for
from bots.runner import Outcome, Patience, enter, reconcile
from bots.screen import Screen
from bots.session import Credentials, Session, launch
from bots.watch import Watch
from greffier.errors import BusinessError, GreffierError
from greffier.words import Record
from sandbox.serve import LiveTarget
from sandbox.someone import HELENE, MOVE, file_of_helene
from sandbox.targets import TARGETS, TERMINALS
from sandbox.targets.plain import Plain

FILE_NUMBERS = {"ramq": "LAVH90541219", "saaq": "L123412045678"}


def number_at(target: str) -> str:
    return FILE_NUMBERS.get(target, "1204567890")


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing of ours runs after it."""


def code_of(trouble: pytest.ExceptionInfo[GreffierError]) -> str:
    return trouble.value.code


@dataclass
class Clerk:
    """One bot signed in to its target, and what they have been through."""

    session: Session
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    evidence: MemoryEvidence = field(default_factory=MemoryEvidence)
    patience: Patience = field(default_factory=lambda: Patience(tries=3, pause=0.1, linger=2))

    def enter(self, record: Record, entry: int | None = None) -> Outcome:
        """Plan an entry (or take ``entry`` again), and enter ``record``."""
        claim = self.ledger.claim(self.ledger.plan() if entry is None else entry)
        return enter(self.session, record, claim, self.ledger, self.evidence, self.patience)

    def reconcile(self, record: Record) -> Outcome:
        """Settle the entry planned last, which is unknown."""
        claim = self.ledger.take_unknown(len(self.ledger.entries) - 1)
        return reconcile(self.session, record, claim, self.ledger, self.evidence, self.patience)

    @property
    def entry(self) -> MemoryEntry:
        """The entry planned last, as the ledger has it."""
        return self.ledger.entries[-1]


@dataclass(kw_only=True)
class Practice(Clerk):
    """A bot before one of the practice targets of ``sandbox``."""

    live: LiveTarget

    def record(self, identity: dict[str, str] | None = None, **changed: str) -> Record:
        """The move of Hélène, with the fields that this bot types, and what is ``changed``."""
        kind = self.session.kind
        values = MOVE | {"file_number": number_at(kind.target)} | changed
        return Record(
            target=kind.target,
            form="changement-adresse",
            values={name: values[name] for name in (*kind.searched_by, *kind.fields)},
            identity={name: (HELENE | (identity or {}))[name] for name in kind.identity},
        )

    def enter(self, record: Record | None = None, entry: int | None = None) -> Outcome:
        return super().enter(record or self.record(), entry)

    def reconcile(self, record: Record | None = None) -> Outcome:
        return super().reconcile(record or self.record())

    def changes(self) -> list[dict[str, object]]:
        """What the target has saved."""
        return self.live.control.changes()


# One browser a module: while Playwright runs, its thread counts as inside an event loop, which
# the tests of other rooms could not bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def practice(browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Practice]]:
    """Starts a target by its id, with Hélène's file in it."""
    with ExitStack() as stack:

        def start(target: str) -> Practice:
            file = file_of_helene(number_at(target))
            # A bot of no practice target is a new one: it begins on the plain page.
            screen = target if target in TARGETS | TERMINALS else Plain.named(target)
            live = stack.enter_context(LiveTarget(screen, tmp_path, [file]))
            who = Credentials(live.credentials.user, live.credentials.password)
            session = Session(bot_for(target), live.url, who, browser=browser, seconds=4)
            return Practice(stack.enter_context(session), live=live)

        yield start


# -- The framework's own practice target: small enough to break in every way -------------------

USER, PASSWORD = "commis", "motdepasse-tres-secret"


@dataclass
class Registry:
    """What the target holds, and how it has been told to misbehave."""

    saved: list[dict[str, str]] = field(default_factory=list)
    #: Answers to give instead of pages: path → one (status, body) a request.
    instead: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    #: What happens to the next save: "" (it works), a 500 "before" or "after" it is saved, after
    #: it the "sign-in" page or "silence"; "refuse": a message and no save.
    save: str = ""
    #: Overwrites what is saved.
    spoil: dict[str, str] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    tries: int = 0
    sign_ins: int = 0
    broken_sign_ins: int = 0
    visible_from: float = 0.0
    #: Script run on the file's page.
    script: str = ""
    maxlength: int = 40
    holder: str = "TREMBLAY"
    address: str = ""

    def go_down(self) -> None:
        """From now on every page is what a gateway says of a server that is gone."""
        self.instead |= {path: [(503, "Panne")] * 99 for path in ("/entree", "/", "/dossier")}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/entree", self.sign_in, methods=["GET", "POST"]),
                Route("/", self.search),
                Route("/dossier", self.file),
                Route("/enregistrer", self.store, methods=["POST"]),
                Route("/jamais", self.never),
            ]
        )

    async def sign_in(self, request: Request) -> Response:
        if answer := self._ordered(request):
            return answer
        form = await request.form()
        self.tries += request.method == "POST"
        if request.method == "POST" and self.broken_sign_ins:
            self.broken_sign_ins -= 1
            return HTMLResponse("Panne", 500)
        if (form.get("u"), form.get("p")) == (USER, PASSWORD):
            self.sign_ins += 1
            self.sessions.add(str(self.sign_ins))
            answer = RedirectResponse("/", 303)
            answer.set_cookie("s", str(self.sign_ins))
            return answer
        return HTMLResponse(SIGN_IN)

    async def never(self, request: Request) -> Response:
        while not await request.is_disconnected():
            await asyncio.sleep(0.1)
        return Response()

    def _ordered(self, request: Request) -> Response | None:
        if answers := self.instead.get(request.url.path):
            status, body = answers.pop(0)
            return HTMLResponse(body, status)
        return None

    def _instead(self, request: Request) -> Response | None:
        if answer := self._ordered(request):
            return answer
        if request.cookies.get("s") not in self.sessions:
            return RedirectResponse("/entree", 303)
        return None

    async def search(self, request: Request) -> Response:
        return self._instead(request) or HTMLResponse(SEARCH)

    async def file(self, request: Request) -> Response:
        if answer := self._instead(request):
            return answer
        number = request.query_params["n"]
        if number != "1234":
            return HTMLResponse("<p>Aucun dossier à ce numéro.</p>")
        rows = self.saved if time.time() >= self.visible_from else []
        return HTMLResponse(
            FILE.format(
                holder=self.holder,
                number=number,
                rows="".join(f"<tr><td>{row['d']}<td>{row['r']}</tr>" for row in rows),
                maxlength=self.maxlength,
                script=self.script,
            )
        )

    async def store(self, request: Request) -> Response:
        form = {name: html.escape(str(value)) for name, value in (await request.form()).items()}
        if answer := self._instead(request):
            return answer
        fault, self.save = self.save, ""
        if fault == "before":
            return HTMLResponse("Panne", 500)
        if fault == "refuse":
            return HTMLResponse("<p>Refus : la rue de Mme Tremblay est inconnue.</p>")
        self.saved.append(form | self.spoil)
        if fault == "silence":
            return HTMLResponse("<p>Menu</p>")
        if fault == "after":
            return HTMLResponse("Panne", 500)
        if fault == "sign-in":
            self.sessions.clear()
            return RedirectResponse("/entree", 303)
        return HTMLResponse(f"<p>Confirmation no C-{len(self.saved):04}.</p>")


SIGN_IN = """<h1>Identifiez-vous</h1><form method=post>
<label>Usager <input name=u></label> <label>Mot de passe <input type=password name=p></label>
<button>Entrer</button></form>"""
SEARCH = """<form action=/dossier><label>Numéro <input name=n></label><button>Chercher</button>
</form>"""
FILE = """<table><tr><td>Titulaire :</td><td>{holder}</td></tr></table>
<table><tr><th>Date</th><th>Rue</th></tr>{rows}</table>
<form method=post action=/enregistrer><input type=hidden name=n value="{number}">
<label>Rue* <input name=r maxlength={maxlength}></label> <label>Date <input name=d></label>
<button>Enregistrer</button></form><script>{script}</script>"""


class RegistryBot(Bot):
    """A bot as docs/02 teaches it."""

    target = "registre"
    login = Login("/entree", "Usager", "Mot de passe", "Entrer", "Identifiez-vous")
    fields: ClassVar = {"street": Shown(plain_capitals, 40), "effective_date": Shown()}
    identity: ClassVar = {"surname": Shown(plain_capitals)}

    def locate(self, record: Record) -> Located:
        self.screen.go("/")
        self.screen.type("Numéro", record["file_number"])
        self.screen.press("Chercher")
        if self.screen.wait_for("Titulaire", "Aucun dossier") == "Aucun dossier":
            raise BusinessError("file-unknown")
        entered = self.entered(record, {"street": "Rue", "effective_date": "Date"})
        return Located({"surname": self.screen.read("Titulaire")}, entered)

    def fill(self, record: Record) -> None:
        self.screen.type("Rue", self.shown(record, "street"))
        self.screen.type("Date", self.shown(record, "effective_date"))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {
            "street": self.screen.read("Rue"),
            "effective_date": self.screen.read("Date"),
        }

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        if self.screen.wait_for("Confirmation no", "Refus") == "Refus":
            raise BusinessError("target-refused", said=self.screen.text())
        return self.screen.text().partition("Confirmation no ")[2].rstrip(".")


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serve an application on a free port of this machine; its address."""
    with ExitStack() as stack:

        def start(app: ASGIApp) -> str:
            config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()

            def stop() -> None:
                server.should_exit = server.force_exit = True
                thread.join(10)

            stack.callback(stop)
            while not server.started:
                time.sleep(0.01)
            return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        yield start


@pytest.fixture
def registry(serve: Callable[[ASGIApp], str]) -> Registry:
    registry = Registry()
    registry.address = serve(registry.app())
    return registry


@pytest.fixture
def registry_session(browser: Browser, registry: Registry) -> Iterator[Callable[..., Session]]:
    """``registry_session(password=…, seconds=…)``: a session with the framework's own target."""
    with ExitStack() as stack:

        def start(password: str = PASSWORD, seconds: float = 3, **more: Any) -> Session:
            more = {"browser": browser, "seconds": seconds} | more
            who = Credentials(USER, password)
            return stack.enter_context(Session(RegistryBot, registry.address, who, **more))

        yield start


@pytest.fixture
def clerk(registry_session: Callable[..., Session]) -> Clerk:
    """A bot before the framework's own target."""
    return Clerk(registry_session())


@pytest.fixture
def record() -> Record:
    """What the framework's own target is to be told."""
    return Record(
        target="registre",
        form="changement-adresse",
        values={
            "file_number": "1234",
            "street": "rue de l’Érable",
            "effective_date": "2026-12-01",
        },
        identity={"surname": "Tremblay"},
    )


@pytest.fixture
def show(browser: Browser, serve: Callable[[ASGIApp], str]) -> Iterator[Callable[..., Screen]]:
    """``show(index="<p>…", …)``: a screen on pages of the given HTML, opened at ``index``."""
    context = browser.new_context()

    def start(**pages: str) -> Screen:
        async def page(request: Request) -> Response:
            name = request.path_params["name"] or "index"
            if "lente" in request.query_params:
                await asyncio.sleep(0.4)
            return HTMLResponse(pages.get(name, "?"), 200 if name in pages else 500)

        routes = [Route("/{name:path}", page, methods=["GET", "POST"])]
        watch = Watch(context)
        screen = Screen(context.new_page(), watch, serve(Starlette(routes=routes)), 1.0)
        watch.forget()
        screen.go("/")
        return screen

    yield start
    context.close()
