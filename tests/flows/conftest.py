"""A real store and a real database for the steps of a batch, without Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.office import Office
from greffier.settings import Settings
from greffier.words import Decision, DocumentRead, Reading
from sandbox.serve import LiveTarget
from storage.database import upgrade
from storage.embedded import EmbeddedStore

#: An invented person, by the fields of the practice form.
ANSWERS = {
    "surname": "TREMBLAY-ESSAI",
    "given_name": "ROSALIE",
    "birth_date": "1984-03-12",
    "sex": "F",
    "nas": "912345673",
    "nam": "",
    "saaq_licence": "",
    "file_saaq": "",
    "file_revenu_quebec": "",
    "file_ramq": "",
    "file_retraite_quebec": "",
    "file_emploi_solidarite": "",
    "file_elections_quebec": "40012345",
    "new_civic_number": "120",
    "new_street": "rue des Essais",
    "new_apartment": "",
    "new_municipality": "Lévis",
    "new_postal_code": "G6V 1A1",
    "telephone": "4185550101",
    "email": "",
    "effective_date": "2026-12-01",
    "date_signed": "2026-11-02",
    "signature": "present",
    "notify_revenu_quebec": "",
    "notify_ramq": "",
    "notify_saaq": "",
    "notify_retraite_quebec": "",
    "notify_emploi_solidarite": "",
    "notify_elections_quebec": "yes",
}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path_factory.mktemp("store"), "greffier", "a-secret-for-tests")
    store.endpoint = store.start()  # type: ignore[attr-defined]
    yield store
    store.stop()


@pytest.fixture
def office(store: EmbeddedStore, tmp_path: Path) -> Office:
    settings = Settings(
        home=tmp_path / "home",
        s3_endpoint=store.endpoint,  # type: ignore[attr-defined]
        s3_access_key="greffier",
        s3_secret_key="a-secret-for-tests",
    )
    settings.home.mkdir()
    upgrade(settings.database)
    office = Office.open(settings)
    office.archive.ensure_bucket()
    return office


@pytest.fixture
def desk(office: Office, live: LiveTarget) -> Office:
    """The office, which knows where the test's ``live`` target is, and who signs in there."""
    who = {"target_user": live.credentials.user, "target_password": live.credentials.password}
    where = {"targets": {live.target.id: live.url}}
    settings = type(office.settings)(**office.settings.model_dump() | who | where)
    return replace(office, settings=settings)


def read_as(answers: dict[str, str], decision: Decision = Decision.ENTER) -> DocumentRead:
    """A document read without a doubt."""
    readings = tuple(
        Reading(name=name, value=value, raw=value, confidence=1.0, page=1, reader="test")
        for name, value in answers.items()
    )
    return DocumentRead(
        source="-",
        document=1,
        pages=(1, 2),
        form="changement-adresse",
        form_confidence=1.0,
        readings=readings,
        decision=decision,
    )
