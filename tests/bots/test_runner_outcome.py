"""What becomes of an entry from the click on, and how an unknown one is settled."""

from __future__ import annotations

import time

import pytest

from bots import watch
from bots.runner import Patience
from greffier.errors import LeaseLost, ScreenError, TargetStopped, UsageError
from greffier.words import EntryState as S
from greffier.words import Reason
from tests.bots.conftest import Clerk, Killed

pytestmark = pytest.mark.browser

UP_TO_SUBMITTING = [S.PLANNED, S.CLAIMED, S.LOOKED_UP, S.FILLED, S.SUBMITTING]


# -- Trouble at the click and after ------------------------------------------------------------


@pytest.mark.parametrize(
    ("save", "saved", "reason"),
    [
        ("before", 0, "target-error"),
        ("after", 1, "target-error"),
        ("sign-in", 1, "session-dead"),
        ("dialog", 0, "unexpected-dialog"),
        ("silence", 1, "not-shown"),
    ],
)
def test_what_was_not_seen_after_the_click_is_unknown_and_never_retried(
    clerk, registry, record, save, saved, reason
):
    registry.save = save
    if save == "dialog":
        registry.script = "document.forms[0].onsubmit = () => confirm('Une seconde fois ?')"
    outcome = clerk.enter(record)

    assert (outcome.state, outcome.reason) == (S.UNKNOWN, Reason(code=reason))
    assert clerk.entry.history == [*UP_TO_SUBMITTING, S.UNKNOWN]
    assert len(registry.saved) == saved


def test_nothing_is_pressed_once_the_lease_nears_its_end(clerk, registry, record, monkeypatch):
    """The worker was frozen between its last word to the ledger and the click."""
    submitting = clerk.ledger.submitting

    def then_sleep(claim):
        submitting(claim)
        woken = watch.clock() + claim.lease - clerk.session.seconds
        monkeypatch.setattr("bots.window.clock", lambda: woken)

    monkeypatch.setattr(clerk.ledger, "submitting", then_sleep)
    outcome = clerk.enter(record)

    assert (outcome.state, outcome.reason) == (S.UNKNOWN, Reason(code="lease-ending"))
    assert registry.saved == []


def test_a_worker_that_lost_its_lease_says_that_it_lets_go(clerk, record, monkeypatch):
    told = []
    monkeypatch.setattr(clerk.ledger, "let_go", told.append)
    submit = clerk.session.kind.submit

    def overslept(bot):
        number = submit(bot)
        clerk.ledger.expire()
        return number

    monkeypatch.setattr(clerk.session.kind, "submit", overslept)
    with pytest.raises(LeaseLost):
        clerk.enter(record)

    assert [claim.entry for claim in told] == [0]
    assert clerk.reconcile(record).state is S.CONFIRMED


def test_a_lease_that_no_click_could_fit_in_is_refused(registry_session, record):
    clerk = Clerk(registry_session(seconds=60))

    with pytest.raises(UsageError) as refused:
        clerk.enter(record)
    assert refused.value.code == "lease-too-short"


def test_an_entry_whose_workers_all_die_ends_with_a_person(clerk, registry, record):
    entry = clerk.ledger.plan()
    for _ in range(clerk.patience.deaths):
        clerk.ledger.claim(entry)
        clerk.ledger.expire()
    outcome = clerk.enter(record, entry)

    assert (outcome.state, outcome.reason) == (S.WITH_PERSON, Reason(code="worker-dies"))
    assert registry.sign_ins == 0


def test_a_confirmation_is_in_the_ledger_before_its_picture_is_taken(clerk, record, monkeypatch):
    kept = {}
    keep = clerk.evidence.keep
    monkeypatch.setattr(
        clerk.evidence,
        "keep",
        lambda kind, *rest: kept.setdefault(kind, clerk.entry.confirmation) or keep(kind, *rest),
    )
    clerk.enter(record)

    assert kept["confirmation"] == "C-0001"


@pytest.mark.parametrize("error", [ScreenError("not-shown"), KeyError("Tremblay")])
def test_whatever_breaks_in_submit_is_unknown(clerk, record, monkeypatch, caplog, error):
    def broken(bot):
        raise error

    monkeypatch.setattr(clerk.session.kind, "submit", broken)

    assert clerk.enter(record).state is S.UNKNOWN
    assert "Tremblay" not in caplog.text


