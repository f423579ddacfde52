"""Practice target 4: a 24 x 80 green screen, through a terminal emulator in the page.

The host knows displays, positions and attention keys, no forms: ``/ecran`` takes the key pressed
with the fields that were typed over, and answers the next display. Everything is in capitals
without accents; the first letter of a message code's ending says *I*nformation or *E*rror.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.targets.base import Endpoint, Refused, Target, Wording
from sandbox.targets.green import MESSAGE_ROW, Display, Field, Keyed, plain, typed_into
from sandbox.targets.store import Change, PersonFile, Session

CHANGES_ROW, CHANGES_A_PAGE = 14, 4

#: Where the entry display takes a change: name → row, column, length.
ENTRY = {
    "effective_date": (8, 32, 6),
    "civic_number": (10, 32, 6),
    "street": (11, 32, 30),
    "apartment": (12, 32, 6),
    "municipality": (13, 32, 30),
    "postal_code": (14, 32, 6),
    "telephone": (16, 32, 10),
}


class RetraiteQuebec(Target):
    id = "retraite-quebec"
    title = "Retraite Québec"
    home = "/terminal"
    idle = 900
    most_sessions = 2
    date_format = "%y%m%d"
    confirmation_prefix = "RR"
    labels: ClassVar[Mapping[str, str]] = {
        "file_number": "NUMERO DE DOSSIER",
        "effective_date": "DATE D'EFFET",
        "civic_number": "NUMERO CIVIQUE",
        "street": "RUE",
        "apartment": "APPARTEMENT",
        "municipality": "MUNICIPALITE",
        "postal_code": "CODE POSTAL",
        "telephone": "TELEPHONE",
    }
    limits: ClassVar[Mapping[str, int]] = {name: place[2] for name, place in ENTRY.items()}
    wording = Wording(
        bad_sign_in="MAJ0101E CODE D'USAGER OU MOT DE PASSE NON VALIDE",
        session_over="MAJ0102E SESSION TERMINEE - OUVRIR UNE NOUVELLE SESSION",
        unknown_file="MAJ0201E DOSSIER INEXISTANT",
        empty="MAJ0301E {label} OBLIGATOIRE",
        too_long="MAJ0302E {label} TROP LONG",
        postal_code="MAJ0303E CODE POSTAL NON VALIDE",
        telephone="MAJ0307E TELEPHONE - DIX CHIFFRES",
        date_format="MAJ0304E DATE NON VALIDE - FORME AAMMJJ",
        date_far="MAJ0305E DATE HORS LIMITES",
    )

    def pages(self) -> Mapping[str, Endpoint]:
        return {"/terminal": self._terminal, "/ecran": self._exchange}

    def stored(self, name: str, value: str) -> str:
        return value.upper()

    async def sign_in(self, request: Request) -> Response:
        """Signing in happens on the terminal's own display."""
        return await self._terminal(request)

    async def _terminal(self, request: Request) -> Response:
        return self.page("terminal.html")

    async def signed_out(self, request: Request) -> Response:
        """A terminal that is not signed in has one display; its Enter may sign it in."""
        if request.method == "GET":
            return await self._terminal(request)
        keyed = Keyed.model_validate_json(await request.body())
        if keyed.display not in (None, "RQS0"):
            return JSONResponse(sign_on(self.wording.session_over).answer())
        if keyed.key != "ENTER":
            return JSONResponse(sign_on().answer())
        typed = capitals(typed_into(sign_on(), keyed))
        known = (self._credentials.user.upper(), self._credentials.password.upper())
        if (typed["user"], typed["password"]) != known:
            return JSONResponse(sign_on(self.wording.bad_sign_in).answer())
        session = self.store.open_session(self._credentials.user, self.most_sessions)
        response = JSONResponse(menu().answer())
        response.set_cookie(self.id, session.id, httponly=True, samesite="lax")
        return response

    async def _exchange(self, request: Request) -> Response:
        """One key: from the session's display to the next."""
        session = self.session(request)
        keyed = Keyed.model_validate_json(await request.body())
        shown = session.data.setdefault("display", "RQM0")
        if keyed.key:
            session.data["message"] = ""
        if keyed.key and keyed.display == shown:
            typed = capitals(typed_into(self._draw(session), keyed))
            try:
                await self._press(session, shown, keyed.key, typed)
            except Refused as refused:
                session.data["message"] = refused.messages[0]
        if session.data["display"] == "RQS0":
            self.store.close_sessions(session.id)
            return JSONResponse(sign_on().answer())
        return JSONResponse(self._draw(session).answer())

    # -- what a key does -----------------------------------------------------------------

    async def _press(
        self, session: Session, shown: str, key: str, typed: Mapping[str, str]
    ) -> None:
        data = session.data
        match shown, key:
            case "RQM0", "F3":
                data["display"] = "RQS0"
            case "RQM0", "ENTER":
                if typed["choice"] != "1":
                    raise Refused("MAJ0002E OPTION NON AUTORISEE")
                data["display"] = "RQR1"
            case _, "F3":
                data["display"] = "RQM0"
            case "RQR1", "F12":
                data["display"] = "RQM0"
            case "RQR1", "F5" | "ENTER":
                data |= {"file": self.find(typed["file_number"]).file_number, "page": 0}
                data["display"] = "RQD1"
            case "RQD1", "F12":
                data["display"] = "RQR1"
            case "RQD1", "F5" | "ENTER":
                data["page"] = 0
            case "RQD1", "F7" | "F8":
                self._turn(data, 1 if key == "F8" else -1)
            case "RQD1", "F6":
                data |= {"display": "RQC1", "nonce": secrets.token_hex(8), "typed": None}
            case (("RQC1" | "RQC2" | "RQC3"), "F12"):
                data["display"] = "RQC1" if shown == "RQC2" else "RQD1"
            case "RQC1", "F5":
                data["typed"] = None
            case "RQC1", "F6" | "ENTER":
                data["typed"] = dict(typed)
                self.checked({**typed, "file_number": data["file"]})
                # Enter only has the fields checked, F6 goes on to the confirmation.
                data["display"] = "RQC2" if key == "F6" else "RQC1"
            case "RQC2", "F6" | "ENTER":
                await self._confirm(session, typed["answer"])
            case "RQC3", "ENTER":
                data |= {"display": "RQD1", "page": 0}
            case _:
                raise Refused("MAJ0001E TOUCHE NON DEFINIE")

    def _turn(self, data: dict[str, Any], by: int) -> None:
        page = data["page"] + by
        if not 0 <= page < pages_of(self.store.changes(data["file"])):
            raise Refused("MAJ0202E PAS D'AUTRE PAGE")
        data["page"] = page

    async def _confirm(self, session: Session, answer: str) -> None:
        data = session.data
        if answer == "N":
            data["display"] = "RQC1"
            return
        if answer != "O":
            raise Refused("MAJ0306E REPONDRE O OU N")
        values = self.checked({**data["typed"], "file_number": data["file"]})
        data["confirmation"] = await self.save(values, data["nonce"])
        data["display"] = "RQC3"

    # -- what the screen shows -----------------------------------------------------------

    def _draw(self, session: Session) -> Display:
        data = session.data
        draw: dict[str, Callable[[], Display]] = {
            "RQM0": lambda: menu(data.get("message", "")),
            "RQR1": lambda: search(data["message"]),
        }
        if data["display"] in draw:
            return draw[data["display"]]()
        file = self.store.in_force(self.find(data["file"]))
        if data["display"] == "RQD1":
            return self._file_display(file, data["page"], data["message"])
        return self._entry_display(file, data)

    def _file_display(self, file: PersonFile, page: int, message: str) -> Display:
        keys = "F3=QUITTER F5=RAFRAICHIR F6=CHANGER L'ADRESSE F7/F8=PAGES F12=RETOUR"
        display = Display("RQD1", "DOSSIER", keys, message)
        put_holder(display, file)
        display.put(8, 2, "ADRESSE   :")
        display.put(8, 14, f"{plain(file.civic_number)} {plain(file.street)}")
        display.put(8, 56, f"APP. : {plain(file.apartment)}")
        display.put(9, 14, plain(file.municipality))
        display.put(9, 46, plain(file.postal_code).replace(" ", ""))
        display.put(10, 2, "TELEPHONE :")
        display.put(10, 14, file.telephone)
        changes = self.store.changes(file.file_number)
        display.put(12, 2, "CHANGEMENTS INSCRITS", bright=True)
        display.put(12, 63, f"PAGE {page + 1} DE {pages_of(changes)}")
        captions = ("D'EFFET", "NUMERO", "RUE / MUNICIPALITE", "APP.", "CONFIRMATION")
        for column, caption in zip((2, 12, 20, 52, 60), captions, strict=True):
            display.put(CHANGES_ROW - 1, column, caption)
        first = page * CHANGES_A_PAGE
        for place, change in enumerate(changes[first : first + CHANGES_A_PAGE]):
            self._put_change(display, CHANGES_ROW + 2 * place, change)
        return display

    def _put_change(self, display: Display, row: int, change: Change) -> None:
        display.put(row, 2, self.shown("effective_date", change.effective_date))
        display.put(row, 12, change.civic_number)
        display.put(row, 20, change.street)
        display.put(row, 52, change.apartment)
        display.put(row, 60, change.confirmation)
        display.put(row + 1, 20, change.municipality)
        display.put(row + 1, 52, change.postal_code.replace(" ", ""))
        display.put(row + 1, 60, change.telephone)

    def _entry_display(self, file: PersonFile, data: Mapping[str, Any]) -> Display:
        shown = data["display"]
        titles = {
            "RQC1": ("CHANGEMENT D'ADRESSE", "F3=QUITTER F5=REPRENDRE F6=SAUVER F12=ANNULER"),
            "RQC2": ("CONFIRMATION", "F3=QUITTER F6=CONFIRMER F12=CORRIGER"),
            "RQC3": ("CHANGEMENT INSCRIT", "ENTREE=DOSSIER F3=QUITTER"),
        }
        display = Display(shown, *titles[shown], data["message"])
        put_holder(display, file)
        values = data["typed"] or prefilled(file)
        for name, (row, column, length) in ENTRY.items():
            display.put(row, 8, f"{self.labels[name]} ".ljust(22, ".") + ":")
            text = values[name][:length]
            if shown == "RQC1":
                numeric = name in ("effective_date", "telephone")
                display.fields[name] = Field(row, column, length, text, numeric=numeric)
            else:
                display.put(row, column, text, bright=True)
        display.put(8, 40, "AAMMJJ")
        if shown == "RQC2":
            display.put(20, 8, "CONFIRMER O/N :", bright=True)
            display.fields["answer"] = Field(20, 24, 1)
        if shown == "RQC3":
            display.put(20, 8, "NO DE CONFIRMATION :")
            display.put(20, 29, data["confirmation"], bright=True)
            display.put(MESSAGE_ROW, 2, "MAJ0000I MISE A JOUR EFFECTUEE", bright=True)
        return display


