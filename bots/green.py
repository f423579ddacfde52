"""A 3270 screen: positions, keys and a status line, and no labels at all.

Rows and columns count from 1, as on the terminal. ``GreenScreen`` is what a bot speaks to;
``Terminal`` is what is asked of an emulator: one that a web page brings along (``PageTerminal``),
or ``s3270`` on the line to a host (``bots.s3270``).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bots.contract import plain_capitals
from bots.screen import Screen
from greffier.errors import BusinessError, ScreenError

ROWS, COLUMNS = 24, 80
#: Row, column, length.
Place = tuple[int, int, int]
#: The words before a field on its row, its row and column, and its length.
FieldAt = tuple[str, int, int, int]


def host_text(value: str) -> str:
    """Capitals without accents. ``ValueError`` for a sign that such a host has no code for."""
    kept = plain_capitals(value)
    kept.encode("ascii")
    return kept


def latin_text(value: str) -> str:
    """``value`` in signs that EBCDIC has (Latin-1's, accents and small letters with them).

    ``œ`` becomes ``oe``. ``ValueError`` for any other sign that no such host has a code for.
    """
    kept = value.replace("œ", "oe").replace("Œ", "OE")
    kept.encode("cp037")
    if not kept.isprintable():
        raise ValueError("not printable")
    return kept


#: Words before each field of the rows, its row and column, and its length in positions.
FIELDS = """(rows, selector) => rows.flatMap((row, y) => {
  let before = "", column = 1;
  const found = [];
  for (const part of row.children) {
    if (part.matches(selector)) {
      found.push([before, y + 1, column, part.textContent.length]);
      before = "";
    } else before += part.textContent;
    column += part.textContent.length;
  }
  return found;
})"""


class Terminal(Protocol):
    """An emulator. Troubles of the screen are ``ScreenError``, as everywhere."""

    @property
    def screen(self) -> Screen: ...
    def open(self) -> None:
        """Show the terminal in this window, on whatever display it is."""

    def lines(self) -> list[str]:
        """The text of each row, as shown."""

    def fields(self) -> list[FieldAt]:
        """The fields that may be typed over, in order."""

    def write(self, row: int, column: int, text: str) -> None:
        """Write in place of what the field beginning there holds."""

    def strike(self, key: str) -> None:
        """Strike ``F3``, ``Enter``…"""

    def settle(self) -> None:
        """Wait for the host. Raises ``ScreenError("keyboard-locked")`` if the keyboard stays so for
        something that was typed."""

    def again(self) -> None:
        """Wait a moment for what the host may still have to show."""


@dataclass(frozen=True)
class GreenScreen:
    """What ``terminal`` shows, by places."""

    terminal: Terminal
    #: Where a display says its name, and where the host says its message.
    title: Place = (1, 2, 4)
    message: Place = (23, 2, 78)

    def open(self) -> None:
        """Begin, on whatever display the terminal was left on."""
        self.terminal.open()
        self.terminal.settle()

    def read(self, places: Mapping[str, Place], below: int = 0) -> dict[str, str]:
        """What stands at each of ``places``, whose rows count from ``below``: one look for all."""
        lines = self.terminal.lines()
        return {
            name: _cut(lines[below + row - 1], column, length)
            for name, (row, column, length) in places.items()
        }

    def at(self, row: int, column: int, length: int = COLUMNS) -> str:
        """What ``length`` positions show, without the blanks around."""
        return _cut(self.terminal.lines()[row - 1], column, length)

    @property
    def shown(self) -> str:
        """The name of the display that is on."""
        return self.at(*self.title)

    def on(self, *displays: str, refused: str = r"\w+E\b") -> None:
        """Make sure that one of ``displays`` is on; hosts may unlock before they have shown it.

        Otherwise ``BusinessError("target-refused")`` if the host's message begins as ``refused``
        (host messages begin with a code whose last letter is *E* for an error), else
        ``ScreenError("not-shown")``.
        """
        end = time.monotonic() + self.terminal.screen.seconds
        while self.shown not in displays:
            if re.match(refused, said := self.at(*self.message)):
                raise BusinessError("target-refused", said=said)
            if time.monotonic() > end:
                raise ScreenError("not-shown")
            self.terminal.again()

    def type(self, row: int, column: int, text: str) -> None:
        """Write ``text`` in place of what the field beginning there holds."""
        self.terminal.screen.typing(self.shown)
        self.terminal.write(row, column, text)
        self.terminal.settle()

    def press(self, key: str, *typed: tuple[int, int, str]) -> None:
        """Write ``typed`` (row, column, text), strike ``key`` (``F3``, ``Enter``…), wait."""
        for row, column, text in typed:
            self.type(row, column, text)
        self.terminal.screen.leave_page()
        self.terminal.strike(key)
        self.terminal.settle()

    def shape(self) -> tuple[str, ...]:
        """One line a field: the words before it on its row, where it begins, how long it is."""
        return tuple(
            f'field "{caption.strip(" .:")}" {row},{column} max={length}'
            for caption, row, column, length in self.terminal.fields()
        )


@dataclass(frozen=True)
class PageTerminal:
    """An emulator that is a web page: an element a row, and one that tells of a locked keyboard.

    ``path`` is the page's. CSS selectors: its ``rows``, what says that the keyboard has a ``lock``,
    and within a row the ``inputs`` that may be typed over. ``busy`` is what the status line says
    while the host is at work.
    """

    screen: Screen
    path: str
    rows: str
    lock: str
    inputs: str
    busy: str = "X SYSTEM"

    def open(self) -> None:
        self.screen.go(self.path)

    def lines(self) -> list[str]:
        return self.screen.page.locator(self.rows).all_text_contents()

    def fields(self) -> list[FieldAt]:
        found = self.screen.page.locator(self.rows).evaluate_all(FIELDS, self.inputs)
        return [(caption, row, column, length) for caption, row, column, length in found]

    def write(self, row: int, column: int, text: str) -> None:
        line = self.screen.page.locator(self.rows).nth(row - 1)
        box = line.bounding_box()
        if box is None:
            raise ScreenError("not-on-screen", label=f"{row}/{column}")
        middle = {"x": (column - 0.5) * box["width"] / COLUMNS, "y": box["height"] / 2}
        line.click(position=middle)  # type: ignore[arg-type]
        self.screen.page.keyboard.press("End")  # "erase to the end of the field"
        self.screen.page.keyboard.type(text)

    def strike(self, key: str) -> None:
        self.screen.key(key)

    def settle(self) -> None:
        self.screen.wait_gone(self.busy)
        if self.screen.page.locator(self.lock).inner_text().strip():
            raise ScreenError("keyboard-locked")

    def again(self) -> None:
        self.screen.page.wait_for_timeout(100)
        self.screen.look()


def _cut(line: str, column: int, length: int) -> str:
    return line[column - 1 : column - 1 + length].strip()
