"""The start-up probe: tries every promise the archive relies on, and names the one not kept.

A store may accept a call and not keep what the call promises: one was seen to answer 200 to
"lock this object" and to put the text of the request in the object's place. So nothing here
trusts an answer; every check looks at what the store holds afterwards.

The scratch objects live under ``probe/`` in the archive's own bucket, because versions and locks
belong to a bucket. They are removed at the end as a records manager would (a GOVERNANCE lock can
be lifted on purpose); where the account may not do that, they stay, locked for an hour.
"""

from __future__ import annotations

import contextlib
import io
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from minio.commonconfig import GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.retention import Retention

from greffier.errors import StoreError
from storage.archive import Archive, told

_FIRST, _SECOND = b"the first content", b"the second content"


def probe(archive: Archive) -> None:
    """Raise ``StoreError`` unless the archive's bucket keeps every promise.

    Codes: ``store-no-versions``, ``store-no-conditions``, ``store-no-locks``,
    ``store-no-checksums``, ``store-no-secrets``; before them ``store-no-bucket``,
    ``store-refused`` and ``store-down`` when there is nothing to try them on.
    """
    scratch = _Scratch(archive)
    checks = {
        "store-no-secrets": scratch.refuses_a_wrong_secret,
        "store-no-versions": scratch.keeps_versions,
        "store-no-conditions": scratch.keeps_conditions,
        "store-no-locks": scratch.keeps_locks,
        "store-no-checksums": scratch.refuses_a_wrong_checksum,
    }
    with told("probe"):
        if not archive.client.bucket_exists(archive.bucket):
            raise StoreError("store-no-bucket", bucket=archive.bucket)
        try:
            for code, kept in checks.items():
                if not _answers_yes(kept):
                    raise StoreError(code, bucket=archive.bucket)
        finally:
            scratch.clean()


class _Scratch:
    """Objects to try things on. Each check answers whether the store kept its promise."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.client = archive.client
        self.bucket = archive.bucket
        self.folder = f"probe/{secrets.token_hex(8)}"
        self.until = datetime.now(UTC) + timedelta(hours=1)

    def refuses_a_wrong_secret(self) -> bool:
        stranger = replace(self.archive.store, secret_key=secrets.token_hex(16)).connect()
        key = f"{self.folder}/secret"
        return _refused(
            lambda: stranger.put_object(self.bucket, key, io.BytesIO(_FIRST), len(_FIRST))
        ) and not self._there(key)

    def keeps_versions(self) -> bool:
        key = f"{self.folder}/versions"
        put = [
            self.client.put_object(self.bucket, key, io.BytesIO(data), len(data)).version_id
            for data in (_FIRST, _SECOND)
        ]
        return None not in put and [self._content(key, v) for v in put] == [_FIRST, _SECOND]

    def keeps_conditions(self) -> bool:
        key = f"{self.folder}/conditions"
        first = self.archive.put_once(key, _FIRST, self.until)
        second = self.archive.put_once(key, _SECOND, self.until)
        return first is not None and second is None and self._content(key) == _FIRST

    def keeps_locks(self) -> bool:
        key = f"{self.folder}/locks"
        version = self.archive.put_once(key, _FIRST, self.until)
        sooner = Retention(GOVERNANCE, datetime.now(UTC) + timedelta(minutes=1))
        kept = _refused(
            lambda: self.client.remove_object(self.bucket, key, version_id=version)
        ) and _refused(
            lambda: self.client.set_object_retention(self.bucket, key, sooner, version_id=version)
        )
        lock = self.client.get_object_retention(self.bucket, key, version_id=version)
        return (
            kept
            and self._content(key, version) == _FIRST
            and lock is not None
            and abs(lock.retain_until_date - self.until) < timedelta(seconds=2)
        )

    def refuses_a_wrong_checksum(self) -> bool:
        key = f"{self.folder}/checksums"
        other = "00" * 32
        return _refused(
            lambda: self.archive.put_once(key, _FIRST, self.until, other)
        ) and not self._there(key)

    def clean(self) -> None:
        """Remove what the checks left, lifting the locks where the account may."""
        with contextlib.suppress(S3Error):  # they stay then, for the hour
            left = self.client.list_objects(
                self.bucket, prefix=self.folder, recursive=True, include_version=True
            )
            versions = [DeleteObject(str(o.object_name), o.version_id) for o in left]
            refusals = self.client.remove_objects(
                self.bucket, versions, bypass_governance_mode=True
            )
            deque(refusals, maxlen=0)  # nothing is removed before the answers are read

    def _content(self, key: str, version: str | None = None) -> bytes:
        return b"".join(self.archive.stream(key, version))

    def _there(self, key: str) -> bool:
        try:
            self.client.stat_object(self.bucket, key)
        except S3Error as error:
            if error.code != "NoSuchKey":
                raise
            return False
        return True


def _refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except S3Error:
        return True
    return False


def _answers_yes(check: Callable[[], bool]) -> bool:
    """A store that refuses what a check needs does not keep the promise either."""
    try:
        return check()
    except S3Error:
        return False
