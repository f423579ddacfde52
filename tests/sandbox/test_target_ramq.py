"""The second practice target's own ways: a page that posts its own state back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest

PAGE = "/Dossier.aspx"
MOVE = {
    "Numéro d'immeuble": "9",
    "Voie de circulation": "rue de l'Œuvre",
    "Appartement ou bureau": "",
    "Ville ou municipalité": "Saint-Félix-de-Valois",
    "Code postal": "j0k2m0",
    "Téléphone au domicile": "",
    "En vigueur le (JJ/MM/AAAA)": (date.today() + timedelta(days=3)).strftime("%d/%m/%Y"),
}


class Form:
    """The one form of a page: its hidden values, and the names behind its labels and buttons."""

    def __init__(self, asker, page) -> None:
        self.asker = asker
        self.text = unescape(page.text)
        self.status = page.status_code
        self.hidden = dict(
            re.findall(r'type="hidden" name="(\w+)" id="\w+" value="(.*?)"', self.text)
        )
        ids = {
            name: control for control, name in re.findall(r'<label for="(\S+)">(.*?) :', self.text)
        }
        self.names = {label: ids[label].replace("ctl00_Corps_", "ctl00$Corps$") for label in ids}
        self.buttons = {
            caption: name
            for name, caption in re.findall(
                r'type="submit" id="\S+" name="(\S+)" value="(.*?)"', self.text
            )
        }

    def post(self, typed=(), button=None, event="", **hidden):
        fields = self.hidden | {"__EVENTTARGET": event} | hidden
        fields |= {self.names[label]: value for label, value in dict(typed).items()}
        if button:
            fields[self.buttons[button]] = button
        return Form(self.asker, self.asker.post(PAGE, fields))

    def choose(self, kind):
        name = self.names["Genre de demande"]
        return self.post({"Genre de demande": kind}, event=name)


@pytest.fixture
def search(ask: Callable):
    asker = ask("ramq")
    asker.sign_in()
    return Form(asker, asker.get(PAGE))


@pytest.fixture
def entry(search):
    found = search.post({"Numéro de dossier": "ROYO 8556 0719"}, "Rechercher")
    return found.choose("A")


def submit(entry, **hidden):
    return entry.post(MOVE | {"Genre de demande": "A"}, "Soumettre la demande", **hidden)


def changes(form):
    return form.asker.changes().json()


def test_address_fields_come_with_the_kind_of_request(search):
    found = search.post({"Numéro de dossier": "ROYO85560719"}, "Rechercher")

    change = found.choose("A")
    other = change.choose("C")

    assert [("Code postal" in form.names) for form in (found, change, other)] == [
        False,
        True,
        False,
    ]


def test_a_change_is_saved_and_listed(entry):
    done = submit(entry)

    [change] = changes(entry)
    assert change["street"] == "rue de l'Œuvre"
    assert change["postal_code"] == "J0K 2M0"
    assert done.text.count(change["confirmation"]) == 2  # beside its caption, and in the list


def test_what_was_typed_stays_when_it_is_refused(entry):
    again = entry.post(
        MOVE | {"Code postal": "ZZZ", "Genre de demande": "A"}, "Soumettre la demande"
    )

    assert "Le code postal saisi n'existe pas." in again.text
    assert 'value="Saint-Félix-de-Valois"' in again.text
    assert changes(entry) == []


def test_ids_are_generated_anew(search):
    seen = {Form(search.asker, search.asker.get(PAGE)).names["Numéro de dossier"] for _ in range(8)}

    assert len(seen) > 1


def test_a_stale_state_is_refused(entry):
    search_again = entry.post({}, "Nouvelle recherche")
    assert search_again.status == 200

    assert submit(entry).status == 500
    assert changes(entry) == []


@pytest.mark.parametrize("which", ["__VIEWSTATE", "__EVENTVALIDATION"])
def test_a_state_changed_by_one_sign_is_refused(entry, which):
    state = entry.hidden[which]
    other = "A" if state[5] != "A" else "B"

    refused = submit(entry, **{which: state[:5] + other + state[6:]})

    assert refused.status == 500
    assert "__VIEWSTATE" in refused.text
    assert changes(entry) == []


def test_the_state_of_one_session_is_worth_nothing_in_another(entry, ask):
    other = ask("ramq")
    other.sign_in()
    other.get(PAGE)
    entry.asker = other

    assert submit(entry).status == 500
    assert changes(entry) == []


def test_a_control_that_was_not_on_the_page_may_not_be_posted(search):
    search.names["Intrus"] = "ctl00$Corps$c999"

    assert search.post({"Intrus": "x"}, "Rechercher").status == 500


def test_a_double_click_saves_once(entry):
    first, second = submit(entry), submit(entry)

    [change] = changes(entry)
    assert change["confirmation"] in first.text
    assert change["confirmation"] in second.text


def test_a_double_click_saves_twice_when_ordered(entry):
    entry.asker.order(double_click_saves=True)
    submit(entry)
    submit(entry)

    assert len(changes(entry)) == 2
