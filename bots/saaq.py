"""SAAQ: a wizard of several pages that asks and tells in dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals
from greffier.errors import BusinessError
from greffier.words import Record

NO_FILE = "Ce numéro de dossier est introuvable"
ADDRESS = {
    "civic_number": "Numéro",
    "street": "Rue",
    "apartment": "App.",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
}
WHEN = {"effective_date": "Date du changement (JJ-MM-AAAA)", "telephone": "Téléphone"}
COLUMNS = ADDRESS | {"effective_date": "Date", "telephone": "Téléphone"}
NAME = Shown(plain_capitals)


class Saaq(Bot):
    target = "saaq"
    login = Login(
        path="/connexion",
        user="Code d'employé",
        password="Mot de passe",
        button="S'identifier",
        marker="Identification requise",
    )
    fields: ClassVar = {
        "civic_number": Shown(limit=8),
        "street": Shown(limit=40),
        "apartment": Shown(limit=6),
        "municipality": Shown(limit=35),
        "postal_code": Shown(),
        "effective_date": Shown(dated("%d-%m-%Y")),
        "telephone": Shown(lambda digits: f"{digits[:3]} {digits[3:6]}-{digits[6:]}"),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}
    # « Un changement existe déjà à cette date » is not here: a person decides.
    dialogs: ClassVar = {
        "Avez-vous vérifié l'identité du titulaire": True,
        "Enregistrer le changement d'adresse": True,
        "Le changement d'adresse est enregistré": True,
    }

    def locate(self, record: Record) -> Located:
        screen = self.screen
        screen.go("/etape1")
        screen.type("Numéro de dossier", record["file_number"])
        screen.press("Chercher")
        if screen.wait_for("Changements au dossier", NO_FILE) == NO_FILE:
            raise BusinessError("file-unknown")
        holder = {
            # Paper often has no accents where this file has them.
            "surname": plain_capitals(screen.read("Titulaire, nom")),
            "given_name": plain_capitals(screen.read("Titulaire, prénom")),
        }
        rows = []
        if "Aucun changement au dossier" not in screen.text():
            rows = screen.table(*COLUMNS.values())
        return Located(holder, self.entered(record, rows, COLUMNS))

    def fill(self, record: Record) -> None:
        self.screen.press("Changer l'adresse")
        self._page(record, ADDRESS, then="Date et téléphone")
        self._page(record, WHEN, then="Vérifiez les renseignements")

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self.screen.read(label) for name, label in (ADDRESS | WHEN).items()}

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        self._arrive("Changement enregistré")
        return self.screen.read("Numéro de référence")

    def _page(self, record: Record, labels: Mapping[str, str], then: str) -> None:
        for name, label in labels.items():
            self.screen.type(label, self.shown(record, name))
        self.screen.press("Suivant")
        self._arrive(then)

    def _arrive(self, heading: str) -> None:
        if self.screen.wait_for(heading, "Corrigez") != heading:
            raise BusinessError("target-refused", said=self.screen.text())
