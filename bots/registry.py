"""Finds the bot of a target: one file a target in this folder, no list to keep."""

from __future__ import annotations

import inspect
import pkgutil
from functools import cache
from importlib import import_module

import bots
from bots.contract import Bot
from greffier.errors import UsageError


@cache
def all_bots() -> dict[str, type[Bot]]:
    """Every bot of this folder, by target id."""
    found: dict[str, type[Bot]] = {}
    for module in pkgutil.iter_modules(bots.__path__, "bots."):
        for kind in vars(import_module(module.name)).values():
            if inspect.isclass(kind) and issubclass(kind, Bot) and not inspect.isabstract(kind):
                found[kind.target] = kind
    return found


def bot_for(target: str) -> type[Bot]:
    """The bot of ``target``. Raises ``UsageError("unknown-target")``, naming those there are."""
    known = all_bots()
    if target not in known:
        raise UsageError("unknown-target", target=target, known=", ".join(sorted(known)))
    return known[target]
