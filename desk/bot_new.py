"""``greffier bots new``: a bot that works, its test, and a record to try it with."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

import bots
from desk.show import console
from greffier.errors import UsageError
from greffier.messages import text as t

SCAFFOLD = Path(__file__).with_name("scaffold")
#: A target's id: words in lower case, joined by hyphens.
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def write_scaffold(target: str, into: Path | None = None) -> list[Path]:
    """Write the files of a new bot, under ``into`` (default: this checkout); which.

    Raises ``UsageError``: ``bot-name`` when ``target`` is no id, ``bot-exists`` rather than write
    over a file.
    """
    if not ID.fullmatch(target):
        raise UsageError("bot-name", target=target)
    root = into or Path(bots.__path__[0]).parent
    module = target.replace("-", "_")
    files = {
        root / "bots" / f"{module}.py": "bot.py.txt",
        root / "tests" / "bots" / f"test_{module}.py": "test.py.txt",
        root / f"{target}.json": "record.json.txt",
    }
    if there := next((path for path in files if path.exists()), None):
        raise UsageError("bot-exists", path=there)
    for path, template in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(template, target), encoding="utf-8")
    bot, test, record = files
    told = {"bot": bot, "test": test, "record": record, "id": target}
    console.print(t("cli.bots.new.done", details=told), soft_wrap=True, markup=False)
    return list(files)


def filled(template: str, target: str) -> str:
    """A template of the scaffold, for ``target``."""
    return Template((SCAFFOLD / template).read_text(encoding="utf-8")).substitute(names_of(target))


def names_of(target: str) -> dict[str, str]:
    """What a target is called in code: its id, its title and its class's name."""
    words = target.split("-")
    return {
        "target": target,
        "title": " ".join(words).capitalize(),
        "name": "".join(map(str.capitalize, words)),
    }
