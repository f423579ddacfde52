"""Élections Québec: plain pages with proper labels, and an HTTP 500 now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, plain_capitals, telephone
from greffier.words import Record

LABELS = {
    "effective_date": "Date d'entrée en vigueur",
    "civic_number": "Numéro d'immeuble",
    "street": "Rue",
    "apartment": "Appartement",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
    "telephone": "Téléphone",
    "email": "Courriel",
}
NO_FILE = "Aucun dossier ne porte ce numéro"
NAME = Shown(plain_capitals)


class ElectionsQuebec(Bot):
    target = "elections-quebec"
    login = Login(
        "/connexion",
        "Nom d'utilisateur",
        "Mot de passe",
        "Se connecter",
        marker="Se connecter au registre",
    )
    fields: ClassVar = {
        "effective_date": Shown(),
        "civic_number": Shown(limit=10),
        "street": Shown(limit=60),
        "apartment": Shown(limit=10),
        "municipality": Shown(limit=50),
        "postal_code": Shown(),
        "telephone": Shown(telephone("{} {}-{}")),
        "email": Shown(limit=100),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}
    sessions = 4

    def locate(self, record: Record) -> Located:
        self.screen.go("/recherche")
        self.screen.type("Numéro de dossier", record["file_number"])
        self.screen.press("Rechercher")
        self.found("Changements inscrits", NO_FILE)
        holder = self.holder({"surname": "Nom", "given_name": "Prénom"})
        return Located(holder, self.entered(record, LABELS))

    def fill(self, record: Record) -> None:
        self.screen.press("Inscrire un changement")
        self.type_all(record, LABELS)

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(LABELS)

    def submit(self) -> str:
        self.screen.press("Soumettre")
        self.answer("est inscrit au registre", "n'a pas été acceptée", said="css=[role=alert]")
        return self.screen.read("Numéro de confirmation")
