"""What is particular to RAMQ's screen: state in the page, generated ids, a masked date."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greffier.errors import UnknownOutcome
from greffier.words import EntryState

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office(practice: Callable):
    return practice("ramq")


def filled(office):
    bot, record = office.session.bot(), office.record()
    bot.locate(record)
    bot.fill(record)
    return bot, record


def test_fields_are_found_though_their_ids_change(office):
    ids = set()
    for _ in range(3):
        bot, record = filled(office)
        ids.add(bot.screen.field("Code postal").get_attribute("id"))
        assert bot.read_back(record)["postal_code"] == "G1R 5A5"

    assert len(ids) > 1


def test_the_mask_of_the_date_leaves_what_was_meant(office):
    bot, record = filled(office)
    year, month, day = record["effective_date"].split("-")

    assert bot.read_back(record)["effective_date"] == f"{day}/{month}/{year}"


def test_a_page_gone_stale_is_an_unknown_outcome_and_saves_nothing(office):
    bot, _ = filled(office)
    other = bot.screen.page.context.new_page()
    other.goto(office.live.url)  # the same session, elsewhere: what the first page knows is stale

    with bot.screen.submitting(), pytest.raises(UnknownOutcome) as caught:
        bot.submit()

    assert caught.value.code == "target-error"
    assert office.changes() == []


def test_a_holder_of_the_same_name_born_another_day_is_not_typed_in(office):
    outcome = office.enter(office.record(identity={"birth_date": "1990-12-04"}))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "wrong-holder")
    assert outcome.reason.field == "birth_date"


def test_a_name_printed_without_accents_is_still_the_holders(office):
    hand_printed = {"surname": "LAVOIE-COTE", "given_name": "HELENE"}

    assert office.enter(office.record(identity=hand_printed)).state == S.CONFIRMED
