"""What the page that never keeps still has that the others have not; see ``test_every_bot``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from greffier.words import EntryState
from sandbox.targets.store import PersonFile

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def crowded(practice: Callable):
    """Hélène's file among forty with the same beginning of number."""
    office = practice("emploi-solidarite")
    others = (str(1204567890 + step) for step in range(-20, 20) if step)
    office.live.target.store.learn(PersonFile(number, "Gagnon", "Léo") for number in others)
    return office


def test_the_file_is_found_pages_away_while_the_rows_move(crowded):
    assert crowded.enter().state == S.CONFIRMED
    [change] = crowded.changes()
    assert change["file_number"] == "1204567890"


def test_a_number_that_no_page_of_the_list_has_is_an_unknown_file(crowded):
    outcome = crowded.enter(crowded.record(file_number="1204567950"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "file-unknown")


def test_each_entry_returns_its_own_number_though_the_last_message_lingers(crowded):
    first = crowded.enter()
    second = crowded.enter(crowded.record(effective_date=date.today().isoformat()))

    assert [first.confirmation, second.confirmation] == [
        change["confirmation"] for change in crowded.changes()
    ]


def test_a_refused_e_mail_goes_to_a_person_with_the_page_s_words(crowded):
    outcome = crowded.enter(crowded.record(email="helene à exemple.ca"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "target-refused")
    assert "courriel" in crowded.evidence.kept["refusal"][0].decode()
