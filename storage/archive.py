"""The archive: original bytes and everything made from them, in an S3 store, under their hash.

An object's key ends with the SHA-256 of its content, so the same bytes are stored once and what
comes back can always be checked against its own name. Objects are locked in GOVERNANCE mode: a
COMPLIANCE lock cannot be shortened, which collides with the duty to destroy what the retention
calendar no longer allows to keep. Locks are short and prolonged (``lock_until``) as rules demand.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.error import MinioException, S3Error
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from greffier.errors import StoreError
from greffier.settings import Settings

#: Larger files go up in parts, which the store cannot check or refuse as one.
ONE_PUT = 64 * 1024 * 1024
#: How long a new object is locked when nobody says otherwise, in days.
LOCK_DAYS = 30


@dataclass(frozen=True)
class Stored:
    """One object as the archive holds it: read back and hashed."""

    key: str
    sha256: str
    version_id: str | None
    size: int


@dataclass(frozen=True)
class Derived(Stored):
    """An object that was made from another one."""

    kind: str
    parent_sha256: str
    tool: str
    tool_version: str


@dataclass(frozen=True)
class Store:
    """Where an S3 store listens (``host:port``) and what opens it."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    secure: bool = False

    def connect(self, retries: int = 3, read_seconds: float = 60) -> Minio:
        """A client that gives up on a dead store after some ten seconds."""
        patience = urllib3.Retry(
            total=retries, backoff_factor=0.3, status_forcelist=[500, 502, 503, 504]
        )
        return Minio(
            self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=self.secure,
            http_client=urllib3.PoolManager(
                maxsize=16,
                timeout=urllib3.Timeout(connect=3, read=read_seconds),
                retries=patience,
            ),
        )


