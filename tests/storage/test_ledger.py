from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from greffier.errors import LeaseLost
from greffier.words import EntryState, Record
from storage.ledger import Claim, IllegalTransition, Ledger
from storage.models import Entry, EntryEvent
from storage.workers import this_worker
from tests.storage.conftest import LEASE, bring, held, state

S = EntryState


def history(ledger: Ledger, entry: int) -> list[EntryState]:
    with ledger.sessions() as session:
        query = select(EntryEvent.after).where(EntryEvent.entry_id == entry)
        return list(session.scalars(query.order_by(EntryEvent.id)))


def test_planning_the_same_document_again_makes_no_second_entry(
    ledger: Ledger, documents: list[str], a_record: Record
) -> None:
    first = ledger.plan(documents[0], a_record, "key")
    again = ledger.plan(documents[0], a_record, "key")
    assert (first.created, again.created) == (True, False)
    assert again.entry == first.entry
    assert again.same_document


def test_a_resent_fax_meets_its_twin(
    ledger: Ledger, documents: list[str], a_record: Record
) -> None:
    first = ledger.plan(documents[0], a_record, "key")
    twin = ledger.plan(documents[1], a_record, "key")
    assert not twin.created
    assert not twin.same_document
    assert (twin.entry, twin.document) == (first.entry, documents[0])


def test_one_record_may_be_entered_in_several_targets(
    ledger: Ledger, documents: list[str], a_record: Record
) -> None:
    elsewhere = a_record.model_copy(update={"target": "saaq"})
    assert ledger.plan(documents[0], a_record, "key").created
    assert ledger.plan(documents[0], elsewhere, "key").created


def test_an_entry_of_no_document_is_refused(ledger: Ledger, a_record: Record) -> None:
    with pytest.raises(IntegrityError):
        ledger.plan("no-such-document", a_record, "key")


def test_an_undisturbed_entry_goes_the_whole_way_and_leaves_its_history(
    ledger: Ledger, entry: int, a_record: Record
) -> None:
    claim = held(ledger.claim(entry))
    assert claim.record == a_record
    ledger.looked_up(claim)
    ledger.filled(claim)
    ledger.submitting(claim)
    ledger.submitted(claim, "RAMQ-0042")
    ledger.confirmed(claim)
    way = [S.PLANNED, S.CLAIMED, S.LOOKED_UP, S.FILLED, S.SUBMITTING, S.SUBMITTED, S.CONFIRMED]
    assert history(ledger, entry) == way
    with ledger.sessions() as session:
        row = session.get_one(Entry, entry)
        assert (row.confirmation, row.pre_existing, row.lease_owner) == ("RAMQ-0042", False, None)


def test_what_the_target_holds_already_is_confirmed_as_pre_existing(
    ledger: Ledger, entry: int
) -> None:
    claim = held(ledger.claim(entry))
    ledger.confirmed(claim, pre_existing=True)
    with ledger.sessions() as session:
        assert session.get_one(Entry, entry).pre_existing
    assert history(ledger, entry)[-1] is S.CONFIRMED


STEPS: dict[str, Callable[[Ledger, Claim], object]] = {
    "looked_up": lambda ledger, claim: ledger.looked_up(claim),
    "filled": lambda ledger, claim: ledger.filled(claim),
    "submitting": lambda ledger, claim: ledger.submitting(claim),
    "submitted": lambda ledger, claim: ledger.submitted(claim, "1"),
    "confirmed": lambda ledger, claim: ledger.confirmed(claim),
    "pre-existing": lambda ledger, claim: ledger.confirmed(claim, pre_existing=True),
    "unknown": lambda ledger, claim: ledger.unknown(claim, "r"),
    "with_person": lambda ledger, claim: ledger.with_person(claim, "r"),
    "refused": lambda ledger, claim: ledger.refused(claim, "r"),
    "release": lambda ledger, claim: ledger.release(claim, "r"),
}
#: What the design allows a worker that holds an entry in each state.
ALLOWED = {
    S.CLAIMED: {"looked_up", "pre-existing", "with_person", "refused", "release"},
    S.LOOKED_UP: {"filled", "pre-existing", "with_person", "refused", "release"},
    S.FILLED: {"submitting", "with_person", "refused", "release"},
    S.SUBMITTING: {"submitted", "unknown", "with_person", "refused"},
    S.SUBMITTED: {"confirmed", "unknown", "with_person"},
}


