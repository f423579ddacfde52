"""What all practice targets have in common, without a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import date
from typing import ClassVar

import pytest
from starlette.exceptions import HTTPException

from sandbox.targets import TARGETS, target_class
from sandbox.targets.base import NOTICE, Refused, Target
from sandbox.targets.faults import Order
from sandbox.targets.store import PersonFile, Store

every_target = pytest.mark.parametrize("target", sorted(TARGETS))
#: The green screen signs people in on its terminal: its own tests say how.
with_a_sign_in_form = pytest.mark.parametrize(
    "target", [target for target in sorted(TARGETS) if target != "retraite-quebec"]
)

FILE = PersonFile("LEDUC1", "Leduc", "Zoé", street="rue du Quai")
MOVE = {
    "file_number": "leduc 1",
    "civic_number": "77",
    "street": "côte d'Abraham",
    "apartment": "",
    "municipality": "Québec",
    "postal_code": "g1r5a5",
    "telephone": "418 555-1234",
    "effective_date": "2026-11-01",
}


class Plain(Target):
    """The least a target can be."""

    id = "simple"
    title = "Simple"
    labels: ClassVar = {name: f"<{name}>" for name in MOVE}
    limits: ClassVar = {"street": 20}

    def pages(self):
        return {}


class Strict(Plain):
    duplicates = "refuse"


@pytest.fixture
def open_store(tmp_path):
    stores = []

    def open_() -> Store:
        stores.append(Store(tmp_path / "simple.sqlite", [FILE]))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def plain(open_store):
    return Plain(open_store(), "token")


@pytest.fixture
def today_is_in_2026(monkeypatch):
    class Fixed(date):
        @classmethod
        def today(cls):
            return cls(2026, 11, 20)

    monkeypatch.setattr("sandbox.targets.base.date", Fixed)


def save(target: Target, nonce: str, **changed: str) -> str:
    return asyncio.run(target.save(target.checked(MOVE | changed), nonce))


# -- signing in ------------------------------------------------------------------------------------


@every_target
def test_no_page_shows_a_file_to_a_stranger_and_all_say_they_are_for_practice(
    ask: Callable, target
):
    asker = ask(target)

    for path in ("/", "/connexion", *asker.target.pages()):
        page = asker.get(path)
        assert "Lepage" not in asker.words(page), path
        if page.headers["content-type"].startswith("text/html"):
            assert NOTICE in asker.words(page), path


@with_a_sign_in_form
def test_a_wrong_password_is_refused_in_the_targets_words(ask: Callable, target):
    asker = ask(target)

    assert asker.target.wording.bad_sign_in in asker.words(asker.sign_in(password="autre"))
    assert 'type="password"' in asker.get(asker.target.home).text.lower()


@with_a_sign_in_form
def test_signing_in_leads_home_until_all_sessions_are_ended(ask: Callable, target):
    asker = ask(target)

    assert 'type="password"' not in asker.sign_in().text.lower()
    assert NOTICE in asker.words(asker.get(asker.target.home))
    asker.order(expire=True)
    assert asker.target.wording.session_over in asker.words(asker.get(asker.target.home))


def test_a_session_dies_of_silence(ask: Callable):
    asker = ask("saaq")
    asker.sign_in()
    asker.order(idle=0.05)
    time.sleep(0.1)

    assert "Identification requise" in asker.get("/etape1").text


def test_a_session_ends_after_as_many_pages_as_ordered(ask: Callable):
    asker = ask("ramq")
    asker.sign_in()
    asker.order(expire_after=2)

    ended = ["Ouverture de session" in asker.get("/Dossier.aspx").text for _ in range(4)]

    assert ended == [False, False, True, True]


def test_a_user_has_one_session_where_the_target_allows_one(ask: Callable):
    first, second = ask("saaq"), ask("saaq")
    first.sign_in()
    second.sign_in()

    assert "Identification requise" in first.get("/etape1").text
    assert "Identification requise" not in second.get("/etape1").text


def test_cookies_of_two_targets_on_one_host_do_not_meet():
    assert len({target_class(target).id for target in TARGETS}) == len(TARGETS)


# -- the control address ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("came_from", "token"), [("192.0.2.7", None), ("127.0.0.1", "x"), ("127.0.0.1", "")]
)
def test_the_control_address_hears_only_this_machine_with_the_token(
    ask: Callable, came_from, token
):
    asker = ask("saaq", came_from)
    token = asker.token if token is None else token

    assert asker.order(token, slow=3).status_code == 403
    assert asker.changes(token).status_code == 403
    assert asker.target.faults.slow == 0


def test_an_order_nobody_knows_is_refused(ask: Callable):
    asker = ask("saaq")

    assert asker.order(explode=True).status_code == 422
    assert asker.order(fail="sometimes").status_code == 422


def test_a_reset_forgets_every_order(plain):
    plain.faults.obey(Order(slow=9, fail="before", times=3, double_click_saves=True))
    plain.faults.obey(Order(reset=True))

    assert plain.faults.slow == 0
    assert not plain.faults.double_click_saves
    assert plain.faults.next_save() == Order()


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.usefixtures("today_is_in_2026")
def test_a_good_change_is_kept_in_canonical_form(plain):
    kept = plain.checked(MOVE)

    assert kept["file_number"] == "LEDUC1"
    assert kept["postal_code"] == "G1R 5A5"
    assert kept["telephone"] == "4185551234"
    assert kept["effective_date"] == "2026-11-01"


@pytest.mark.usefixtures("today_is_in_2026")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("file_number", "LEDUC2", Plain.wording.unknown_file),
        ("file_number", "", "Le champ <file_number> est obligatoire."),
        ("street", "  ", "Le champ <street> est obligatoire."),
        ("street", "r" * 21, "Le champ <street> est trop long."),
        ("postal_code", "D1R 5A5", Plain.wording.postal_code),
        ("postal_code", "G1R-5A5", Plain.wording.postal_code),
        ("telephone", "555-1234", Plain.wording.telephone),
        ("effective_date", "01/11/2026", Plain.wording.date_format),
        ("effective_date", "2026-2-3", Plain.wording.date_format),
        ("effective_date", "2026-02-30", Plain.wording.date_format),
        ("effective_date", "2027-12-01", Plain.wording.date_far),
        ("effective_date", "2016-10-31", Plain.wording.date_far),
    ],
)
def test_a_bad_value_is_refused_in_the_targets_words(plain, name, value, said):
    with pytest.raises(Refused) as caught:
        plain.checked(MOVE | {name: value})

    assert caught.value.messages == (said,)


def test_everything_that_is_wrong_is_said_at_once(plain):
    with pytest.raises(Refused) as caught:
        plain.checked({})

    assert len(caught.value.messages) == len(Plain.required)


# -- saving ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("today_is_in_2026")
class TestSaving:
    def test_a_save_ordered_to_be_kept_twice_is_and_the_next_is_not(self, plain):
        plain.faults.obey(Order(twice=True))
        save(plain, "a")
        save(plain, "b", effective_date="2026-11-02")

        assert [change["times"] for change in plain.store.all_changes()] == [2, 2, 1]

    def test_a_save_that_lags_is_kept_even_if_nobody_waits_for_it(self, plain):
        plain.faults.obey(Order(lag=0.5))

        async def give_up() -> None:
            saving = asyncio.create_task(plain.save(plain.checked(MOVE), "a"))
            await asyncio.sleep(0)
            assert plain.store.all_changes() == []
            await saving

        asyncio.run(give_up())
        assert len(plain.store.all_changes()) == 1

    def test_two_saves_under_one_key_are_seen_as_two(self, plain):
        first, second = save(plain, "a"), save(plain, "b")

        assert first != second
        assert [change["times"] for change in plain.store.all_changes()] == [2, 2]

    def test_a_strict_target_refuses_the_second(self, open_store):
        strict = Strict(open_store(), "token")
        save(strict, "a")

        with pytest.raises(Refused, match="déjà"):
            save(strict, "b")
        assert save(strict, "c", effective_date="2026-11-02")

    def test_a_form_sent_twice_is_saved_once(self, plain):
        assert save(plain, "a") == save(plain, "a")
        assert len(plain.store.all_changes()) == 1

    def test_a_double_click_saves_twice_when_ordered(self, plain):
        plain.faults.obey(Order(double_click_saves=True))

        assert save(plain, "a") != save(plain, "a")

    @pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
    def test_a_save_fails_as_ordered_and_as_often(self, plain, when, kept):
        plain.faults.obey(Order(fail=when, times=2))

        for nonce in ("a", "b"):
            with pytest.raises(HTTPException):
                save(plain, nonce)
        assert len(plain.store.all_changes()) == 2 * kept
        assert save(plain, "c")

    def test_a_save_that_hangs_has_saved(self, plain):
        plain.faults.obey(Order(hang=5))

        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(plain.save(plain.checked(MOVE), "a"), 0.1))
        assert len(plain.store.all_changes()) == 1

    def test_a_late_save_is_kept_and_not_yet_shown(self, plain):
        plain.faults.obey(Order(delay_visibility=0.2))
        save(plain, "a")

        assert plain.store.changes("LEDUC1") == []
        time.sleep(0.3)
        assert len(plain.store.changes("LEDUC1")) == 1

    def test_a_target_started_again_still_has_its_changes(self, plain, open_store):
        confirmation = save(plain, "a")

        [change] = open_store().changes("LEDUC 1")
        assert change.confirmation == confirmation

    def test_the_address_in_force_is_that_of_the_last_change_due(self, plain):
        save(plain, "a", street="rue due")
        save(plain, "b", street="rue future", effective_date="2027-11-01")

        in_force = plain.store.in_force(FILE)
        assert (in_force.street, in_force.surname) == ("rue due", "Leduc")