class Archive:
    """Originals and derivatives in one bucket. Safe to share between threads.

    Every method raises ``StoreError`` when the store does not answer, refuses, or holds other
    bytes than it should.
    """

    def __init__(
        self, store: Store, bucket: str, lock_days: int = LOCK_DAYS, one_put: int = ONE_PUT
    ) -> None:
        self.store = store
        self.client = store.connect()
        self.bucket = bucket
        self.lock_days = lock_days
        self.one_put = one_put

    @classmethod
    def from_settings(cls, settings: Settings) -> Archive:
        """The archive that the settings name."""
        secret = settings.s3_secret_key.get_secret_value()
        store = Store(settings.s3_endpoint, settings.s3_access_key, secret, settings.s3_secure)
        return cls(store, settings.s3_bucket, settings.s3_lock_days)

    def ensure_bucket(self) -> None:
        """Make the bucket, with locks and versions, unless it is there."""
        with told("bucket"):
            if not self.client.bucket_exists(self.bucket):
                self.client.make_bucket(self.bucket, object_lock=True)
            if self.client.get_bucket_versioning(self.bucket).status != ENABLED:
                self.client.set_bucket_versioning(self.bucket, VersioningConfig(ENABLED))

    # -- putting ---------------------------------------------------------------------------

    def put_original(self, source: Path | bytes) -> Stored:
        """Store bytes as received; they are read back and hashed before this returns."""
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
            return self._put("originals", stream)

    def put_derivative(
        self, data: bytes, kind: str, parent_sha256: str, tool: str, tool_version: str
    ) -> Derived:
        """Store what ``tool`` made from the object whose hash is ``parent_sha256``."""
        stored = self._put(f"derivatives/{kind}", io.BytesIO(data))
        return Derived(
            **vars(stored),
            kind=kind,
            parent_sha256=parent_sha256,
            tool=tool,
            tool_version=tool_version,
        )

    def _put(self, folder: str, stream: io.BytesIO | io.BufferedReader) -> Stored:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.seek(0, io.SEEK_END)
        key = f"{folder}/{sha256[:2]}/{sha256}"
        until = datetime.now(UTC) + timedelta(days=self.lock_days)
        with told("put"):
            version = self._put_new(key, stream, size, sha256, until)
            if version is None:
                version = self.client.stat_object(self.bucket, key).version_id
                if self._holds(key, version, sha256):
                    self._prolong(key, version, until)
                    return Stored(key, sha256, version, size)
                # What is there went bad. It stays, as a version; ours goes on top of it.
                version = self._put_over(key, stream, size, until)
            if not self._holds(key, version, sha256):
                raise StoreError("store-altered", key=key)
        return Stored(key, sha256, version, size)

    def _put_new(
        self,
        key: str,
        stream: io.BytesIO | io.BufferedReader,
        size: int,
        sha256: str,
        until: datetime,
    ) -> str | None:
        if size > self.one_put:
            # Parts cannot be put on a condition: two writers would make two equal versions.
            there = next(iter(self.client.list_objects(self.bucket, prefix=key)), None)
            return None if there else self._put_over(key, stream, size, until)
        stream.seek(0)
        return self.put_once(key, stream.read(), until, sha256)

    def _put_over(
        self, key: str, stream: io.BytesIO | io.BufferedReader, size: int, until: datetime
    ) -> str | None:
        stream.seek(0)
        lock = Retention(GOVERNANCE, until)
        return self.client.put_object(self.bucket, key, stream, size, retention=lock).version_id

    def put_once(
        self, key: str, data: bytes, lock_until: datetime, sha256: str | None = None
    ) -> str | None:
        """Put ``data`` at ``key`` unless something is there; its version id, or ``None``.

        ``sha256`` is what the content must hash to, for the store to check on arrival.
        """
        digest = bytes.fromhex(sha256) if sha256 else hashlib.sha256(data).digest()
        headers: dict[str, str | list[str] | tuple[str]] = {
            "Content-Type": "application/octet-stream",
            "If-None-Match": "*",
            "x-amz-checksum-sha256": base64.b64encode(digest).decode(),
            "x-amz-object-lock-mode": GOVERNANCE,
            "x-amz-object-lock-retain-until-date": lock_until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        try:
            # ``put_object`` has no way to say If-None-Match; the client's version is pinned.
            result = self.client._put_object(self.bucket, key, data, headers)
        except S3Error as error:
            if error.code in ("PreconditionFailed", "ConditionalRequestConflict"):
                return None
            raise
        return result.version_id

    def lock_until(self, stored: Stored, until: datetime) -> None:
        """Prolong an object's lock to ``until`` (aware); a longer lock stays as it is."""
        with told("lock"):
            self._prolong(stored.key, stored.version_id, until)

    def _prolong(self, key: str, version: str | None, until: datetime) -> None:
        held = self.client.get_object_retention(self.bucket, key, version_id=version)
        if held is None or held.retain_until_date < until - timedelta(days=1):
            lock = Retention(GOVERNANCE, until)
            self.client.set_object_retention(self.bucket, key, lock, version_id=version)

    # -- getting ---------------------------------------------------------------------------

    def get(self, key: str, version_id: str | None = None) -> bytes:
        """The bytes at ``key``, checked against the hash in its name."""
        with told("get"):
            data = b"".join(self.stream(key, version_id))
        if hashlib.sha256(data).hexdigest() != key.rpartition("/")[2]:
            raise StoreError("store-altered", key=key)
        return data

    def check(self, key: str, version_id: str | None, sha256: str) -> None:
        """Read one object back, a piece at a time. Raises ``StoreError`` unless it hashes to that.

        ``store-altered``: other bytes; ``store-refused``: for one that is not there, among others.
        """
        with told("get"):
            whole = self._holds(key, version_id, sha256)
        if not whole:
            raise StoreError("store-altered", key=key)

    def _holds(self, key: str, version: str | None, sha256: str) -> bool:
        digest = hashlib.sha256()
        for piece in self.stream(key, version):
            digest.update(piece)
        return digest.hexdigest() == sha256

    def stream(self, key: str, version: str | None) -> Iterator[bytes]:
        """The bytes of one object, unchecked, a piece at a time."""
        response = self.client.get_object(self.bucket, key, version_id=version)
        try:
            yield from response.stream(1024 * 1024)
        finally:
            response.close()
            response.release_conn()


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what the client raises into ``StoreError``: ``doing`` is what was being done."""
    try:
        yield
    except S3Error as error:
        raise StoreError("store-refused", doing=doing, answer=error.code) from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreError("store-down", doing=doing, answer=type(error).__name__) from error
