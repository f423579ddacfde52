"""What one practice target remembers: the files it knew beforehand, what was saved, who is in.

One SQLite database a target. Dates are ISO strings, instants are seconds since the epoch.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from greffier.errors import UsageError

#: What a change of address consists of, by the names records use.
CHANGE_FIELDS = (
    "file_number",
    "effective_date",
    "civic_number",
    "street",
    "apartment",
    "municipality",
    "postal_code",
    "telephone",
    "email",
)

_TABLES = """
CREATE TABLE IF NOT EXISTS files (
    file_number TEXT PRIMARY KEY, surname TEXT NOT NULL, given_name TEXT NOT NULL,
    birth_date TEXT NOT NULL, civic_number TEXT NOT NULL, street TEXT NOT NULL,
    apartment TEXT NOT NULL, municipality TEXT NOT NULL, postal_code TEXT NOT NULL,
    telephone TEXT NOT NULL, email TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY, file_number TEXT NOT NULL REFERENCES files,
    effective_date TEXT NOT NULL, civic_number TEXT NOT NULL, street TEXT NOT NULL,
    apartment TEXT NOT NULL, municipality TEXT NOT NULL, postal_code TEXT NOT NULL,
    telephone TEXT NOT NULL, email TEXT NOT NULL,
    confirmation TEXT NOT NULL UNIQUE, nonce TEXT NOT NULL,
    saved_at REAL NOT NULL, visible_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, seen_at REAL NOT NULL, data TEXT NOT NULL);