def capitals(typed: Mapping[str, str]) -> dict[str, str]:
    """What this host makes of whatever is typed."""
    return {name: text.upper() for name, text in typed.items()}


def sign_on(message: str = "") -> Display:
    """The display of a terminal that is not signed in."""
    display = Display("RQS0", "RETRAITE QUEBEC", "ENTREE=OUVRIR", message)
    display.put(6, 30, "OUVERTURE DE SESSION", bright=True)
    display.put(10, 20, "CODE D'USAGER . . . :")
    display.fields["user"] = Field(10, 43, 8)
    display.put(12, 20, "MOT DE PASSE  . . . :")
    display.fields["password"] = Field(12, 43, 8, hidden=True)
    return display


def menu(message: str = "") -> Display:
    display = Display("RQM0", "MENU PRINCIPAL", "ENTREE=CHOISIR F3=FERMER LA SESSION", message)
    for row, line in enumerate(("1  DOSSIERS ET ADRESSES", "2  PAIEMENTS", "3  RAPPORTS"), 7):
        display.put(row, 24, line)
    display.put(13, 24, "CHOIX :")
    display.fields["choice"] = Field(13, 33, 1)
    return display


def search(message: str) -> Display:
    display = Display(
        "RQR1", "RECHERCHE D'UN DOSSIER", "F3=QUITTER F5=CHERCHER F12=RETOUR", message
    )
    display.put(8, 14, "NUMERO DE DOSSIER . . :")
    display.fields["file_number"] = Field(8, 39, 12)
    return display


def put_holder(display: Display, file: PersonFile) -> None:
    """Rows 4 to 6: whose file it is."""
    display.put(4, 2, "DOSSIER   :")
    display.put(4, 14, file.file_number, bright=True)
    display.put(5, 2, "NOM       :")
    display.put(5, 14, plain(file.surname)[:28], bright=True)
    display.put(5, 44, "PRENOM :")
    display.put(5, 53, plain(file.given_name)[:26], bright=True)
    display.put(6, 2, "NAISSANCE :")
    display.put(6, 14, file.birth_date)


def prefilled(file: PersonFile) -> dict[str, str]:
    """The entry display starts from what the file says; only the date is left to give."""
    values = {name: plain(getattr(file, name, "")) for name in ENTRY}
    return values | {"postal_code": values["postal_code"].replace(" ", "")}


def pages_of(changes: list[Change]) -> int:
    """How many pages the list of changes takes; an empty list takes one."""
    return max(1, -(-len(changes) // CHANGES_A_PAGE))
