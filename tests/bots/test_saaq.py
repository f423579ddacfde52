"""What is particular to SAAQ's screen: a wizard, dialogs, one session a user."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bots.session import Session
from greffier.errors import ScreenError
from greffier.words import EntryState

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office(practice: Callable):
    return practice("saaq")


def test_the_expected_dialogs_are_answered(office):
    bot, record = office.session.bot(), office.record()
    bot.locate(record)
    bot.fill(record)
    bot.submit()

    assert bot.screen.heard == (
        "Enregistrer le changement d'adresse ?",
        "Le changement d'adresse est enregistré.",
    )
    assert len(office.changes()) == 1


def test_a_dialog_of_the_save_that_comes_at_another_step_stops_the_entry(office):
    bot, record = office.session.bot(), office.record()
    bot.locate(record)
    bot.fill(record)

    with pytest.raises(ScreenError) as stopped:
        bot.screen.press("Enregistrer")  # not from within ``submit``, which expects the question
    assert stopped.value.code == "unexpected-dialog"
    assert office.changes() == []


def test_a_dialog_nobody_expected_is_dismissed_and_saves_nothing_more(office):
    # Another clerk's change, which searches do not show yet: only the last page knows of it.
    office.live.target.store.save(office.record().values, "another", "SA", delay=3600)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.UNKNOWN, "unexpected-dialog")
    assert len(office.changes()) == 1


def test_a_refusal_in_the_middle_of_the_wizard_comes_before_submitting(office):
    outcome = office.enter(office.record(postal_code="D1D 1D1"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "target-refused")
    assert S.SUBMITTING not in office.ledger.entries[-1].history
    assert "Le code postal n'est pas conforme." in office.evidence.kept["refusal"][0].decode()


def test_the_read_back_is_of_the_summary_of_all_pages(office):
    bot, record = office.session.bot(), office.record()
    bot.locate(record)
    bot.fill(record)

    assert bot.read_back(record) == {
        name: bot.shown(record, name) for name in office.session.kind.fields
    }


def test_somebody_who_signs_in_with_the_same_name_only_costs_a_sign_in(office, browser):
    office.session.bot()
    mine = office.session
    with Session(mine.kind, mine.address, mine.credentials, browser=browser, seconds=4) as theirs:
        theirs.bot()  # which ends ours

        outcome = office.enter()

    assert outcome.state == S.CONFIRMED
    assert len(office.changes()) == 1
