"""What the practice targets have in common: sign-in, rendering, checks, saving, control.

A target is a subclass of ``Target`` in a module of its own: its looks and its ways. ``app()``
makes it an ASGI application. Every page shows ``NOTICE``: these are practice targets and no
ministry's.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.targets.faults import CONTROL_PATH, Faults, Order, may_control
from sandbox.targets.store import PersonFile, Session, Store

NOTICE = "CIBLE D'EXERCICE - aucun lien avec un organisme réel"
TEMPLATES = Path(__file__).with_name("templates")

#: Canada Post's pattern; what the bodies of Québec check a Canadian postal code against.
POSTAL_CODE = re.compile(r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
OLDEST_CHANGE = timedelta(days=3653)
FURTHEST_CHANGE = timedelta(days=366)

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Credentials:
    """Who may sign in. The default is the practice account that the documentation names."""

    user: str = "exercice"
    password: str = "exercice"


@dataclass(frozen=True)
class Wording:
    """How a target says no. ``{label}`` is the field's name on the screen."""

    bad_sign_in: str = "Code d'usager ou mot de passe invalide."
    session_over: str = "Votre session est terminée. Veuillez vous identifier de nouveau."
    unknown_file: str = "Aucun dossier ne correspond à ce numéro."
    empty: str = "Le champ {label} est obligatoire."
    too_long: str = "Le champ {label} est trop long."
    postal_code: str = "Le code postal est invalide."
    telephone: str = "Le numéro de téléphone doit compter dix chiffres."
    email: str = "L'adresse de courriel est invalide."
    date_format: str = "La date n'est pas dans le bon format."
    date_far: str = "La date est hors des limites permises."
    duplicate: str = "Un changement est déjà inscrit pour cette date."


class Refused(Exception):
    """The target says no; ``messages`` are its own words, one a trouble."""

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__(*messages)


class SessionOver(Exception):
    """The session has ended while the page was at work: what follows is the sign-in page."""


