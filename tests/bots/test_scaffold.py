"""What ``greffier bots new`` writes works as it stands, and is short."""

from __future__ import annotations

import json
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bots
from bots.credentials import variables
from bots.registry import registry
from desk.bot_doctor import examine_target
from desk.bot_new import write_scaffold
from desk.bot_try import records_of, try_records
from greffier.errors import UsageError
from greffier.settings import Settings

TARGET = "mon-ministere"


@pytest.fixture
def scaffold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The files of a new bot, in a folder of their own that bots are found in."""
    files = write_scaffold(TARGET, tmp_path)
    monkeypatch.setattr(bots, "__path__", [*bots.__path__, str(tmp_path / "bots")])
    registry.cache_clear()
    yield files
    registry.cache_clear()
    sys.modules.pop("bots.mon_ministere", None)


@pytest.fixture
def office(scaffold, practice, monkeypatch):
    """The new bot before the plain page, which the command line may sign in to."""
    office = practice(TARGET)
    for name, value in zip(variables(TARGET, 1), ("exercice", "exercice"), strict=True):
        monkeypatch.setenv(name, value)
    return office


@pytest.fixture
def fiche(scaffold, office) -> Path:
    """The scaffold's record, of the person whose file the practice target has."""
    record = json.loads(scaffold[2].read_text())
    record["values"]["effective_date"] = office.record()["effective_date"]
    scaffold[2].write_text(json.dumps(record))
    return scaffold[2]


def test_the_simplest_bot_is_forty_lines_at_most(scaffold):
    assert len(scaffold[0].read_text().splitlines()) <= 40


@pytest.mark.browser
@pytest.mark.parametrize("number", [0, 1])
def test_a_new_bot_passes_its_own_tests_at_once(number, scaffold, practice):
    written = runpy.run_path(str(scaffold[1]))
    tests = [test for name, test in written.items() if name.startswith("test_")]

    assert len(tests) == 2
    tests[number](practice)


def test_a_file_that_is_there_is_not_written_over(scaffold, tmp_path):
    with pytest.raises(UsageError) as refused:
        write_scaffold(TARGET, tmp_path)
    assert refused.value.code == "bot-exists"


@pytest.mark.parametrize("name", ["Ma Destination", "../saaq", "", "1er", "a--b"])
def test_a_name_that_is_no_id_is_refused(name, tmp_path):
    with pytest.raises(UsageError) as refused:
        write_scaffold(name, tmp_path)
    assert refused.value.code == "bot-name"


def try_all(source: Path, office, *, headed: bool = False, submit: bool = True) -> int:
    """``greffier bots try`` in a thread of its own, where no test's browser is at work."""
    out = source.parent / "out"
    with ThreadPoolExecutor() as alone:
        return alone.submit(
            try_records,
            Settings(),
            TARGET,
            source,
            office.live.url,
            out,
            headed=headed,
            submit=submit,
        ).result()


@pytest.mark.browser
def test_records_are_tried_with_no_database_and_their_evidence_kept(office, fiche, capsys):
    good = json.loads(fiche.read_text())
    unknown = {**good, "values": {**good["values"], "file_number": "9999999999"}}
    items = fiche.with_name("items.jsonl")
    items.write_text("\n".join([json.dumps(good), json.dumps({"payload": unknown})]))

    assert try_all(items, office) == 3  # the second has no file

    [change] = office.changes()
    kept = {path.name for path in (fiche.parent / "out" / "1").iterdir()}
    assert kept == {"filled.png", "confirmation.png", "read-back.png"}
    told = capsys.readouterr().out
    assert change["confirmation"] in told
    assert "Numéro civique" in told
    assert good["values"]["street"] not in told


@pytest.mark.browser
def test_trying_without_submitting_types_and_saves_nothing(office, fiche):
    assert try_all(fiche, office, submit=False) == 0

    assert office.changes() == []
    assert (fiche.parent / "out" / "1" / "filled.png").exists()


@pytest.mark.browser
def test_the_doctor_takes_a_new_label_once_a_person_approved_it(office, fiche, capsys):
    def doctor(*, approve: bool) -> int:
        with ThreadPoolExecutor() as alone:
            return alone.submit(
                examine_target,
                Settings(),
                TARGET,
                fiche,
                office.live.url,
                "une personne",
                approve=approve,
                headed=False,
            ).result()

    assert doctor(approve=False) == 3  # nobody knows these screens
    assert doctor(approve=True) == 0
    assert doctor(approve=False) == 0

    office.live.control.order(rewrite={"Municipalité": "Nom de la municipalité"})
    capsys.readouterr()
    assert doctor(approve=False) == 3
    assert "? Municipalité → Nom de la municipalité" in capsys.readouterr().out
    assert doctor(approve=True) == 0
    assert doctor(approve=False) == 0
    assert office.changes() == []
    assert try_all(fiche, office) == 0
    assert len(office.changes()) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[", "not-records"),
        ("[1]", "not-records"),
        ('{"target": "saaq", "form": "", "values": {}}', "records-of-another"),
    ],
)
def test_a_file_that_holds_no_records_of_the_target_is_refused(text, code, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        records_of(path, TARGET)
    assert refused.value.code == code


def test_a_window_is_not_promised_where_there_is_no_display(office, fiche, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(UsageError) as refused:
        try_all(fiche, office, headed=True)
    assert refused.value.code == "no-display"
