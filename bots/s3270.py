"""A 3270 terminal through the web page of ``s3270``: what it shows is looked at, as a person would.

Actions are asked for from within the page. The page is a picture of one moment: it is opened anew
after each of them, so that words, pictures and the line at the foot are those of now.
"""

from __future__ import annotations

from urllib.parse import quote

from bots.emulator import ACTIONS, SCREEN
from bots.green import COLUMNS, ROWS, FieldAt
from bots.screen import Screen
from greffier.errors import ScreenError

#: Asks for actions; whether all were done, and what they answered. Never what was typed.
_ASK = """async ([url, most]) => {
  const answer = await fetch(url, {signal: AbortSignal.timeout(most)});
  return [answer.ok, (await answer.json()).result ?? []];
}"""
#: What the line at the foot says the keyboard is locked for → what kind of trouble that is.
_TROUBLES = {"Not Connected": "session-dead", "SYSTEM": "target-slow", "Wait": "target-slow"}
#: Below the screen: a rule, then that line, which says it here. What s3270 4.1 shows to the right
#: of the cursor's place are six bytes of its memory, of no meaning.
_FOOT, _LOCK = ROWS + 1, slice(7, 57)
_PROTECTED = 0x20


class S3270:
    """The terminal on ``screen``, as ``GreenScreen`` uses one."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def open(self) -> None:
        self.screen.go(SCREEN)

    def lines(self) -> list[str]:
        return self._all()[:ROWS]

    def write(self, row: int, column: int, text: str) -> None:
        typed = text.replace("\\", "\\\\").replace('"', '\\"')
        string = f' String("{typed}")' if text else ""
        self._do(f"MoveCursor1({row},{column}) EraseEOF(){string}")

    def strike(self, key: str) -> None:
        number = key.removeprefix("F")
        self._do(f"PF({number})" if number.isdigit() else f"{key}()")

    def settle(self) -> None:
        """Wait until the keyboard is unlocked. What it is locked for says what the trouble is:
        ``session-dead`` (the line is dropped), ``target-slow``, ``keyboard-locked`` (X Protected,
        X NUM…).
        """
        if not self._lock():
            return
        if self._trouble() == "target-slow":
            self._do(f"Wait({self.screen.seconds:.0f},Unlock)")
        if self._lock():
            raise ScreenError(self._trouble())

    def again(self) -> None:
        self._do("Wait(1,Output)")

    def fields(self) -> list[FieldAt]:
        """The fields that may be typed over, from the terminal's own buffer."""
        _, rows = self._ask("ReadBuffer(Unicode)")
        cells = [cell for row in rows for cell in row.split() if not cell.startswith("SA(")]
        starts = [at for at, cell in enumerate(cells) if cell.startswith("SF(")]
        found, said = [], 0
        for at, after in zip(starts, [*starts[1:], len(cells)], strict=True):
            if int(cells[at][6:8], 16) & _PROTECTED:
                continue
            row, column = divmod(at + 1, COLUMNS)
            said = max(said, row * COLUMNS)
            before = "".join(map(_sign, cells[said:at]))
            found.append((" ".join(before.split()), row + 1, column + 1, after - at - 1))
            said = after
        return found

    def _do(self, actions: str) -> None:
        """Ask for ``actions``, then show what has become of the screen."""
        self.screen.act(lambda: self._ask(actions))
        self.screen.go(SCREEN)

    def _ask(self, actions: str) -> tuple[bool, list[str]]:
        most = 1000 * (self.screen.seconds + 1)
        asked = [ACTIONS + quote(actions, safe=""), most]
        done, answer = self.screen.page.evaluate(_ASK, asked)
        return done, answer

    def _lock(self) -> str:
        """Why the keyboard is locked, as the line at the foot says after its X."""
        return self._all()[_FOOT][_LOCK].strip().removeprefix("X ")

    def _trouble(self) -> str:
        return _TROUBLES.get(self._lock(), "keyboard-locked")

    def _all(self) -> list[str]:
        """The rows of the screen, and the line at the foot."""
        text = self.screen.page.locator("pre").text_content() or ""
        return text.strip("\n").split("\n")


def _sign(cell: str) -> str:
    """The sign of a position: nothing, and attributes, show as a blank."""
    return " " if cell == "0000" or cell.startswith("SF(") else chr(int(cell, 16))
