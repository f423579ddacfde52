"""What the green screen has that the others have not; the rest is in ``test_every_bot``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bots.session import Credentials
from greffier.errors import ScreenError, TargetStopped
from greffier.words import EntryState

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office(practice: Callable):
    return practice("retraite-quebec")


def later(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def save(office, effective_date: str) -> str:
    """A change that somebody else entered, before or beside the bot."""
    target = office.live.target
    values = dict(office.record(effective_date=effective_date).values)
    return target.store.save(
        {name: target.stored(name, value) for name, value in values.items()}, effective_date, "RR"
    )


def test_a_twin_on_a_further_page_of_the_file_is_found(office):
    for days in range(9):
        save(office, later(100 + days))

    outcome = office.enter(office.record(effective_date=later(100)))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "other-values")
    assert len(office.changes()) == 9


def test_two_entries_under_the_same_key_go_to_a_person(office):
    save(office, later(30))
    office.live.target.store.save(
        dict(office.record(effective_date=later(30)).values), "another", "RR"
    )

    outcome = office.enter(office.record(effective_date=later(30)))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "entered-twice")


def test_a_sign_the_host_has_no_code_for_is_never_typed(office):
    outcome = office.enter(office.record(street="rue de l’Église"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "value-not-holdable")
    assert outcome.reason.field == "street"
    assert office.changes() == []


def test_an_entry_begins_from_whatever_display_the_terminal_was_left_on(office):
    bot = office.session.bot()
    bot.locate(office.record())
    bot.fill(office.record(civic_number="77"))
    bot.green.press("F6")
    assert bot.green.at(1, 2, 4) == "RQC2"

    assert office.enter().state == S.CONFIRMED
    [change] = office.changes()
    assert change["civic_number"] == "1045"


def test_a_keyboard_that_locks_under_the_typing_is_told_and_not_typed_through(office):
    bot = office.session.bot()
    bot.locate(office.record())
    bot.green.press("F6")

    with pytest.raises(ScreenError) as trouble:
        bot.green.type(8, 32, "2612011")  # one digit too many for AAMMJJ

    assert trouble.value.code == "keyboard-locked"
    assert bot.green.at(8, 32, 6) == "261201"


def test_what_the_field_held_is_gone_when_it_is_typed_over(office):
    bot = office.session.bot()
    bot.locate(office.record())
    bot.green.press("F6")
    assert bot.green.at(11, 32, 30) == "RUE DES ERABLES"

    bot.green.type(11, 32, "RANG 2")

    assert bot.green.at(11, 32, 30) == "RANG 2"


def test_a_wrong_password_is_tried_once_and_stops_the_target(office):
    office.session.credentials = Credentials("exercice", "autre")

    with pytest.raises(TargetStopped) as stopped:
        office.enter()

    assert stopped.value.code == "sign-in-refused"
    assert office.ledger.entries[-1].state == S.PLANNED
