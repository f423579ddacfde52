"""A recording of Playwright's becomes the four methods, as far as it says."""

from __future__ import annotations

import ast
from datetime import date

import pytest
from playwright.sync_api import Page, sync_playwright

from bots.session import launch
from desk.bot_record import Action, actions_of, bot_of, cut, shown_to_us
from desk.recorder import recorded
from greffier.errors import UsageError
from greffier.settings import Settings
from sandbox.serve import LiveTarget
from sandbox.targets.plain import Plain
from sandbox.targets.store import PersonFile

#: As ``playwright codegen --target python`` writes it.
RECORDING = """
import re
from playwright.sync_api import Playwright, sync_playwright, expect


def run(playwright: Playwright) -> None:
    browser = playwright.chromium.launch(headless=False)
    context = browser.new_context()
    page = context.new_page()
    page.goto("http://127.0.0.1:8003/connexion?retour=1")
    page.get_by_label("Code d'employé").click()
    page.get_by_label("Code d'employé").fill("commis")
    page.get_by_label("Code d'employé").press("Tab")
    page.get_by_role("textbox", name="Mot de passe").fill("motdepasse-tres-secret")
    page.get_by_role("button", name="S'identifier").click()
    page.goto("http://127.0.0.1:8003/etape1")
    page.get_by_label("Numéro de dossier").fill("L123412045678")
    page.get_by_role("button", name="Chercher").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Changer l'adresse").click()
    page.locator("iframe").content_frame.get_by_label("Rue").fill("rue du Moulin")
    page.get_by_label("Genre").select_option("2")
    page.get_by_label("J'ai lu \\"tout\\"").check()
    page.get_by_text("Suivant").click()
    page.locator("#tel").fill("4185551234")
    page.get_by_role("button", name="Enregistrer").click()

    # ---------------------
    context.close()
    browser.close()


with sync_playwright() as playwright:
    run(playwright)
"""


def test_a_recording_is_cut_where_a_bot_is():
    parts = cut(actions_of(RECORDING))

    assert parts.sign_in == [
        Action("go", "/connexion"),
        Action("type", "Code d'employé"),
        Action("type", "Mot de passe"),
        Action("press", "S'identifier"),
    ]
    assert parts.locate == [
        Action("go", "/etape1"),
        Action("type", "Numéro de dossier"),
        Action("press", "Chercher"),
    ]
    assert [action.label for action in parts.fill] == [
        "",
        "Changer l'adresse",
        "Rue",
        "Genre",
        'J\'ai lu "tout"',
        "Suivant",
        "css=#tel",
    ]
    assert parts.submit == [Action("press", "Enregistrer")]


def test_a_recording_becomes_a_bot_with_its_four_methods():
    code = bot_of(RECORDING, "mon-ministere")

    [kind] = [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]
    methods = {node.name: ast.unparse(node) for node in kind.body if hasattr(node, "args")}
    assert kind.name == "MonMinistere"
    assert list(methods) == ["locate", "fill", "read_back", "submit"]
    assert "self.screen.type('Numéro de dossier', record['file_number'])" in methods["locate"]
    assert "self.screen.type('Rue', self.shown(record, 'rue'))" in methods["fill"]
    assert "self.screen.choose('Genre', self.shown(record, 'genre'))" in methods["fill"]
    assert "self.screen.press('Enregistrer')" in methods["submit"]
    assert "self.screen.press('Enregistrer')" not in methods["fill"]
    assert "expecting(" in code.partition("def fill")[2].partition("def read_back")[0]
    assert 'Login("/connexion", "Code d\'employé", "Mot de passe", "S\'identifier"' in code


def test_nothing_that_was_typed_is_copied():
    code = bot_of(RECORDING, "mon-ministere")

    for typed in ("commis", "motdepasse-tres-secret", "L123412045678", "Moulin", "4185551234"):
        assert typed not in code


@pytest.mark.parametrize("text", ["", "def (", "page.goto('http://exemple.test/')"])
def test_what_no_bot_can_be_made_of_is_refused(text):
    with pytest.raises(UsageError) as refused:
        bot_of(text, "mon-ministere")
    assert refused.value.code == "not-a-recording"


def test_without_a_display_the_recorder_says_how_to_do_without(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(UsageError) as refused:
        shown_to_us(Settings(), "http://exemple.test/")
    assert "--from" in refused.value.explain("fr")
    assert "http://exemple.test/" in refused.value.explain("en")


def test_a_search_begins_anew_even_where_the_recording_went_on_from_sign_in():
    recording = RECORDING.replace('page.goto("http://127.0.0.1:8003/etape1")', "pass")

    assert cut(actions_of(recording)).locate[0] == Action("go", "/")


def test_the_window_that_a_save_opens_belongs_to_the_save():
    last = 'page.get_by_role("button", name="Enregistrer").click()'
    opened = f"with page.expect_popup() as page1_info:\n        {last}"
    parts = cut(actions_of(RECORDING.replace(last, opened)))

    assert [action.verb for action in parts.submit] == ["expect_popup", "press"]
    assert "self.screen.popup()" in bot_of(RECORDING.replace(last, opened), "x")


#: What the form asks, in its order.
MOVE = {
    "Date d'effet": date.today().isoformat(),
    "Numéro civique": "12",
    "Rue": "rue du Moulin",
    "Municipalité": "Lévis",
    "Code postal": "G6V 1A1",
}


def a_move_entered_by_hand(page: Page) -> None:
    """What a person shows: they sign in, search, fill the form and save."""

    def fill(label: str, text: str) -> None:
        page.get_by_label(label, exact=True).click()
        page.keyboard.type(text)
        page.keyboard.press("Tab")

    fill("Usager", "exercice")
    fill("Mot de passe", "exercice")
    page.get_by_role("button").click()
    fill("Numéro de dossier", "1234567890")
    page.get_by_role("button").click()
    page.get_by_role("link").click()
    for label, text in MOVE.items():
        fill(label, text)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Numéro de confirmation").wait_for()


@pytest.mark.browser
def test_what_is_shown_in_a_window_is_recorded_and_becomes_a_bot(tmp_path):
    file = PersonFile(file_number="1234567890", surname="TREMBLAY-ESSAI", given_name="ROSALIE")
    with LiveTarget(Plain, tmp_path, [file]) as live, sync_playwright() as playwright:
        browser = launch(playwright)
        recording = recorded(browser, live.url, a_move_entered_by_hand)
        browser.close()

    parts = cut(actions_of(recording))
    assert [action.label for action in parts.sign_in if action.verb != "go"] == [
        "Usager",
        "Mot de passe",
        "Entrer",
    ]
    assert [action.label for action in parts.locate][-2:] == ["Numéro de dossier", "Rechercher"]
    assert [action.label for action in parts.fill] == [
        "Inscrire un changement",
        *MOVE,
    ]
    assert parts.submit == [Action("press", "Enregistrer")]
    code = bot_of(recording, "mon-ministere")
    ast.parse(code)
    assert 'self.screen.type("Rue", self.shown(record, "rue"))' in code
    assert "Moulin" not in code
