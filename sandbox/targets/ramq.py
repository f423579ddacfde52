"""Practice target 2: one WebForms-like page that posts back to itself; the 2000s.

Its state travels in ``__VIEWSTATE`` and what may be posted in ``__EVENTVALIDATION``, both signed.
They belong to one session and to the page last shown: anything older is refused. The names and
ids of its controls are generated anew each time.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from sandbox.targets.base import Credentials, Endpoint, Refused, Target, Wording
from sandbox.targets.store import PersonFile, Session, Store

CHANGE = "A"
KINDS = {
    "": "Choisir...",
    CHANGE: "Changement d'adresse",
    "C": "Remplacement de la carte",
    "N": "Changement de nom",
}
BUTTONS = ("search", "submit", "again")
HIDDEN = ("__VIEWSTATE", "__EVENTVALIDATION", "__EVENTTARGET", "__EVENTARGUMENT")


class ViewState(BaseModel):
    """What the page knew of itself when it was sent: ``serial`` names that sending."""

    session: str
    serial: str
    file_number: str = ""
    kind: str = ""


class EventValidation(BaseModel):
    """What may be posted: generated name of a control → our name for it."""

    serial: str
    names: dict[str, str]


@dataclass
class View:
    """What to show."""

    file: PersonFile | None = None
    kind: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    confirmation: str = ""


class InvalidPostback(Exception):
    """The posted state is not the one last sent, or something was posted that may not be."""


class Ramq(Target):
    id = "ramq"
    title = "Registre des personnes assurées"
    home = "/Dossier.aspx"
    date_format = "%d/%m/%Y"
    confirmation_prefix = "RA"
    labels: ClassVar = {
        "file_number": "Numéro de dossier",
        "civic_number": "Numéro d'immeuble",
        "street": "Voie de circulation",
        "apartment": "Appartement ou bureau",
        "municipality": "Ville ou municipalité",
        "postal_code": "Code postal",
        "telephone": "Téléphone au domicile",
        "effective_date": "En vigueur le (JJ/MM/AAAA)",
    }
    limits: ClassVar = {"civic_number": 10, "street": 50, "apartment": 8, "municipality": 40}
    wording = Wording(
        bad_sign_in="Le code d'utilisateur ou le mot de passe est incorrect.",
        session_over="Votre session a expiré. Ouvrez une nouvelle session.",
        unknown_file="Aucune personne assurée ne correspond au numéro saisi.",
        empty="« {label} » : vous devez remplir ce champ.",
        too_long="« {label} » : vous avez dépassé le nombre de caractères permis.",
        postal_code="Le code postal saisi n'existe pas.",
        telephone="Le numéro de téléphone doit contenir l'indicatif régional.",
        date_format="La date doit être saisie sous la forme JJ/MM/AAAA.",
        date_far="La date d'entrée en vigueur n'est pas acceptée.",
    )

    def __init__(
        self, store: Store, control_token: str, credentials: Credentials | None = None
    ) -> None:
        super().__init__(store, control_token, credentials)
        self._signer = URLSafeSerializer(secrets.token_bytes(32), salt="viewstate")

    def pages(self) -> Mapping[str, Endpoint]:
        return {self.home: self.main}

    def shown(self, name: str, value: str) -> str:
        if name == "telephone" and len(value) == 10:
            return f"({value[:3]}) {value[3:6]}-{value[6:]}"
        return super().shown(name, value)

    async def main(self, request: Request) -> Response:
        session = self.session(request)
        if request.method == "GET":
            return self._show(session, View())
        form = await self.form(request)
        try:
            state, event, typed = self._posted(session, form)
        except InvalidPostback:
            return self.page("perime.html", HTTPStatus.INTERNAL_SERVER_ERROR)
        return self._show(session, await self._answer(state, event, typed))

    async def _answer(self, state: ViewState, event: str, typed: Mapping[str, str]) -> View:
        """What one event of the page, with what was typed in it, leads to."""
        if event == "again":
            return View()
        if event == "search":
            try:
                found = self.find(typed["file_number"])
                return View(self.store.in_force(found))
            except Refused as refused:
                return View(typed=typed, messages=refused.messages)
        file = self.store.in_force(self.find(state.file_number))
        if event == "kind":
            return View(file, typed["kind"], typed)
        try:
            values = self.checked({**typed, "file_number": state.file_number})
            return View(file, confirmation=await self.save(values, state.serial))
        except Refused as refused:
            return View(file, state.kind, typed, refused.messages)

    def _controls(self, view: View) -> list[str]:
        """Our names of the controls that the page will show: no other may be posted."""
        if view.file is None:
            return ["file_number", "search"]
        if view.confirmation:
            return ["again"]
        fields = [name for name in self.labels if name != "file_number"]
        return ["again", "kind", *([*fields, "submit"] if view.kind == CHANGE else [])]

    # -- the state that travels ----------------------------------------------------------

    def _show(self, session: Session, view: View) -> Response:
        """Send the page with a new serial: what was sent before is stale from now on."""
        file_number = view.file.file_number if view.file else ""
        state = ViewState(
            session=session.id,
            serial=secrets.token_hex(8),
            file_number=file_number,
            kind=view.kind,
        )
        first = 1 + secrets.randbelow(80)
        controls = {
            name: f"ctl00$Corps$c{first + rank}" for rank, name in enumerate(self._controls(view))
        }
        allowed = EventValidation(
            serial=state.serial, names={sent: name for name, sent in controls.items()}
        )
        session.data["serial"] = state.serial
        return self.page(
            "dossier.html",
            view=view,
            kinds=KINDS,
            names=controls,
            ids={name: sent.replace("$", "_") for name, sent in controls.items()},
            changes=self.store.changes(file_number) if view.file else (),
            viewstate=self._signer.dumps(state.model_dump()),
            eventvalidation=self._signer.dumps(allowed.model_dump()),
        )

    def _posted(
        self, session: Session, form: Mapping[str, str]
    ) -> tuple[ViewState, str, dict[str, str]]:
        """The state, the event and the typed values of a post. Raises ``InvalidPostback``."""
        try:
            state = ViewState.model_validate(self._signer.loads(form["__VIEWSTATE"]))
            allowed = EventValidation.model_validate(self._signer.loads(form["__EVENTVALIDATION"]))
        except (KeyError, BadSignature, ValidationError) as error:
            raise InvalidPostback from error
        # The page saved last may come twice (a double click): `save` knows what to do with it.
        fresh = state.serial == session.data.get("serial") or self.store.saved_under(state.serial)
        if not fresh or state.session != session.id or allowed.serial != state.serial:
            raise InvalidPostback
        try:
            typed = {allowed.names[sent]: form[sent] for sent in form if sent not in HIDDEN}
            pressed = [name for name in BUTTONS if name in typed]
            event = pressed[0] if pressed else allowed.names[form["__EVENTTARGET"]]
        except KeyError as error:
            raise InvalidPostback from error
        if typed.get("kind", "") not in KINDS:
            raise InvalidPostback
        return state, event, typed
