"""The newer target's token, duplicates and server errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from sandbox.serve import LiveTarget
from sandbox.targets.base import NOTICE
from sandbox.targets.elections_quebec import ERROR_EVERY
from sandbox.targets.store import PersonFile

ELOI = PersonFile("100200300", "Bélanger", "Éloi", street="rue de l'Île", municipality="Lévis")
CHANGE = {
    "effective_date": (date.today() + timedelta(days=1)).isoformat(),
    "civic_number": "8",
    "street": "chemin de l'Église",
    "municipality": "Saint-Éloi",
    "postal_code": "g6v1a1",
    "telephone": "418 555-0123",
    "email": "eloi@exemple.ca",
}
FORM = "/dossiers/100200300/changement"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[LiveTarget]:
    with LiveTarget("elections-quebec", tmp_path, [ELOI]) as live:
        live.control.order(error_every=0)
        yield live


@pytest.fixture
def client(target: LiveTarget) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=target.url, follow_redirects=True) as client:
        client.post("/connexion", data={"usager": "exercice", "mot_de_passe": "exercice"})
        yield client


def submit(client: httpx.Client, **changed: str) -> httpx.Response:
    """Fill the form as it is handed out, and send it."""
    page = client.get(FORM).text
    sealed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    return client.post(FORM, data=sealed | CHANGE | changed)


def test_its_pages_say_that_it_is_a_practice_target(client, target):
    pages = [httpx.get(target.url + "/connexion"), submit(client), submit(client)]
    pages += [client.get(path) for path in ("/recherche", "/dossiers/100200300", FORM)]
    assert all(NOTICE in unescape(page.text) for page in pages)


def test_a_search_leads_to_the_file_or_says_there_is_none(client):
    assert "Bélanger" in client.get("/recherche", params={"numero": "100 200 300"}).text
    assert "Aucun dossier" in client.get("/recherche", params={"numero": "999"}).text


def test_a_change_is_saved_with_its_accents_and_confirmed(client, target):
    answer = submit(client)
    [change] = target.control.changes()
    assert change["confirmation"] in answer.text
    assert (change["street"], change["postal_code"]) == ("chemin de l'Église", "G6V 1A1")


@pytest.mark.parametrize("token", ["", "d'un autre"])
def test_a_form_without_its_token_is_forbidden_and_saves_nothing(client, target, token):
    assert submit(client, jeton=token).status_code == 403
    assert target.control.changes() == []


def test_a_second_change_at_the_same_date_is_refused_beside_the_first(client, target):
    submit(client)
    answer = submit(client, civic_number="9")
    assert answer.status_code == 409
    assert "Un changement est déjà inscrit à ce dossier pour cette date." in answer.text
    [change] = target.control.changes()
    assert change["confirmation"] in answer.text


def test_a_bad_value_is_refused_with_its_message_and_the_form_keeps_what_was_typed(client, target):
    answer = submit(client, postal_code="D1D 1D1", municipality="")
    assert answer.status_code == 422
    assert "entrez un code postal valide" in answer.text
    assert "Municipalité : ce champ est requis." in answer.text
    assert 'value="D1D 1D1"' in answer.text
    assert target.control.changes() == []


def test_one_page_in_so_many_is_a_server_error(client, target):
    target.control.order(error_every=ERROR_EVERY)
    statuses = [client.get("/recherche").status_code for _ in range(2 * ERROR_EVERY)]
    assert statuses.count(500) == 2
    failed = statuses.index(500)
    assert statuses[failed + ERROR_EVERY] == 500


def test_a_server_error_comes_before_anything_is_saved(client, target):
    page = client.get(FORM).text
    sealed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    target.control.order(error_every=1)
    assert client.post(FORM, data=sealed | CHANGE).status_code == 500
    assert target.control.changes() == []


def test_a_file_that_does_not_exist_has_no_page(client):
    assert client.get("/dossiers/999").status_code == 404
