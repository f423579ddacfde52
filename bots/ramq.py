"""RAMQ: one WebForms page that posts back to itself; its controls are known by their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals, telephone
from greffier.words import Record

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
HOLDER = {"surname": "Nom de famille", "given_name": "Prénom", "birth_date": "Date de naissance"}
DAY = Shown(dated("%d/%m/%Y"))
NAME = Shown(plain_capitals)


class Ramq(Bot):
    target = "ramq"
    login = Login(
        "/connexion",
        "Code d'utilisateur",
        "Mot de passe",
        "Ouvrir la session",
        marker="Ouverture de session",
    )
    fields: ClassVar = {
        "civic_number": Shown(limit=10),
        "street": Shown(limit=50),
        "apartment": Shown(limit=8),
        "municipality": Shown(limit=40),
        "postal_code": Shown(),
        "telephone": Shown(telephone("({}) {}-{}")),
        "effective_date": DAY,
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME, "birth_date": DAY}

    def locate(self, record: Record) -> Located:
        self.screen.go("/Dossier.aspx")
        self.screen.type("Numéro de dossier", record["file_number"])
        self.screen.press("Rechercher")
        self.found("Demandes enregistrées", NO_FILE)
        holder = self.holder(HOLDER)
        return Located(holder, self.entered(record, COLUMNS, none="Aucune demande au dossier"))

    def fill(self, record: Record) -> None:
        self.screen.choose("Genre de demande", "Changement d'adresse")
        self.type_all(record, LABELS)

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(LABELS)

    def submit(self) -> str:
        self.screen.press("Soumettre la demande")
        self.answer("a été enregistrée", "Veuillez corriger", said="css=.erreurs")
        return self.screen.read("Numéro de confirmation")
