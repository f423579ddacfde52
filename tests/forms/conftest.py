from __future__ import annotations

from collections.abc import Callable

import pytest

from forms.schema import FormPack
from greffier.words import Reading

PACK = {
    "id": "essai",
    "title": {"fr": "Essai", "en": "Trial"},
    "fields": [
        {"name": "surname", "type": "name", "required": True},
        {"name": "given_name", "type": "name", "required": True},
        {"name": "birth_date", "type": "date", "layout": "comb", "cells": 8, "required": True},
        {
            "name": "sex",
            "type": "choice",
            "layout": "choice",
            "options": {"F": {"fr": "Féminin", "en": "Female"}, "M": {"fr": "M", "en": "Male"}},
        },
        {"name": "nas", "type": "nas", "layout": "comb", "cells": 9},
        {"name": "nam", "type": "nam", "layout": "comb", "cells": 12},
        {"name": "postal_code", "type": "postal_code", "required": True},
        {"name": "effective_date", "type": "date", "required": True},
        {"name": "date_signed", "type": "date", "required": True},
        {"name": "notify_tax", "type": "checkbox", "layout": "checkbox"},
        {"name": "file_tax", "type": "digits", "layout": "comb", "cells": 6},
        {"name": "notify_health", "type": "checkbox", "layout": "checkbox"},
    ],
    "rules": [
        {"rule": "at_least_one", "fields": ["notify_tax", "notify_health"]},
        {"rule": "nam_agrees", "fields": ["nam", "surname", "given_name", "birth_date", "sex"]},
        {"rule": "date_order", "fields": ["birth_date", "date_signed"]},
        {"rule": "near_dates", "fields": ["effective_date", "date_signed"], "value": "730"},
        {"rule": "required_with", "fields": ["nas", "notify_tax"]},
        {"rule": "required_with", "fields": ["nam", "notify_health"]},
    ],
    "destinations": {
        "tax": {
            "label": {"fr": "Fisc", "en": "Tax"},
            "when": "notify_tax",
            "key": ["file_tax", "effective_date"],
            "values": {"file_number": "file_tax", "postal_code": "postal_code"},
            "identity": {"surname": "surname"},
        },
        "health": {
            "label": {"fr": "Santé", "en": "Health"},
            "when": "notify_health",
            "key": ["nam", "effective_date"],
            "values": {"postal_code": "postal_code"},
            "identity": {"surname": "surname", "birth_date": "birth_date"},
        },
    },
}

#: An invented person whose NAM agrees with the rest, digit by digit.
VALUES = {
    "surname": "Testeur",
    "given_name": "Éva",
    "birth_date": "1954-12-28",
    "sex": "M",
    "nas": "130692544",
    "nam": "TESE54122816",
    "postal_code": "G1R 5A5",
    "effective_date": "2026-11-01",
    "date_signed": "2026-10-15",
    "notify_tax": "yes",
    "file_tax": "104233",
    "notify_health": "yes",
}


@pytest.fixture(scope="session")
def pack() -> FormPack:
    label = {"fr": "Champ", "en": "Field"}
    fields = [{"label": label, **field} for field in PACK["fields"]]
    return FormPack.model_validate({**PACK, "fields": fields})


@pytest.fixture
def values() -> dict[str, str]:
    return dict(VALUES)


@pytest.fixture
def read() -> Callable[..., list[Reading]]:
    """All fields of the invented person read with certainty; ``field=...`` changes a reading."""

    def readings(**changes: dict[str, object]) -> list[Reading]:
        plain = {
            name: {"name": name, "value": value, "confidence": 0.999, "reader": "trial"}
            for name, value in VALUES.items()
        }
        return [Reading.model_validate({**plain[n], **changes.get(n, {})}) for n in plain]

    return readings
