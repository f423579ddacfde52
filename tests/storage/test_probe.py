from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.retention import Retention

from greffier.errors import StoreError
from storage.archive import Archive
from storage.probe import probe

pytestmark = pytest.mark.store


def scratch_left(archive: Archive) -> list[object]:
    found = archive.client.list_objects(
        archive.bucket, prefix="probe/", recursive=True, include_version=True
    )
    return list(found)


def test_a_store_that_keeps_its_promises_passes_and_is_left_clean(archive: Archive) -> None:
    probe(archive)
    assert scratch_left(archive) == []


def test_a_bucket_without_versions_and_locks_is_refused(archive: Archive) -> None:
    plain = Archive(archive.store, f"{archive.bucket}-plain")
    plain.client.make_bucket(plain.bucket)
    with pytest.raises(StoreError) as error:
        probe(plain)
    assert error.value.code == "store-no-versions"


def test_a_missing_bucket_is_no_broken_promise(archive: Archive) -> None:
    archive.bucket = "no-such-bucket-anywhere"
    with pytest.raises(StoreError) as error:
        probe(archive)
    assert error.value.code == "store-no-bucket"


# -- stores that accept the call and do not keep the promise -------------------------------------


class Lenient(Minio):
    """A real store whose answers are bent on their way back."""

    def __init__(self, real: Minio) -> None:
        self.__dict__.update(real.__dict__)


class ForgetsConditions(Lenient):
    def _put_object(self, bucket: str, key: str, data: bytes, headers: Any = None, *rest: Any):
        kept = {k: v for k, v in headers.items() if k != "If-None-Match"}
        return super()._put_object(bucket, key, data, kept, *rest)


class ForgetsChecksums(Lenient):
    def _put_object(self, bucket: str, key: str, data: bytes, headers: Any = None, *rest: Any):
        kept = {k: v for k, v in headers.items() if "checksum" not in k}
        return super()._put_object(bucket, key, data, kept, *rest)


class ForgetsLocks(Lenient):
    def _put_object(self, bucket: str, key: str, data: bytes, headers: Any = None, *rest: Any):
        kept = {k: v for k, v in headers.items() if "lock" not in k}
        return super()._put_object(bucket, key, data, kept, *rest)


class ReplacesWhatItLocks(Lenient):
    """Seen in the wild: the text of the lock request becomes the object."""

    def set_object_retention(self, bucket: str, key: str, config: Retention, version_id=None):
        super().put_object(bucket, key, io.BytesIO(b"<Retention/>"), 12)


class LetsLocksBeLifted(Lenient):
    def remove_object(self, bucket: str, key: str, version_id: str | None = None):
        bypassing = [DeleteObject(key, version_id)]
        list(super().remove_objects(bucket, bypassing, bypass_governance_mode=True))


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        (ForgetsConditions, "store-no-conditions"),
        (ForgetsChecksums, "store-no-checksums"),
        (ForgetsLocks, "store-no-locks"),
        (ReplacesWhatItLocks, "store-no-locks"),
        (LetsLocksBeLifted, "store-no-locks"),
    ],
)
def test_a_store_that_accepts_the_call_and_breaks_the_promise_is_named(
    archive: Archive, bent: Callable[[Minio], Minio], code: str
) -> None:
    archive.client = bent(archive.client)
    with pytest.raises(StoreError) as error:
        probe(archive)
    assert error.value.code == code
    assert scratch_left(archive) == []


def test_a_store_that_takes_any_secret_is_named(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.archive.Store.connect", lambda self: archive.client)
    with pytest.raises(StoreError) as error:
        probe(archive)
    assert error.value.code == "store-no-secrets"