class Target(ABC):
    """One practice target. Subclasses say what theirs is like and give its pages."""

    #: The target's id, as packs name it; also its cookie's name (cookies do not know of ports).
    id: ClassVar[str]
    #: The folder of its templates; by default it is named after the target.
    folder: ClassVar[str] = ""
    #: The name its pages carry.
    title: ClassVar[str]
    #: What its pages and forms are encoded in.
    charset: ClassVar[str] = "utf-8"
    #: Where signing in leads.
    home: ClassVar[str] = "/accueil"
    #: Seconds of silence a session survives, and the most sessions of one user (0: no limit).
    idle: ClassVar[float] = 1200
    most_sessions: ClassVar[int] = 0
    #: How it writes dates (strptime), and how it names its fields to people.
    date_format: ClassVar[str] = "%Y-%m-%d"
    labels: ClassVar[Mapping[str, str]]
    required: ClassVar[tuple[str, ...]] = (
        "file_number",
        "effective_date",
        "civic_number",
        "street",
        "municipality",
        "postal_code",
    )
    #: The most signs it keeps of a field. Longer values are refused.
    limits: ClassVar[Mapping[str, int]] = {}
    wording: ClassVar[Wording] = Wording()
    #: What a second change of the same file at the same date meets.
    duplicates: ClassVar[Literal["accept", "refuse"]] = "accept"
    #: What its confirmation numbers begin with.
    confirmation_prefix: ClassVar[str] = "C"

    def __init__(
        self, store: Store, control_token: str, credentials: Credentials | None = None
    ) -> None:
        self.store = store
        self.faults = Faults()
        self._token = control_token
        self._credentials = credentials or Credentials()
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
        )

    # -- what a subclass gives -----------------------------------------------------------

    @abstractmethod
    def pages(self) -> Mapping[str, Endpoint]:
        """Path → endpoint of every page of a signed-in person (GET and POST both)."""

    def stored(self, name: str, value: str) -> str:
        """What the target keeps of a checked value."""
        return value

    # -- the application -----------------------------------------------------------------

    def app(self) -> ASGIApp:
        routes = [
            Route("/", self._front_door),
            Route("/connexion", self._pace(self.sign_in), methods=["GET", "POST"]),
            Route("/deconnexion", self._sign_out, methods=["GET", "POST"]),
            Route(CONTROL_PATH, self._control, methods=["POST"]),
            Route(CONTROL_PATH + "/changes", self._show_changes),
        ]
        routes += [
            Route(path, self._pace(self._private(page)), methods=["GET", "POST"])
            for path, page in self.pages().items()
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._broken})

    def page(self, template: str, /, status: int = 200, **context: object) -> Response:
        """``templates/<module>/<template>`` rendered in the target's charset."""
        folder = self.folder or self.id.replace("-", "_")
        text = self._templates.get_template(f"{folder}/{template}").render(
            target=self, notice=NOTICE, **context
        )
        return self.html(text, status)

    def html(self, text: str, status: int = 200) -> Response:
        """``text`` as a page; signs the charset lacks are written as references."""
        return Response(
            text.encode(self.charset, "xmlcharrefreplace"),
            status,
            {
                "content-type": f"text/html; charset={self.charset}",
                "cache-control": "no-store",
            },
        )

    async def form(self, request: Request) -> dict[str, str]:
        """The posted form, decoded as a browser encodes it on a page of the target's charset."""
        body = (await request.body()).decode("ascii")
        # Browsers take ISO-8859-1 for Windows-1252, as the HTML standard says.
        charset = "cp1252" if self.charset == "iso-8859-1" else self.charset
        pairs = parse_qsl(body, keep_blank_values=True, encoding=charset, errors="replace")
        return {name: value.strip() for name, value in pairs}

    def session(self, request: Request) -> Session:
        """The signed-in person's session; only within ``pages``."""
        session: Session = request.state.session
        return session

    # -- sign-in -------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """The sign-in page, ``connexion.html``: fields ``usager`` and ``mot_de_passe``."""
        if request.method == "GET":
            return self.page("connexion.html", message="")
        form = await self.form(request)
        given = Credentials(form.get("usager", ""), form.get("mot_de_passe", ""))
        if given != self._credentials:
            return self.page("connexion.html", message=self.wording.bad_sign_in)
        session = self.store.open_session(given.user, self.most_sessions)
        response = RedirectResponse(self.home, HTTPStatus.SEE_OTHER)
        response.set_cookie(self.id, session.id, httponly=True, samesite="lax")
        return response

    async def signed_out(self, request: Request) -> Response:
        """What a person sees whose session is over: the sign-in page, in whatever frame."""
        known = self.id in request.cookies
        return self.page("connexion.html", message=self.wording.session_over if known else "")

    async def _front_door(self, request: Request) -> Response:
        return RedirectResponse(self.home, HTTPStatus.SEE_OTHER)

    async def _sign_out(self, request: Request) -> Response:
        self.store.close_sessions(request.cookies.get(self.id, ""))
        return RedirectResponse("/connexion", HTTPStatus.SEE_OTHER)

    def _private(self, page: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if self.faults.session_ends():
                self.store.close_sessions()
            idle = self.idle if self.faults.idle is None else self.faults.idle
            session = self.store.session(request.cookies.get(self.id, ""), idle)
            if session is None:
                return await self.signed_out(request)
            request.state.session = session
            try:
                response = await page(request)
            except SessionOver:
                self.store.close_sessions()
                return await self.signed_out(request)
            self.store.keep_session(session)
            return response

        return guarded

    def _pace(self, page: Endpoint) -> Endpoint:
        async def paced(request: Request) -> Response:
            await asyncio.sleep(self.faults.slow)
            return self.faults.rewritten(await page(request), self.charset)

        return paced

    async def _broken(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        text = self._templates.get_template("erreur.html").render(
            target=self, notice=NOTICE, status=error.status_code
        )
        return self.html(text, error.status_code)

    # -- checks --------------------------------------------------------------------------

    def find(self, file_number: str) -> PersonFile:
        """The file of that number. Raises ``Refused`` in the target's words."""
        if not file_number:
            raise Refused(self.wording.empty.format(label=self.labels["file_number"]))
        if (file := self.store.file(file_number)) is None:
            raise Refused(self.wording.unknown_file)
        return file

    def checked(
        self, form: Mapping[str, str], only: Collection[str] | None = None
    ) -> dict[str, str]:
        """The fields ``only`` (default: all) of a form, as the target keeps them.

        Dates become ISO, postal codes ``G1R 5A5``, telephones ten digits. Raises ``Refused`` with
        everything that is wrong, in the target's words.
        """
        names = self.labels if only is None else only
        values = {name: form.get(name, "").strip() for name in names}
        troubles = [
            self.wording.empty.format(label=self.labels[name])
            for name in self.required
            if name in values and not values[name]
        ]
        troubles += [
            self.wording.too_long.format(label=self.labels[name])
            for name, limit in self.limits.items()
            if len(values.get(name, "")) > limit
        ]
        for name, value in values.items():
            try:
                values[name] = self._canonical(name, value) if value else ""
            except Refused as refused:
                troubles += refused.messages
        if troubles:
            raise Refused(*troubles)
        return {name: self.stored(name, value) for name, value in values.items()}

    def _canonical(self, name: str, value: str) -> str:
        if name == "file_number":
            return self.find(value).file_number
        if name == "effective_date":
            return self._checked_date(value).isoformat()
        if name == "postal_code":
            if not POSTAL_CODE.fullmatch(value.upper()):
                raise Refused(self.wording.postal_code)
            return f"{value[:3]} {value[-3:]}".upper()
        if name == "telephone":
            digits = re.sub(r"\D", "", value)
            if len(digits) != 10:
                raise Refused(self.wording.telephone)
            return digits
        if name == "email" and not EMAIL.fullmatch(value):
            raise Refused(self.wording.email)
        return value

    def _checked_date(self, typed: str) -> date:
        try:
            day = datetime.strptime(typed, self.date_format).date()
        except ValueError:
            raise Refused(self.wording.date_format) from None
        # strptime takes « 1/2/2026 » for « 01/02/2026 »; masks do not.
        if day.strftime(self.date_format) != typed:
            raise Refused(self.wording.date_format)
        today = date.today()
        if not today - OLDEST_CHANGE <= day <= today + FURTHEST_CHANGE:
            raise Refused(self.wording.date_far)
        return day

    def shown(self, name: str, value: str) -> str:
        """A kept value as the target writes it on its screens."""
        return self.shown_date(value) if name.endswith("_date") else value

    def shown_date(self, iso: str) -> str:
        """An ISO date as the target writes dates; nothing for nothing."""
        return date.fromisoformat(iso).strftime(self.date_format) if iso else ""

    # -- saving --------------------------------------------------------------------------

    async def save(self, values: Mapping[str, str], nonce: str) -> str:
        """Save checked ``values``; return the confirmation number.

        ``nonce`` names the form as it was handed out: posting it again (a double click) gives the
        first confirmation again and saves nothing, unless a test asked for ``double_click_saves``.
        Raises ``Refused`` for a duplicate where those are refused, and HTTP 500 or ``SessionOver``
        when a test asked for that.
        """
        first = self.store.saved_under(nonce)
        if first and not self.faults.double_click_saves:
            return first
        if not first and self.duplicates == "refuse" and self.store.holds(values):
            raise Refused(self.wording.duplicate)
        order = self.faults.next_save()
        await asyncio.sleep(order.lag)
        if order.fail == "before":
            raise HTTPException(HTTPStatus.INTERNAL_SERVER_ERROR)
        for _ in range(1 + order.twice):
            confirmation = self.store.save(
                values, nonce, self.confirmation_prefix, self.faults.delay_visibility
            )
        if order.fail == "after":
            raise HTTPException(HTTPStatus.INTERNAL_SERVER_ERROR)
        if order.fail == "sign-in":
            raise SessionOver
        await asyncio.sleep(order.hang)
        return confirmation

    # -- control (tests only) ------------------------------------------------------------

    async def _control(self, request: Request) -> Response:
        if not may_control(request, self._token):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        try:
            order = Order.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse(error.errors(include_url=False), HTTPStatus.UNPROCESSABLE_ENTITY)
        self.faults.obey(order)
        if order.expire:
            self.store.close_sessions()
        return JSONResponse({"obeyed": order.model_dump(exclude_defaults=True)})

    async def _show_changes(self, request: Request) -> Response:
        if not may_control(request, self._token):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return JSONResponse(self.store.all_changes())
