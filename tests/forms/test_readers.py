from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import forms
from forms.readers import fingerprint, fingerprint_of

ROOM = Path(forms.__file__).parents[1] / "extractors"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the readers, to change."""
    copy = tmp_path / "extractors"
    shutil.copytree(ROOM, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_the_readers_of_this_installation_have_one_name() -> None:
    assert len(fingerprint()) == 16
    assert int(fingerprint(), 16)


def test_a_copy_of_the_readers_has_their_name_wherever_it_is(room: Path) -> None:
    assert fingerprint_of([room], ["a 1"]) == fingerprint_of([ROOM], ["a 1"])


def test_a_comment_changes_nothing_and_a_number_does(room: Path) -> None:
    before = fingerprint_of([room], [])
    path = room / "trust.py"
    source = path.read_text("utf-8")
    path.write_text(
        source.replace('"""How far', '"""By how much') + "\n# said otherwise\n", "utf-8"
    )
    assert fingerprint_of([room], []) == before
    path.write_text(source.replace("_VALID = 30.0", "_VALID = 31.0"), "utf-8")
    assert fingerprint_of([room], []) != before


def test_other_weights_and_other_engines_are_other_readers(room: Path) -> None:
    before = fingerprint_of([room], ["tesserocr 1"])
    assert fingerprint_of([room], ["tesserocr 2"]) != before
    (room / "models" / "hand.onnx").write_bytes(b"other weights")
    assert fingerprint_of([room], ["tesserocr 1"]) != before


def test_what_only_looks_at_blanks_is_no_reader(room: Path) -> None:
    before = fingerprint_of([room], [])
    (room / "propose.py").write_text("", "utf-8")
    assert fingerprint_of([room], []) == before
