"""Emploi et Solidarité: one page of parts that come and go, behind a veil while it works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals
from greffier.errors import BusinessError, ScreenError
from greffier.words import Record

LABELS = {
    "effective_date": "Date d'effet",
    "civic_number": "No civique",
    "street": "Rue",
    "apartment": "Appartement",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
    "telephone": "Téléphone",
    "email": "Courriel",
}
SAVED, REFUSED, BROKEN = "No de confirmation :", "Demande refusée :", "Le service n'a pas répondu"
NAME = Shown(plain_capitals)


class EmploiSolidarite(Bot):
    target = "emploi-solidarite"
    login = Login(
        path="/connexion",
        user="Code d'usager",
        password="Mot de passe",
        button="Entrer",
        marker="Ouverture de session",
    )
    fields: ClassVar = {
        "effective_date": Shown(dated("%d-%m-%Y")),
        "civic_number": Shown(limit=8),
        "street": Shown(limit=40),
        "apartment": Shown(limit=8),
        "municipality": Shown(limit=35),
        "postal_code": Shown(),
        "telephone": Shown(lambda digits: f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"),
        "email": Shown(str.lower, limit=60),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}
    sessions = 4

    def locate(self, record: Record) -> Located:
        screen, number = self.screen, record["file_number"]
        screen.go("/accueil")  # anew: the message of the entry before may still be there
        screen.type("No de dossier", number)
        self._press("Rechercher")
        self._press("No de dossier")  # the one order in which the rows keep still
        self._turn_to(number)
        self._press("Ouvrir", row=number)
        screen.wait_for(f"Dossier {number}")
        holder = {
            # Paper often has no accents where this file has them.
            "surname": plain_capitals(screen.read("Nom de famille")),
            "given_name": plain_capitals(screen.read("Prénom usuel")),
        }
        return Located(holder, self.entered(record, screen.table(*LABELS.values()), LABELS))

    def fill(self, record: Record) -> None:
        self.screen.press("Changer l'adresse")
        for name, label in LABELS.items():
            self.screen.type(label, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self.screen.read(label) for name, label in LABELS.items()}

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        answer = self.screen.wait_for(SAVED, REFUSED, BROKEN)
        if answer == REFUSED:
            raise BusinessError("target-refused", said=self.screen.read("css=#refus"))
        if answer == BROKEN:
            raise ScreenError("target-error", status=500)
        return self.screen.text().split(SAVED)[1].split()[0]

    def _press(self, name: str, row: str | None = None) -> None:
        self.screen.press(name, row=row)
        self.screen.wait_gone("Traitement en cours")

    def _turn_to(self, number: str) -> None:
        """Turn the pages of the list until one has the file ``number``."""
        while all(row["No de dossier"] != number for row in self.screen.table("No de dossier")):
            page, last = re.findall(r"Page (\d+) de (\d+)", self.screen.text())[0]
            if page == last:
                raise BusinessError("file-unknown")
            self._press("Suivante")
