"""What the screen must show for a record, and whether it does: all of it, exactly."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from bots.contract import Bot, Shown
from greffier.errors import BusinessError
from greffier.words import Record


@dataclass(frozen=True)
class Wanted:
    """A record as its target shows it: the fields typed, and what proves whose file it is."""

    fields: Mapping[str, str]
    identity: Mapping[str, str]


def wanted(kind: type[Bot], record: Record) -> Wanted:
    """``record`` as the target of ``kind`` shows it. Nothing has been typed anywhere yet.

    Raises ``BusinessError``, naming the field: ``value-too-long``, ``value-not-holdable`` (the
    target has no way to write it), ``field-not-on-screen`` (the target would lose it),
    ``identity-missing`` (the paper does not say whose file it is).
    """
    held = kind.typed() | set(kind.searched_by)
    for name, value in record.values.items():
        if value and name not in held:
            raise BusinessError("field-not-on-screen", field=name)
    said = {name: how.said(name, record) for name, how in kind.fields.items()}
    fields = {
        name: _as_shown(name, how, said[name])
        for name, how in kind.fields.items()
        if said[name] or not how.kept
    }
    identity = {}
    for name in {**kind.identity, **record.identity}:
        if not record.identity.get(name):
            raise BusinessError("identity-missing", field=name)
        identity[name] = _as_shown(name, kind.identity.get(name, Shown()), record.identity[name])
    return Wanted(fields, identity)


def difference(expected: Mapping[str, str], shown: Mapping[str, str]) -> str | None:
    """The first name under which ``shown`` has not what is expected, if any.

    A name that is not shown differs. Runs of white space count as one blank, and none at the ends.
    """
    for name, value in expected.items():
        if name not in shown or _tidy(shown[name]) != _tidy(value):
            return name
    return None


def mark(shown: Mapping[str, str]) -> str:
    """What a file shows, to be recognised later without being kept: 64 hexadecimal digits."""
    tidied = {name: _tidy(value) for name, value in shown.items()}
    return hashlib.sha256(json.dumps(tidied, sort_keys=True).encode()).hexdigest()


def _as_shown(name: str, how: Shown, value: str) -> str:
    try:
        converted = how.of(value)
    except ValueError:
        raise BusinessError("value-not-holdable", field=name) from None  # it quotes the value
    if how.limit is not None and len(converted) > how.limit:
        raise BusinessError("value-too-long", field=name)
    return converted


def _tidy(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).split())
