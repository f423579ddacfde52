"""Retraite Québec: a green screen. Displays are known by the name in their corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated
from bots.green import GreenScreen, PageTerminal, host_text
from bots.screen import Screen
from greffier.errors import BusinessError
from greffier.words import Record

#: Places are row, column, length. The entry display (RQC1):
ENTRY = {
    "effective_date": (8, 32, 6),
    "civic_number": (10, 32, 6),
    "street": (11, 32, 30),
    "apartment": (12, 32, 6),
    "municipality": (13, 32, 30),
    "postal_code": (14, 32, 6),
    "telephone": (16, 32, 10),
}
#: A change in the list of the file display (RQD1), whose rows count from the change's first.
LISTED = {
    "effective_date": (0, 2, 6),
    "civic_number": (0, 12, 6),
    "street": (0, 20, 30),
    "apartment": (0, 52, 6),
    "municipality": (1, 20, 30),
    "postal_code": (1, 52, 6),
    "telephone": (1, 60, 10),
}
NAMES = {name: name for name in LISTED}
HOLDER = {"surname": (5, 14, 28), "given_name": (5, 53, 26), "birth_date": (6, 14, 10)}
FIELDS = {name: Shown(host_text, place[2]) for name, place in ENTRY.items()} | {
    "effective_date": Shown(dated("%y%m%d")),
    "postal_code": Shown(lambda code: code.replace(" ", ""), limit=6),
}
CONFIRMATION = (20, 29, 12)
NO_FILE, NO_MORE = "MAJ0201E", "MAJ0202E"


class RetraiteQuebec(Bot):
    target = "retraite-quebec"
    login = Login("/terminal", "", "MOT DE PASSE", "", marker="OUVERTURE DE SESSION")
    fields: ClassVar = FIELDS
    identity: ClassVar = {name: Shown(host_text, place[2]) for name, place in HOLDER.items()}
    sessions = 2

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        terminal = PageTerminal(screen, "/terminal", "#grille .ligne", "#verrou", ".saisie")
        self.green = GreenScreen(terminal)
        screen.shaper = self.green.shape

    def sign_in(self, user: str, password: str) -> None:
        self.green.open()
        self.green.press("Enter", (10, 43, user), (12, 43, password))

    def locate(self, record: Record) -> Located:
        self.green.open()
        if self.green.shown != "RQM0":
            self.green.press("F3")
        self.green.press("Enter", (13, 33, "1"))
        self.green.press("F5", (8, 39, record["file_number"]))
        if self.green.at(*self.green.message).startswith(NO_FILE):
            raise BusinessError("file-unknown")
        self.green.on("RQD1")
        return Located(
            self.green.read(HOLDER), self.entered(record, NAMES, rows=listed(self.green))
        )

    def fill(self, record: Record) -> None:
        self.green.press("F6")
        self.green.on("RQC1")
        for name, (row, column, _) in ENTRY.items():
            self.green.type(row, column, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.green.read(ENTRY)

    def submit(self) -> str:
        self.green.press("F6")
        self.green.on("RQC2")
        self.green.press("Enter", (20, 24, "O"))
        self.green.on("RQC3")
        return self.green.at(*CONFIRMATION)


def listed(green: GreenScreen) -> Iterator[dict[str, str]]:
    """The changes listed in the file, two rows each, page after page."""
    while not green.at(*green.message).startswith(NO_MORE):
        yield from (green.read(LISTED, below=first) for first in (14, 16, 18, 20))
        green.press("F8")
