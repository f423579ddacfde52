from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from minio.error import S3Error

from greffier.errors import StoreError
from storage.archive import Archive, Store, Stored
from storage.embedded import EmbeddedStore
from storage.probe import probe

pytestmark = pytest.mark.store
ACCESS, SECRET = "greffier", "a-secret-for-tests"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedStore]:
    server = EmbeddedStore(tmp_path / "store", ACCESS, SECRET)
    yield server
    server.stop()


def archive_at(endpoint: str, secret: str = SECRET) -> Archive:
    archive = Archive(Store(endpoint, ACCESS, secret), "greffier", lock_days=1)
    archive.ensure_bucket()
    return archive


def listening(pid: int) -> list[psutil._common.addr]:
    connections = psutil.Process(pid).net_connections("inet")
    return [c.laddr for c in connections if c.status == psutil.CONN_LISTEN]


def test_it_keeps_every_promise_the_archive_relies_on(server: EmbeddedStore) -> None:
    probe(archive_at(server.start()))


def test_killed_while_it_writes_it_has_everything_it_acknowledged(server: EmbeddedStore) -> None:
    archive = archive_at(server.start())
    kept: dict[bytes, Stored] = {}

    def write() -> None:
        with contextlib.suppress(StoreError):  # the kill
            for number in itertools.count():
                content = f"scan {number}".encode()
                kept[content] = archive.put_original(content)

    writer = threading.Thread(target=write)
    writer.start()
    while len(kept) < 100:
        time.sleep(0.01)
    os.kill(server.pid, signal.SIGKILL)
    writer.join()
    again = EmbeddedStore(server.folder, ACCESS, SECRET)
    try:
        archive = archive_at(again.start())
        for content, stored in kept.items():
            assert archive.get(stored.key, stored.version_id) == content
    finally:
        again.stop()


def test_a_server_left_behind_is_ended_by_the_next_start(server: EmbeddedStore) -> None:
    """Whoever started it was killed: two servers on one folder would destroy each other's data."""
    stored = archive_at(server.start()).put_original(b"scan")
    left_behind = psutil.Process(server.pid)
    again = EmbeddedStore(server.folder, ACCESS, SECRET)
    try:
        assert archive_at(again.start()).get(stored.key) == b"scan"
        assert not left_behind.is_running() or left_behind.status() == psutil.STATUS_ZOMBIE
    finally:
        again.stop()


def test_a_stranger_under_the_old_process_number_is_left_alone(server: EmbeddedStore) -> None:
    server.folder.mkdir()
    (server.folder / "weed.pid").write_text(str(os.getpid()))
    server.start()
    assert server.pid != os.getpid()


def test_it_listens_to_this_machine_alone(server: EmbeddedStore) -> None:
    server.start()
    assert {address.ip for address in listening(server.pid)} == {"127.0.0.1"}


def test_its_inner_servers_obey_nobody(server: EmbeddedStore) -> None:
    """Unguarded, the filer deletes what S3 holds locked, and the master drops a whole bucket."""
    archive = archive_at(server.start())
    stored = archive.put_original(b"scan")
    s3 = int(archive.store.endpoint.split(":")[1])
    orders = [
        ("DELETE", f"/buckets/greffier/{stored.key}"),
        ("POST", f"/buckets/greffier/{stored.key}"),
        ("DELETE", "/buckets/greffier?recursive=true"),
        ("GET", "/col/delete?collection=greffier"),
        ("GET", "/vol/vacuum?garbageThreshold=0"),
        ("GET", "/dir/assign"),
        ("DELETE", "/1,01637037d6"),
    ]
    answers = {}
    for port in {address.port for address in listening(server.pid)} - {s3}:
        for method, path in orders:
            # A server that speaks gRPC alone does not answer at all.
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.request(method, f"http://127.0.0.1:{port}{path}", timeout=5)
                answers[port, method, path] = answer.status_code
    assert len({port for port, *_ in answers}) >= 3  # master, volume server and filer did answer
    assert [order for order, status in answers.items() if status < 400] == []
    assert archive.get(stored.key) == b"scan"


def test_a_bucket_with_something_in_it_cannot_be_removed(server: EmbeddedStore) -> None:
    archive = archive_at(server.start())
    stored = archive.put_original(b"scan")
    with pytest.raises(S3Error):
        archive.client.remove_bucket(archive.bucket)
    assert archive.get(stored.key) == b"scan"


def test_its_secrets_are_readable_by_their_owner_alone(server: EmbeddedStore) -> None:
    server.start()
    assert server.folder.stat().st_mode & 0o077 == 0
    for name in ("s3.json", "security.toml", "weed.key"):
        assert (server.folder / "conf" / name).stat().st_mode & 0o077 == 0


def test_a_new_secret_takes_the_old_ones_place(server: EmbeddedStore) -> None:
    stored = archive_at(server.start()).put_original(b"scan")
    server.stop()
    renewed = EmbeddedStore(server.folder, ACCESS, "another-secret")
    try:
        endpoint = renewed.start()
        assert archive_at(endpoint, "another-secret").get(stored.key) == b"scan"
        with pytest.raises(StoreError):
            archive_at(endpoint, SECRET).get(stored.key)
    finally:
        renewed.stop()


def test_it_comes_back_on_the_same_ports_unless_they_were_taken(server: EmbeddedStore) -> None:
    endpoint = server.start()
    server.stop()
    assert server.start() == endpoint
    stored = archive_at(endpoint).put_original(b"scan")
    server.stop()
    host, port = endpoint.split(":")
    with socket.create_server((host, int(port))):
        elsewhere = server.start()
        assert elsewhere != endpoint
        assert archive_at(elsewhere).get(stored.key) == b"scan"


def test_stopped_it_leaves_nothing_running(server: EmbeddedStore) -> None:
    server.start()
    process = psutil.Process(server.pid)
    server.stop()
    assert not process.is_running()
    with pytest.raises(StoreError) as error:
        _ = server.pid
    assert error.value.code == "embedded-stopped"


def test_a_server_that_cannot_start_says_where_its_log_is(
    server: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.embedded.weed", lambda: Path("/bin/false"))
    with pytest.raises(StoreError) as error:
        server.start()
    assert error.value.details == {"log": server.folder / "weed.log"}


def test_its_ports_and_process_number_are_never_there_by_half(
    server: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the file open while a start writes anew keeps reading what it said, whole."""
    seen: dict[Path, str] = {}

    def keep(file: Path) -> None:
        kept = tmp_path / f"{len(seen)}-{file.name}"
        kept.hardlink_to(file)
        seen[kept] = file.read_text()

    def weed() -> Path:
        pid = server.folder / "weed.pid"
        if pid.exists():  # of the try before
            keep(pid)
        return Path("/bin/false")

    monkeypatch.setattr("storage.embedded.weed", weed)
    server.folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = dict.fromkeys(("master", "volume", "filer", "s3", "admin"), taken.getsockname()[1])
        (server.folder / "ports.json").write_text(json.dumps(ports))
        keep(server.folder / "ports.json")
        with pytest.raises(StoreError):
            server.start()
    assert len(seen) == 3
    assert {kept: kept.read_text() for kept in seen} == seen
