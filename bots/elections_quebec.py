"""Élections Québec: plain pages with proper labels, and an HTTP 500 now and then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, plain_capitals
from greffier.errors import BusinessError
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
FOUND, NO_FILE = "Changements inscrits", "Aucun dossier ne porte ce numéro"
SAVED, REFUSED = "est inscrit au registre", "n'a pas été acceptée"
NAME = Shown(plain_capitals)


class ElectionsQuebec(Bot):
    target = "elections-quebec"
    login = Login(
        path="/connexion",
        user="Nom d'utilisateur",
        password="Mot de passe",
        button="Se connecter",
        marker="Se connecter au registre",
    )
    fields: ClassVar = {
        "effective_date": Shown(),
        "civic_number": Shown(limit=10),
        "street": Shown(limit=60),
        "apartment": Shown(limit=10),
        "municipality": Shown(limit=50),
        "postal_code": Shown(),
        "telephone": Shown(lambda digits: f"{digits[:3]} {digits[3:6]}-{digits[6:]}"),
        "email": Shown(limit=100),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}
    sessions = 4

    def locate(self, record: Record) -> Located:
        screen = self.screen
        screen.go("/recherche")
        screen.type("Numéro de dossier", record["file_number"])
        screen.press("Rechercher")
        if screen.wait_for(FOUND, NO_FILE) == NO_FILE:
            raise BusinessError("file-unknown")
        holder = {
            # Paper often has no accents where this register has them.
            "surname": plain_capitals(screen.read("Nom")),
            "given_name": plain_capitals(screen.read("Prénom")),
        }
        return Located(holder, self.entered(record, screen.table(*LABELS.values()), LABELS))

    def fill(self, record: Record) -> None:
        self.screen.press("Inscrire un changement")
        for name, label in LABELS.items():
            self.screen.type(label, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self.screen.read(label) for name, label in LABELS.items()}

    def submit(self) -> str:
        self.screen.press("Soumettre")
        if self.screen.wait_for(SAVED, REFUSED) == REFUSED:
            raise BusinessError("target-refused", said=self.screen.read("css=[role=alert]"))
        return self.screen.read("Numéro de confirmation")
