"""The order of the work: what the ledger is told when, and who may retry what."""

from __future__ import annotations

import logging
import socket

import pytest

from bots.runner import Patience
from greffier.errors import LeaseLost, TargetStopped
from greffier.words import EntryState as S
from greffier.words import Reason, Record
from tests.bots.conftest import Killed

pytestmark = pytest.mark.browser

UP_TO_SUBMITTING = [S.PLANNED, S.CLAIMED, S.LOOKED_UP, S.FILLED, S.SUBMITTING]


def with_values(record: Record, **values: str) -> Record:
    return record.model_copy(update={"values": {**record.values, **values}})


# -- The way through ---------------------------------------------------------------------------


def test_a_record_is_entered_once_and_confirmed_by_a_fresh_search(clerk, registry, record):
    outcome = clerk.enter(record)

    assert clerk.entry.history == [*UP_TO_SUBMITTING, S.SUBMITTED, S.CONFIRMED]
    assert outcome.state is S.CONFIRMED
    assert outcome.confirmation == clerk.entry.confirmation == "C-0001"
    assert [(row["r"], row["d"]) for row in registry.saved] == [("RUE DE L’ERABLE", "2026-12-01")]


def test_submitting_is_in_the_ledger_before_anything_is_saved(clerk, registry, record, monkeypatch):
    seen = []
    monkeypatch.setattr(
        clerk.ledger, "submitting", lambda claim: seen.append(len(registry.saved)) or _stop()
    )

    with pytest.raises(Killed):
        clerk.enter(record)

    assert seen == [0]
    assert registry.saved == []


def _stop() -> None:
    raise Killed


def test_one_sign_in_serves_many_entries(clerk, registry, record):
    for day in range(1, 4):
        assert (
            clerk.enter(with_values(record, effective_date=f"2026-12-0{day}")).state is S.CONFIRMED
        )

    assert registry.sign_ins == 1
    assert len(registry.saved) == 3


def test_a_twin_is_confirmed_as_pre_existing_and_not_typed_again(clerk, registry, record):
    clerk.enter(record)
    outcome = clerk.enter(record)

    assert outcome.state is S.CONFIRMED
    assert outcome.pre_existing
    assert clerk.entry.history == [S.PLANNED, S.CLAIMED, S.CONFIRMED]
    assert len(registry.saved) == 1


# -- What a person must look at ----------------------------------------------------------------


def test_other_values_under_the_same_key_wait_for_a_person(clerk, registry, record):
    clerk.enter(record)
    outcome = clerk.enter(with_values(record, street="rue du Moulin"))

    assert outcome.state is S.WITH_PERSON
    assert outcome.reason == Reason(code="other-values", field="street")
    assert clerk.entry.reason == "other-values"
    assert len(registry.saved) == 1


def test_nothing_is_typed_in_the_file_of_another_person(clerk, registry, record, monkeypatch):
    registry.holder = "GAGNON"
    monkeypatch.setattr(clerk.session.kind, "fill", lambda *_: pytest.fail("it typed"))
    outcome = clerk.enter(record)

    assert outcome.reason == Reason(code="wrong-holder", field="surname")
    assert clerk.entry.history == [S.PLANNED, S.CLAIMED, S.WITH_PERSON]


@pytest.mark.parametrize(
    ("values", "identity", "reason"),
    [
        ({"street": "R" * 41}, {}, Reason(code="value-too-long", field="street")),
        ({"email": "a@exemple.test"}, {}, Reason(code="field-not-on-screen", field="email")),
        ({}, {"surname": ""}, Reason(code="identity-missing", field="surname")),
    ],
)
def test_a_record_that_does_not_fit_never_reaches_the_screen(
    clerk, registry, record, values, identity, reason
):
    misfit = record.model_copy(
        update={"values": record.values | values, "identity": record.identity | identity}
    )
    outcome = clerk.enter(misfit)

    assert (outcome.state, outcome.reason) == (S.WITH_PERSON, reason)
    assert registry.sign_ins == 0


def test_a_field_the_screen_cuts_is_noticed_before_submitting(clerk, registry, record):
    registry.maxlength = 10
    outcome = clerk.enter(record)

    assert outcome.reason == Reason(code="read-back-differs", field="street")
    assert clerk.entry.history == [S.PLANNED, S.CLAIMED, S.LOOKED_UP, S.WITH_PERSON]
    assert registry.saved == []


def test_an_unknown_file_waits_for_a_person(clerk, registry, record):
    assert clerk.enter(with_values(record, file_number="9")).reason == Reason(code="file-unknown")
    assert clerk.entry.state is S.WITH_PERSON


def test_a_refusal_is_kept_as_evidence_and_told_nowhere_else(clerk, registry, record, caplog):
    caplog.set_level(logging.DEBUG, logger="greffier")
    registry.save = "refuse"
    outcome = clerk.enter(record)

    assert clerk.entry.history == [*UP_TO_SUBMITTING, S.WITH_PERSON]
    assert outcome.reason == Reason(code="target-refused")
    assert "Mme Tremblay" in clerk.evidence.kept["refusal"][0].decode()
    assert "Tremblay" not in caplog.text


def test_what_was_saved_otherwise_than_sent_waits_for_a_person(clerk, registry, record):
    registry.spoil = {"r": "RUE DE L"}
    outcome = clerk.enter(record)

    assert clerk.entry.history == [*UP_TO_SUBMITTING, S.SUBMITTED, S.WITH_PERSON]
    assert outcome.reason == Reason(code="saved-otherwise", field="street")


