"""Who holds a lease, and whether that process has certainly ended.

A lease that ran out says a worker is late, not that it is dead: one that was stopped for a while
could still wake up and click. Before an entry whose click nobody saw may be planned again, the
process that could have clicked must be known to be gone.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def _place() -> str:
    """Where process ids mean something: this boot of this machine, this container."""
    boot = _BOOT.read_text().strip() if _BOOT.exists() else f"{psutil.boot_time():.0f}"
    namespace = _NAMESPACE.stat().st_ino if _NAMESPACE.exists() else 0
    return f"{socket.gethostname()}/{boot}/{namespace}"


def this_worker() -> str:
    """This process, as ``place/pid/start``: no other process, ever, has the same."""
    return f"{_place()}/{os.getpid()}/{_start(psutil.Process())}"


def _start(process: psutil.Process) -> str:
    """When ``process`` started, by a clock that nobody sets: the ticks since the boot, where the
    system tells them (proc(5), ``starttime``). A date would change with the clock, and a worker
    at work would seem gone.

    Raises ``OSError`` when the process has ended.
    """
    if not _BOOT.exists():
        return f"created-{process.create_time():.2f}"
    stat = Path(f"/proc/{process.pid}/stat").read_text(errors="replace")
    return f"ticks-{stat.rpartition(')')[2].split()[19]}"


def is_gone(owner: str) -> bool:
    """Whether the process called ``owner`` has certainly ended.

    ``False`` also when nothing can be known: another machine, another container, another boot, or
    a name that ``this_worker`` did not make.
    """
    place, _, rest = owner.rpartition("/")
    place, _, pid = place.rpartition("/")
    if place != _place() or not pid.isdigit() or not rest.startswith(("ticks-", "created-")):
        return False
    try:
        process = psutil.Process(int(pid))
        return _start(process) != rest or process.status() == psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return True
