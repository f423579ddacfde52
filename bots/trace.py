"""Playwright's trace of a try, without what the pages said.

A trace quotes the screen throughout: snapshots, answers, messages of the console, errors that list
the elements found. Lists of other people are among it, and cannot be covered as on a picture. What
is kept says what was done, where, when and with what outcome; what was seen is on the pictures.
"""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

#: Parameters of actions that hold what was typed.
_TYPED = ("value", "text", "arg", "options")
#: What a trace tells of an action: that it began, where it struck, how it ended.
_KEPT = frozenset({"context-options", "before", "input", "after"})


def scrubbed(recorded: bytes) -> bytes:
    """The zip of a trace with its actions alone; ``playwright show-trace`` opens it."""
    kept = io.BytesIO()
    with ZipFile(io.BytesIO(recorded)) as old, ZipFile(kept, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.endswith(".trace"):
                new.writestr(name, _lines(old.read(name).decode()))
            elif name.endswith(".network"):
                new.writestr(name, "")
    return kept.getvalue()


def _lines(trace: str) -> str:
    events = (json.loads(line) for line in trace.splitlines())
    return "\n".join(
        json.dumps(_silent(event), ensure_ascii=False) for event in events if event["type"] in _KEPT
    )


def _silent(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what was typed and what the page answered; of an error, its first line."""
    told = {name: value for name, value in event.items() if name not in ("result", "error")}
    if params := event.get("params"):
        told["params"] = {name: "" if name in _TYPED else value for name, value in params.items()}
    if error := event.get("error"):
        told["error"] = {"message": str(error.get("message", "")).partition("\n")[0]}
    return told