def test_a_bot_that_breaks_before_the_click_is_a_persons_business(
    clerk, registry, record, monkeypatch, caplog
):
    monkeypatch.setattr(clerk.session.kind, "fill", lambda bot, record: record[record["street"]])
    outcome = clerk.enter(record)

    assert outcome.reason == Reason(code="bot-fault")
    assert "KeyError in" in caplog.text
    assert record["street"] not in caplog.text


# -- Trouble before the click ------------------------------------------------------------------


def test_a_server_error_before_the_click_is_tried_again(clerk, registry, record):
    registry.instead["/dossier"] = [(500, "Panne"), (503, "Panne")]

    assert clerk.enter(record).state is S.CONFIRMED
    assert len(registry.saved) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_screen_that_never_behaves_gives_the_entry_back_and_then_to_a_person(
    clerk, registry, record, status
):
    clerk.patience = Patience(tries=2, pause=0, claims=2)
    registry.instead["/dossier"] = [(status, "Panne")] * 4

    first = clerk.enter(record)
    assert (first.state, first.reason) == (S.PLANNED, Reason(code="target-error"))
    second = clerk.enter(record, entry=0)
    assert (second.state, second.reason) == (S.WITH_PERSON, Reason(code="target-error"))
    assert registry.saved == []
    assert "failure" in clerk.evidence.kept


def test_workers_that_died_before_do_not_count_as_screens_that_misbehaved(clerk, registry, record):
    clerk.patience = Patience(tries=1, pause=0, claims=2)
    registry.instead["/dossier"] = [(500, "Panne")]
    entry = clerk.ledger.plan()
    for _ in range(3):
        clerk.ledger.claim(entry)
        clerk.ledger.expire()

    assert clerk.enter(record, entry).state is S.PLANNED
    assert clerk.enter(record, entry).state is S.CONFIRMED


def test_a_session_that_dies_in_mid_entry_is_opened_again_and_the_entry_begun_again(
    clerk, registry, record, monkeypatch
):
    fill = clerk.session.kind.fill

    def fill_once_the_session_is_over(bot, record):
        monkeypatch.undo()
        fill(bot, record)
        registry.sessions.clear()
        bot.screen.go("/")

    monkeypatch.setattr(clerk.session.kind, "fill", fill_once_the_session_is_over)

    assert clerk.enter(record).state is S.CONFIRMED
    assert registry.sign_ins == 2
    assert len(registry.saved) == 1


def test_an_unexpected_dialog_before_the_click_is_dismissed_and_tried_again(
    clerk, registry, record
):
    file = "<p>Titulaire</p><script>confirm('Effacer le dossier de Mme Tremblay ?')</script>"
    registry.instead["/dossier"] = [(200, file)]

    assert clerk.enter(record).state is S.CONFIRMED
    assert registry.sign_ins == 1


def test_a_refused_password_stops_the_target_and_plans_the_entry_again(
    clerk, registry, registry_session, record
):
    clerk.session = registry_session(password="faux", seconds=0.5)

    with pytest.raises(TargetStopped) as stopped:
        clerk.enter(record)
    assert stopped.value.code == "sign-in-refused"
    assert (clerk.entry.state, clerk.entry.reason) == (S.PLANNED, "sign-in-refused")
    assert registry.tries == 1


class Remembered:
    """What an office knows of one pair: a list of its refusals."""

    def __init__(self):
        self.refusals = 0

    def is_refused(self):
        return self.refusals > 0

    def refused(self):
        self.refusals += 1


def test_a_password_known_to_be_refused_is_not_tried(clerk, registry, registry_session, record):
    sign_ins = Remembered()
    for _ in range(2):
        clerk.session = registry_session(password="faux", seconds=0.5, sign_ins=sign_ins)
        with pytest.raises(TargetStopped) as stopped:
            clerk.enter(record)
        assert stopped.value.code == "sign-in-refused"
        assert clerk.entry.failures == 0

    assert sign_ins.refusals == 1
    assert registry.tries == 1


def test_a_password_that_is_let_in_is_no_refusal(clerk, registry_session, record):
    sign_ins = Remembered()
    clerk.session = registry_session(sign_ins=sign_ins)

    assert clerk.enter(record).state is S.CONFIRMED
    assert sign_ins.refusals == 0


@pytest.fixture(params=["refuses", "hangs", "gateway", "later", "maintenance"])
def outage(request, clerk, registry, registry_session, record):
    """The target is out of service, before anybody signed in or later; its code for that."""
    clerk.patience = Patience(tries=2, pause=0, claims=1)
    if request.param in ("gateway", "later"):
        if request.param == "later":
            clerk.enter(record)
        registry.go_down()
        yield "target-error"
        return
    if request.param == "maintenance":
        registry.instead["/entree"] = [(200, "<h1>Site en maintenance</h1>")] * 9
        clerk.session = registry_session(seconds=0.5)
        yield "not-on-screen"
        return
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            port.listen()
        clerk.session = registry_session(seconds=0.5)
        clerk.session.address = f"http://127.0.0.1:{port.getsockname()[1]}"
        yield {"refuses": "target-unreachable", "hangs": "target-slow"}[request.param]


def test_a_target_out_of_service_is_stopped_and_says_nothing_against_the_entry(
    clerk, record, outage
):
    with pytest.raises(TargetStopped) as stopped:
        clerk.enter(record)
    assert stopped.value.code == outage
    assert (clerk.entry.state, clerk.entry.reason) == (S.PLANNED, outage)
    assert clerk.entry.failures == 0


def test_a_worker_whose_lease_ran_out_does_not_click(clerk, registry, record, monkeypatch):
    read_back = clerk.session.kind.read_back

    def overslept(bot, record):
        clerk.ledger.expire()
        return read_back(bot, record)

    monkeypatch.setattr(clerk.session.kind, "read_back", overslept)

    with pytest.raises(LeaseLost):
        clerk.enter(record)
    assert registry.saved == []
