"""One invented person who moves, with what old screens lose: accents, a ligature, a hyphen."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.targets.store import PersonFile

#: Who she is.
HELENE = {"surname": "Lavoie-Côté", "given_name": "Hélène", "birth_date": "1990-04-12"}
#: Where she moves to.
MOVE = {
    "civic_number": "1045",
    "street": "rue Sacré-Cœur Ouest",
    "apartment": "2B",
    "municipality": "L'Île-d'Orléans",
    "postal_code": "G1R 5A5",
    "telephone": "4185551234",
    "email": "helene@exemple.ca",
    "effective_date": (date.today() + timedelta(days=20)).isoformat(),
}


def file_of_helene(file_number: str) -> PersonFile:
    """What a target knows of her before."""
    return PersonFile(
        file_number=file_number,
        **HELENE,
        civic_number="12",
        street="rue des Érables",
        municipality="Lévis",
        postal_code="G6V 1A1",
        telephone="4185550000",
    )
