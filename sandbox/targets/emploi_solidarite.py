"""Practice target 5: one page of partial updates, around 2010.

A veil covers the page while it works. The list of files comes in pages and never keeps still: it
shows first what was consulted last, a colleague is always consulting something, and it renews
itself every few seconds. Only an order by number stays put. Fields mask what is typed, and a save
is told by a message that fades.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.targets.base import Credentials, Endpoint, Refused, Target, Wording
from sandbox.targets.store import Change, PersonFile, Store, normal_number

FILES_A_PAGE = 5
#: How many digits of the number a search goes by.
ROOT = 1

COLUMNS = {
    "file_number": "No de dossier",
    "surname": "Nom",
    "given_name": "Prénom",
    "municipality": "Municipalité",
    "seen": "Consultation",
}


class EmploiSolidarite(Target):
    id = "emploi-solidarite"
    title = "Emploi et Solidarité - Guichet des dossiers"
    date_format = "%d-%m-%Y"
    confirmation_prefix = "ES"
    labels: ClassVar[Mapping[str, str]] = {
        "file_number": "No de dossier",
        "effective_date": "Date d'effet",
        "civic_number": "No civique",
        "street": "Rue",
        "apartment": "Appartement",
        "municipality": "Municipalité",
        "postal_code": "Code postal",
        "telephone": "Téléphone",
        "email": "Courriel",
    }
    limits: ClassVar[Mapping[str, int]] = {
        "effective_date": 10,
        "civic_number": 8,
        "street": 40,
        "apartment": 8,
        "municipality": 35,
        "postal_code": 7,
        "telephone": 14,
        "email": 60,
    }
    wording = Wording(
        bad_sign_in="Le code d'usager ou le mot de passe ne correspond à aucun compte.",
        session_over="Votre session a pris fin. Entrez de nouveau.",
        unknown_file="Ce dossier n'existe pas.",
        empty="« {label} » : à remplir.",
        too_long="« {label} » : trop long.",
        postal_code="Le code postal n'existe pas.",
        telephone="Le téléphone doit avoir dix chiffres.",
        date_format="La date d'effet doit s'écrire jj-mm-aaaa.",
        date_far="La date d'effet est trop éloignée.",
        email="L'adresse de courriel n'est pas valide.",
    )

    def __init__(
        self, store: Store, control_token: str, credentials: Credentials | None = None
    ) -> None:
        super().__init__(store, control_token, credentials)
        #: File number → when it was last consulted, in seconds since the epoch.
        self._seen: dict[str, float] = {}
        self._loads = 0

    def pages(self) -> Mapping[str, Endpoint]:
        return {
            "/accueil": self._shell,
            "/api/dossiers": self._list,
            "/api/dossier": self._file,
            "/api/changement": self._change,
        }

    def stored(self, name: str, value: str) -> str:
        return value.lower() if name == "email" else value

    def shown(self, name: str, value: str) -> str:
        if name == "telephone" and value:
            return f"({value[:3]}) {value[3:6]}-{value[6:]}"
        return super().shown(name, value)

    async def signed_out(self, request: Request) -> Response:
        """A part of the page cannot show a sign-in: it is told, and loads the whole anew."""
        if request.url.path.startswith("/api/"):
            return JSONResponse({"session": self.wording.session_over}, HTTPStatus.UNAUTHORIZED)
        return await super().signed_out(request)

    async def _shell(self, request: Request) -> Response:
        fields = {name: label for name, label in self.labels.items() if name != "file_number"}
        user = self.session(request).user
        return self.page("accueil.html", user=user, columns=COLUMNS, fields=fields)

    async def _list(self, request: Request) -> Response:
        """One page of the files from the first digit of the number on."""
        asked = request.query_params
        root = normal_number(asked.get("file_number", ""))[:ROOT]
        files = [file for file in self.store.files() if file.file_number >= root]
        self._colleague_consults(files)
        order, page = asked.get("tri", "seen"), asked.get("page", "1")
        if order not in COLUMNS or not page.isdecimal():
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        files.sort(key=lambda file: self._rank(file, order), reverse=asked.get("sens") == "desc")
        pages = max(1, -(-len(files) // FILES_A_PAGE))
        shown = min(max(1, int(page)), pages)
        rows = [
            {"file_number": file.file_number, "cellules": self._cells(file)}
            for file in files[(shown - 1) * FILES_A_PAGE : shown * FILES_A_PAGE]
        ]
        return JSONResponse({"page": shown, "pages": pages, "lignes": rows})

    def _colleague_consults(self, files: list[PersonFile]) -> None:
        self._loads += 1
        if files:
            self._consulted(files[self._loads * 7 % len(files)])

    def _consulted(self, file: PersonFile) -> None:
        self._seen[file.file_number] = time.time()

    def _rank(self, file: PersonFile, order: str) -> tuple[float | str, ...]:
        seen = self._seen.get(file.file_number, 0)
        return (seen,) if order == "seen" else (getattr(file, order), seen)

    def _cells(self, file: PersonFile) -> list[str]:
        seen = self._seen.get(file.file_number)
        last = time.strftime("%H:%M:%S", time.localtime(seen)) if seen else "-"
        return [file.file_number, file.surname, file.given_name, file.municipality, last]

    async def _file(self, request: Request) -> Response:
        try:
            file = self.find(request.query_params.get("file_number", ""))
        except Refused as refused:
            return JSONResponse({"refus": refused.messages}, HTTPStatus.UNPROCESSABLE_ENTITY)
        self._consulted(file)
        now = self.store.in_force(file)
        values = {name: self.shown(name, getattr(now, name, "")) for name in self.limits}
        return JSONResponse(
            {
                "file_number": file.file_number,
                "nonce": secrets.token_hex(8),
                "fiche": [
                    ("Nom de famille", file.surname),
                    ("Prénom usuel", file.given_name),
                    ("Adresse en vigueur", now.address),
                    ("Joindre la personne", f"{values['telephone']} {now.email}".strip()),
                ],
                "valeurs": values,
                "changements": [
                    self._change_row(change) for change in self.store.changes(file.file_number)
                ],
            }
        )

    def _change_row(self, change: Change) -> list[str]:
        shown = [self.shown(name, getattr(change, name)) for name in self.limits]
        return [*shown, change.confirmation]

    async def _change(self, request: Request) -> Response:
        form = await self.form(request)
        try:
            confirmation = await self.save(self.checked(form), form.get("nonce", ""))
        except Refused as refused:
            return JSONResponse({"refus": refused.messages}, HTTPStatus.UNPROCESSABLE_ENTITY)
        return JSONResponse({"confirmation": confirmation})
