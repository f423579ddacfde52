"""The parts of the one-page target, asked for as its page asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from sandbox.serve import LiveTarget
from sandbox.targets.base import NOTICE
from sandbox.targets.store import PersonFile

PEOPLE = [
    PersonFile(f"{root}00{number:02d}", "Gagnon", f"Prénom {number}", municipality="Lévis")
    for root in ("199", "200")
    for number in range(10)
]
CHANGE = {
    "file_number": "2000003",
    "effective_date": f"{date.today() + timedelta(days=1):%d-%m-%Y}",
    "civic_number": "8",
    "street": "chemin de l'Église",
    "municipality": "Saint-Éloi",
    "postal_code": "G6V 1A1",
    "telephone": "(418) 555-0123",
    "email": "Eloi@Exemple.ca",
    "nonce": "n1",
}


@pytest.fixture
def target(tmp_path: Path) -> Iterator[LiveTarget]:
    with LiveTarget("emploi-solidarite", tmp_path, PEOPLE) as live:
        yield live


@pytest.fixture
def client(target: LiveTarget) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=target.url, follow_redirects=True) as client:
        client.post("/connexion", data={"usager": "exercice", "mot_de_passe": "exercice"})
        yield client


def listed(client: httpx.Client, **asked: object) -> list[str]:
    answer = client.get("/api/dossiers", params={"file_number": "2005555", **asked}).json()
    return [row["file_number"] for row in answer["lignes"]]


def test_its_pages_say_that_it_is_a_practice_target(client, target):
    assert NOTICE in unescape(httpx.get(target.url + "/connexion").text)
    assert NOTICE in unescape(client.get("/accueil").text)


def test_a_search_goes_by_the_first_digit_and_comes_in_pages(client):
    answer = client.get("/api/dossiers", params={"file_number": "2009999"}).json()
    assert (answer["page"], answer["pages"], len(answer["lignes"])) == (1, 2, 5)
    assert all(number.startswith("2") for number in listed(client))


def test_rows_move_between_loads_unless_they_are_ordered_by_number(client):
    by_default = [listed(client, tri="seen", sens="desc") for _ in range(3)]
    by_number = [listed(client, tri="file_number", sens="asc") for _ in range(3)]
    assert by_default[0] != by_default[1] != by_default[2]
    assert by_number == [[f"200000{number}" for number in range(5)]] * 3


def test_an_order_that_is_no_column_or_a_page_that_is_no_number_is_a_bad_request(client):
    assert client.get("/api/dossiers", params={"tri": "address"}).status_code == 400
    assert client.get("/api/dossiers", params={"page": "deux"}).status_code == 400


def test_a_file_shows_its_holder_and_where_its_form_starts_from(client):
    file = client.get("/api/dossier", params={"file_number": "2000003"}).json()
    assert ["Prénom usuel", "Prénom 3"] in file["fiche"]
    assert file["valeurs"]["municipality"] == "Lévis"
    assert file["changements"] == []


def test_a_change_is_saved_as_kept_and_listed_as_shown(client, target):
    confirmation = client.post("/api/changement", data=CHANGE).json()["confirmation"]
    [change] = target.control.changes()
    assert (change["confirmation"], change["telephone"]) == (confirmation, "4185550123")
    assert change["email"] == "eloi@exemple.ca"
    file = client.get("/api/dossier", params={"file_number": "2000003"}).json()
    [row] = file["changements"]
    assert {CHANGE["effective_date"], "(418) 555-0123", confirmation} <= set(row)


def test_all_that_is_wrong_with_a_change_is_said_at_once(client, target):
    bad = CHANGE | {"postal_code": "D1D 1D1", "email": "eloi", "street": ""}
    answer = client.post("/api/changement", data=bad)
    assert answer.status_code == 422
    assert answer.json()["refus"] == [
        "« Rue » : à remplir.",
        "Le code postal n'existe pas.",
        "L'adresse de courriel n'est pas valide.",
    ]
    assert target.control.changes() == []


def test_the_same_form_sent_twice_saves_once(client, target):
    answers = [client.post("/api/changement", data=CHANGE).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(target.control.changes()) == 1


def test_a_part_asked_for_without_a_session_is_told_so_and_the_page_is_the_sign_in(client, target):
    target.control.order(expire=True)
    assert client.get("/api/dossiers").status_code == 401
    assert "Ouverture de session" in client.get("/accueil").text
