"""The third practice target's own ways: a wizard that keeps a draft until its last page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

ADDRESS = {
    "civic_number": "9",
    "street": "rue de l'Œuvre",
    "apartment": "",
    "municipality": "Saint-Félix-de-Valois",
    "postal_code": "j0k 2m0",
}
WHEN = {
    "effective_date": (date.today() + timedelta(days=3)).strftime("%d-%m-%Y"),
    "telephone": "4185551234",
}


@pytest.fixture
def asker(ask: Callable):
    asker = ask("saaq")
    asker.sign_in()
    return asker


def go_through(asker):
    """All pages up to the summary, which is returned."""
    asker.post("/etape1", {"file_number": "ROYO 8556 0719"})
    asker.post("/etape2", ADDRESS)
    return asker.post("/etape3", WHEN)


def test_each_page_leads_to_the_next_and_the_last_saves(asker):
    summary = asker.words(go_through(asker))
    assert "Vérifiez les renseignements" in summary
    assert "418 555-1234" in summary
    assert asker.changes().json() == []

    done = asker.words(asker.post("/enregistrer", {}))
    [change] = asker.changes().json()
    assert change["confirmation"] in done
    assert change["postal_code"] == "J0K 2M0"


def test_a_page_with_a_bad_value_does_not_lead_on(asker):
    asker.post("/etape1", {"file_number": "ROYO85560719"})

    page = asker.post("/etape2", ADDRESS | {"postal_code": "ZZZ"})

    assert "Le code postal n'est pas conforme." in asker.words(page)
    assert page.url.path == "/etape2"
    assert 'value="Saint-Félix-de-Valois"' in page.text


def test_a_page_cannot_be_skipped(asker):
    asker.post("/etape1", {"file_number": "ROYO85560719"})
    asker.post("/etape3", WHEN)

    refused = asker.words(asker.post("/enregistrer", {}))

    assert "Remplissez le champ : Rue." in refused
    assert asker.changes().json() == []


def test_a_new_search_forgets_the_draft(asker):
    go_through(asker)
    asker.post("/etape1", {"file_number": "ROYO85560719"})

    assert "Saint-Félix" not in asker.get("/etape2").text
    asker.post("/enregistrer", {})
    assert asker.changes().json() == []


def test_the_last_page_asks_before_it_saves_and_says_when_the_date_is_taken(asker):
    first = go_through(asker).text
    asker.post("/enregistrer", {})
    second = go_through(asker).text

    assert "confirm('Enregistrer le changement d\\'adresse ?')" in first
    assert "confirm('Un changement existe déjà à cette date." in second


def test_the_draft_dies_with_the_session(asker):
    go_through(asker)
    asker.order(expire=True)

    assert "Identification requise" in asker.words(asker.post("/enregistrer", {}))
    asker.sign_in()
    asker.post("/enregistrer", {})
    assert asker.changes().json() == []
