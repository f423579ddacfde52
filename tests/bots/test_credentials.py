"""Who signs in comes from where the office keeps it, by target and by session."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.credentials import SimpleCredential
from keyring.errors import KeyringLocked

from bots.credentials import (
    credentials_for,
    from_environment,
    from_keyring,
    from_settings,
    parsed,
)
from bots.session import Credentials
from greffier.errors import UsageError
from greffier.settings import Settings

NOBODY = from_settings(Settings(target_user=""))


def test_each_session_of_a_target_has_its_own_pair():
    known = from_environment(
        {
            "GREFFIER_ELECTIONS_QUEBEC_USER": "commis1",
            "GREFFIER_ELECTIONS_QUEBEC_PASSWORD": "un",
            "GREFFIER_ELECTIONS_QUEBEC_2_USER": "commis2",
            "GREFFIER_ELECTIONS_QUEBEC_2_PASSWORD": "deux",
        }
    )

    assert known("elections-quebec", 1) == Credentials("commis1", "un")
    assert known("elections-quebec", 2) == Credentials("commis2", "deux")
    assert known("elections-quebec", 3) is None
    assert known("saaq", 1) is None


def test_the_targets_own_pair_goes_before_the_offices():
    own = from_environment({"GREFFIER_SAAQ_USER": "propre", "GREFFIER_SAAQ_PASSWORD": "a"})
    office = from_settings(Settings(target_user="bureau", target_password="b"))

    assert credentials_for("saaq", 1, own, office).user == "propre"
    assert credentials_for("ramq", 1, own, office).user == "bureau"


def test_a_target_nobody_is_named_for_is_told_which_variable_to_set():
    with pytest.raises(UsageError) as missing:
        credentials_for("saaq", 2, from_environment({}), NOBODY)
    assert "GREFFIER_SAAQ_2_USER" in missing.value.explain("fr")


class Chest(KeyringBackend):
    """A keyring in memory, which finds a pair by its service alone as a desktop's does."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}
        self.locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service] = username, password

    def get_password(self, service: str, username: str) -> str | None:
        user, password = self.kept.get(service, (None, None))
        return password if user == username else None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        if self.locked:
            raise KeyringLocked
        return SimpleCredential(*self.kept[service]) if service in self.kept else None


@pytest.fixture
def chest() -> Iterator[Chest]:
    """The machine's keyring while the test lasts."""
    before = keyring.get_keyring()
    keyring.set_keyring(chest := Chest())
    yield chest
    keyring.set_keyring(before)


def test_a_pair_kept_in_the_keyring_is_found_by_target_and_session(chest):
    keyring.set_password("greffier/saaq/2", "commis", "secret")

    assert from_keyring("saaq", 2) == Credentials("commis", "secret")
    assert from_keyring("saaq", 1) is None
    assert from_keyring("ramq", 2) is None


def test_a_locked_keyring_is_told_and_others_are_asked(chest, caplog):
    chest.locked = True

    assert (
        credentials_for("saaq", 1, from_keyring, lambda *asked: Credentials("a", "b")).user == "a"
    )
    assert "KeyringLocked" in caplog.text


def test_a_machine_without_a_keyring_holds_nothing():
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert from_keyring("saaq", 1) is None
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize(
    "secret", ['{"user": "commis", "password": "x"}', {"user": "commis", "password": "x"}]
)
def test_a_secret_block_holds_a_pair_as_text_or_as_an_object(secret):
    assert parsed(secret) == Credentials("commis", "x")


def test_a_pair_does_not_show_its_password():
    assert "secret" not in repr(Credentials("commis", "secret"))


@pytest.mark.parametrize("secret", ["commis:x", '{"user": "commis"}', '["commis", "x"]'])
def test_a_secret_block_that_holds_something_else_is_told_and_not_quoted(secret):
    with pytest.raises(UsageError) as refused:
        parsed(secret)
    assert refused.value.code == "not-credentials"
    assert "commis" not in refused.value.explain("en")