@pytest.mark.parametrize("reached", ALLOWED)
def test_each_state_may_be_left_only_as_the_design_says(
    ledger: Ledger, documents: list[str], a_record: Record, reached: EntryState
) -> None:
    allowed = set()
    for name, step in STEPS.items():
        claim = held(ledger.claim(ledger.plan(documents[0], a_record, name).entry))
        bring(ledger, claim, reached)
        try:
            step(ledger, claim)
        except IllegalTransition:
            assert state(ledger, claim.entry) is reached
        else:
            allowed.add(name)
    assert allowed == ALLOWED[reached]


def test_nothing_goes_back_to_planned_once_submitting_is_committed(
    ledger: Ledger, entry: int
) -> None:
    claim = held(ledger.claim(entry))
    bring(ledger, claim, S.SUBMITTING)
    with pytest.raises(IllegalTransition):
        ledger.release(claim, "screen-broken")
    assert ledger.claim(entry) is None


def test_a_released_entry_is_tried_again_and_counted(ledger: Ledger, entry: int) -> None:
    ledger.release(held(ledger.claim(entry)), "screen-broken")
    again = held(ledger.claim(entry))
    assert (again.attempts, again.failures, again.deaths) == (2, 1, 0)


def test_a_trouble_of_the_whole_target_is_not_counted_as_the_entrys(
    ledger: Ledger, entry: int
) -> None:
    ledger.release(held(ledger.claim(entry)), "screen-changed", blameless=True)
    assert held(ledger.claim(entry)).failures == 0


def test_a_worker_that_does_not_live_to_tell_is_counted_apart(
    ledger: Ledger, entry: int, clock
) -> None:
    held(ledger.claim(entry))
    clock.push(LEASE)
    ledger.expire()
    again = held(ledger.claim(entry))
    assert (again.failures, again.deaths) == (0, 1)


def test_an_entry_is_held_by_one_worker(make: Callable[..., Ledger], entry: int) -> None:
    assert make("one").claim(entry) is not None
    assert make("two").claim(entry) is None
    assert make("two").claim_next("ramq") is None


def test_the_oldest_entry_of_the_target_comes_next(
    ledger: Ledger, documents: list[str], a_record: Record
) -> None:
    planned = [ledger.plan(documents[0], a_record, key).entry for key in ("a", "b")]
    assert ledger.claim_next("saaq") is None
    assert [held(ledger.claim_next("ramq")).entry for _ in planned] == planned


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_slept_through_its_lease_moves_nothing(
    make: Callable[..., Ledger], entry: int, clock, step: str
) -> None:
    sleeper = make("sleeper")
    claim = held(sleeper.claim(entry))
    clock.push(LEASE)
    with pytest.raises(LeaseLost):
        STEPS[step](sleeper, claim)
    with pytest.raises(LeaseLost):
        sleeper.renew(claim)
    assert state(sleeper, entry) is S.CLAIMED


def test_an_old_token_moves_nothing_while_the_new_one_runs(
    make: Callable[..., Ledger], entry: int, clock
) -> None:
    sleeper, other = make("sleeper"), make("other")
    old = held(sleeper.claim(entry))
    clock.push(LEASE)
    other.expire()
    new = held(other.claim(entry))
    assert new.token > old.token
    with pytest.raises(LeaseLost):
        sleeper.looked_up(old)
    other.looked_up(new)


def test_a_renewed_lease_runs_on(ledger: Ledger, entry: int, clock) -> None:
    claim = held(ledger.claim(entry))
    for _ in range(3):
        clock.push(LEASE - 1)
        claim = ledger.renew(claim)
    ledger.looked_up(claim)
    assert ledger.expire() == {S.PLANNED: 0, S.UNKNOWN: 0}


@pytest.mark.parametrize(
    ("reached", "after"),
    [
        (S.CLAIMED, S.PLANNED),
        (S.LOOKED_UP, S.PLANNED),
        (S.FILLED, S.PLANNED),
        (S.SUBMITTING, S.UNKNOWN),
        (S.SUBMITTED, S.UNKNOWN),
    ],
)
def test_a_late_workers_entry_is_planned_again_only_if_nothing_was_clicked(
    ledger: Ledger, entry: int, clock, reached: EntryState, after: EntryState
) -> None:
    bring(ledger, held(ledger.claim(entry)), reached)
    clock.push(LEASE)
    assert ledger.expire()[after] == 1
    assert state(ledger, entry) is after


