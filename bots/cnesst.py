"""CNESST: a mainframe, through a 3270 terminal. Displays are known by the name in their corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bots.contract import Bot, Located, Login, Shown, dated
from bots.green import GreenScreen, latin_text
from bots.s3270 import S3270
from bots.screen import Screen
from greffier.errors import BusinessError
from greffier.words import Record

#: Places are row, column, length. The entry display (CN30):
ENTRY = {
    "effective_date": (8, 30, 8),
    "civic_number": (10, 30, 6),
    "street": (11, 30, 32),
    "apartment": (12, 30, 6),
    "municipality": (13, 30, 30),
    "postal_code": (14, 30, 6),
    "telephone": (15, 30, 10),
}
#: A change in the list of the file display (CN20), whose rows count from the change's first.
LISTED = {
    "effective_date": (0, 2, 8),
    "civic_number": (0, 12, 6),
    "street": (0, 20, 32),
    "apartment": (1, 12, 6),
    "municipality": (1, 20, 30),
    "postal_code": (1, 52, 6),
    "telephone": (1, 60, 10),
}
NAMES = {name: name for name in LISTED}
HOLDER = {"surname": (5, 14, 28), "given_name": (5, 56, 22), "birth_date": (6, 14, 8)}
FIELDS = {name: Shown(latin_text, place[2]) for name, place in ENTRY.items()} | {
    "effective_date": Shown(dated("%Y%m%d")),
    "postal_code": Shown(lambda code: code.replace(" ", ""), limit=6),
}
CONFIRMATION = (19, 30, 11)
NO_FILE, NO_MORE = "CNT201E", "CNT202E"


class Cnesst(Bot):
    target = "cnesst"
    login = Login("", "", "Mot de passe", "", marker="Ouverture de session")
    fields: ClassVar = FIELDS
    identity: ClassVar = {name: Shown(latin_text, place[2]) for name, place in HOLDER.items()} | {
        "birth_date": Shown(dated("%Y%m%d"))
    }
    sessions = 2

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self.green = GreenScreen(S3270(screen))
        screen.shaper = self.green.shape

    def sign_in(self, user: str, password: str) -> None:
        self.green.open()
        self.green.press("Enter", (10, 43, user), (12, 43, password))

    def locate(self, record: Record) -> Located:
        self.green.open()
        while self.green.shown != "CN10":
            self.green.press("F3")
        self.green.press("Enter", (8, 39, record["file_number"]))
        if self.green.at(*self.green.message).startswith(NO_FILE):
            raise BusinessError("file-unknown")
        self.green.on("CN20")
        holder, rows = self.green.read(HOLDER), listed(self.green)
        return Located(holder, self.entered(record, NAMES, rows=rows))

    def fill(self, record: Record) -> None:
        self.green.press("F5")
        self.green.on("CN30")
        for name, (row, column, _) in ENTRY.items():
            self.green.type(row, column, self.shown(record, name))

    def read_back(self, record: Record) -> Mapping[str, str]:
        return self.green.read(ENTRY)

    def submit(self) -> str:
        self.green.press("Enter")
        self.green.on("CN40")
        self.green.press("Enter")
        self.green.on("CN50")
        return self.green.at(*CONFIRMATION)


def listed(green: GreenScreen) -> Iterator[dict[str, str]]:
    """The changes listed in the file, two rows each, page after page."""
    while not green.at(*green.message).startswith(NO_MORE):
        yield from (green.read(LISTED, below=first) for first in (13, 15, 17, 19))
        green.press("F8")
