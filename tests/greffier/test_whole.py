from __future__ import annotations

import os
from pathlib import Path

import pytest

from greffier.whole import write_whole


def test_whoever_reads_while_it_is_rewritten_has_the_old_text_whole(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    write_whole(path, "the old text")
    with path.open() as reader:
        write_whole(path, "é, and more")
        assert reader.read() == "the old text"
    assert path.read_text("utf-8") == "é, and more"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_cut_off_leaves_what_was_there_and_the_next_one_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError("the disk is full")

    path = tmp_path / "ports.json"
    write_whole(path, "the old text")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            write_whole(path, "the new text")
    assert path.read_text("utf-8") == "the old text"
    write_whole(path, "the new text")
    assert path.read_text("utf-8") == "the new text"


def test_its_owner_alone_reads_it_even_where_somebody_else_could_read_the_old_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.secret"
    for left in (path, tmp_path / "store.secret.new"):
        left.write_text("readable by all")
        left.chmod(0o644)
    write_whole(path, "secret")
    assert path.stat().st_mode & 0o777 == 0o600
