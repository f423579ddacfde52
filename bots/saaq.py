"""SAAQ: a wizard of several pages that asks and tells in dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals, telephone
from greffier.words import Record

ADDRESS = {
    "civic_number": "Numéro",
    "street": "Rue",
    "apartment": "App.",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
}
WHEN = {"effective_date": "Date du changement (JJ-MM-AAAA)", "telephone": "Téléphone"}
COLUMNS = ADDRESS | {"effective_date": "Date", "telephone": "Téléphone"}
SAVING = ("Enregistrer le changement d'adresse", "Le changement d'adresse est enregistré")
NAME = Shown(plain_capitals)


class Saaq(Bot):
    target = "saaq"
    login = Login(
        "/connexion",
        "Code d'employé",
        "Mot de passe",
        "S'identifier",
        marker="Identification requise",
    )
    fields: ClassVar = {
        "civic_number": Shown(limit=8),
        "street": Shown(limit=40),
        "apartment": Shown(limit=6),
        "municipality": Shown(limit=35),
        "postal_code": Shown(),
        "effective_date": Shown(dated("%d-%m-%Y")),
        "telephone": Shown(telephone("{} {}-{}")),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}

    def locate(self, record: Record) -> Located:
        self.screen.go("/etape1")
        self.screen.type("Numéro de dossier", record["file_number"])
        self.screen.press("Chercher")
        self.found("Changements au dossier", "Ce numéro de dossier est introuvable")
        holder = self.holder({"surname": "Titulaire, nom", "given_name": "Titulaire, prénom"})
        return Located(holder, self.entered(record, COLUMNS, none="Aucun changement au dossier"))

    def fill(self, record: Record) -> None:
        with self.screen.expecting("Avez-vous vérifié l'identité du titulaire"):
            self.screen.press("Changer l'adresse")
        for labels, then in ((ADDRESS, "Date et téléphone"), (WHEN, "Vérifiez les renseignements")):
            self.type_all(record, labels)
            self.screen.press("Suivant")
            self.answer(then, "Corrigez")

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(ADDRESS | WHEN)

    def submit(self) -> str:
        # « Un changement existe déjà à cette date » is not expected: a person decides.
        with self.screen.expecting(*SAVING):
            self.screen.press("Enregistrer")
            self.answer("Changement enregistré", "Corrigez")
        return self.screen.read("Numéro de référence")
