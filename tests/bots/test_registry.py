"""Bots are found by their target's id, with no list to keep."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

import pytest

from bots import registry
from bots.contract import Bot
from bots.registry import all_bots, bot_for, find_bots
from greffier.errors import TargetStopped, UsageError

GOOD = """
from bots.contract import Bot

class Good(Bot):
    target = "good"
    def locate(self, record): ...
    def fill(self, record): ...
    def read_back(self, record): ...
    def submit(self): ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package of bots: one that works, one whose file is not Python, one without a target."""
    package = tmp_path / "some_bots"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.py").write_text(GOOD)
    (package / "not_python.py").write_text("class Bot(")
    (package / "no_target.py").write_text(GOOD.replace('target = "good"', ""))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("some_bots")
    for name in [name for name in sys.modules if name.startswith("some_bots")]:
        del sys.modules[name]


def test_every_bot_is_found_under_its_target_in_the_file_named_after_it():
    for target, kind in all_bots().items():
        assert bot_for(target) is kind
        assert kind.__module__ == f"bots.{target.replace('-', '_')}"


def test_an_unknown_target_is_refused_and_those_there_are_named():
    with pytest.raises(UsageError) as trouble:
        bot_for("nulle-part")
    assert "nulle-part" in str(trouble.value)
    assert all(target in str(trouble.value) for target in all_bots())


def test_a_broken_file_stops_its_own_target_and_no_other(folder, monkeypatch):
    found = find_bots(folder)
    monkeypatch.setattr(registry, "registry", lambda: found)

    assert bot_for("good").target == "good"
    for target, error in {"not-python": "SyntaxError", "no-target": "AttributeError"}.items():
        with pytest.raises(TargetStopped) as stopped:
            bot_for(target)
        assert error in str(stopped.value)


def body_lines(kind: type[Bot]) -> int:
    """The lines of a class, without blank ones and comments."""
    lines = (line.strip() for line in inspect.getsource(kind).splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("target", sorted(all_bots()))
def test_a_bots_body_is_forty_lines_at_most(target):
    assert body_lines(bot_for(target)) <= 40
