from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from greffier.errors import StoreError
from storage.archive import Archive, Store
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


def test_killed_it_starts_again_with_everything_it_had_acknowledged(server: EmbeddedStore) -> None:
    archive = archive_at(server.start())
    kept = [archive.put_original(f"scan {n}".encode()) for n in range(20)]
    os.kill(server.pid, signal.SIGKILL)
    again = EmbeddedStore(server.folder, ACCESS, SECRET)
    try:
        archive = archive_at(again.start())
        for number, stored in enumerate(kept):
            assert archive.get(stored.key, stored.version_id) == f"scan {number}".encode()
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


def test_its_inner_servers_obey_nobody_without_a_token(server: EmbeddedStore) -> None:
    """Unguarded, a plain DELETE to the filer removes an object that S3 holds locked."""
    archive = archive_at(server.start())
    stored = archive.put_original(b"scan")
    path = f"/buckets/greffier/{stored.key}"
    inner = {address.port for address in listening(server.pid)}
    answers = {}
    for port in inner - {int(archive.store.endpoint.split(":")[1])}:
        for method, way in (("DELETE", path), ("POST", path), ("DELETE", f"{path}?recursive=true")):
            try:
                answer = httpx.request(method, f"http://127.0.0.1:{port}{way}", timeout=5)
                answers[port, method, way] = answer.status_code
            except httpx.TransportError:
                pass  # it speaks gRPC only
    assert answers
    assert {status for status in answers.values() if status < 400} == set()
    assert 401 in answers.values()  # and the filer was among those asked
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
    import socket

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
