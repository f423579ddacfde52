"""``greffier doctor``: has this machine what it takes? One line a check, and what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import NamedTuple

import httpx
import pytesseract
from rich.markup import escape
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError

from classifiers import classify
from desk.show import console
from flows.office import Office
from forms.schema import PACKS, load_packs
from greffier.errors import GreffierError
from greffier.messages import text as t
from greffier.settings import Settings, state_file
from storage.database import open_engine
from storage.embedded import weed
from storage.probe import probe


class Check(NamedTuple):
    """``needed``: without it nothing works; otherwise only what runs with the services."""

    name: str
    needed: bool
    look: Callable[[], str]


class NotFound(Exception):
    """What was looked for is not there."""


#: What looking may end with: programs that do not start, a database without its tables.
_TROUBLES = (
    NotFound,
    GreffierError,
    OSError,
    httpx.HTTPError,
    subprocess.SubprocessError,
    SQLAlchemyError,
    pytesseract.TesseractError,
)


def examine(settings: Settings) -> int:
    """Run every check, print a line each; 1 if one that is needed fails."""
    failed = False
    for check in checks(settings):
        try:
            found = check.look()
        except _TROUBLES as error:
            mark = "[red]✗[/]" if check.needed else "[yellow]–[/]"
            said = error.explain() if isinstance(error, GreffierError) else str(error)
            console.print(f"{mark} {t(f'doctor.{check.name}')} : {escape(said)}", soft_wrap=True)
            console.print(f"    {t(f'doctor.{check.name}.hint')}", soft_wrap=True)
            failed |= check.needed
        else:
            said = escape(found)
            console.print(f"[green]✓[/] {t(f'doctor.{check.name}')} : {said}", soft_wrap=True)
    return 1 if failed else 0


def checks(settings: Settings) -> Iterator[Check]:
    """What is looked at, in the order the work needs it."""
    running = state_file(settings.home).exists()
    yield Check("tesseract", True, _tesseract)
    yield Check("chromium", True, lambda: _chromium(settings))
    yield Check("classifier", True, _classifier)
    yield Check("packs", True, lambda: ", ".join(load_packs(PACKS, settings.packs)))
    yield Check("weed", True, lambda: _program(str(weed())))
    yield Check("database", running, lambda: _database(settings))
    yield Check("archive", running, lambda: _archive(settings))
    yield Check("prefect", running, lambda: _prefect(settings))


def _tesseract() -> str:
    languages = set(pytesseract.get_languages())
    if missing := {"fra", "eng"} - languages:
        raise NotFound(", ".join(sorted(missing)))
    return f"{pytesseract.get_tesseract_version()} (fra, eng)"


def _chromium(settings: Settings) -> str:
    return _program(str(settings.chromium))


def _program(path: str) -> str:
    if not shutil.which(path):
        raise NotFound(path)
    flag = "version" if path.endswith("weed") else "--version"
    done = subprocess.run([path, flag], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip().partition("\n")[0]


def _classifier() -> str:
    said = classify("Formulaire de changement d'adresse. Nouvelle adresse, ancienne adresse.")
    return said.kind or t("form.unknown")


def _database(settings: Settings) -> str:
    engine = open_engine(settings.database)
    with engine.connect() as connection:
        version = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar_one()
    return f"{engine.dialect.name} · {version}"


def _archive(settings: Settings) -> str:
    probe(Office.open(settings).archive)
    return settings.s3_endpoint


def _prefect(settings: Settings) -> str:
    if not settings.prefect_api_url:
        raise NotFound("GREFFIER_PREFECT_API_URL")
    answer = httpx.get(f"{settings.prefect_api_url}/admin/version", timeout=5)
    return f"{answer.raise_for_status().json()} · {settings.prefect_api_url}"
