"""The command line's contract: help, exit codes, and JSON that other tools rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forms.schema import PACKS

COMMANDS = [
    (),
    ("doctor",),
    ("demo",),
    ("up",),
    ("submit",),
    ("status",),
    ("review",),
    ("read",),
    ("bots",),
    ("bots", "new"),
    ("bots", "try"),
    ("bots", "doctor"),
    ("bots", "record"),
    ("audit",),
    ("calibrate",),
    ("forms",),
    ("forms", "new"),
    ("forms", "check"),
    ("forms", "try"),
    ("sandbox",),
    ("sandbox", "print"),
    ("sandbox", "serve"),
]


def greffier(
    *arguments: str | Path, home: Path, language: str = "fr"
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GREFFIER_", "PREFECT_"))}
    return subprocess.run(
        [Path(sys.executable).with_name("greffier"), *arguments],
        env=clean | {"GREFFIER_HOME": str(home), "GREFFIER_LANGUAGE": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_teaches_in_both_languages(command: tuple[str, ...], tmp_path: Path) -> None:
    told = {
        language: greffier(*command, "--help", home=tmp_path, language=language)
        for language in ("fr", "en")
    }
    assert {done.returncode for done in told.values()} == {0}
    assert told["fr"].stdout != told["en"].stdout
    assert "cli." not in told["fr"].stdout + told["en"].stdout, "a text is missing"


def test_a_malformed_request_exits_with_2(tmp_path: Path) -> None:
    assert greffier("read", home=tmp_path).returncode == 2
    assert greffier("read", "--no-such-option", home=tmp_path).returncode == 2
    missing = greffier("read", tmp_path / "absent.tif", home=tmp_path)
    assert missing.returncode == 2
    assert "introuvable" in missing.stderr


def test_bad_input_is_an_answer_and_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "bruit.tif").write_bytes(b"II*\0 and then nothing of the kind")
    (tmp_path / "vide.pdf").write_bytes(b"")
    done = greffier(
        "read", tmp_path / "bruit.tif", tmp_path / "vide.pdf", "--json", home=tmp_path / "home"
    )
    assert done.returncode == 0
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [found["decision"] for found in objects] == ["quarantine", "quarantine"]
    assert all(found["reasons"][0]["code"] for found in objects)
    assert set(objects[0]) == {
        "source",
        "document",
        "pages",
        "form",
        "form_confidence",
        "fields",
        "decision",
        "reasons",
        "readers",
    }
    assert not (tmp_path / "home").exists(), "reading writes nothing"


def test_a_command_that_needs_services_says_so_when_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(b"x")
    done = greffier("submit", tmp_path / "x.tif", home=tmp_path / "home")
    assert done.returncode == 1
    assert "make up" in done.stderr


def test_a_demo_erases_no_folder_that_holds_anything_else(tmp_path: Path) -> None:
    kept = tmp_path / "mes-documents" / "lettre.txt"
    kept.parent.mkdir()
    kept.write_text("à garder")
    for more in ((), ("--fresh",)):
        done = greffier("demo", "--home", kept.parent, *more, home=tmp_path)
        assert done.returncode != 0
        assert "rien n’y est effacé" in done.stderr + done.stdout
        assert kept.read_text() == "à garder"


def test_a_form_cannot_be_called_what_is_no_name_of_one(tmp_path: Path) -> None:
    blank = PACKS / "changement-adresse" / "blank.pdf"
    for name in ("Mon_Avis", "../ailleurs"):
        done = greffier("forms", "new", blank, "--id", name, "--out", tmp_path / "f", home=tmp_path)
        assert done.returncode != 0
        assert name in done.stderr + done.stdout
    assert not (tmp_path / "f").exists()
    assert not (tmp_path / "ailleurs").exists()
