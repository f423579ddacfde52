"""A screen that is not as a person approved it is noticed before anything is submitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bots import shape
from bots.registry import bot_for
from bots.shape import SUBMIT, Change, Known, change_that_explains, changes, load
from bots.trial import examine
from greffier.errors import TargetStopped
from greffier.words import EntryState as S
from sandbox.targets import TARGETS

SEARCH = ('text "Numéro"', 'button "Chercher"')
FORM = ('text "Date"', 'text "Rue" max=40', 'text "Ville"', 'button "Enregistrer"')
KNOWN = Known({"Numéro": SEARCH, SUBMIT: FORM}, frozenset({"Numéro", "Date", "Rue", "Ville"}))


# -- What has changed, from two shapes ---------------------------------------------------------


def test_pages_as_approved_have_not_changed():
    assert changes(KNOWN, {"Numéro": SEARCH, SUBMIT: FORM}) == []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (('text "Date"', 'text "Rue" max=40', 'text "Courriel"', *FORM[2:]), '+ text "Courriel"'),
        ((FORM[1], FORM[0], *FORM[2:]), '+ text "Rue" max=40'),
        ((FORM[0], 'text "Rue" max=20', *FORM[2:]), '+ text "Rue" max=20'),
        ((FORM[0], FORM[1], FORM[3]), '- text "Ville"'),
    ],
    ids=["added", "moved", "shortened", "removed"],
)
def test_a_field_added_moved_shortened_or_removed_is_told(now, told):
    [change] = changes(KNOWN, {"Numéro": SEARCH, SUBMIT: now})

    assert change.page == SUBMIT
    assert told in change.lines


def test_a_page_nobody_knows_is_new_from_top_to_end():
    [change] = changes(KNOWN, {"Numéro": SEARCH, "Avis": ('button "Continuer"',)})

    assert change == Change("Avis", ('+ button "Continuer"',))


def test_a_label_gone_is_explained_by_the_one_that_stands_in_its_place():
    now = (FORM[0], 'text "Voie publique" max=40', *FORM[2:])

    assert change_that_explains(KNOWN, now, "Rue").proposed == {"Rue": "Voie publique"}


def test_a_label_that_moved_and_was_renamed_is_proposed_by_its_likeness():
    now = (FORM[0], FORM[2], FORM[3], 'text "Nom de la rue" max=40')

    assert change_that_explains(KNOWN, now, "Rue").proposed == {"Rue": "Nom de la rue"}


def test_nothing_is_proposed_for_a_label_that_nothing_new_looks_like():
    change = change_that_explains(KNOWN, (FORM[0], *FORM[2:]), "Rue")

    assert change.proposed == {}
    assert '- text "Rue" max=40' in change.lines


def test_a_screen_that_shows_nothing_unknown_explains_no_other_trouble():
    assert change_that_explains(KNOWN, SEARCH, None) is None
    assert change_that_explains(KNOWN, SEARCH, "never there") is None


def test_an_unknown_control_explains_a_page_that_does_not_come():
    assert change_that_explains(KNOWN, ('button "J\'ai lu"',), None) is not None


def test_what_a_person_approved_is_read_as_it_was_kept(tmp_path: Path, monkeypatch):
    kind = bot_for("saaq")
    monkeypatch.setattr(shape, "shape_file", lambda kind: tmp_path / "saaq.yaml")
    known = replace(KNOWN, renamed={"Rue": "Voie"})

    assert shape.load(kind) is None
    shape.approve(kind, known, "une personne")
    kept = shape.load(kind)
    assert (kept.pages, kept.used, kept.renamed) == (known.pages, known.used, known.renamed)
    assert kept.by == "une personne"


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_bot_has_the_known_shape_of_its_screens(target):
    assert SUBMIT in shape.load(bot_for(target)).pages


# -- On the practice targets, told to change ---------------------------------------------------

#: Target → how its form is told to change, and a line that the operator must see.
CHANGED = {
    "elections-quebec": [
        ({">Rue<": ">Nom de la rue<"}, "? Rue → Nom de la rue"),
        ({">Rue<": ">Municipalité<", ">Municipalité<": ">Rue<"}, None),
        (
            {'<button type="submit">Soumettre': "<label>Pays <input></label><button>Soumettre"},
            '+ text "Pays"',
        ),
        ({">Inscrire un changement<": ">Déclarer un déménagement<"}, None),
    ],
    "saaq": [
        ({"<span>Téléphone": "<span>Téléphone cellulaire"}, '+ text "Téléphone cellulaire"'),
        ({'<button type="submit">Suivant': "<label>Pays <input></label><button>Suivant"}, None),
    ],
    "retraite-quebec": [
        ({"APPARTEMENT": "BUREAU     "}, '+ field "BUREAU" 12,32 max=6'),
    ],
    "revenu-quebec": [({"<TD>Rue<": "<TD>Voie<"}, '+ text "Voie" max=30')],
    "ramq": [({">Code postal :": ">Code postal canadien :"}, '+ text "Code postal canadien"')],
    "emploi-solidarite": [({">Courriel</label>": ">Adresse courriel</label>"}, None)],
}
CASES = [(target, *case) for target, cases in CHANGED.items() for case in cases]


@pytest.fixture
def office(practice: Callable):
    def start(target: str):
        found = practice(target)
        found.session.seconds = 1.5
        found.patience = replace(found.patience, tries=1)
        return found

    return start


@pytest.mark.browser
@pytest.mark.parametrize(("target", "rewrite", "told"), CASES)
def test_a_screen_that_changed_stops_its_target_with_nothing_submitted(
    office, target, rewrite, told
):
    changed = office(target)
    changed.live.control.order(rewrite=rewrite)

    with pytest.raises(TargetStopped) as stopped:
        changed.enter()

    assert stopped.value.code == "screen-changed"
    assert (changed.entry.state, changed.entry.reason) == (S.PLANNED, "screen-changed")
    assert changed.changes() == []
    assert S.SUBMITTING not in changed.entry.history
    shown = changed.evidence.kept["screen-changed"][0].decode()
    assert told is None or told in shown.splitlines()


@pytest.mark.browser
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_a_save_shows_is_no_change_to_the_entry_after_it(practice, target):
    office = practice(target)
    for days in (20, 21):
        day = (date.today() + timedelta(days)).isoformat()
        assert office.enter(office.record(effective_date=day)).state is S.CONFIRMED


@pytest.mark.browser
def test_an_extra_page_before_the_form_stops_the_target(office):
    changed = office("saaq")
    page = {"Date et téléphone": "Avertissement", "<span>Date du": "<span hidden>Date du"}
    changed.live.control.order(rewrite=page | {">Suivant<": ">Continuer<"})

    with pytest.raises(TargetStopped):
        changed.enter()
    assert changed.changes() == []


@pytest.mark.browser
def test_a_renamed_field_is_entered_under_its_new_name_once_a_person_approved_it(office):
    changed = office("revenu-quebec")
    changed.live.control.order(rewrite={"<TD>Rue<": "<TD>Voie<"})

    findings = examine(changed.session, changed.record())
    assert findings.renamed == {"Rue": "Voie"}

    session = changed.session
    session.known = replace(session.known, renamed=findings.renamed)
    session.renew(findings.trouble)
    again = examine(session, changed.record())
    assert again.trouble is None
    assert again.changes  # the form's own shape: approved with the rename

    session.known = again.now
    session.renew(findings.trouble)
    assert changed.enter().state is S.CONFIRMED
    [change] = changed.changes()
    assert change["street"] == "RUE SACRE-COEUR OUEST"


@pytest.mark.browser
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_examining_a_screen_submits_nothing_and_finds_it_as_approved(practice, target):
    office = practice(target)

    findings = examine(office.session, office.record())

    assert (findings.changes, findings.trouble) == ([], None)
    assert office.changes() == []


@pytest.mark.parametrize("text", ["pages: [", "pages: []", "approved: {by: eva}"])
def test_a_known_shape_that_cannot_be_read_stops_its_target(tmp_path, monkeypatch, text):
    path = tmp_path / "ramq.yaml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("bots.shape.shape_file", lambda kind: path)
    with pytest.raises(TargetStopped) as stopped:
        load(bot_for("ramq"))
    assert stopped.value.code == "not-a-shape"
    assert "doctor ramq --approve" in stopped.value.explain("en")
