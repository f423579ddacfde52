"""A page with nothing particular about it, under any name: where a bot begins its life.

``greffier bots new`` writes a bot that works on it. It misbehaves as the six do, when told to.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from sandbox.targets.base import Endpoint, Refused, Target, Wording
from sandbox.targets.store import Change, PersonFile


class Plain(Target):
    id = "plain"
    title = "Registre"
    home = "/dossiers"
    folder = "plain"
    labels: ClassVar[Mapping[str, str]] = {
        "file_number": "Numéro de dossier",
        "effective_date": "Date d'effet",
        "civic_number": "Numéro civique",
        "street": "Rue",
        "apartment": "Appartement",
        "municipality": "Municipalité",
        "postal_code": "Code postal",
        "telephone": "Téléphone",
    }
    limits: ClassVar[Mapping[str, int]] = dict.fromkeys(labels, 60)
    wording = Wording(unknown_file="Aucun dossier à ce numéro.")

    @classmethod
    def named(cls, target: str) -> type[Plain]:
        """The same page as the screen of ``target``."""
        return type("Named", (cls,), {"id": target})

    def pages(self) -> Mapping[str, Endpoint]:
        return {
            "/dossiers": self._search,
            "/dossiers/{number}": self._file,
            "/dossiers/{number}/changement": self._change,
        }

    async def _search(self, request: Request) -> Response:
        number = request.query_params.get("numero", "")
        try:
            file = self.find(number) if number else None
        except Refused as refused:
            return self.page("recherche.html", messages=refused.messages)
        return self._shown(file) if file else self.page("recherche.html", messages=())

    async def _file(self, request: Request) -> Response:
        return self._shown(self.find(request.path_params["number"]))

    def _shown(self, file: PersonFile) -> Response:
        changes = [self._row(change) for change in self.store.changes(file.file_number)]
        return self.page("dossier.html", file=file, changes=changes, captions=self._captions())

    async def _change(self, request: Request) -> Response:
        file = self.find(request.path_params["number"])
        form = await self.form(request)
        messages: tuple[str, ...] = ()
        if request.method == "POST":
            try:
                values = self.checked({**form, "file_number": file.file_number})
                confirmation = await self.save(values, form["demande"])
                return self.page("inscrit.html", confirmation=confirmation)
            except Refused as refused:
                messages = refused.messages
        return self.page(
            "changement.html",
            file=file,
            captions=self._captions(),
            values=form,
            messages=messages,
            nonce=secrets.token_hex(8),
        )

    def _captions(self) -> dict[str, str]:
        return {name: label for name, label in self.labels.items() if name != "file_number"}

    def _row(self, change: Change) -> list[str]:
        return [self.shown(name, getattr(change, name)) for name in self._captions()]
