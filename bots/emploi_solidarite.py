"""Emploi et Solidarité: one page of parts that come and go, behind a veil while it works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals, telephone
from bots.screen import Screen
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
        "/connexion", "Code d'usager", "Mot de passe", "Entrer", marker="Ouverture de session"
    )
    fields: ClassVar = {
        "effective_date": Shown(dated("%d-%m-%Y")),
        "civic_number": Shown(limit=8),
        "street": Shown(limit=40),
        "apartment": Shown(limit=8),
        "municipality": Shown(limit=35),
        "postal_code": Shown(),
        "telephone": Shown(telephone("({}) {}-{}")),
        "email": Shown(str.lower, limit=60),
    }
    identity: ClassVar = {"surname": NAME, "given_name": NAME}
    sessions = 4

    def locate(self, record: Record) -> Located:
        screen, number = self.screen, record["file_number"]
        screen.go("/accueil")  # anew: the message of the entry before may still be there
        screen.type("No de dossier", number)
        press(screen, "Rechercher")
        press(screen, "No de dossier")  # the one order in which the rows keep still
        turn_to(screen, number)
        press(screen, "Ouvrir", row=number)
        screen.wait_for(f"Dossier {number}")
        holder = self.holder({"surname": "Nom de famille", "given_name": "Prénom usuel"})
        return Located(holder, self.entered(record, LABELS))

    def fill(self, record: Record) -> None:
        self.screen.press("Changer l'adresse")
        self.type_all(record, LABELS)

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(LABELS)

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        if self.screen.wait_for(SAVED, REFUSED, BROKEN) == BROKEN:
            raise ScreenError("target-error", status=500)
        self.answer(SAVED, REFUSED, said="css=#refus")
        return self.screen.text().split(SAVED)[1].split()[0]


def press(screen: Screen, name: str, row: str | None = None) -> None:
    """Press, and wait until the veil is lifted."""
    screen.press(name, row=row)
    screen.wait_gone("Traitement en cours")


def turn_to(screen: Screen, number: str) -> None:
    """Turn the pages of the list until one has the file ``number``."""
    while all(row["No de dossier"] != number for row in screen.table("No de dossier")):
        page, last = re.findall(r"Page (\d+) de (\d+)", screen.text())[0]
        if page == last:
            raise BusinessError("file-unknown")
        press(screen, "Suivante")
