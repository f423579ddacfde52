"""What a person decides of an entry, and what nobody may."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from greffier.words import EntryState
from storage.ledger import IllegalTransition, Ledger
from storage.models import AuditEvent, Entry
from tests.storage.conftest import bring, held, state

S = EntryState


@pytest.mark.parametrize("outcome", [S.CONFIRMED, S.REFUSED, S.PLANNED])
def test_a_person_settles_what_waits_for_one_under_their_name(
    ledger: Ledger, entry: int, outcome: EntryState
) -> None:
    ledger.with_person(held(ledger.claim(entry)), "other-values")
    ledger.settle(entry, outcome, "Mme Roy", "seen-on-screen")
    assert state(ledger, entry) is outcome
    with ledger.sessions() as session:
        last = session.get_one(Entry, entry).events[-1]
        assert (last.actor, last.details) == ("Mme Roy", {"reason": "seen-on-screen"})
        assert session.scalars(select(AuditEvent.who)).all() == ["Mme Roy"]


@pytest.mark.parametrize("outcome", [S.SUBMITTED, S.UNKNOWN, S.WITH_PERSON])
def test_a_person_cannot_settle_on_what_is_no_end(
    ledger: Ledger, entry: int, outcome: EntryState
) -> None:
    ledger.with_person(held(ledger.claim(entry)), "other-values")
    with pytest.raises(IllegalTransition):
        ledger.settle(entry, outcome, "Mme Roy", "mistake")


def test_a_person_settles_nothing_that_a_worker_holds(ledger: Ledger, entry: int) -> None:
    bring(ledger, held(ledger.claim(entry)), S.SUBMITTING)
    with pytest.raises(IllegalTransition):
        ledger.settle(entry, S.PLANNED, "Mme Roy", "impatient")


def test_a_reentry_on_purpose_is_a_new_entry_with_a_name_and_a_reason(
    ledger: Ledger, entry: int
) -> None:
    bring(ledger, held(ledger.claim(entry)), S.CONFIRMED)
    second = ledger.reenter(entry, "Mme Roy", "target-restored")
    bring(ledger, held(ledger.claim(second.entry)), S.CONFIRMED)
    third = ledger.reenter(second.entry, "Mme Roy", "target-restored")
    assert len({entry, second.entry, third.entry}) == 3
    with ledger.sessions() as session:
        first_event = session.get_one(Entry, third.entry).events[0]
        details = {"again": second.entry, "reason": "target-restored"}
        assert (first_event.actor, first_event.details) == ("Mme Roy", details)


@pytest.mark.parametrize("reached", [S.CLAIMED, S.SUBMITTING, S.SUBMITTED])
def test_an_entry_on_its_way_cannot_be_reentered(
    ledger: Ledger, entry: int, reached: EntryState
) -> None:
    bring(ledger, held(ledger.claim(entry)), reached)
    with pytest.raises(IllegalTransition):
        ledger.reenter(entry, "Mme Roy", "impatient")
