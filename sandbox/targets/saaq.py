"""Practice target 3: a wizard of several pages, with ``confirm()`` and ``alert()``; about 2010.

What is typed waits in the session until the last page saves it. A session survives five minutes
of silence, and a user has one: signing in again ends the other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.targets.base import Endpoint, Refused, Target, Wording

STEPS = ("Dossier", "Adresse", "Date", "Sommaire", "Fin")
ADDRESS = ("civic_number", "street", "apartment", "municipality", "postal_code")
WHEN = ("effective_date", "telephone")


class Saaq(Target):
    id = "saaq"
    title = "Dossiers de conduite - changement d'adresse"
    home = "/etape1"
    idle = 300
    most_sessions = 1
    date_format = "%d-%m-%Y"
    confirmation_prefix = "SA"
    labels: ClassVar = {
        "file_number": "Numéro de dossier",
        "civic_number": "Numéro",
        "street": "Rue",
        "apartment": "App.",
        "municipality": "Municipalité",
        "postal_code": "Code postal",
        "effective_date": "Date du changement (JJ-MM-AAAA)",
        "telephone": "Téléphone",
    }
    limits: ClassVar = {"civic_number": 8, "street": 40, "apartment": 6, "municipality": 35}
    wording = Wording(
        bad_sign_in="Identification invalide. Vérifiez votre code et votre mot de passe.",
        session_over="Votre session a été fermée après une période d'inactivité.",
        unknown_file="Ce numéro de dossier est introuvable.",
        empty="Remplissez le champ : {label}.",
        too_long="Trop de caractères dans le champ : {label}.",
        postal_code="Le code postal n'est pas conforme.",
        telephone="Le téléphone doit avoir dix chiffres.",
        date_format="Inscrivez la date sous la forme JJ-MM-AAAA.",
        date_far="La date du changement est trop éloignée.",
    )

    def pages(self) -> Mapping[str, Endpoint]:
        return {
            "/etape1": self.file_step,
            "/etape2": self.address_step,
            "/etape3": self.date_step,
            "/etape4": self.summary_step,
            "/enregistrer": self.record,
        }

    def shown(self, name: str, value: str) -> str:
        if name == "telephone" and len(value) == 10:
            return f"{value[:3]} {value[3:6]}-{value[6:]}"
        return super().shown(name, value)

    async def file_step(self, request: Request) -> Response:
        """Find the file; a new search forgets what was typed for the one before."""
        if request.method == "GET":
            return self._step(1, "recherche.html")
        try:
            file = self.find((await self.form(request)).get("file_number", ""))
        except Refused as refused:
            return self._step(1, "recherche.html", refused.messages)
        draft = {"file_number": file.file_number, "nonce": secrets.token_hex(8)}
        self.session(request).data["draft"] = draft
        changes = self.store.changes(file.file_number)
        return self._step(1, "dossier.html", file=self.store.in_force(file), changes=changes)

    async def address_step(self, request: Request) -> Response:
        return await self._ask(request, 2, "Nouvelle adresse", ADDRESS)

    async def date_step(self, request: Request) -> Response:
        return await self._ask(request, 3, "Date et téléphone", WHEN)

    async def summary_step(self, request: Request) -> Response:
        draft = self._draft(request)
        try:
            values = self.checked(draft)
        except Refused as refused:
            return self._step(4, "refus.html", refused.messages)
        return self._step(4, "sommaire.html", values=values, again=self.store.holds(values))

    async def record(self, request: Request) -> Response:
        draft = self._draft(request)
        try:
            confirmation = await self.save(self.checked(draft), draft["nonce"])
        except Refused as refused:
            return self._step(4, "refus.html", refused.messages)
        return self._step(5, "fin.html", confirmation=confirmation)

    async def _ask(
        self, request: Request, number: int, heading: str, names: tuple[str, ...]
    ) -> Response:
        """One page of fields: kept in the draft as typed, once nothing is wrong with them."""
        draft = self._draft(request)
        messages: tuple[str, ...] = ()
        if request.method == "POST":
            form = await self.form(request)
            draft.update({name: form.get(name, "") for name in names})
            try:
                self.checked(draft, names)
                return RedirectResponse(f"/etape{number + 1}", HTTPStatus.SEE_OTHER)
            except Refused as refused:
                messages = refused.messages
        shown = {name: draft.get(name, "") for name in names}
        return self._step(number, "champs.html", messages, heading=heading, shown=shown)

    def _draft(self, request: Request) -> dict[str, str]:
        draft: dict[str, str] = self.session(request).data.setdefault("draft", {})
        return draft

    def _step(
        self, number: int, template: str, messages: tuple[str, ...] = (), **context: Any
    ) -> Response:
        steps = list(enumerate(STEPS, start=1))
        return self.page(template, steps=steps, number=number, messages=messages, **context)
