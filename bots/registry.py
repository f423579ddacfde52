"""Finds the bot of a target: one file a target in this folder, no list to keep.

A file that does not even load breaks its own target, and no other: it is logged, and told to
whoever asks for that target.
"""

from __future__ import annotations

import inspect
import logging
import pkgutil
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType

import bots
from bots.contract import Bot
from greffier.errors import TargetStopped, UsageError

log = logging.getLogger("greffier.bots")


@dataclass(frozen=True)
class Registry:
    """The bots that load, and the files that do not (module name → what was raised), by target."""

    bots: dict[str, type[Bot]] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)


def find_bots(package: ModuleType) -> Registry:
    """Every bot in the modules of ``package``. Not cached."""
    found = Registry()
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        target = module.name.rpartition(".")[2].replace("_", "-")
        try:
            loaded = import_module(module.name)
            found.bots.update({kind.target: kind for kind in _bots_of(loaded)})
        except Exception as error:  # recorded; one bad file never stops the others
            log.exception("The bot %s does not load.", target)
            found.broken[target] = error
    return found


def _bots_of(module: ModuleType) -> list[type[Bot]]:
    kinds = [kind for kind in vars(module).values() if inspect.isclass(kind)]
    return [kind for kind in kinds if issubclass(kind, Bot) and not inspect.isabstract(kind)]


@cache
def registry() -> Registry:
    """The bots of this folder."""
    return find_bots(bots)


def all_bots() -> dict[str, type[Bot]]:
    """Every bot of this folder that loads, by target id."""
    return registry().bots


def bot_for(target: str) -> type[Bot]:
    """The bot of ``target``.

    Raises ``UsageError("unknown-target")``, naming those there are, and
    ``TargetStopped("bot-broken")`` when its file does not load.
    """
    known = registry()
    if target in known.broken:
        error = known.broken[target]
        raise TargetStopped("bot-broken", target=target, error=f"{type(error).__name__}: {error}")
    if target not in known.bots:
        raise UsageError("unknown-target", target=target, known=", ".join(sorted(known.bots)))
    return known.bots[target]
