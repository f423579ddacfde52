from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio.error import S3Error

from greffier.errors import StoreError
from greffier.settings import Settings
from storage.archive import Archive, Store

pytestmark = pytest.mark.store


def versions(archive: Archive, key: str) -> list[str]:
    found = archive.client.list_objects(archive.bucket, prefix=key, include_version=True)
    return [str(o.version_id) for o in found]


def lock_of(archive: Archive, key: str) -> timedelta:
    """How much longer the object is locked."""
    retention = archive.client.get_object_retention(archive.bucket, key)
    assert retention is not None
    assert retention.mode == "GOVERNANCE"
    return retention.retain_until_date - datetime.now(UTC)


def corrupt(archive: Archive, key: str) -> None:
    """What a broken disk or a careless administrator does: other bytes under the same name."""
    archive.client.put_object(archive.bucket, key, io.BytesIO(b"rot"), 3)


def test_an_original_comes_back_as_it_was_from_a_file_or_from_memory(
    archive: Archive, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 100
    path = tmp_path / "scan.tif"
    path.write_bytes(content)
    stored = archive.put_original(path)
    assert stored == archive.put_original(content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.size == len(content)
    assert archive.get(stored.key, stored.version_id) == content


def test_an_empty_file_is_kept_too(archive: Archive) -> None:
    assert archive.get(archive.put_original(b"").key) == b""


def test_the_same_bytes_are_stored_once_however_many_send_them_at_once(archive: Archive) -> None:
    with ThreadPoolExecutor(6) as pool:
        stored = set(pool.map(lambda _: archive.put_original(b"fax"), range(12)))
    assert len(stored) == 1
    assert len(versions(archive, stored.pop().key)) == 1


def test_a_file_larger_than_one_put_goes_up_in_parts_and_comes_back_whole(
    archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "big.pdf"
    path.write_bytes(b"0123456789abcdef" * 400_000)  # 6.4 MB: two parts
    in_parts = Archive(archive.store, archive.bucket, lock_days=1, one_put=1024)
    stored = in_parts.put_original(path)
    assert in_parts.put_original(path) == stored
    assert len(versions(archive, stored.key)) == 1
    assert archive.get(stored.key) == path.read_bytes()
    assert lock_of(archive, stored.key) > timedelta(hours=23)


def test_an_original_cannot_be_deleted_before_its_time(archive: Archive) -> None:
    stored = archive.put_original(b"the only copy")
    with pytest.raises(S3Error):
        archive.client.remove_object(archive.bucket, stored.key, version_id=stored.version_id)
    assert archive.get(stored.key) == b"the only copy"


def test_a_lock_is_prolonged_and_never_shortened(archive: Archive) -> None:
    stored = archive.put_original(b"to be kept")
    archive.lock_until(stored, datetime.now(UTC) + timedelta(days=400))
    archive.lock_until(stored, datetime.now(UTC) + timedelta(days=5))
    assert lock_of(archive, stored.key) > timedelta(days=399)
    assert archive.get(stored.key) == b"to be kept"


def test_sending_the_same_bytes_again_prolongs_their_lock(archive: Archive) -> None:
    stored = archive.put_original(b"fax")
    Archive(archive.store, archive.bucket, lock_days=90).put_original(b"fax")
    assert lock_of(archive, stored.key) > timedelta(days=89)


def test_a_derivative_names_its_parent_and_its_tool(archive: Archive) -> None:
    parent = archive.put_original(b"scan")
    page = archive.put_derivative(b"page", "page", parent.sha256, "opencv", "4.10")
    assert (page.parent_sha256, page.kind) == (parent.sha256, "page")
    assert (page.tool, page.tool_version) == ("opencv", "4.10")
    assert archive.get(page.key) == b"page"


def test_altered_bytes_are_noticed(archive: Archive) -> None:
    stored = archive.put_original(b"scan")
    corrupt(archive, stored.key)
    with pytest.raises(StoreError) as error:
        archive.get(stored.key)
    assert error.value.code == "store-altered"
    assert archive.get(stored.key, stored.version_id) == b"scan"


def test_a_good_copy_goes_on_top_of_a_bad_one(archive: Archive) -> None:
    first = archive.put_original(b"scan")
    corrupt(archive, first.key)
    second = archive.put_original(b"scan")
    assert second.version_id != first.version_id
    assert archive.get(second.key) == b"scan"
    assert len(versions(archive, first.key)) == 3


def test_a_file_that_changes_while_it_is_sent_is_refused(archive: Archive, tmp_path: Path) -> None:
    """A half-written file: hashed at one length, read at another."""

    class Growing(io.BytesIO):
        def seek(self, *args: int) -> int:
            self.getbuffer()[:1] = b"X"
            return super().seek(*args)

    with pytest.raises(StoreError):
        archive._put("originals", Growing(b"still being written"))
    assert versions(archive, "originals/") == []


def test_a_store_that_is_not_there_is_told_as_such(archive: Archive) -> None:
    nobody = Archive(Store("127.0.0.1:1", "a", "b"), archive.bucket)
    with pytest.raises(StoreError) as error:
        nobody.put_original(b"scan")
    assert error.value.code == "store-down"


def test_a_wrong_secret_is_told_as_a_refusal(archive: Archive) -> None:
    stranger = Archive(replace(archive.store, secret_key="wrong"), archive.bucket)
    with pytest.raises(StoreError) as error:
        stranger.put_original(b"scan")
    assert error.value.code == "store-refused"


def test_a_bucket_is_made_once_and_keeps_versions(archive: Archive) -> None:
    archive.ensure_bucket()
    assert archive.client.get_bucket_versioning(archive.bucket).status == "Enabled"
    assert archive.client.get_object_lock_config(archive.bucket) is not None


def test_the_settings_name_the_archive_and_hide_its_secret() -> None:
    settings = Settings(
        s3_endpoint="store.example:9000", s3_secret_key="hush", s3_bucket="mess", s3_secure=True
    )
    archive = Archive.from_settings(settings)
    assert archive.store == Store("store.example:9000", "greffier", "hush", secure=True)
    assert archive.bucket == "mess"
    assert "hush" not in repr(archive.store)
