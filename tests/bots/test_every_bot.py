"""What every bot promises before its practice target, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from bots.registry import all_bots
from greffier.words import EntryState
from sandbox.legacy import PROGRAMS

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture(params=sorted(all_bots().keys() - PROGRAMS))
def office(request, practice: Callable):
    """The practice of each bot there is, in turn; a real program's has tests of its own."""
    return practice(request.param)


def test_a_record_with_accents_is_entered_and_found_again_as_sent(office):
    outcome = office.enter()

    assert (outcome.state, outcome.reason) == (S.CONFIRMED, None)
    [change] = office.changes()
    assert outcome.confirmation == change["confirmation"]
    kind, record = office.session.kind, office.record()
    assert change["file_number"] == record["file_number"]
    for name, how in kind.fields.items():
        assert how.of(str(change[name])) == how.of(record[name]), name
    assert {"filled", "confirmation", "read-back"} <= set(office.evidence.kept)


def test_a_second_run_meets_its_twin_and_other_values_go_to_a_person(office):
    office.enter()

    twin = office.enter()
    other = office.enter(office.record(civic_number="99"))

    assert (twin.state, twin.pre_existing) == (S.CONFIRMED, True)
    assert (other.state, other.reason.code) == (S.WITH_PERSON, "other-values")
    assert other.reason.field == "civic_number"
    assert len(office.changes()) == 1


def test_an_empty_optional_field_stays_empty(office):
    outcome = office.enter(office.record(apartment="", telephone=""))

    assert outcome.state == S.CONFIRMED
    [change] = office.changes()
    assert (change["apartment"], change["telephone"]) == ("", "")


def test_a_field_too_long_is_refused_before_anything_is_typed(office):
    outcome = office.enter(office.record(street="chemin " + "très " * 20 + "long"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "value-too-long")
    assert office.ledger.entries[-1].history == [S.PLANNED, S.CLAIMED, S.WITH_PERSON]
    assert office.changes() == []


def test_an_unknown_file_goes_to_a_person(office):
    outcome = office.enter(office.record(file_number="9999999999"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "file-unknown")


def test_a_file_of_somebody_else_is_not_typed_in(office):
    outcome = office.enter(office.record(identity={"surname": "Tremblay"}))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "wrong-holder")
    assert S.FILLED not in office.ledger.entries[-1].history
    assert office.changes() == []


def test_what_the_target_refuses_goes_to_a_person_with_its_words_as_evidence(office):
    far = (date.today() + timedelta(days=900)).isoformat()

    outcome = office.enter(office.record(effective_date=far))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "target-refused")
    said = office.evidence.kept["refusal"][0].decode()
    assert office.live.target.wording.date_far in said
    assert office.changes() == []


def end_all_sessions_after(step: str, office, monkeypatch) -> None:
    """The first time the ledger takes this step, the target then signs everybody out."""
    take = getattr(office.ledger, step)

    def then_end(*told):
        take(*told)
        monkeypatch.undo()
        office.live.control.order(expire=True)

    monkeypatch.setattr(office.ledger, step, then_end)


def test_a_session_that_dies_before_the_typing_is_opened_again(office, monkeypatch):
    end_all_sessions_after("looked_up", office, monkeypatch)

    state = office.enter().state
    if state == S.UNKNOWN:  # a form that asks the target nothing until the click learns it there
        assert office.changes() == []
        assert office.reconcile().state == S.PLANNED
        state = office.enter().state

    assert state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_session_that_dies_at_the_click_leaves_it_unknown_and_unsaved(office, monkeypatch):
    end_all_sessions_after("submitting", office, monkeypatch)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.UNKNOWN, "session-dead")
    assert office.changes() == []
    assert office.reconcile().state == S.PLANNED


def test_a_save_that_fails_before_is_found_absent_and_entered_once(office):
    office.session.bot()
    office.live.control.order(fail="before")

    assert office.enter().state == S.UNKNOWN
    assert office.changes() == []
    assert office.reconcile().state == S.PLANNED
    assert office.enter().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_save_that_fails_after_is_unknown_then_found(office):
    office.session.bot()
    office.live.control.order(fail="after")

    assert office.enter().state == S.UNKNOWN
    assert office.reconcile().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_save_that_never_answers_is_unknown_then_found(office):
    office.session.bot()
    office.live.control.order(hang=10)

    assert office.enter().state == S.UNKNOWN
    assert office.reconcile().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_save_answered_by_the_sign_in_page_is_unknown_then_found(office):
    office.session.bot()
    office.live.control.order(fail="sign-in")

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.UNKNOWN, "session-dead")
    assert office.reconcile().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_target_that_saves_twice_on_one_click_is_shown_to_a_person(office):
    office.session.bot()
    office.live.control.order(twice=True)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "entered-twice")
    assert len(office.changes()) == 2


def test_a_slow_target_is_waited_for(office):
    office.session.bot()
    office.live.control.order(slow=0.4)

    assert office.enter().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_save_shown_late_is_never_typed_again(office):
    office.session.bot()
    office.live.control.order(delay_visibility=3600)

    outcome = office.enter()

    assert (outcome.state, outcome.reason.code) == (S.UNKNOWN, "not-visible-yet")
    assert outcome.confirmation is not None
    # Confirmed by the target and yet not there: only a person may say what to do.
    assert office.reconcile().state == S.WITH_PERSON
    assert len(office.changes()) == 1
