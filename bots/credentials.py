"""Who signs in: one pair for each target and each of its sessions, from where the office keeps it.

Never from the repository. A source says ``None`` for what it does not hold; the first that holds
the pair is believed. ``slot`` counts a target's sessions from 1.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping

import keyring
from keyring.errors import KeyringError

from bots.session import Credentials
from greffier.errors import UsageError
from greffier.settings import Settings

log = logging.getLogger("greffier.bots")

#: From a target and a slot to its pair, or ``None``.
Source = Callable[[str, int], Credentials | None]


def credentials_for(target: str, slot: int, *sources: Source) -> Credentials:
    """The pair of session ``slot`` of ``target``. Raises ``UsageError("credentials-missing")``."""
    for source in sources:
        if found := source(target, slot):
            return found
    raise UsageError("credentials-missing", target=target, name=variables(target, slot)[0])


def variables(target: str, slot: int) -> tuple[str, str]:
    """Names of the environment's variables: ``GREFFIER_SAAQ_USER``, ``GREFFIER_SAAQ_2_USER``…"""
    stem = "GREFFIER_" + target.replace("-", "_").upper() + (f"_{slot}" if slot > 1 else "")
    return f"{stem}_USER", f"{stem}_PASSWORD"


def from_environment(environ: Mapping[str, str] = os.environ) -> Source:
    """Pairs in the environment's variables."""

    def pair(target: str, slot: int) -> Credentials | None:
        user, password = variables(target, slot)
        return Credentials(environ[user], environ.get(password, "")) if environ.get(user) else None

    return pair


def from_keyring(target: str, slot: int) -> Credentials | None:
    """A pair in the machine's keyring, under the service ``greffier/<target>/<slot>``.

    The keyring must be one that finds a pair by its service alone, as those of the desktops do. A
    machine without one holds nothing; one that is locked is said to be so in the log.
    """
    try:
        found = keyring.get_credential(f"greffier/{target}/{slot}", None)
    except KeyringError as error:
        log.warning("The keyring does not answer: %s.", type(error).__name__)
        return None
    return Credentials(found.username, found.password) if found else None


def from_settings(settings: Settings) -> Source:
    """The pair that serves every target: ``GREFFIER_TARGET_USER`` and ``…_PASSWORD``."""

    def pair(target: str, slot: int) -> Credentials | None:
        password = settings.target_password.get_secret_value()
        return Credentials(settings.target_user, password) if settings.target_user else None

    return pair


def parsed(secret: str | Mapping[str, str]) -> Credentials:
    """A pair kept as ``{"user": …, "password": …}``, as JSON or already read.

    Raises ``UsageError("not-credentials")``, without quoting what is there.
    """
    try:
        pair = json.loads(secret) if isinstance(secret, str) else secret
        return Credentials(pair["user"], pair["password"])
    except (ValueError, KeyError, TypeError):
        raise UsageError("not-credentials") from None
