"""A PostgreSQL of our own to practise on: its files in a folder, reached through a socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PATIENCE = 60


@contextmanager
def postgresql(data: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of an empty or kept database whose files are in ``data``, while the block lasts.

    Commits reach the disk, as in an office, unless ``durable`` is false. Raises
    ``FileNotFoundError`` without the server's programs, ``TimeoutError`` when it does not answer.
    """
    programs = _programs()
    # The socket's path must be short, and the server's user must be able to reach both folders.
    socket = Path(tempfile.mkdtemp(prefix="greffier-pg-"))
    data.mkdir(parents=True, exist_ok=True)
    as_user = unprivileged(socket, data)
    if not (data / "PG_VERSION").exists():
        make = ["--auth=trust", "--username=greffier", "--encoding=UTF8", "--locale=C"]
        if not durable:
            make.append("--no-sync")
        command: list[str | Path] = [programs / "initdb", *make, f"--pgdata={data}"]
        subprocess.run(command, check=True, capture_output=True, cwd=socket, **as_user)
    settings = ["listen_addresses=", f"unix_socket_directories={socket}", "max_connections=200"]
    if not durable:
        settings += ["fsync=off", "full_page_writes=off"]
    flags = [flag for setting in settings for flag in ("-c", setting)]
    with (socket / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *flags],
            stdout=log,
            stderr=log,
            cwd=socket,
            start_new_session=True,
            **as_user,
        )
    try:
        _wait(socket)
        yield f"postgresql://greffier@/postgres?host={socket}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE)
        shutil.rmtree(socket)


def _programs() -> Path:
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise FileNotFoundError("PostgreSQL's server programs (Debian: postgresql)")
    return found[-1]


def unprivileged(*folders: Path) -> dict[str, Any]:
    """For ``subprocess``: who runs a server that refuses to run as root, and owns ``folders``."""
    if os.getuid():
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    for folder in folders:
        shutil.chown(folder, user)
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _wait(socket: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            psycopg.connect(host=str(socket), user="greffier", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)  # it is starting
        else:
            return
    raise TimeoutError((socket / "log").read_text())