def lost_after_the_click(ledger: Ledger, entry: int, clock, confirmed: bool = False) -> None:
    claim = held(ledger.claim(entry))
    bring(ledger, claim, S.SUBMITTING)
    if confirmed:
        ledger.submitted(claim, "RAMQ-0042")
    clock.push(LEASE)
    ledger.expire()


def test_an_unknown_entry_is_taken_by_no_worker_and_one_reconciler(
    make: Callable[..., Ledger], entry: int, clock
) -> None:
    lost_after_the_click(make("elsewhere/1"), entry, clock)
    assert make("worker").claim(entry) is None
    assert make("one").take_unknown(entry) is not None
    assert make("two").take_unknown(entry) is None


def test_an_unknown_entry_found_on_the_target_is_confirmed(
    ledger: Ledger, entry: int, clock
) -> None:
    lost_after_the_click(ledger, entry, clock)
    ledger.confirmed(held(ledger.take_unknown(entry)))
    assert state(ledger, entry) is S.CONFIRMED


def test_an_unknown_entry_found_with_other_values_goes_to_a_person(
    ledger: Ledger, entry: int, clock
) -> None:
    lost_after_the_click(ledger, entry, clock)
    ledger.with_person(held(ledger.take_unknown(entry)), "other-values")
    assert state(ledger, entry) is S.WITH_PERSON


def test_an_absent_entry_is_planned_again_once_its_worker_gave_up_and_the_delay_is_over(
    ledger: Ledger, entry: int, clock
) -> None:
    claim = held(ledger.claim(entry))
    bring(ledger, claim, S.SUBMITTING)
    ledger.unknown(claim, "no-answer")
    clock.push(29)
    assert ledger.absent(held(ledger.take_unknown(entry)), visibility_delay=30) is S.UNKNOWN
    clock.push(1)
    assert ledger.absent(held(ledger.take_unknown(entry)), visibility_delay=30) is S.PLANNED
    assert ledger.claim(entry) is not None


def test_a_search_that_began_too_early_proves_nothing_however_long_it_took(
    ledger: Ledger, entry: int, clock
) -> None:
    claim = held(ledger.claim(entry))
    bring(ledger, claim, S.SUBMITTING)
    ledger.unknown(claim, "no-answer")
    searching = held(ledger.take_unknown(entry))
    clock.push(LEASE - 1)
    assert ledger.absent(searching, visibility_delay=30) is S.UNKNOWN


def test_an_absent_entry_stays_unknown_while_its_worker_may_wake_up(
    make: Callable[..., Ledger], entry: int, clock
) -> None:
    asleep = make(this_worker())  # this very process: certainly not gone
    lost_after_the_click(asleep, entry, clock)
    clock.push(LEASE)
    reconciler = make("reconciler")
    assert reconciler.absent(held(reconciler.take_unknown(entry)), 0) is S.UNKNOWN


def test_an_absent_entry_goes_to_a_person_when_its_worker_stays_silent_for_ten_leases(
    ledger: Ledger, entry: int, clock
) -> None:
    lost_after_the_click(ledger, entry, clock)
    clock.push(10 * LEASE + 1)
    assert ledger.absent(held(ledger.take_unknown(entry)), 0) is S.WITH_PERSON


def test_an_absent_entry_that_was_given_a_number_goes_to_a_person(
    make: Callable[..., Ledger], ended_worker: str, entry: int, clock
) -> None:
    worker = make(ended_worker)
    lost_after_the_click(worker, entry, clock, confirmed=True)
    assert worker.absent(held(worker.take_unknown(entry)), 0) is S.WITH_PERSON


def test_a_dead_workers_entries_are_taken_back_before_the_lease_is_over(
    make: Callable[..., Ledger],
    ended_worker: str,
    documents: list[str],
    a_record: Record,
) -> None:
    dead, alive = make(ended_worker), make("alive")
    typed, clicked = (dead.plan(documents[0], a_record, key).entry for key in "ab")
    bring(dead, held(dead.claim(typed)), S.FILLED)
    bring(dead, held(dead.claim(clicked)), S.SUBMITTING)
    assert alive.expire() == {S.PLANNED: 1, S.UNKNOWN: 1}
    assert alive.absent(held(alive.take_unknown(clicked)), 0) is S.PLANNED
