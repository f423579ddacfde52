"""What a 24 x 80 host knows: displays made of positions, and the keys a terminal sends."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

ROWS, COLUMNS = 24, 80
MESSAGE_ROW, KEYS_ROW = 23, 24


@dataclass
class Field:
    """Positions that may be typed over. ``row`` and ``column`` count from 1."""

    row: int
    column: int
    length: int
    text: str = ""
    hidden: bool = False
    numeric: bool = False


@dataclass
class Display:
    """One filling of the screen; what is in no field is protected."""

    id: str
    title: str
    keys: str
    message: str = ""
    rows: list[str] = field(default_factory=lambda: [" " * COLUMNS] * ROWS)
    bright: list[tuple[int, int, int]] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        notice = "CIBLE D'EXERCICE - AUCUN LIEN AVEC UN ORGANISME REEL"
        self.put(1, 2, self.id)
        self.put(1, 71, date.today().isoformat())
        self.put(1, (COLUMNS - len(self.title)) // 2, self.title, bright=True)
        self.put(2, (COLUMNS - len(notice)) // 2, notice, bright=True)
        self.put(MESSAGE_ROW, 2, self.message, bright=True)
        self.put(KEYS_ROW, 2, self.keys)

    def put(self, row: int, column: int, text: str, *, bright: bool = False) -> None:
        """Write protected ``text`` from a position; what goes past the edge is lost."""
        line = self.rows[row - 1]
        self.rows[row - 1] = (line[: column - 1] + text + line[column - 1 + len(text) :])[:COLUMNS]
        if bright and text:
            self.bright.append((row, column, len(text)))

    def answer(self) -> dict[str, Any]:
        """The display as the terminal takes it, the cursor in the first field."""
        fields = list(self.fields.values())
        return {
            "id": self.id,
            "rows": self.rows,
            "bright": self.bright,
            "fields": [asdict(one) for one in fields],
            "cursor": [fields[0].row, fields[0].column] if fields else [1, 1],
        }


class Keyed(BaseModel):
    """What the terminal sends: the key (empty: show again), and the fields typed over."""

    key: str
    cursor: tuple[int, int]
    display: str | None = None
    fields: list[tuple[int, int, str]] = []


def typed_into(display: Display, keyed: Keyed) -> dict[str, str]:
    """The fields of ``display`` by name, after what was typed over them."""
    typed = {(row, column): text for row, column, text in keyed.fields}
    return {
        name: typed.get((one.row, one.column), one.text)[: one.length].strip()
        for name, one in display.fields.items()
    }


def plain(value: str) -> str:
    """Capitals without accents, as this host keeps them."""
    parts = unicodedata.normalize("NFD", value.upper().replace("Œ", "OE").replace("Æ", "AE"))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
