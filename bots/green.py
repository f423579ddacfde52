"""A 3270 terminal in a web page: positions, keys and a status line, and no labels at all.

Rows and columns count from 1, as on the terminal. What is asked of the page is little, and any
web emulator has it: an element a row, and one that says why the keyboard is locked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bots.contract import plain_capitals
from bots.screen import Screen
from greffier.errors import BusinessError, ScreenError

COLUMNS = 80
#: Row, column, length.
Place = tuple[int, int, int]


def host_text(value: str) -> str:
    """Capitals without accents. ``ValueError`` for a sign that such a host has no code for."""
    kept = plain_capitals(value)
    kept.encode("ascii")
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


@dataclass(frozen=True)
class GreenScreen:
    """The terminal on ``screen``.

    CSS selectors of the emulator's page: its ``rows``, what says that the keyboard has a ``lock``,
    and within a row the ``fields`` that may be typed over. ``busy`` is what the
    status line says while the host is at work.
    """

    screen: Screen
    rows: str
    lock: str
    fields: str
    busy: str = "X SYSTEM"
    #: Where a display says its name, and where the host says its message.
    title: Place = (1, 2, 4)
    message: Place = (23, 2, 78)

    def read(self, places: Mapping[str, Place], below: int = 0) -> dict[str, str]:
        """What stands at each of ``places``, whose rows count from ``below``: one look for all."""
        lines = self._lines()
        return {
            name: _cut(lines[below + row - 1], column, length)
            for name, (row, column, length) in places.items()
        }

    def at(self, row: int, column: int, length: int = COLUMNS) -> str:
        """What ``length`` positions show, without the blanks around."""
        return _cut(self._lines()[row - 1], column, length)

    def on(self, *displays: str, refused: str = r"\w+E\b") -> None:
        """Make sure that one of ``displays`` is on.

        Otherwise ``BusinessError("target-refused")`` if the host's message begins as ``refused``
        (host messages begin with a code whose last letter is *E* for an error), else
        ``ScreenError("not-shown")``.
        """
        if self.at(*self.title) in displays:
            return
        if re.match(refused, said := self.at(*self.message)):
            raise BusinessError("target-refused", said=said)
        raise ScreenError("not-shown")

    def type(self, row: int, column: int, text: str) -> None:
        """Write ``text`` in place of what the field beginning there holds."""
        line = self.screen.page.locator(self.rows).nth(row - 1)
        box = line.bounding_box()
        if box is None:
            raise ScreenError("not-on-screen", label=f"{row}/{column}")
        middle = {"x": (column - 0.5) * box["width"] / COLUMNS, "y": box["height"] / 2}
        line.click(position=middle)  # type: ignore[arg-type]
        self.screen.typing(self.at(*self.title))
        self.screen.page.keyboard.press("End")  # "erase to the end of the field"
        self.screen.page.keyboard.type(text)
        self.wait()

    def press(self, key: str, *typed: tuple[int, int, str]) -> None:
        """Write ``typed`` (row, column, text), strike ``key`` (``F3``, ``Enter``…), wait."""
        for row, column, text in typed:
            self.type(row, column, text)
        self.screen.leave_page()
        self.screen.key(key)
        self.wait()

    def wait(self) -> None:
        """Wait for the host. ``ScreenError("keyboard-locked")`` if it has not taken what we did."""
        self.screen.wait_gone(self.busy)
        if self.screen.page.locator(self.lock).inner_text().strip():
            raise ScreenError("keyboard-locked")

    def shape(self) -> tuple[str, ...]:
        """One line a field: the words before it on its row, where it begins, how long it is."""
        found = self.screen.page.locator(self.rows).evaluate_all(FIELDS, self.fields)
        return tuple(
            f'field "{caption.strip(" .:")}" {row},{column} max={length}'
            for caption, row, column, length in found
        )

    def _lines(self) -> list[str]:
        return self.screen.page.locator(self.rows).all_text_contents()


def _cut(line: str, column: int, length: int) -> str:
    return line[column - 1 : column - 1 + length].strip()
