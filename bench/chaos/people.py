"""Invented people who move, from a seed: what is to be typed, and so what must be found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from zlib import crc32

from bots.registry import bot_for
from greffier.words import Record
from sandbox.targets.store import PersonFile

FORM = "changement-adresse"
#: Files a target knows. Each person moves many times, so that keys must be told apart by date.
FILES = 36

#: What an old screen may lose: accents, ligatures, hyphens, apostrophes.
SURNAMES = (
    *("Lavoie-Côté", "Bélanger", "O'Neil", "Œuvrard", "Tremblay", "Dubé", "Lévesque"),
    *("Çelik", "Roy", "Hébert"),
)
GIVEN_NAMES = (
    *("Hélène", "Noël", "François", "Maëlle", "Zoé", "Jean-Guy", "Anaïs", "Rosalie"),
    *("Loïc", "Thérèse"),
)
STREETS = (
    "rue du Sacré-Cœur",
    "chemin de l'Écluse",
    "rang Saint-Éloi",
    "rue Principale Est",
    "boul. René-Lévesque",
    "côte à Coton",
)
TOWNS = (
    ("Lévis", "G6V 1A1"),
    ("Québec", "G1R 5A5"),
    ("Trois-Rivières", "G9A 1A1"),
    ("L'Île-d'Orléans", "G0A 3W0"),
    ("Montréal", "H2X 1Y4"),
)


def files(target: str, seed: int) -> list[PersonFile]:
    """The people whom ``target`` knows."""
    chance = random.Random(seed ^ crc32(target.encode()))
    known: dict[str, PersonFile] = {}
    while len(known) < FILES:
        number = _file_number(target, chance)
        town, code = chance.choice(TOWNS)
        known[number] = PersonFile(
            file_number=number,
            surname=chance.choice(SURNAMES),
            given_name=chance.choice(GIVEN_NAMES),
            birth_date=f"{chance.randint(1930, 2005)}-{chance.randint(1, 12):02}-12",
            civic_number=str(chance.randint(1, 999)),
            street=chance.choice(STREETS),
            municipality=town,
            postal_code=code,
            telephone="4185550000",
        )
    return list(known.values())


def moves(target: str, seed: int) -> Iterator[Record]:
    """What these people ask for, without end: no two under one file number and date."""
    kind = bot_for(target)
    people = files(target, seed)
    chance = random.Random(seed ^ crc32(target.encode()) ^ 1)
    first = date.today() - timedelta(days=200)
    number = 0
    while True:
        person = people[number % len(people)]
        values = _move(chance) | {
            "file_number": person.file_number,
            "effective_date": (first + timedelta(days=number // len(people) * 3)).isoformat(),
        }
        yield Record(
            target=target,
            form=FORM,
            values={name: values[name] for name in (*kind.searched_by, *kind.fields)},
            identity={name: getattr(person, name) for name in kind.identity},
        )
        number += 1


def _move(chance: random.Random) -> dict[str, str]:
    town, code = chance.choice(TOWNS)
    return {
        "civic_number": str(chance.randint(1, 9999)),
        "street": chance.choice(STREETS),
        "apartment": chance.choice(("", "2B", "101")),
        "municipality": town,
        "postal_code": code,
        "telephone": f"418555{chance.randint(0, 9999):04}",
        "email": f"essai{chance.randint(0, 9999)}@exemple.ca",
    }


def _file_number(target: str, chance: random.Random) -> str:
    if target == "ramq":
        letters = "".join(chance.choices("ABCDEFGHJKLMNPRSTUV", k=4))
        return f"{letters}{chance.randint(0, 99_999_999):08}"
    if target == "saaq":
        return f"{chance.choice('ABCDEFGHLMT')}{chance.randint(0, 10**12 - 1):012}"
    return f"{chance.randint(10**9, 10**10 - 1)}"
