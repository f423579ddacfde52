"""Practice target 7: a mainframe on the line, 24 x 80, speaking TN3270 to any 3270 terminal.

Capitals and small letters with their accents, in EBCDIC. Fields have limits that the terminal
itself keeps; Enter goes on, PF3 goes back, PF12 gives up.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.targets.base import Refused, Wording
from sandbox.targets.green import Display, Field
from sandbox.targets.store import Change, PersonFile, Session
from sandbox.targets.terminal import TerminalTarget
from sandbox.targets.tn3270 import held

LIST_ROW, CHANGES_A_PAGE = 13, 4

#: Where the entry display takes a change: name → row, column, length.
ENTRY = {
    "effective_date": (8, 30, 8),
    "civic_number": (10, 30, 6),
    "street": (11, 30, 32),
    "apartment": (12, 30, 6),
    "municipality": (13, 30, 30),
    "postal_code": (14, 30, 6),
    "telephone": (15, 30, 10),
}
NUMERIC = ("effective_date", "telephone")
#: A change in the list of the file display, whose rows count from the change's first.
LISTED = {
    "effective_date": (0, 2),
    "civic_number": (0, 12),
    "street": (0, 20),
    "confirmation": (0, 60),
    "apartment": (1, 12),
    "municipality": (1, 20),
    "postal_code": (1, 52),
    "telephone": (1, 60),
}


class Cnesst(TerminalTarget):
    id = "cnesst"
    title = "CNESST"
    idle = 900
    most_sessions = 2
    date_format = "%Y%m%d"
    confirmation_prefix = "CN"
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
    limits: ClassVar[Mapping[str, int]] = {name: place[2] for name, place in ENTRY.items()}
    wording = Wording(
        bad_sign_in="CNT101E Code d'usager ou mot de passe non valide",
        session_over="CNT102E Session terminée",
        unknown_file="CNT201E Dossier inexistant",
        empty="CNT301E {label} : obligatoire",
        too_long="CNT302E {label} : trop long",
        postal_code="CNT303E Code postal non valide",
        telephone="CNT304E Téléphone : dix chiffres",
        date_format="CNT305E Date non valide (AAAAMMJJ)",
        date_far="CNT306E Date hors limites",
    )

    def sign_on(self, message: str = "") -> Display:
        display = Display("CN00", "CNESST", "Entrée=Ouvrir", message)
        display.put(6, 30, "Ouverture de session", bright=True)
        display.put(10, 20, "Code d'usager . . . :")
        display.fields["user"] = Field(10, 43, 8)
        display.put(12, 20, "Mot de passe  . . . :")
        display.fields["password"] = Field(12, 43, 8, hidden=True)
        return display

    def working(self, display: str, key: str) -> str:
        return "CNT001I Inscription en cours" if (display, key) == ("CN40", "ENTER") else ""

    # -- what a key does -----------------------------------------------------------------

    async def press(self, session: Session, key: str, typed: Mapping[str, str]) -> None:
        data = session.data
        match data["display"], key:
            case "CN10", "F3":
                data["display"] = ""
            case "CN10", "ENTER":
                data |= {"file": self.find(typed["file_number"]).file_number, "page": 0}
                data["display"] = "CN20"
            case "CN20", "F3" | "F12":
                data["display"] = "CN10"
            case "CN20", "ENTER":
                data["page"] = 0
            case "CN20", "F7" | "F8":
                self._turn(data, 1 if key == "F8" else -1)
            case "CN20", "F5":
                data |= {"display": "CN30", "nonce": secrets.token_hex(8), "typed": None}
            case "CN30", "ENTER":
                data["typed"] = dict(typed)
                self.checked({**typed, "file_number": data["file"]})
                data["display"] = "CN40"
            case "CN40", "ENTER":
                values = self.checked({**data["typed"], "file_number": data["file"]})
                data["confirmation"] = await self.save(values, data["nonce"])
                data["display"] = "CN50"
            case "CN40", "F3":
                data["display"] = "CN30"
            case (("CN30" | "CN40"), "F12") | ("CN30", "F3") | ("CN50", "ENTER" | "F3"):
                data |= {"display": "CN20", "page": 0}
            case _:
                raise Refused("CNT002E Touche sans effet ici")

    def _turn(self, data: dict[str, Any], by: int) -> None:
        page = data["page"] + by
        if not 0 <= page < pages_of(self.store.changes(data["file"])):
            raise Refused("CNT202E Pas d'autre page")
        data["page"] = page

    # -- what a display shows ------------------------------------------------------------

    def draw(self, session: Session) -> Display:
        data = session.data
        shown, message = data.setdefault("display", "CN10"), data.get("message", "")
        if shown == "CN10":
            display = Display(shown, "Recherche d'un dossier", "Entrée=Chercher PF3=Fin", message)
            display.put(8, 14, "Numéro de dossier . . :")
            display.fields["file_number"] = Field(8, 39, 12)
            return display
        file = self.find(data["file"])
        if shown == "CN20":
            return self._file(file, data["page"], message)
        return self._entry(file, data, message)

    def _file(self, file: PersonFile, page: int, message: str) -> Display:
        keys = "Entrée=Revoir PF3=Retour PF5=Changer l'adresse PF7/PF8=Pages"
        display = Display("CN20", "Dossier", keys, message)
        self._put_holder(display, file)
        display.put(8, 2, "Adresse   :")
        display.put(8, 14, f"{file.civic_number} {held(file.street)}")
        display.put(9, 14, f"{file.municipality}  {file.postal_code}")
        changes = self.store.changes(file.file_number)
        display.put(11, 2, "Changements inscrits", bright=True)
        display.put(11, 62, f"Page {page + 1} de {pages_of(changes)}")
        first = page * CHANGES_A_PAGE
        for place, change in enumerate(changes[first : first + CHANGES_A_PAGE]):
            self._put_change(display, LIST_ROW + 2 * place, change)
        return display

    def _put_change(self, display: Display, first: int, change: Change) -> None:
        for name, (row, column) in LISTED.items():
            value = self.shown(name, getattr(change, name))
            display.put(first + row, column, value.replace(" ", "") if "code" in name else value)

    def _entry(self, file: PersonFile, data: Mapping[str, Any], message: str) -> Display:
        shown = data["display"]
        titles = {
            "CN30": ("Changement d'adresse", "Entrée=Vérifier PF3=Retour PF12=Annuler"),
            "CN40": ("Confirmation", "Entrée=Inscrire PF3=Corriger PF12=Annuler"),
            "CN50": ("Changement inscrit", "Entrée=Dossier"),
        }
        display = Display(shown, *titles[shown], message)
        self._put_holder(display, file)
        typed = data["typed"] or {}
        for name, (row, column, length) in ENTRY.items():
            display.put(row, 6, f"{self.labels[name]} ".ljust(20, ".") + ":")
            if shown == "CN30":
                text = typed.get(name, "")
                display.fields[name] = Field(row, column, length, text, numeric=name in NUMERIC)
            else:
                display.put(row, column, typed[name], bright=True)
        display.put(8, 42, "AAAAMMJJ")
        if shown == "CN50":
            display.put(19, 6, "No de confirmation :")
            display.put(19, 30, data["confirmation"], bright=True)
        return display

    def _put_holder(self, display: Display, file: PersonFile) -> None:
        """Rows 4 to 6: whose file it is."""
        display.put(4, 2, "Dossier   :")
        display.put(4, 14, file.file_number, bright=True)
        display.put(5, 2, "Nom       :")
        display.put(5, 14, held(file.surname)[:28], bright=True)
        display.put(5, 46, "Prénom :")
        display.put(5, 56, held(file.given_name)[:22], bright=True)
        display.put(6, 2, "Naissance :")
        display.put(6, 14, self.shown_date(file.birth_date))


def pages_of(changes: list[Change]) -> int:
    """How many pages the list of changes takes; an empty list takes one."""
    return max(1, -(-len(changes) // CHANGES_A_PAGE))
