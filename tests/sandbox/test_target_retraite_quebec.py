"""The green screen's host, spoken to as its terminal speaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.serve import LiveTarget
from sandbox.targets.store import PersonFile

TOMORROW = date.today() + timedelta(days=1)
ELOI = PersonFile(
    "100200300", "Bélanger", "Éloi", "1950-03-09", "12", "rue de l'Île", "4", "Lévis", "G6V 1A1"
)


class Terminal:
    """Keys in, displays out; remembers the last display as a terminal does."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.shown: dict = {}
        self.press("")

    def press(self, key: str, **over: str) -> Terminal:
        """Strike ``key`` after typing over fields, named ``r<row>c<column>``."""
        fields = [[*map(int, place[1:].split("c")), text] for place, text in over.items()]
        keyed = {"key": key, "cursor": [1, 1], "display": self.shown.get("id"), "fields": fields}
        answer = self._client.post("/ecran", json=keyed)
        answer.raise_for_status()
        self.shown = answer.json()
        return self

    def sign_on(self) -> Terminal:
        return self.press("ENTER", r10c43="EXERCICE", r12c43="EXERCICE")

    def open(self, number: str = "100200300") -> Terminal:
        return self.press("ENTER", r13c33="1").press("F5", r8c39=number)

    def change(self, day: date = TOMORROW, **over: str) -> Terminal:
        """Fill the entry display and have it checked."""
        typed = {"r8c32": f"{day:%y%m%d}", "r10c32": "8", "r11c32": "RANG 2"}
        return self.press("F6").press("F6", **typed | over)

    @property
    def id(self) -> str:
        return self.shown["id"]

    @property
    def message(self) -> str:
        return self.shown["rows"][22].strip()

    @property
    def text(self) -> str:
        return "\n".join(self.shown["rows"])


@pytest.fixture
def target(tmp_path: Path) -> Iterator[LiveTarget]:
    with LiveTarget("retraite-quebec", tmp_path, [ELOI]) as live:
        yield live


@pytest.fixture
def terminal(target: LiveTarget) -> Iterator[Terminal]:
    with httpx.Client(base_url=target.url) as client:
        yield Terminal(client)


def test_every_display_says_it_is_a_practice_target(terminal):
    seen = [terminal.shown, terminal.sign_on().shown, terminal.press("ENTER", r13c33="1").shown]
    seen += [terminal.press("F5", r8c39="100200300").shown, terminal.press("F6").shown]
    for display in seen:
        assert "CIBLE D'EXERCICE - AUCUN LIEN AVEC UN ORGANISME REEL" in display["rows"][1]


def test_a_display_is_24_rows_of_80_positions(terminal):
    displays = [terminal.shown, terminal.sign_on().shown, terminal.open().shown]
    for display in displays:
        assert [len(row) for row in display["rows"]] == [80] * 24


def test_the_sign_on_display_comes_back_with_the_host_s_message_for_a_wrong_password(terminal):
    terminal.press("ENTER", r10c43="EXERCICE", r12c43="AUTRE")
    assert (terminal.id, terminal.message[:8]) == ("RQS0", "MAJ0101E")


def test_a_file_is_shown_in_capitals_without_accents(terminal):
    terminal.sign_on().open()
    assert terminal.id == "RQD1"
    assert "BELANGER" in terminal.text
    assert "12 RUE DE L'ILE" in terminal.text
    assert "1950-03-09" in terminal.text


def test_an_unknown_file_leaves_the_search_with_a_message(terminal):
    terminal.sign_on().open("999")
    assert (terminal.id, terminal.message) == ("RQR1", "MAJ0201E DOSSIER INEXISTANT")


def test_the_entry_display_starts_from_the_address_in_force(terminal):
    terminal.sign_on().open().press("F6")
    texts = {(one["row"], one["column"]): one["text"] for one in terminal.shown["fields"]}
    assert texts[11, 32] == "RUE DE L'ILE"
    assert texts[12, 32] == "4"
    assert texts[8, 32] == ""


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        ("r14c32", "D1D1D1", "MAJ0303E"),
        ("r8c32", "261341", "MAJ0304E"),
        ("r8c32", "010101", "MAJ0305E"),
        ("r11c32", "", "MAJ0301E"),
        ("r16c32", "555123", "MAJ0307E"),
    ],
)
def test_a_bad_value_is_refused_with_its_message_and_stays_on_the_display(
    terminal, place, text, message
):
    terminal.sign_on().open().change(**{place: text})
    assert (terminal.id, terminal.message[:8]) == ("RQC1", message)
    row, column = map(int, place[1:].split("c"))
    [field] = [f for f in terminal.shown["fields"] if (f["row"], f["column"]) == (row, column)]
    assert field["text"] == text


def test_nothing_is_saved_before_the_confirmation_is_answered_with_o(terminal, target):
    terminal.sign_on().open().change()
    assert terminal.id == "RQC2"
    assert terminal.press("ENTER", r20c24="X").message == "MAJ0306E REPONDRE O OU N"
    assert terminal.press("ENTER", r20c24="N").id == "RQC1"
    assert target.control.changes() == []


def test_a_confirmed_change_is_saved_numbered_and_listed(terminal, target):
    terminal.sign_on().open().change().press("F6", r20c24="O")
    assert (terminal.id, terminal.message) == ("RQC3", "MAJ0000I MISE A JOUR EFFECTUEE")
    [change] = target.control.changes()
    assert change["confirmation"] in terminal.text
    assert (change["effective_date"], change["street"]) == (TOMORROW.isoformat(), "RANG 2")
    terminal.press("ENTER")
    assert terminal.shown["rows"][13].split() == [
        f"{TOMORROW:%y%m%d}", "8", "RANG", "2", "4", change["confirmation"]
    ]  # fmt: skip


def test_an_answer_lost_after_the_save_and_given_again_does_not_save_again(terminal, target):
    terminal.sign_on().open().change()
    target.control.order(fail="after")
    with pytest.raises(httpx.HTTPStatusError, match="500"):
        terminal.press("ENTER", r20c24="O")
    assert terminal.press("ENTER", r20c24="O").id == "RQC3"
    assert len(target.control.changes()) == 1


def test_changes_beyond_four_are_on_further_pages(terminal):
    terminal.sign_on().open()
    for days in range(1, 6):
        day = date.today() + timedelta(days=days)
        terminal.change(day).press("F6", r20c24="O").press("ENTER")
    assert "PAGE 1 DE 2" in terminal.text
    first = f"{TOMORROW:%y%m%d}"
    assert first not in terminal.text
    assert first in terminal.press("F8").text
    assert terminal.press("F8").message == "MAJ0202E PAS D'AUTRE PAGE"


def test_a_change_in_force_today_becomes_the_address_of_the_file(terminal):
    terminal.sign_on().open().change(date.today()).press("F6", r20c24="O").press("ENTER")
    assert "8 RANG 2" in terminal.shown["rows"][7]


def test_a_session_that_ended_shows_the_sign_on_display(terminal, target):
    terminal.sign_on().open()
    target.control.order(expire=True)
    terminal.press("F6")
    assert (terminal.id, terminal.message[:8]) == ("RQS0", "MAJ0102E")
    assert terminal.sign_on().id == "RQM0"


def test_a_key_for_a_display_the_host_has_left_is_answered_with_the_right_one(terminal):
    terminal.sign_on().open()
    terminal.shown = {"id": "RQC2"}
    assert terminal.press("ENTER", r20c24="O").id == "RQD1"
