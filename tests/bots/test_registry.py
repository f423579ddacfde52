"""Bots are found by their target's id, with no list to keep."""

from __future__ import annotations

import pytest

from bots.registry import all_bots, bot_for
from greffier.errors import UsageError


def test_every_bot_is_found_under_its_target_in_the_file_named_after_it():
    for target, kind in all_bots().items():
        assert bot_for(target) is kind
        assert kind.__module__ == f"bots.{target.replace('-', '_')}"


def test_an_unknown_target_is_refused_and_those_there_are_named():
    with pytest.raises(UsageError) as trouble:
        bot_for("nulle-part")
    assert "nulle-part" in str(trouble.value)
    assert all(target in str(trouble.value) for target in all_bots())
