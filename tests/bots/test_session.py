"""A browser signed in to one target: started when needed, shared by entries, closed for good."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError

from greffier.errors import ScreenError, TargetStopped
from greffier.words import EntryState

pytestmark = pytest.mark.browser


@pytest.fixture
def in_thread():
    """Run something in a thread of its own, as each target's session is run."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(work).result()


def browsers() -> list[psutil.Process]:
    """The browsers that this process has started and that still run."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(part.startswith("--greffier=") for part in process.cmdline()[1:]):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_nobody_is_signed_in_before_the_first_entry(registry_session, registry):
    session = registry_session()
    assert registry.tries == 0

    bot = session.bot()

    assert session.bot() is bot
    assert registry.tries == 1


def test_after_trouble_the_window_is_fresh_and_the_sign_in_the_same(registry_session, registry):
    session = registry_session()
    first = session.bot().screen
    with first.page.expect_popup():
        first.page.evaluate("open('/')")

    session.renew(ScreenError("not-on-screen", label="x"))
    second = session.bot().screen

    assert first.page.is_closed()
    assert session.pages() == [second.page]
    second.go("/")
    assert "Chercher" in second.text()
    assert registry.tries == 1


def test_a_session_found_dead_is_signed_in_again(registry_session, registry):
    session = registry_session()
    screen = session.bot().screen
    registry.sessions.clear()

    with pytest.raises(ScreenError) as trouble:
        screen.go("/")
    session.renew(trouble.value)
    session.bot().screen.go("/")

    assert registry.sign_ins == 2


def test_a_server_error_at_sign_in_is_no_refusal(registry_session, registry):
    registry.broken_sign_ins = 1
    session = registry_session()

    with pytest.raises(ScreenError) as trouble:
        session.bot()
    session.renew(trouble.value)

    assert trouble.value.code == "target-error"
    assert session.bot()


def test_the_password_shows_in_no_representation_and_no_log(registry_session, caplog):
    caplog.set_level(logging.DEBUG)
    session = registry_session()
    session.bot()

    assert session.credentials.password not in repr(session.credentials) + caplog.text


def test_a_missing_browser_stops_the_target_and_names_the_setting(registry_session, in_thread):
    chromium = Path("/nowhere/chromium")

    with pytest.raises(TargetStopped) as trouble:
        in_thread(registry_session(browser=None, chromium=chromium).bot)
    assert "GREFFIER_CHROMIUM" in trouble.value.explain("fr")


def test_a_sessions_own_browser_is_closed_with_it(registry_session, in_thread):
    before = len(browsers())

    def work() -> int:
        with registry_session(browser=None) as session:
            session.bot()
            return len(browsers())

    assert in_thread(work) > before
    assert len(browsers()) == before


def test_a_browser_that_is_killed_is_started_again_and_the_entry_goes_on(
    registry_session, registry, clerk, record, in_thread
):
    others = browsers()

    def work() -> None:
        with registry_session(browser=None) as session:
            clerk.session = session
            session.bot()
            for process in browsers():
                if process not in others and process.is_running():
                    process.kill()
            assert clerk.enter(record).state is EntryState.CONFIRMED

    in_thread(work)
    assert len(registry.saved) == 1
    assert registry.sign_ins == 2


def test_a_page_that_never_answers_costs_its_browser_and_not_the_worker(
    registry_session, in_thread
):
    def work() -> None:
        with registry_session(browser=None) as session:
            page = session.bot().screen.page
            page.evaluate("setTimeout(() => { while (true); }, 50)")
            page.wait_for_timeout(200)
            with pytest.raises(PlaywrightError), session.bounded(1):
                page.locator("p").count()
            session.renew(ScreenError("screen-broken"))
            session.bot().screen.go("/")

    in_thread(work)


def test_two_targets_are_entered_at_once_each_in_its_thread(
    registry_session, registry, clerk, record
):
    meeting = threading.Barrier(2, timeout=60)

    def work(day: str) -> EntryState:
        with registry_session(browser=None) as session:
            session.bot()
            meeting.wait()
            mine = type(clerk)(session)
            values = record.values | {"effective_date": day}
            return mine.enter(record.model_copy(update={"values": values})).state

    with ThreadPoolExecutor(2) as pool:
        states = list(pool.map(work, ["2026-12-01", "2026-12-02"]))

    assert states == [EntryState.CONFIRMED] * 2
    assert sorted(row["d"] for row in registry.saved) == ["2026-12-01", "2026-12-02"]
