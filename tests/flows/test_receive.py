"""Receiving: the original is safe before anything else happens to it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from flows.office import Office
from flows.receive import open_batch, receive
from greffier.errors import StoreError
from storage.archive import Archive, Store
from storage.models import Batch, BatchState, SourceFile

pytestmark = pytest.mark.store


@pytest.fixture
def mail(tmp_path: Path) -> list[Path]:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    paths = [inbox / "premier.tif", inbox / "second.pdf"]
    for number, path in enumerate(paths):
        path.write_bytes(f"invented content {number} of {tmp_path}".encode())
    return paths


def without_store(office: Office) -> Office:
    nowhere = Store(endpoint="127.0.0.1:9", access_key="a", secret_key="b")
    return replace(office, archive=Archive(nowhere, "greffier"))


def test_the_archive_gives_back_the_bytes_the_receipt_names(
    office: Office, mail: list[Path]
) -> None:
    receipt = receive(office, open_batch(office, "ESSAI"), mail)
    for path, file in zip(mail, receipt.files, strict=True):
        with office.sessions() as session:
            row = session.get_one(SourceFile, file.file)
        assert office.archive.get(row.archive_key, row.archive_version) == path.read_bytes()
        assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_files_stay_in_the_inbox_unless_they_are_to_be_taken(
    office: Office, mail: list[Path]
) -> None:
    batch = open_batch(office, "ESSAI")
    receive(office, batch, mail)
    assert all(path.exists() for path in mail)
    receive(office, batch, mail, take=True)
    assert not any(path.exists() for path in mail)


def test_a_file_that_is_still_written_to_is_not_taken(office: Office, mail: list[Path]) -> None:
    still, whole = mail

    def scanner() -> None:
        with still.open("ab") as file:
            file.write(b"the rest")

    receive(office, open_batch(office, "ESSAI"), mail, take=True, progress=scanner)
    assert still.read_bytes().endswith(b"the rest")
    assert not whole.exists()


def test_no_file_is_taken_while_the_archive_does_not_answer(
    office: Office, mail: list[Path]
) -> None:
    batch = open_batch(office, "ESSAI")
    with pytest.raises(StoreError):
        receive(without_store(office), batch, mail, take=True)
    assert all(path.exists() for path in mail)
    with office.sessions() as session:
        assert session.get_one(Batch, batch).state is BatchState.RECEIVING


def test_a_reception_that_was_cut_short_is_taken_up_without_doubles(
    office: Office, mail: list[Path]
) -> None:
    batch = open_batch(office, "ESSAI")
    receive(office, batch, mail[:1])
    receipt = receive(office, batch, mail)
    assert [file.name for file in receipt.files] == [path.name for path in mail]
    with office.sessions() as session:
        assert len(session.get_one(Batch, batch).files) == len(mail)


def test_the_receipt_tells_that_the_same_bytes_came_before(
    office: Office, mail: list[Path]
) -> None:
    first = receive(office, open_batch(office, "ESSAI"), mail[:1])
    again = receive(office, open_batch(office, "ESSAI"), mail[:1])
    assert again.files[0].same_bytes == first.files[0].file
