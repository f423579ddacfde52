"""RAMQ: one WebForms page that posts back to itself; its controls are known by their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals
from greffier.errors import BusinessError
from greffier.words import Record

REFUSED = "Veuillez corriger"
NO_FILE = "Aucune personne assurée ne correspond"
LABELS = {
    "civic_number": "Numéro d'immeuble",
    "street": "Voie de circulation",
    "apartment": "Appartement ou bureau",
    "municipality": "Ville ou municipalité",
    "postal_code": "Code postal",
    "telephone": "Téléphone au domicile",
    "effective_date": "En vigueur le (JJ/MM/AAAA)",
}
COLUMNS = {
    "civic_number": "Immeuble",
    "street": "Voie",
    "apartment": "App.",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
    "telephone": "Téléphone",
    "effective_date": "En vigueur le",
}
DAY = Shown(dated("%d/%m/%Y"))
NAME = Shown(plain_capitals)


class Ramq(Bot):
    target = "ramq"
    login = Login(
        path="/connexion",
        user="Code d'utilisateur",
        password="Mot de passe",
        button="Ouvrir la session",
        marker="Ouverture de session",
    )
    fields: ClassVar = {
        "civic_number": Shown(limit=10),
        "street": Shown(limit=50),
        "apartment": Shown(limit=8),
        "municipality": Shown(limit=40),
        "postal_code": Shown(),
        "telephone": Shown(lambda digits: f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"),
        "effective_date": DAY,
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME, "birth_date": DAY}

    def locate(self, record: Record) -> Located:
        screen = self.screen
        screen.go("/Dossier.aspx")
        screen.type("Numéro de dossier", record["file_number"])
        screen.press("Rechercher")
        if screen.wait_for("Demandes enregistrées", NO_FILE) == NO_FILE:
            raise BusinessError("file-unknown")
        holder = {
            # Paper often has no accents where this register has them.
            "surname": plain_capitals(screen.read("Nom de famille")),
            "given_name": plain_capitals(screen.read("Prénom")),
            "birth_date": screen.read("Date de naissance"),
        }
        rows = []
        if "Aucune demande au dossier" not in screen.text():
            rows = screen.table(*COLUMNS.values())
        return Located(holder, self.entered(record, rows, COLUMNS))

    def fill(self, record: Record) -> None:
        self.screen.choose("Genre de demande", "Changement d'adresse")
        for name, label in LABELS.items():
            self.screen.type(label, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self.screen.read(label) for name, label in LABELS.items()}

    def submit(self) -> str:
        screen = self.screen
        screen.press("Soumettre la demande")
        if screen.wait_for("a été enregistrée", REFUSED) == REFUSED:
            raise BusinessError("target-refused", said=screen.text())
        return screen.read("Numéro de confirmation")
