"""Who holds a lease, and whether that process has certainly ended.

A lease that ran out says a worker is late, not that it is dead: one that was stopped for a while
could still wake up and click. Before an entry whose click nobody saw may be planned again, the
process that could have clicked must be known to be gone.
"""

from __future__ import annotations

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
    process = psutil.Process()
    return f"{_place()}/{process.pid}/{process.create_time():.2f}"


def is_gone(owner: str) -> bool:
    """Whether the process called ``owner`` has certainly ended.

    ``False`` also when nothing can be known: another machine, another container, another boot, or
    a name that ``this_worker`` did not make.
    """
    place, _, rest = owner.rpartition("/")
    place, _, pid = place.rpartition("/")
    if place != _place() or not pid.isdigit():
        return False
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.2f}" != rest or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
