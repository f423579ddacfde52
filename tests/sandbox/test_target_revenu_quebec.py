"""The first practice target's own ways: its charset, its capitals, its thirty signs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

MOVE = {
    "nonce": "one",
    "file_number": "ROYO 8556 0719",
    "civic_number": "9",
    "street": "boulevard de l'Œuvre-des-Élus Est",
    "apartment": "",
    "municipality": "Saint-Félix-de-Valois",
    "postal_code": "J0K 2M0",
    "telephone": "",
    "effective_date": (date.today() + timedelta(days=3)).strftime("%Y/%m/%d"),
}


@pytest.fixture
def asker(ask: Callable):
    asker = ask("revenu-quebec")
    asker.sign_in()
    return asker


def test_pages_are_sent_in_iso_8859_1(asker):
    page = asker.post("/recherche", {"file_number": "rien"})

    assert page.headers["content-type"] == "text/html; charset=iso-8859-1"
    assert "organisme réel".encode("iso-8859-1") in page.content


def test_the_frames_are_a_frameset_of_three(asker):
    page = asker.get("/accueil").text

    assert page.count("<FRAMESET") == 2
    for name in ("menu", "travail", "etat"):
        assert f'NAME="{name}"' in page


def test_a_posted_ligature_is_understood_then_cut_at_thirty_capitals(asker):
    asker.post("/enregistrement", MOVE)

    [change] = asker.changes().json()
    assert change["street"] == "BOULEVARD DE L'OEUVRE-DES-ELUS EST"[:30]
    assert change["municipality"] == "SAINT-FELIX-DE-VALOIS"


def test_the_popup_shows_what_would_be_kept_and_keeps_nothing(asker):
    shown = asker.words(asker.post("/confirmation", MOVE))

    assert "CONFIRMEZ LE CHANGEMENT" in shown
    assert "BOULEVARD DE L'OEUVRE-DES-ELUS" in shown
    assert asker.changes().json() == []


def test_a_bad_value_is_refused_in_its_own_words(asker):
    shown = asker.words(asker.post("/enregistrement", MOVE | {"effective_date": "2026-12-01"}))

    assert "RQ320 - DATE INVALIDE, FORMAT AAAA/MM/JJ" in shown
    assert asker.changes().json() == []


def test_a_search_shows_what_was_saved_and_the_status_line_its_number(asker):
    asker.post("/enregistrement", MOVE)
    [change] = asker.changes().json()

    shown = asker.words(asker.post("/recherche", {"file_number": "ROYO85560719"}))

    for word in (MOVE["effective_date"], "SAINT-FELIX-DE-VALOIS", change["confirmation"]):
        assert word in shown
    assert change["confirmation"] in asker.words(asker.get("/etat"))


def test_it_takes_the_same_change_twice(asker):
    for nonce in ("one", "two"):
        asker.post("/enregistrement", MOVE | {"nonce": nonce})

    assert [change["times"] for change in asker.changes().json()] == [2, 2]
