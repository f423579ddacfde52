"""A 3270 terminal in a web page: positions, keys and a status line, and no labels at all.

Rows and columns count from 1, as on the terminal. What is asked of the page is little, and any
web emulator has it: an element a row, and one that says why the keyboard is locked.
"""

from __future__ import annotations

from dataclasses import dataclass

from bots.contract import plain_capitals
from bots.screen import Screen
from greffier.errors import ScreenError

COLUMNS = 80


def host_text(value: str) -> str:
    """Capitals without accents. ``ValueError`` for a sign that such a host has no code for."""
    kept = plain_capitals(value)
    kept.encode("ascii")
    return kept


@dataclass(frozen=True)
class GreenScreen:
    """The terminal on ``screen``; ``rows`` and ``lock`` are CSS selectors of the emulator's page.

    ``busy`` is what the status line says while the host is at work.
    """

    screen: Screen
    rows: str
    lock: str
    busy: str = "X SYSTEM"

    def at(self, row: int, column: int, length: int = COLUMNS) -> str:
        """What ``length`` positions show, without the blanks around."""
        lines = self.screen.page.locator(self.rows).all_text_contents()
        return lines[row - 1][column - 1 : column - 1 + length].strip()

    def type(self, row: int, column: int, text: str) -> None:
        """Write ``text`` in place of what the field beginning there holds."""
        line = self.screen.page.locator(self.rows).nth(row - 1)
        box = line.bounding_box()
        if box is None:
            raise ScreenError("not-on-screen", label=f"{row}/{column}")
        middle = {"x": (column - 0.5) * box["width"] / COLUMNS, "y": box["height"] / 2}
        line.click(position=middle)  # type: ignore[arg-type]
        self.screen.key("End")  # the terminal's "erase to the end of the field"
        self.screen.page.keyboard.type(text)
        self.wait()

    def press(self, key: str) -> None:
        """Strike ``key`` (``F3``, ``Enter``…) and wait for the host."""
        self.screen.key(key)
        self.wait()

    def wait(self) -> None:
        """Wait for the host. ``ScreenError("keyboard-locked")`` if it has not taken what we did."""
        self.screen.wait_gone(self.busy)
        if self.screen.page.locator(self.lock).inner_text().strip():
            raise ScreenError("keyboard-locked")
