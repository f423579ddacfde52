from __future__ import annotations

import re
from pathlib import Path

import pytest

from greffier.messages import LANGUAGES, text

ROOM = Path(__file__).parents[2] / "storage"


def raised() -> set[str]:
    """The codes of all errors that this room raises."""
    source = "\n".join(path.read_text() for path in ROOM.glob("*.py"))
    named = re.findall(
        r"raise (?:\w+Error|\w+Lost|\w+Closed|\w+Transition)\(\s*\"([a-z-]+)\"", source
    )
    return {*named, *re.findall(r"\"(store-no-[a-z]+)\":", source)}


def reasons() -> set[str]:
    """The reasons that this room itself gives in the ledger."""
    source = (ROOM / "ledger.py").read_text()
    return {code for code in re.findall(r"\"([a-z-]+)\"", source) if "worker-" in code} | set(
        re.findall(r"reason=\"([a-z-]+)\"", source)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_and_reason_of_this_room_has_a_text(language: str) -> None:
    assert len(raised()) > 15
    assert len(reasons()) >= 5
    keys = {f"error.{code}" for code in raised()} | {f"reason.{code}" for code in reasons()}
    assert [key for key in sorted(keys) if text(key, language) == key] == []
