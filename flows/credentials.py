"""Credentials kept in Prefect: a ``Secret`` block for each target and session."""

from __future__ import annotations

from typing import Any, cast

from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL

from bots.credentials import parsed
from bots.session import Credentials


def block_name(target: str, slot: int) -> str:
    """The block's name: ``greffier-saaq`` for the first session, ``greffier-saaq-2``…"""
    return f"greffier-{target}" + (f"-{slot}" if slot > 1 else "")


def from_prefect(target: str, slot: int) -> Credentials | None:
    """The pair in the target's ``Secret`` block, if there is one: ``{"user": …, "password": …}``.

    Not asked where no Prefect server is configured: Prefect would start one of its own.
    """
    if not PREFECT_API_URL.value():
        return None
    try:
        block = cast("Secret[Any]", Secret.load(block_name(target, slot), _sync=True))  # type: ignore[call-arg]
    except ValueError:  # Prefect's way to say that there is no such block
        return None
    return parsed(block.get())
