"""What the newer page has that the others have not; the rest is in ``test_every_bot``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greffier.words import EntryState
from sandbox.targets.elections_quebec import ERROR_EVERY

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office_after(practice: Callable):
    """The practice, when the target has already answered so many pages."""

    def start(pages: int):
        office = practice("elections-quebec")
        screen = office.session.bot().screen  # one page: where signing in leads
        for _ in range(pages - 1):
            screen.go("/recherche")
        return office

    return start


def test_a_server_error_before_the_click_is_tried_again(office_after):
    office = office_after(ERROR_EVERY - 3)  # the third page of the entry is its file

    assert office.enter().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_server_error_at_the_click_is_unknown_and_the_click_is_not_repeated(office_after):
    office = office_after(ERROR_EVERY - 5)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.UNKNOWN, "target-error")
    assert office.changes() == []
    assert office.reconcile().state == S.PLANNED


def test_a_server_error_on_the_page_after_the_save_is_unknown_and_then_found(office_after):
    office = office_after(ERROR_EVERY - 6)

    assert office.enter().state == S.UNKNOWN
    assert office.reconcile().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_duplicate_that_searches_do_not_show_yet_is_refused_by_the_target(office_after):
    office = office_after(1)
    office.live.control.order(delay_visibility=3600, error_every=0)
    office.live.target.store.save(dict(office.record().values), "by hand", "EQ", delay=3600)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "target-refused")
    assert "déjà inscrit" in office.evidence.kept["refusal"][0].decode()
    assert len(office.changes()) == 1
