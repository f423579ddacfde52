"""A 3270 terminal without a window: one ``s3270`` process, which shows its screen as a web page.

Its web server asks nobody who he is (4.1 knows no password): it listens on this machine alone, on a
port of its own choosing, and the actions that would run a program, read a file or print are taken
from it. Whoever has an account on this machine can still press this terminal's keys: machines that
run bots are for bots alone.
"""

from __future__ import annotations

import json
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import psutil

from greffier.errors import ScreenError, TargetStopped

S3270 = Path("/usr/bin/s3270")
#: Where the terminal takes its actions, and where it shows its screen.
ACTIONS, SCREEN = "/3270/rest/json/", "/3270/screen.html"
#: What a host is reached by: in the clear, or in TLS with its certificate checked.
SCHEMES = {"tn3270": "", "tn3270s": "L:"}

_HERE = "127.0.0.1"
_DANGEROUS = (
    "Execute Script Source Macro Prompt Transfer Printer PrintText ScreenTrace Trace Snap"
    " Set Toggle Connect Open"
)
_FLAGS = (
    *("-model", "3279-2", "-utf8"),
    *("-httpd", f"{_HERE}:0"),
    *("-clear", "aidWait"),  # a key is sent when it is pressed; who waits for the host, says so
    *("-xrm", "s3270.unlockDelay: false"),
    *("-xrm", "s3270.numericLock: true"),  # as terminals do: no letter in a field of digits
    *("-xrm", f"s3270.suppressActions: {_DANGEROUS}"),
)


def is_host(address: str) -> bool:
    """Whether ``address`` is a 3270 host's (``tn3270://host:port``), and no web site's."""
    return urlsplit(address).scheme in SCHEMES


class Emulator:
    """A terminal on the line to ``address``; use ``start``. It dies with the thread that did."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._port = port
        self.url = f"http://{_HERE}:{port}"

    @classmethod
    def start(cls, address: str, code_page: str, seconds: float) -> Self:
        """Call the host, and wait until its first display may be typed in.

        Raises ``TargetStopped("terminal-missing")``, and ``ScreenError("target-unreachable")`` when
        the host does not answer within ``seconds``.
        """
        host = urlsplit(address)
        line = f"{SCHEMES[host.scheme]}{host.hostname}:{host.port or 23}"
        if not S3270.exists():
            raise TargetStopped("terminal-missing", path=S3270)
        # The kernel ends it if we are killed: it would keep the line, and a place at the host.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", S3270, *_FLAGS, "-codepage", code_page, line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            terminal = cls(process, _port(process, seconds))
            if terminal.ask(f"Wait({seconds:.0f},InputField)", seconds + 1) is None:
                raise ScreenError("target-unreachable")
        except BaseException:
            _end(process)
            raise
        return terminal

    def ready(self) -> bool:
        """Whether it is on the line and its keyboard is not locked.

        One that is locked is not to be reset: keys struck while the host is at work are taken for
        the answer to a display that nobody has seen.
        """
        answer = self.ask("Query(ConnectionState)", 2.0)
        return answer is not None and _free(str(answer["status"]))

    def stop(self) -> None:
        """Hang up."""
        _end(self._process)

    def ask(self, action: str, seconds: float) -> dict[str, Any] | None:
        """What ``action`` answers; nothing if it fails, or the terminal is gone."""
        line = HTTPConnection(_HERE, self._port, timeout=seconds)
        try:
            line.request("GET", ACTIONS + quote(action, safe=""))
            answer = line.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
            return found if answer.status == 200 else None
        except (OSError, HTTPException):
            return None
        finally:
            line.close()


def _free(status: str) -> bool:
    """Of the status line: the keyboard is unlocked, and there is a host."""
    keyboard, _, _, line = status.split()[:4]
    return keyboard == "U" and line.startswith("C(")


def _port(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The port that this very process listens on, and nobody else's."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        for one in psutil.Process(process.pid).net_connections(kind="tcp4"):
            if one.status == psutil.CONN_LISTEN:
                return int(one.laddr.port)
        time.sleep(0.02)
    raise ScreenError("target-unreachable")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
