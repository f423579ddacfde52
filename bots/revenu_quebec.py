"""Revenu Québec: frames of the 1990s, capitals without accents, a popup window to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals
from bots.screen import Screen
from greffier.errors import BusinessError
from greffier.words import Record

LABELS = {
    "effective_date": "Date d'effet (AAAA/MM/JJ)",
    "civic_number": "No civique",
    "street": "Rue",
    "apartment": "Appartement",
    "municipality": "Municipalité",
    "postal_code": "Code postal",
    "telephone": "Téléphone",
}
COLUMNS = LABELS | {"effective_date": "Date d'effet", "apartment": "App."}


def capitals(value: str) -> str:
    """What this file keeps of a text. ``ValueError`` for a sign it would lose without a word."""
    kept = plain_capitals(value)
    kept.encode("ascii")
    return kept


TEXT = Shown(capitals, limit=30)


class RevenuQuebec(Bot):
    target = "revenu-quebec"
    login = Login(
        "/connexion", "Code d'usager", "Mot de passe", "Entrer", marker="IDENTIFICATION DE L'USAGER"
    )
    fields: ClassVar = dict.fromkeys(LABELS, TEXT) | {"effective_date": Shown(dated("%Y/%m/%d"))}
    identity: ClassVar = {"surname": TEXT, "given_name": TEXT}

    def locate(self, record: Record) -> Located:
        self.screen.go("/accueil")
        self.screen.type("No de dossier", record["file_number"])
        self.screen.press("Rechercher")
        self.found("CONSULTATION DU DOSSIER", "DOSSIER INEXISTANT")
        holder = self.holder({"surname": "Nom", "given_name": "Prénom"})
        return Located(holder, self.entered(record, COLUMNS, none="AUCUN CHANGEMENT INSCRIT"))

    def fill(self, record: Record) -> None:
        self.screen.press("Changer l'adresse")
        self.type_all(record, LABELS)

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.read_all(LABELS)

    def submit(self) -> str:
        self.screen.press("Enregistrer")
        with self.screen.popup() as popup:
            _agreed(popup, "CONFIRMEZ LE CHANGEMENT")
            popup.press("Confirmer")
            _agreed(popup, "CHANGEMENT ENREGISTRÉ")
            return popup.read("No de confirmation")


def _agreed(popup: Screen, heading: str) -> None:
    if popup.wait_for(heading, "CHANGEMENT REFUSÉ") != heading:
        raise BusinessError("target-refused", said=popup.text())
