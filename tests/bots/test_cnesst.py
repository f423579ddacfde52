"""What a terminal on the line has that a web page has not; the rest is in ``test_every_bot``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest

from bots import emulator
from bots.emulator import Emulator
from bots.s3270 import SCREEN
from bots.session import Credentials
from greffier.errors import ScreenError, TargetStopped
from greffier.words import EntryState
from sandbox.serve import LiveTarget
from tests.bots.conftest import code_of

pytestmark = pytest.mark.browser
S = EntryState


@pytest.fixture
def office(practice: Callable):
    return practice("cnesst")


@pytest.fixture
def form(office):
    """The bot before an empty entry display."""
    bot = office.session.bot()
    bot.locate(office.record())
    bot.green.press("F5")
    bot.green.on("CN30")
    return bot.green


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Emulator]:
    with LiveTarget("cnesst", tmp_path, []) as live:
        terminal = Emulator.start(live.url, "cp037", 5)
        yield terminal
        terminal.stop()


def terminals() -> list[psutil.Process]:
    """Those that this process has started and that still run."""
    return [one for one in psutil.Process().children() if one.name() == "s3270"]


def test_signs_that_mean_something_to_the_emulator_are_typed_as_they_are(form):
    text = 'a"b\\c\\n(d), é À ç;é'

    form.type(11, 30, text)

    assert form.at(11, 30, 32) == text


def test_a_sign_the_host_has_no_code_for_is_never_typed(office):
    outcome = office.enter(office.record(street="rue de l’Église"))

    assert (outcome.state, outcome.reason.code) == (S.WITH_PERSON, "value-not-holdable")
    assert office.changes() == []


def test_a_holder_whose_name_the_host_writes_without_its_ligature_is_recognised(office):
    store = office.live.target.store
    [file] = store.files()
    store.learn([replace(file, surname="Œuvrard")])

    assert office.enter(office.record({"surname": "Œuvrard"})).state == S.CONFIRMED


@pytest.mark.parametrize(
    ("row", "column", "text", "held"),
    [(1, 3, "x", "N30"), (8, 30, "2026O101", "2026"), (8, 30, "202612011", "20261201")],
    ids=["protected", "a letter among digits", "one sign too many"],
)
def test_a_keyboard_that_locks_under_the_typing_is_told(form, row, column, text, held):
    with pytest.raises(ScreenError) as trouble:
        form.type(row, column, text)

    assert code_of(trouble) == "keyboard-locked"
    assert form.at(row, column, 9) == held


def test_after_a_locked_keyboard_the_next_entry_is_made_on_a_new_line(office, form):
    with pytest.raises(ScreenError):
        form.type(1, 3, "x")
    [before] = terminals()

    office.session.renew(ScreenError("keyboard-locked"))

    assert office.enter().state == S.CONFIRMED
    assert before not in terminals()


def test_a_host_at_work_longer_than_one_waits_is_slow_and_its_keyboard_left_alone(office, form):
    office.live.control.order(slow=6)

    with pytest.raises(ScreenError) as trouble:
        form.press("F12")

    assert code_of(trouble) == "target-slow"
    assert form.terminal.screen.text().count("X Wait") == 1
    assert not office.session._emulator.ready()


def test_a_host_that_answers_first_and_unlocks_later_is_waited_for(office, form):
    office.live.control.order(hang=2)
    for row, column, text in [(8, 30, later(30)), (10, 30, "1"), (11, 30, "rue Î")]:
        form.type(row, column, text)
    form.type(13, 30, "Lévis")
    form.type(14, 30, "G1R5A5")
    form.press("Enter")
    form.terminal._do("Enter()")

    for _ in range(50):  # the keyboard says X Wait until the host has answered
        if "X SYSTEM" in form.terminal.screen.text():
            break
        form.terminal.screen.go(SCREEN)
    assert "X SYSTEM" in form.terminal.screen.text()
    assert form.at(23, 2, 7) == "CNT001I"
    form.terminal.settle()
    form.on("CN50")


def later(days: int) -> str:
    return (date.today() + timedelta(days=days)).strftime("%Y%m%d")


def test_an_entry_begins_from_whatever_display_the_terminal_was_left_on(office):
    bot = office.session.bot()
    bot.locate(office.record())
    bot.fill(office.record(civic_number="77"))
    bot.green.press("Enter")
    bot.green.on("CN40")

    assert office.enter().state == S.CONFIRMED
    [change] = office.changes()
    assert change["civic_number"] == "1045"


def test_a_terminal_that_dies_before_the_save_is_replaced(office, monkeypatch):
    kill_terminal_after("looked_up", office, monkeypatch)

    assert office.enter().state == S.CONFIRMED
    assert len(office.changes()) == 1


def test_a_terminal_that_dies_at_the_click_leaves_it_unknown(office, monkeypatch):
    kill_terminal_after("submitting", office, monkeypatch)

    assert office.enter().state == S.UNKNOWN
    assert office.reconcile().state == S.PLANNED
    assert office.changes() == []


def kill_terminal_after(step: str, office, monkeypatch) -> None:
    take = getattr(office.ledger, step)

    def then_kill(*told):
        take(*told)
        monkeypatch.undo()
        [terminal] = terminals()
        terminal.kill()

    monkeypatch.setattr(office.ledger, step, then_kill)


def test_a_display_that_has_changed_stops_the_target(office):
    office.live.control.order(rewrite={"Rue ....": "Voie ..."})

    with pytest.raises(TargetStopped) as stopped:
        office.enter()

    assert stopped.value.code == "screen-changed"
    told = office.evidence.kept["screen-changed"][0].decode()
    assert '- field "Rue" 11,30 max=32' in told
    assert '+ field "Voie" 11,30 max=32' in told


def test_a_wrong_password_is_tried_once_stops_the_target_and_is_in_no_picture(office):
    office.session.credentials = Credentials("exercice", "autre")

    with pytest.raises(TargetStopped) as stopped:
        office.enter()

    assert stopped.value.code == "sign-in-refused"
    assert terminals() == []


def test_what_is_typed_in_a_hidden_field_is_not_on_the_page(office):
    green = office.session.kind(office.session.bot().screen).green
    green.terminal.screen.watch.markers = ()  # the sign-on display is wanted here
    green.press("F3")
    green.type(12, 43, "motcache")

    assert green.shown == "CN00"
    assert "motcache" not in green.terminal.screen.page.content()


def test_a_host_that_is_not_there_is_unreachable(tmp_path):
    with pytest.raises(ScreenError) as trouble:
        Emulator.start("tn3270://127.0.0.1:9", "cp037", 2)

    assert code_of(trouble) == "target-unreachable"
    assert terminals() == []


def test_without_its_package_the_target_stops(monkeypatch):
    monkeypatch.setattr(emulator, "S3270", Path("/nowhere/s3270"))

    with pytest.raises(TargetStopped) as stopped:
        Emulator.start("tn3270://127.0.0.1:9", "cp037", 2)
    assert "/nowhere/s3270" in str(stopped.value)


def test_nobody_can_have_the_terminal_run_a_program_or_write_a_file(terminal, tmp_path):
    mark = tmp_path / "mark"

    terminal.ask(f'Execute("touch {mark}")', 2)
    terminal.ask(f'Script("/usr/bin/touch","{mark}")', 2)
    terminal.ask(f'Set(traceFile,"{mark}")', 2)
    terminal.ask(f'Trace(on,"{mark}")', 2)
    terminal.ask(f'PrintText(file,"{mark}")', 2)

    assert terminal.ready()
    assert not mark.exists()


def test_it_dies_with_the_worker_that_was_killed(tmp_path):
    with LiveTarget("cnesst", tmp_path, []) as live:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, live.url], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        terminal = psutil.Process(int(worker.stdout.readline()))

        worker.kill()
        worker.wait()

        assert psutil.wait_procs([terminal], timeout=5) == ([terminal], [])


#: A worker with a terminal on the line, which says the terminal's process id and then sleeps.
WORKER = """
import sys, time, psutil
from bots.emulator import Emulator
terminal = Emulator.start(sys.argv[1], "cp037", 10)
print(*[one.pid for one in psutil.Process().children()], flush=True)
time.sleep(60)
"""


def test_it_listens_on_this_machine_alone(terminal):
    [process] = terminals()

    listening = [one.laddr for one in process.net_connections() if one.status == "LISTEN"]

    assert [one.ip for one in listening] == ["127.0.0.1"]
