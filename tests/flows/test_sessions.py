"""A batch uses as many sessions as its target allows and somebody is named for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import select

from bots.runner import Patience
from bots.session import Session
from flows import batch, steps
from flows.office import Office
from flows.receive import open_batch, receive
from greffier.errors import GreffierError
from greffier.words import EntryState, Record
from sandbox.serve import LiveTarget
from sandbox.targets.store import PersonFile
from storage import batches
from storage.claims import business_key
from storage.models import Entry
from storage.seats import take_seat
from tests.flows.conftest import ANSWERS, read_as

pytestmark = [pytest.mark.store, pytest.mark.browser]
TARGET = "elections-quebec"
PEOPLE = 6


def number(person: int) -> str:
    return ANSWERS["file_elections_quebec"] if person == 0 else f"4001234{person:03}"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveTarget]:
    known = {name: ANSWERS[name] for name in ("surname", "given_name", "birth_date")}
    files = [PersonFile(file_number=number(person), **known) for person in range(PEOPLE)]
    with LiveTarget(TARGET, tmp_path / "targets", files) as live:
        live.control.order(error_every=0)
        yield live


def planned(office: Office, tmp_path: Path) -> str:
    """A batch with an entry for each person; its id."""
    path = tmp_path / "scan.bin"
    path.write_bytes(str(tmp_path).encode())
    lot = open_batch(office, "ESSAI")
    (file,) = receive(office, lot, [path]).files
    with office.sessions.begin() as session:
        (document,) = batches.record_documents(session, file.file, [read_as(ANSWERS)])
    assert steps.plan(office, lot) == 1
    with office.sessions() as session:
        entry = session.scalars(select(Entry)).one()
    for person in range(1, PEOPLE):
        values = entry.payload["values"] | {"file_number": number(person)}
        record = Record(
            target=TARGET, form=entry.form, values=values, identity=entry.payload["identity"]
        )
        office.ledger.plan(document, record, business_key({"no": number(person)}, values))
    return lot


@pytest.mark.prefect
def test_entries_are_shared_by_the_sessions_that_the_target_allows(
    desk: Office, live: LiveTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = planned(desk, tmp_path)
    used: dict[int, list[int]] = {}
    enter = steps.enter_or_settle

    def noted(office: Office, session: Session, entry: int) -> object:
        used.setdefault(id(session), []).append(entry)
        return enter(office, session, entry)

    monkeypatch.setattr("flows.batch.office", lambda: desk)
    monkeypatch.setattr("flows.line.ENTRIES_A_SESSION", 3)
    monkeypatch.setattr(steps, "enter_or_settle", noted)
    run = flow(task_runner=ThreadPoolTaskRunner(max_workers=4))(batch.enter_entries)
    with prefect_test_harness(server_startup_timeout=120):
        run(lot)
    with desk.sessions() as session:
        states = session.scalars(select(Entry.state)).all()
    assert states == [EntryState.CONFIRMED] * PEOPLE
    assert len(live.control.changes()) == PEOPLE
    assert len(used) == 2, "one for each three entries"
    assert all(used.values())


@pytest.mark.prefect
def test_a_target_that_is_down_leaves_its_entries_planned_and_the_operator_told(
    desk: Office, live: LiveTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = planned(desk, tmp_path)
    nowhere = desk.settings.model_copy(update={"targets": {TARGET: "http://127.0.0.1:9"}})
    monkeypatch.setattr(batch, "ROUNDS", Patience().claims + 1)
    monkeypatch.setattr(batch, "PAUSE", 0.1)
    with prefect_test_harness(server_startup_timeout=120):
        monkeypatch.setattr(batch, "office", lambda: replace(desk, settings=nowhere))
        run = batch.process_batch(lot, return_state=True)
        assert run.is_failed()
        assert f"arrêtées : {TARGET}" in (run.message or "")
        with desk.sessions() as session:
            entries = session.scalars(select(Entry).order_by(Entry.id)).all()
        assert {entry.state for entry in entries} == {EntryState.PLANNED}
        assert [entry.attempts for entry in entries] == [batch.ROUNDS, 0, 0, 0, 0, 0]
        told = Artifact.get(key=lot).data  # type: ignore[union-attr]
        assert f"| {TARGET} | La destination ne répond pas." in str(told)

        monkeypatch.setattr(batch, "office", lambda: desk)
        assert batch.process_batch(lot, return_state=True).is_completed()
    assert len(live.control.changes()) == PEOPLE


@pytest.mark.prefect
def test_a_refused_password_is_tried_once_in_a_run_even_if_another_run_has_the_first_entry(
    desk: Office, live: LiveTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = planned(desk, tmp_path)
    wrong = desk.settings.model_dump() | {"target_password": "d’hier"}
    desk = replace(desk, settings=type(desk.settings)(**wrong))
    waiting, sign_in = steps.targets_waiting, steps.signed_in
    tried: list[int] = []

    def held(office: Office, batch_id: str) -> dict[str, list[int]]:
        found = waiting(office, batch_id)
        office.ledger.claim(found[TARGET][0])
        return found

    def counted(office: Office, target: str, slot: int) -> AbstractContextManager[Session]:
        tried.append(slot)
        return sign_in(office, target, slot)

    monkeypatch.setattr(batch, "office", lambda: desk)
    monkeypatch.setattr(batch, "PAUSE", 0.1)
    monkeypatch.setattr("flows.line.ENTRIES_A_SESSION", 3)
    monkeypatch.setattr(steps, "targets_waiting", held)
    monkeypatch.setattr(steps, "signed_in", counted)
    run = flow(task_runner=ThreadPoolTaskRunner(max_workers=4))(batch.enter_entries)
    with prefect_test_harness(server_startup_timeout=120):
        stopped = run(lot)
    assert list(stopped) == [TARGET]
    assert tried == [1]


def test_the_slots_are_those_that_somebody_is_named_for(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps.slots(desk, TARGET) == 4, "one pair serves every session"
    nobody = type(desk.settings)(**desk.settings.model_dump() | {"target_user": ""})
    desk = replace(desk, settings=nobody)
    assert steps.slots(desk, TARGET) == 1
    for slot in ("", "_2"):
        monkeypatch.setenv(f"GREFFIER_ELECTIONS_QUEBEC{slot}_USER", f"commis{slot}")
    assert steps.slots(desk, TARGET) == 2


def test_a_seat_signs_in_with_its_own_pair(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for slot in ("", "_2"):
        monkeypatch.setenv(f"GREFFIER_ELECTIONS_QUEBEC{slot}_USER", f"commis{slot}")
    with take_seat(desk.sessions, TARGET, 4), steps.seated(desk, TARGET) as slot:
        assert slot == 2
        with steps.signed_in(desk, TARGET, slot) as session:
            assert session.credentials.user == "commis_2"


def test_a_refused_pair_is_not_tried_by_a_later_run_until_it_changes(
    desk: Office, live: LiveTarget
) -> None:
    def changed(**values: object) -> Office:
        return replace(desk, settings=type(desk.settings)(**desk.settings.model_dump() | values))

    def outcome(office: Office) -> str:
        with steps.signed_in(office, TARGET) as session, pytest.raises(GreffierError) as stopped:
            session.bot()
        return stopped.value.code

    nowhere = {"targets": {TARGET: "http://127.0.0.1:9"}}
    assert outcome(changed(target_password="d’hier")) == "sign-in-refused"
    assert outcome(changed(target_password="d’hier", **nowhere)) == "sign-in-refused"
    assert outcome(changed(**nowhere)) == "target-unreachable"
    with steps.signed_in(desk, TARGET) as session:
        session.bot()
