"""The practice targets, by id. Each is one module; see ``base.Target``."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

from greffier.errors import UsageError

if TYPE_CHECKING:
    from sandbox.targets.base import Target

#: Target id → where its class is: the six of the change of address.
TARGETS = {
    "revenu-quebec": "sandbox.targets.revenu_quebec:RevenuQuebec",
    "ramq": "sandbox.targets.ramq:Ramq",
    "saaq": "sandbox.targets.saaq:Saaq",
    "retraite-quebec": "sandbox.targets.retraite_quebec:RetraiteQuebec",
    "emploi-solidarite": "sandbox.targets.emploi_solidarite:EmploiSolidarite",
    "elections-quebec": "sandbox.targets.elections_quebec:ElectionsQuebec",
}

#: The one that no browser reaches: see ``terminal.TerminalTarget``. Started when asked for only.
TERMINALS = {"cnesst": "sandbox.targets.cnesst:Cnesst"}


def target_class(target: str | type[Target]) -> type[Target]:
    """The class of ``target``, which may be one already.

    Raises ``UsageError("unknown-target")``, naming those there are.
    """
    if not isinstance(target, str):
        return target
    known = TARGETS | TERMINALS
    if target not in known:
        raise UsageError("unknown-target", target=target, known=", ".join(known))
    found: type[Target] = pkgutil.resolve_name(known[target])
    return found
