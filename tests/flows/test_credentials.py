"""Pairs kept in Prefect's Secret blocks, on a real Prefect server."""

from __future__ import annotations

import pytest
from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from bots.session import Credentials
from flows.credentials import block_name, from_prefect


@pytest.mark.prefect
def test_each_session_of_a_target_has_its_own_block():
    with prefect_test_harness(server_startup_timeout=120):
        for slot, user in ((1, "commis1"), (2, "commis2")):
            pair = {"user": user, "password": "secret"}
            Secret(value=pair).save(block_name("saaq", slot), _sync=True)

        assert from_prefect("saaq", 1) == Credentials("commis1", "secret")
        assert from_prefect("saaq", 2) == Credentials("commis2", "secret")
        assert from_prefect("ramq", 1) is None


def test_no_server_is_started_to_ask_for_a_block(monkeypatch):
    monkeypatch.setattr(Secret, "load", lambda *_, **__: pytest.fail("Prefect was asked"))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert from_prefect("saaq", 1) is None