"""


@dataclass(frozen=True)
class PersonFile:
    """A file the target knew before anybody wrote: one entry of the register."""

    file_number: str
    surname: str
    given_name: str
    birth_date: str = ""
    civic_number: str = ""
    street: str = ""
    apartment: str = ""
    municipality: str = ""
    postal_code: str = ""
    telephone: str = ""
    email: str = ""

    @property
    def address(self) -> str:
        """The address on one line, as one reads it out."""
        apartment = f", app. {self.apartment}" if self.apartment else ""
        place = f"{self.municipality} {self.postal_code}"
        return f"{self.civic_number}, {self.street}{apartment}, {place}"


@dataclass(frozen=True)
class Change:
    """A change of address as the target keeps it."""

    file_number: str
    effective_date: str
    civic_number: str
    street: str
    apartment: str
    municipality: str
    postal_code: str
    telephone: str
    email: str
    confirmation: str
    saved_at: float


@dataclass
class Session:
    """A signed-in person. ``data`` is what the pages keep from one request to the next."""

    id: str
    user: str
    data: dict[str, Any] = field(default_factory=dict)


def load_register(source: Path, target: str) -> list[PersonFile]:
    """The files of ``target`` in a ``register.json`` of the practice printer.

    Its shape: ``{"targets": {"<id>": [{"file_number": …, "surname": …, …}]}}``. Raises
    ``UsageError("not-a-register")``.
    """
    try:
        entries = json.loads(source.read_text(encoding="utf-8"))["targets"].get(target, [])
        return [person_file(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError("not-a-register", path=source) from None  # it quotes people


def person_file(entry: Mapping[str, str | None]) -> PersonFile:
    """One register entry; what a target does not know of (a sex, a NAS) is left out."""
    known = {part.name for part in fields(PersonFile)}
    values = {name: value or "" for name, value in entry.items() if name in known}
    return PersonFile(**values | {"file_number": normal_number(values["file_number"])})


class Store:
    """The target's database at ``path``. What it already holds stays: a target may be restarted."""

    def __init__(self, path: Path, files: Iterable[PersonFile] = ()) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_TABLES)
        self.learn(files)

    def close(self) -> None:
        self._db.close()

    # -- files and changes ---------------------------------------------------------------

    def learn(self, files: Iterable[PersonFile]) -> None:
        """Know ``files``, or know them better."""
        names = [part.name for part in fields(PersonFile)]
        self._db.executemany(
            f"INSERT OR REPLACE INTO files ({', '.join(names)}) "
            f"VALUES ({', '.join(':' + name for name in names)})",
            [vars(file) for file in files],
        )

    def file(self, file_number: str) -> PersonFile | None:
        """The file of that number, spaces and case aside."""
        row = self._db.execute(
            "SELECT * FROM files WHERE file_number = ?", (normal_number(file_number),)
        ).fetchone()
        return PersonFile(**row) if row else None

    def files(self) -> list[PersonFile]:
        """Every file, by surname and given name."""
        rows = self._db.execute("SELECT * FROM files ORDER BY surname, given_name, file_number")
        return [PersonFile(**row) for row in rows]

    def changes(self, file_number: str) -> list[Change]:
        """What a search may show now of the changes saved in one file, the latest first."""
        rows = self._db.execute(
            f"SELECT {_CHANGE} FROM changes WHERE file_number = ? AND visible_at <= ? "
            "ORDER BY id DESC",
            (normal_number(file_number), time.time()),
        )
        return [Change(**row) for row in rows]

    def in_force(self, file: PersonFile) -> PersonFile:
        """``file`` with the address and the ways to reach its holder that hold today."""
        today = date.today().isoformat()
        due = [one for one in self.changes(file.file_number) if one.effective_date <= today]
        if not due:
            return file
        last = vars(max(due, key=lambda change: change.effective_date))
        return replace(file, **{name: last[name] for name in CHANGE_FIELDS if name in vars(file)})

    def all_changes(self) -> list[dict[str, Any]]:
        """Every change saved, in order, with how many there are under the same key (``times``)."""
        rows = self._db.execute(
            f"SELECT {_CHANGE}, count(*) OVER (PARTITION BY file_number, effective_date) AS times "
            "FROM changes ORDER BY id"
        )
        return [dict(row) for row in rows]

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether the file has a change at the same date, shown in searches yet or not."""
        row = self._db.execute(
            "SELECT 1 FROM changes WHERE file_number = ? AND effective_date = ?",
            (normal_number(values["file_number"]), values["effective_date"]),
        ).fetchone()
        return row is not None

    def saved_under(self, nonce: str) -> str | None:
        """The confirmation number given to the form ``nonce``, if it was saved already."""
        row = self._db.execute(
            "SELECT confirmation FROM changes WHERE nonce = ? ORDER BY id LIMIT 1", (nonce,)
        ).fetchone()
        return row["confirmation"] if row else None

    def save(self, values: Mapping[str, str], nonce: str, prefix: str, delay: float = 0) -> str:
        """Keep a change; searches show it ``delay`` seconds later. Returns its confirmation."""
        now = time.time()
        confirmation = f"{prefix}-{secrets.randbelow(10**8):08d}"
        row = {name: values.get(name, "") for name in CHANGE_FIELDS} | {
            "file_number": normal_number(values["file_number"]),
            "confirmation": confirmation,
            "nonce": nonce,
            "saved_at": now,
            "visible_at": now + delay,
        }
        self._db.execute(
            f"INSERT INTO changes ({', '.join(row)}) VALUES ({', '.join(':' + n for n in row)})",
            row,
        )
        return confirmation

    # -- sessions ------------------------------------------------------------------------

    def open_session(self, user: str, most: int = 0) -> Session:
        """Sign ``user`` in; beyond ``most`` sessions (0: no limit) the oldest are thrown out."""
        session = Session(secrets.token_urlsafe(16), user)
        self._db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, '{}')", (session.id, user, time.time())
        )
        if most:
            self._db.execute(
                "DELETE FROM sessions WHERE user = ? AND id NOT IN (SELECT id FROM sessions "
                "WHERE user = ? ORDER BY rowid DESC LIMIT ?)",
                (user, user, most),
            )
        return session

    def session(self, key: str, idle: float) -> Session | None:
        """The living session ``key``, now seen; ``None`` after ``idle`` seconds of silence."""
        now = time.time()
        rows = self._db.execute(
            "UPDATE sessions SET seen_at = ? WHERE id = ? AND seen_at > ? RETURNING user, data",
            (now, key, now - idle),
        ).fetchall()
        return Session(key, rows[0]["user"], json.loads(rows[0]["data"])) if rows else None

    def keep_session(self, session: Session) -> None:
        """Write down what the pages put in the session."""
        self._db.execute(
            "UPDATE sessions SET data = ? WHERE id = ?", (json.dumps(session.data), session.id)
        )

    def close_sessions(self, key: str | None = None) -> None:
        """End the session ``key``, or all of them."""
        if key is None:
            self._db.execute("DELETE FROM sessions")
        else:
            self._db.execute("DELETE FROM sessions WHERE id = ?", (key,))


_CHANGE = ", ".join(part.name for part in fields(Change))


def normal_number(value: str) -> str:
    """A file number without spaces or dashes, in capitals."""
    return "".join(value.split()).replace("-", "").upper()
