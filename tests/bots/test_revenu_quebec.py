"""What is particular to Revenu Québec's screen: capitals, 30 signs, frames, a popup."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greffier.errors import UnknownOutcome
from greffier.words import EntryState

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office(practice: Callable):
    return practice("revenu-quebec")


def test_capitals_without_accents_are_what_is_compared(office):
    outcome = office.enter()

    assert outcome.state == S.CONFIRMED
    [change] = office.changes()
    assert change["street"] == "RUE SACRE-COEUR OUEST"
    assert change["municipality"] == "L'ILE-D'ORLEANS"


@pytest.mark.parametrize(
    ("street", "state"),
    [("RUE " + "É" * 26, S.CONFIRMED), ("RUE " + "É" * 27, S.WITH_PERSON)],
)
def test_thirty_signs_go_in_whole_and_one_more_goes_to_a_person(office, street, state):
    assert office.enter(office.record(street=street)).state == state
    assert [change["street"] for change in office.changes()] == (
        ["RUE " + "E" * 26] if state == S.CONFIRMED else []
    )


def test_a_sign_the_file_would_lose_goes_to_a_person(office):
    outcome = office.enter(office.record(street="rang 4½"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "value-not-holdable")
    assert office.changes() == []


def test_an_entry_that_somebody_typed_twice_goes_to_a_person(office):
    values = office.record().values
    for form in ("one", "two"):
        office.live.target.store.save(values, nonce=form, prefix="RQ")

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "entered-twice")
    assert len(office.changes()) == 2


def test_a_session_that_dies_in_the_popup_is_an_unknown_outcome(office):
    bot, record = office.session.bot(), office.record()
    bot.locate(record)
    bot.fill(record)
    office.live.control.order(expire=True)

    with bot.screen.submitting(), pytest.raises(UnknownOutcome) as caught:
        bot.submit()

    assert caught.value.code == "session-dead"
    assert office.changes() == []


def test_the_popup_of_one_refused_entry_does_not_trouble_the_next(office):
    refused = office.enter(office.record(postal_code="D1D 1D1"))
    entered = office.enter()

    assert (refused.reason.code, entered.state) == ("target-refused", S.CONFIRMED)
    assert len(office.session.pages()) == 1
