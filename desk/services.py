"""The services of a single machine: store, Prefect server, worker; started, watched, stopped.

What is started is written down in ``services.json`` (process ids with their start times), so that
after a SIGKILL the next start first ends what the dead one left behind. Where the services listen
is written in ``greffier.env``, which every command of the same ``GREFFIER_HOME`` reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from greffier.errors import GreffierError
from greffier.settings import Settings, state_file
from greffier.whole import write_whole
from storage.archive import Archive
from storage.database import upgrade
from storage.embedded import EmbeddedStore
from storage.probe import probe

PROJECT = Path(__file__).resolve().parent.parent
POOL = "greffier"
#: Longest wait for a service to answer, in seconds.
PATIENCE = 120


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False  # not listening yet: that is what is being waited for


@dataclass
class Child:
    """A process we started, known again by its start time even if its id was given away."""

    name: str
    pid: int
    created: float

    @classmethod
    def of(cls, name: str, pid: int) -> Child:
        return cls(name, pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            return process if abs(process.create_time() - self.created) < 1 else None
        except psutil.NoSuchProcess:
            return None

    def family(self) -> list[psutil.Process]:
        """The process, its descendants, and all else of the session it leads."""
        found: dict[int, psutil.Process] = {}
        process = self.process()
        if not process and (psutil.pid_exists(self.pid) or self.created < psutil.boot_time()):
            return []  # the id, and with it the session's, is somebody else's now
        if process:
            with contextlib.suppress(psutil.NoSuchProcess):
                found = {p.pid: p for p in [process, *process.children(recursive=True)]}
        for process in psutil.process_iter():
            # A zombie, or a process that ended while we looked, has no session to ask for.
            with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == self.pid and process.create_time() >= self.created:
                    found[process.pid] = process
        return list(found.values())

    def stop(self, patience: float = 10) -> None:
        family = self.family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=patience)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)


class Services:
    """Everything one machine needs, under ``home``. Use as a context manager.

    ``progress`` is told the message key of each thing as it is begun.
    """

    def __init__(self, home: Path, progress: Callable[[str], None] = lambda key: None) -> None:
        self.home = home.absolute()
        self.progress = progress
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}
        self.prefect_url = ""
        self._store: EmbeddedStore | None = None
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    # -- what the last start left behind -------------------------------------------------

    @property
    def _register(self) -> Path:
        return self.home / "services.json"

    def end_leftovers(self) -> int:
        """Stop what an earlier start under the same home left running; return how many."""
        if not self._register.exists():
            return 0
        children = [Child(**child) for child in json.loads(self._register.read_text())]
        alive = [child for child in children if child.family()]
        for child in reversed(alive):
            child.stop()
        self._register.unlink()
        return len(alive)

    def _remember(self, name: str, pid: int) -> Child:
        child = Child.of(name, pid)
        self.children.append(child)
        write_whole(self._register, json.dumps([vars(child) for child in self.children]))
        return child

    # -- starting ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the store, the database and the Prefect server.

        Raises ``StoreError`` when the store does not keep what the archive relies on.
        """
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.end_leftovers()
        self.publish(GREFFIER_HOME=str(self.home))
        prefect = self._start_prefect_server()
        self._start_store()
        self.progress("services.database")
        upgrade(Settings.load(self.home).database)
        self._wait_for_prefect(prefect)

    def _start_store(self) -> None:
        self.progress("services.store")
        access, secret = "greffier", self._secret("store")
        self._store = EmbeddedStore(self.home / "store", access, secret)
        endpoint = self._store.start()
        self._remember("store", self._store.pid)
        self.publish(
            GREFFIER_S3_ENDPOINT=endpoint,
            GREFFIER_S3_ACCESS_KEY=access,
            GREFFIER_S3_SECRET_KEY=secret,
        )
        self.progress("services.probe")
        archive = Archive.from_settings(Settings.load(self.home))
        archive.ensure_bucket()
        probe(archive)

    def _start_prefect_server(self) -> Child:
        self.progress("services.prefect")
        port = free_port()
        self.prefect_url = f"http://127.0.0.1:{port}"
        api = f"{self.prefect_url}/api"
        self.publish(
            GREFFIER_PREFECT_API_URL=api,
            PREFECT_API_URL=api,
            PREFECT_HOME=str(self.home / "prefect"),
            # The UI asks 127.0.0.1:4200 unless told where its API is.
            PREFECT_SERVER_UI_API_URL=api,
            PREFECT_UI_API_URL=api,
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED="true",
            PREFECT_WORKER_QUERY_SECONDS="2",
            PREFECT_CLI_PROMPT="false",
        )
        return self.run("prefect-server", "prefect", "server", "start", "--port", str(port))

    def _wait_for_prefect(self, server: Child) -> None:
        self.wait_until(server, lambda: _answers(f"{self.prefect_url}/api/health"))

    def start_worker(self) -> Child:
        """Deploy what ``prefect.yaml`` declares and start a worker on its pool."""
        self.progress("services.worker")
        self.call("prefect", "work-pool", "create", POOL, "--type", "process", "--overwrite")
        self.call("prefect", "--no-prompt", "deploy", "--all")
        return self.run("prefect-worker", "prefect", "worker", "start", "--pool", POOL)

    def run(self, name: str, program: str, *arguments: str) -> Child:
        """Start one of our virtual environment's programs in the background, logging to home."""
        log = (self.home / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name(program)), *arguments],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._running[process.pid] = process
        return self._remember(name, process.pid)

    def call(self, program: str, *arguments: str) -> None:
        """Run one of our programs to its end. Raises ``GreffierError`` with where its log is."""
        log = self.home / "deploy.log"
        with log.open("ab") as output:
            done = subprocess.run(
                [str(Path(sys.executable).with_name(program)), *arguments],
                cwd=PROJECT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        if done.returncode:
            raise GreffierError("service-failed", name=f"{program} {arguments[0]}", log=log)

    def wait_until(self, child: Child, ready: Callable[[], bool]) -> None:
        """Wait until ``ready``. Raises ``GreffierError`` when the process ends first."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._running[child.pid].poll() is None:
            if ready():
                return
            time.sleep(0.1)
        raise GreffierError("service-failed", name=child.name, log=self.home / f"{child.name}.log")

    def _secret(self, name: str) -> str:
        """A secret of this home: made once, kept where only its owner may read it."""
        path = self.home / f"{name}.secret"
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(32))
        return path.read_text()

    def publish(self, **variables: str) -> None:
        """Set ``variables`` for what we start, and for the other commands of this home."""
        self.environment.update(variables)
        lines = (f"{name}='{value}'\n" for name, value in self.environment.items())
        write_whole(state_file(self.home), "".join(lines))

    # -- stopping ------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop everything that was started here, the last first."""
        for child in reversed(self.children):
            child.stop()
        for process in self._running.values():
            process.wait(timeout=10)
        self.children.clear()
        self._register.unlink(missing_ok=True)
        state_file(self.home).unlink(missing_ok=True)
