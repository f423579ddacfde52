"""Practice target 1: frames, ISO-8859-1, a popup window to confirm; the late 1990s.

It keeps capitals without accents, cuts every text at 30 signs without a word, and saves as many
changes as it is sent: what is typed twice is there twice.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from sandbox.targets.base import Endpoint, Refused, Target, Wording

WIDTH = 30


class RevenuQuebec(Target):
    id = "revenu-quebec"
    title = "Fichier des particuliers"
    charset = "iso-8859-1"
    date_format = "%Y/%m/%d"
    confirmation_prefix = "RQ"
    labels: ClassVar = {
        "file_number": "No de dossier",
        "effective_date": "Date d'effet (AAAA/MM/JJ)",
        "civic_number": "No civique",
        "street": "Rue",
        "apartment": "Appartement",
        "municipality": "Municipalité",
        "postal_code": "Code postal",
        "telephone": "Téléphone",
    }
    wording = Wording(
        bad_sign_in="IDENTIFICATION REFUSÉE",
        session_over="SESSION TERMINÉE - IDENTIFIEZ-VOUS DE NOUVEAU",
        unknown_file="RQ104 - DOSSIER INEXISTANT AU FICHIER",
        empty="RQ201 - ZONE OBLIGATOIRE : {label}",
        postal_code="RQ310 - CODE POSTAL INVALIDE",
        telephone="RQ312 - TÉLÉPHONE INVALIDE",
        date_format="RQ320 - DATE INVALIDE, FORMAT AAAA/MM/JJ",
        date_far="RQ321 - DATE D'EFFET HORS LIMITES",
    )

    def pages(self) -> Mapping[str, Endpoint]:
        return {
            "/accueil": self.frames,
            "/menu": self.menu,
            "/etat": self.status,
            "/recherche": self.search,
            "/saisie": self.entry,
            "/confirmation": self.confirm,
            "/enregistrement": self.record,
        }

    def stored(self, name: str, value: str) -> str:
        """Capitals without accents, cut where the field ends; other signs are lost."""
        value = value.upper().replace("Œ", "OE").replace("Æ", "AE")
        plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode("ascii")
        return plain[:WIDTH]

    async def frames(self, request: Request) -> Response:
        return self.page("cadres.html")

    async def menu(self, request: Request) -> Response:
        return self.page("menu.html")

    async def status(self, request: Request) -> Response:
        session = self.session(request)
        return self.page("etat.html", user=session.user, last=session.data.get("last", ""))

    async def search(self, request: Request) -> Response:
        if request.method == "GET":
            return self.page("recherche.html", messages=())
        try:
            file = self.find((await self.form(request)).get("file_number", ""))
        except Refused as refused:
            return self.page("recherche.html", messages=refused.messages)
        changes = self.store.changes(file.file_number)
        return self.page("dossier.html", file=self.store.in_force(file), changes=changes)

    async def entry(self, request: Request) -> Response:
        try:
            file = self.find(request.query_params.get("no", ""))
        except Refused as refused:
            return self.page("recherche.html", messages=refused.messages)
        return self.page("saisie.html", file=file, nonce=secrets.token_hex(8), width=WIDTH)

    async def confirm(self, request: Request) -> Response:
        """The popup: the values as they would be kept, or what is wrong with them."""
        form = await self.form(request)
        try:
            values = self.checked(form)
        except Refused as refused:
            return self.page("refus.html", messages=refused.messages)
        return self.page("confirmation.html", values=values, nonce=form.get("nonce", ""))

    async def record(self, request: Request) -> Response:
        form = await self.form(request)
        try:
            values = self.checked(form)
            confirmation = await self.save(values, form.get("nonce", ""))
        except Refused as refused:
            return self.page("refus.html", messages=refused.messages)
        self.session(request).data["last"] = confirmation
        return self.page("enregistrement.html", confirmation=confirmation)
