"""Who signs in comes from where the office keeps it, by target and by session."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

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


def test_the_keyring_is_asked_where_it_is_installed(monkeypatch):
    asked = []

    def get_credential(service: str, user: None) -> SimpleNamespace | None:
        asked.append(service)
        return SimpleNamespace(username="commis", password="secret") if "saaq" in service else None

    keyring = ModuleType("keyring")
    keyring.get_credential = get_credential
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setattr("bots.credentials.find_spec", lambda name: keyring)

    assert from_keyring("saaq", 2) == Credentials("commis", "secret")
    assert from_keyring("ramq", 1) is None
    assert asked == ["greffier/saaq/2", "greffier/ramq/1"]


def test_without_a_keyring_nothing_is_asked_of_it(monkeypatch):
    monkeypatch.setattr("bots.credentials.find_spec", lambda name: None)
    assert from_keyring("saaq", 1) is None


@pytest.mark.parametrize(
    "secret", ['{"user": "commis", "password": "x"}', {"user": "commis", "password": "x"}]
)
def test_a_secret_block_holds_a_pair_as_text_or_as_an_object(secret):
    assert parsed(secret) == Credentials("commis", "x")


def test_a_pair_does_not_show_its_password():
    assert "secret" not in repr(Credentials("commis", "secret"))
