"""What the benches of speed and memory have the reading child do: one file, and its cost."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flows.reading import reader
from greffier.words import DocumentRead


class Cost(NamedTuple):
    """One file as its child read it. ``seconds`` are of processor time; ``peak`` and ``own`` are
    MiB of memory touched at most, and of that what the child shares with nobody at its end."""

    documents: tuple[DocumentRead, ...]
    seconds: float
    peak: float
    own: float


def read(path: Path) -> Cost:
    """Read the file at ``path`` with the pictures a person would want of it, as a worker does."""
    with TemporaryDirectory() as folder:
        documents = tuple(reader().read(path, Path(folder)))
    return Cost(documents, time.process_time(), _status("VmHWM"), _own())


def _status(name: str) -> float:
    return _mib(Path("/proc/self/status").read_text(), name)


def _own() -> float:
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return _mib(rollup, "Private_Clean") + _mib(rollup, "Private_Dirty")


def _mib(table: str, name: str) -> float:
    """A row of one of the kernel's tables, which count in kB."""
    (row,) = (line for line in table.splitlines() if line.startswith(f"{name}:"))
    return int(row.split()[1]) / 1024


def resident(process: int | None = None) -> float:
    """MiB that a process (this one, where none is named) has in memory, shared or not."""
    return _mib(Path(f"/proc/{process or os.getpid()}/status").read_text(), "VmRSS")
