"""Practice paper, printed in the test, as the readers get it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from extractors.files import list_pages
from extractors.images import Grey
from extractors.pages import Page, clean
from extractors.register import Register, Registered
from forms.schema import FormPack, load_packs
from sandbox.paper.press import Filled, Job, print_job

#: An invented person who asks two bodies.
ANSWERS = {
    "surname": "BÉLANGER-ROY",
    "given_name": "AMÉLIE",
    "birth_date": "1985-06-07",
    "sex": "F",
    "nas": "932144561",
    "nam": "BELA85560711",
    "saaq_licence": "B123456789012",
    "old_civic_number": "1245",
    "old_street": "rue Saint-Jean Ouest",
    "old_municipality": "Rimouski",
    "old_postal_code": "G5L 3A7",
    "new_civic_number": "88",
    "new_street": "avenue des Érables",
    "new_apartment": "4",
    "new_municipality": "Trois-Rivières",
    "new_postal_code": "G9A 2B3",
    "effective_date": "2026-12-01",
    "telephone": "4185550142",
    "email": "amelie@example.org",
    "notify_ramq": "yes",
    "file_ramq": "40719263",
    "notify_saaq": "yes",
    "file_saaq": "736205918",
    "signature": "present",
    "date_signed": "2026-11-10",
}


@pytest.fixture(scope="session")
def pack() -> FormPack:
    return load_packs()["changement-adresse"]


@pytest.fixture(scope="session")
def register(pack: FormPack) -> Register:
    return Register([pack])


@pytest.fixture
def printed(tmp_path: Path, pack: FormPack) -> Callable[..., Path]:
    """Print one form as a file: ``printed(medium, level=…, by=…, turned=…, **answers)``."""

    def printed(
        medium: str = "group4",
        *,
        level: str = "light",
        by: str = "type",
        turned: frozenset[int] = frozenset(),
        scribbled: str | None = None,
        seed: int = 7,
        **changes: str,
    ) -> Path:
        form = Filled(ANSWERS | changes, by, seed, scribbled)
        path = tmp_path / f"paper-{medium}"
        path.write_bytes(print_job(Job(medium, (form,), level, seed, turned), pack, None))
        return path

    return printed


@pytest.fixture
def registered(printed: Callable[..., Path], register: Register) -> Callable[..., list[Registered]]:
    """The pages of a form printed as ``printed`` does it, each laid over its blank."""

    def registered(*args: object, **kwargs: object) -> list[Registered]:
        found = [register.find(page) for page in cleaned(printed(*args, **kwargs))]
        return [page for page in found if page]

    return registered


def cleaned(path: Path) -> list[Page]:
    return [clean(raw) for raw in list_pages(path)]


def paper(height: int = 3300, width: int = 2550) -> Grey:
    """An empty letter page at 300 dpi."""
    return np.full((height, width), 255, np.uint8)
