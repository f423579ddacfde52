"""Retraite Québec: a green screen. Displays are known by the name in their corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated
from bots.green import GreenScreen, host_text
from bots.screen import Screen
from greffier.errors import BusinessError, ScreenError
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
HOLDER = {"surname": (5, 14, 28), "given_name": (5, 53, 26), "birth_date": (6, 14, 10)}
DISPLAY, MESSAGE, CONFIRMATION = (1, 2, 4), (23, 2, 78), (20, 29, 12)
NO_FILE, NO_MORE, DONE = "MAJ0201E", "MAJ0202E", "MAJ0000I"


class RetraiteQuebec(Bot):
    target = "retraite-quebec"
    login = Login("/terminal", "", "MOT DE PASSE", "", marker="OUVERTURE DE SESSION")
    fields: ClassVar = {name: Shown(host_text, place[2]) for name, place in ENTRY.items()} | {
        "effective_date": Shown(dated("%y%m%d")),
        "postal_code": Shown(lambda code: code.replace(" ", ""), limit=6),
    }
    identity: ClassVar = {name: Shown(host_text, place[2]) for name, place in HOLDER.items()}
    sessions = 2

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self.green = GreenScreen(screen, rows="#grille .ligne", lock="#verrou")

    def sign_in(self, user: str, password: str) -> None:
        self.screen.go(self.login.path)
        self.green.wait()
        self.green.type(10, 43, user)
        self.green.type(12, 43, password)
        self.green.press("Enter")

    def locate(self, record: Record) -> Located:
        green = self.green
        self.screen.go("/terminal")
        green.wait()
        if green.at(*DISPLAY) != "RQM0":
            green.press("F3")
        green.type(13, 33, "1")
        green.press("Enter")
        green.type(8, 39, record["file_number"])
        green.press("F5")
        if green.at(*MESSAGE).startswith(NO_FILE):
            raise BusinessError("file-unknown")
        self._on("RQD1")
        holder = {name: green.at(*place) for name, place in HOLDER.items()}
        return Located(
            holder, self.entered(record, self._listed(), {name: name for name in LISTED})
        )

    def fill(self, record: Record) -> None:
        self.green.press("F6")
        self._on("RQC1")
        for name, (row, column, _) in ENTRY.items():
            self.green.type(row, column, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self.green.at(*place) for name, place in ENTRY.items()}

    def submit(self) -> str:
        self.green.press("F6")
        self._refusal()
        self._on("RQC2")
        self.green.type(20, 24, "O")
        self.green.press("Enter")
        self._refusal()
        self._on("RQC3")
        return self.green.at(*CONFIRMATION)

    def _listed(self) -> Iterator[dict[str, str]]:
        """The changes listed in the file, two rows each, page after page."""
        while not self.green.at(*MESSAGE).startswith(NO_MORE):
            for first in (14, 16, 18, 20):
                yield {
                    name: self.green.at(first + row, column, length)
                    for name, (row, column, length) in LISTED.items()
                }
            self.green.press("F8")

    def _refusal(self) -> None:
        said = self.green.at(*MESSAGE)
        if said[7:8] == "E":
            raise BusinessError("target-refused", said=said)

    def _on(self, display: str) -> None:
        if self.green.at(*DISPLAY) != display:
            raise ScreenError("not-shown")
