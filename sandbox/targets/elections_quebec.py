"""Practice target 6: a plain page of today, its forms sealed by a token, its duplicates refused.

Now and then it answers HTTP 500 before it has done anything; asked again, it works.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.targets.base import Endpoint, Refused, Target, Wording
from sandbox.targets.store import Change, PersonFile

#: Each so-many-th page is an HTTP 500. More than the pages one entry takes, so that an entry
#: begun anew goes through.
ERROR_EVERY = 13


class ElectionsQuebec(Target):
    id = "elections-quebec"
    title = "Registre des électrices et des électeurs"
    home = "/recherche"
    confirmation_prefix = "EQ"
    duplicates = "refuse"
    labels: ClassVar[Mapping[str, str]] = {
        "file_number": "Numéro de dossier",
        "effective_date": "Date d'entrée en vigueur",
        "civic_number": "Numéro d'immeuble",
        "street": "Rue",
        "apartment": "Appartement",
        "municipality": "Municipalité",
        "postal_code": "Code postal",
        "telephone": "Téléphone",
        "email": "Courriel",
    }
    limits: ClassVar[Mapping[str, int]] = {
        "civic_number": 10,
        "street": 60,
        "apartment": 10,
        "municipality": 50,
        "email": 100,
    }
    wording = Wording(
        bad_sign_in="Le nom d'utilisateur ou le mot de passe est incorrect.",
        session_over="Vous avez été déconnecté. Connectez-vous de nouveau.",
        unknown_file="Aucun dossier ne porte ce numéro.",
        empty="{label} : ce champ est requis.",
        too_long="{label} : ce champ contient trop de caractères.",
        postal_code="Code postal : entrez un code postal valide, comme H2X 1Y4.",
        telephone="Téléphone : entrez les dix chiffres.",
        date_format="Date d'entrée en vigueur : entrez une date valide.",
        date_far="Date d'entrée en vigueur : cette date est trop éloignée.",
        duplicate="Un changement est déjà inscrit à ce dossier pour cette date.",
        email="Courriel : entrez une adresse valide, comme nom@exemple.ca.",
    )
    _asked = 0

    def pages(self) -> Mapping[str, Endpoint]:
        pages = {
            "/recherche": self._search,
            "/dossiers/{number}": self._file,
            "/dossiers/{number}/changement": self._change,
            "/dossiers/{number}/confirmation": self._confirmation,
        }
        return {path: self._unreliable(page) for path, page in pages.items()}

    def shown(self, name: str, value: str) -> str:
        if name == "telephone" and value:
            return f"{value[:3]} {value[3:6]}-{value[6:]}"
        return super().shown(name, value)

    def _unreliable(self, page: Endpoint) -> Endpoint:
        async def answered(request: Request) -> Response:
            every = ERROR_EVERY if self.faults.error_every is None else self.faults.error_every
            self._asked += 1
            if every and self._asked % every == 0:
                raise HTTPException(HTTPStatus.INTERNAL_SERVER_ERROR)
            return await page(request)

        return answered

    async def _search(self, request: Request) -> Response:
        number = request.query_params.get("numero")
        if number is None:
            return self.page("recherche.html", number="", messages=())
        try:
            file = self.find(number)
        except Refused as refused:
            return self.page("recherche.html", number=number, messages=refused.messages)
        return RedirectResponse(f"/dossiers/{file.file_number}", HTTPStatus.SEE_OTHER)

    async def _file(self, request: Request) -> Response:
        file = self._asked_for(request)
        return self.page(
            "dossier.html",
            file=file,
            address=self.store.in_force(file).address,
            changes=[self._row(change) for change in self.store.changes(file.file_number)],
            captions=self._captions(),
        )

    async def _change(self, request: Request) -> Response:
        file = self._asked_for(request)
        if request.method == "GET":
            return self._form(request, file, dict.fromkeys(self._captions(), ""))
        form = await self.form(request)
        if not secrets.compare_digest(form.get("jeton", ""), self._csrf(request)):
            return self.page("perime.html", HTTPStatus.FORBIDDEN)
        form |= {"file_number": file.file_number}
        try:
            values = self.checked(form)
        except Refused as refused:
            return self._form(
                request, file, form, HTTPStatus.UNPROCESSABLE_ENTITY, refused.messages
            )
        try:
            confirmation = await self.save(values, form.get("demande", ""))
        except Refused as refused:
            same = [
                self._row(change)
                for change in self.store.changes(file.file_number)
                if change.effective_date == values["effective_date"]
            ]
            return self._form(request, file, form, HTTPStatus.CONFLICT, refused.messages, same)
        self.session(request).data["confirmation"] = confirmation
        return RedirectResponse(f"/dossiers/{file.file_number}/confirmation", HTTPStatus.SEE_OTHER)

    async def _confirmation(self, request: Request) -> Response:
        file = self._asked_for(request)
        confirmation = self.session(request).data.get("confirmation", "")
        return self.page("confirmation.html", number=file.file_number, confirmation=confirmation)

    def _form(
        self,
        request: Request,
        file: PersonFile,
        values: Mapping[str, str],
        status: int = HTTPStatus.OK,
        messages: tuple[str, ...] = (),
        existing: Sequence[list[str]] = (),
    ) -> Response:
        """The form with ``values`` in it, and why it was refused if it was."""
        return self.page(
            "changement.html",
            status,
            file=file,
            values={name: values.get(name, "") for name in self._captions()},
            messages=messages,
            existing=existing,
            captions=self._captions(),
            csrf=self._csrf(request),
            nonce=secrets.token_hex(8),
        )

    def _asked_for(self, request: Request) -> PersonFile:
        file = self.store.file(request.path_params["number"])
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return file

    def _csrf(self, request: Request) -> str:
        token: str = self.session(request).data.setdefault("csrf", secrets.token_urlsafe(24))
        return token

    def _captions(self) -> dict[str, str]:
        return {name: label for name, label in self.labels.items() if name != "file_number"}

    def _row(self, change: Change) -> list[str]:
        shown = [self.shown(name, getattr(change, name)) for name in self._captions()]
        return [*shown, change.confirmation]