def test_a_worker_killed_at_the_click_leaves_submitting_and_then_unknown(
    clerk, registry, record, monkeypatch
):
    submit = clerk.session.kind.submit

    def killed(bot):
        submit(bot)
        raise Killed

    monkeypatch.setattr(clerk.session.kind, "submit", killed)

    with pytest.raises(Killed):
        clerk.enter(record)
    assert clerk.entry.history == UP_TO_SUBMITTING
    clerk.ledger.expire()
    assert clerk.entry.state is S.UNKNOWN
    assert clerk.reconcile(record).state is S.CONFIRMED
    assert len(registry.saved) == 1


def test_a_save_that_does_not_show_yet_is_unknown_with_its_confirmation_kept(
    clerk, registry, record
):
    registry.visible_from = time.time() + 60
    outcome = clerk.enter(record)

    assert (outcome.state, outcome.reason) == (S.UNKNOWN, Reason(code="not-visible-yet"))
    assert clerk.entry.confirmation == "C-0001"


def test_a_worker_waits_a_little_for_a_target_that_shows_its_saves_late(
    clerk, registry, record, monkeypatch
):
    monkeypatch.setattr(clerk.session, "visibility_delay", 60.0)
    clerk.patience = Patience(linger=20)
    submit = clerk.session.kind.submit

    def hidden(bot):
        registry.visible_from = time.time() + 1
        return submit(bot)

    monkeypatch.setattr(clerk.session.kind, "submit", hidden)

    assert clerk.enter(record).state is S.CONFIRMED


def test_a_target_that_goes_down_after_the_click_leaves_the_entry_unknown(
    clerk, registry, record, monkeypatch
):
    clerk.patience = Patience(tries=2, pause=0)
    submit = clerk.session.kind.submit

    def last(bot):
        number = submit(bot)
        registry.go_down()
        return number

    monkeypatch.setattr(clerk.session.kind, "submit", last)
    with pytest.raises(TargetStopped):
        clerk.enter(record)

    assert clerk.entry.history == [*UP_TO_SUBMITTING, S.SUBMITTED, S.UNKNOWN]
    assert clerk.entry.reason == "target-error"
    registry.instead.clear()
    assert clerk.reconcile(record).state is S.CONFIRMED
    assert len(registry.saved) == 1


# -- Reconciling -------------------------------------------------------------------------------


@pytest.fixture
def unknown(clerk, registry, record):
    """``clerk``, whose last entry is unknown; nothing was saved."""
    registry.save = "before"
    clerk.enter(record)
    return clerk


def test_reconciling_confirms_what_the_target_holds_as_sent(unknown, registry, record):
    registry.saved.append({"r": "RUE DE L’ERABLE", "d": "2026-12-01"})

    assert unknown.reconcile(record).state is S.CONFIRMED
    assert unknown.entry.state is S.CONFIRMED


def test_reconciling_plans_again_what_the_target_does_not_hold(unknown, registry, record):
    assert unknown.reconcile(record).state is S.PLANNED
    assert unknown.enter(record, entry=0).state is S.CONFIRMED
    assert len(registry.saved) == 1


def test_a_target_out_of_service_is_searched_once_for_all_that_is_unknown(
    unknown, registry, record
):
    unknown.patience = Patience(tries=2, pause=0)
    registry.go_down()
    with pytest.raises(TargetStopped):
        unknown.reconcile(record)

    assert unknown.entry.state is S.UNKNOWN


@pytest.mark.parametrize(
    ("rows", "reason"),
    [(["RUE DU MOULIN"], "other-values"), (["RUE DE L’ERABLE"] * 2, "entered-twice")],
)
def test_reconciling_gives_a_person_what_it_cannot_settle(unknown, registry, record, rows, reason):
    registry.saved += [{"r": street, "d": "2026-12-01"} for street in rows]
    outcome = unknown.reconcile(record)

    assert (outcome.state, unknown.entry.reason) == (S.WITH_PERSON, reason)


def test_reconciling_on_a_screen_that_misbehaves_leaves_the_entry_unknown(
    unknown, registry, record
):
    registry.instead["/dossier"] = [(500, "Panne")] * 3

    assert unknown.reconcile(record).state is S.UNKNOWN
    assert unknown.entry.state is S.UNKNOWN
