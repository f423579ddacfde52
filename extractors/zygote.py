"""The helper process behind ``confined``: it imports once, then forks a child for every call.

Each call has two processes. The *child* lowers its own limits and runs the function. The
*guardian*, its parent, does nothing but wait: it kills the child and everything the child started
(the whole process group) when time is up or nobody waits for the answer any more, and says how
the child died. So neither the caller nor the helper ever waits for a hung parser.

Started as ``python -m extractors.zygote FD [MODULE | MODULE:FUNCTION]...``.
"""

from __future__ import annotations

import contextlib
import gc
import math
import mmap
import os
import pickle
import pkgutil
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from greffier.errors import BadInput, GreffierError

_MIB = 1024 * 1024
_HEADER = struct.Struct("!BQ")
_LIMITS = struct.Struct("!dQQ")
#: ``cv2.error.code`` of "Insufficient memory".
_OPENCV_NO_MEMORY = -4
#: MiB above the limit that are only for saying that it was reached.
_RESERVE = 64


@dataclass(frozen=True)
class Limits:
    """What one call may use.

    ``seconds`` bounds both the clock on the wall and the processor; ``memory_mb`` is address space
    in MiB (``RLIMIT_AS``: libraries map more than they touch); ``file_mb`` is the largest file it
    may write and the longest answer it may give, in MiB.
    """

    seconds: float = 180.0
    memory_mb: int = 4096
    file_mb: int = 256

    def pack(self) -> bytes:
        """Itself as bytes, to stand before the pickled call."""
        return _LIMITS.pack(self.seconds, self.memory_mb, self.file_mb)

    @classmethod
    def unpack(cls, order: bytes) -> Limits:
        """The limits at the head of ``order``; the pickled call is the rest."""
        return cls(*_LIMITS.unpack_from(order))


#: What the helper says once everything is imported.
READY = b"!"


class Outcome(IntEnum):
    """What an answer holds: the function's result, or what is to be raised."""

    RETURNED = 0
    RAISED = 1


def send(stream: socket.socket, payload: bytes, outcome: Outcome = Outcome.RETURNED) -> None:
    """Send one message: a header, then ``payload``."""
    stream.sendall(_HEADER.pack(outcome, len(payload)))
    stream.sendall(payload)


def receive(stream: socket.socket) -> tuple[Outcome, bytes]:
    """The next message. Raises ``EOFError`` when the other side is gone before its end."""
    outcome, length = _HEADER.unpack(_exactly(stream, _HEADER.size))
    return Outcome(outcome), _exactly(stream, length)


def _exactly(stream: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = stream.recv(min(length - len(data), _MIB))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def main(arguments: Sequence[str]) -> None:
    """Import what is asked for, then fork a guardian for every socket that is handed over."""
    control = socket.socket(fileno=int(arguments[0]))
    for name in arguments[1:]:
        found = pkgutil.resolve_name(name)
        if callable(found):
            found()
    gc.collect()
    gc.freeze()  # what is imported is shared with the children: let them not touch it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the guardians
    control.send(READY)
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        with socket.socket(fileno=fds[0]) as job:
            if not os.fork():
                control.close()
                try:
                    _guard(job)
                finally:
                    os._exit(0)  # whatever happens, it must not go on as the helper's copy


def _guard(job: socket.socket) -> None:
    """Fork the child, wait for it, and pass its answer on, or say what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        _, order = receive(job)
    except (EOFError, OSError):
        return  # the caller is gone
    limits = Limits.unpack(order)
    # The answer comes through memory, not through a pipe: a child that dies while it answers
    # leaves no half message behind.
    answer = os.memfd_create("answer")
    child = os.fork()
    if not child:
        job.close()
        _work(order, limits, answer)
    with contextlib.suppress(OSError):  # whichever of the two comes first
        os.setpgid(child, child)
    ended = os.pidfd_open(child)
    events, _, _ = select.select([ended, job.fileno()], [], [], limits.seconds)
    # In this order: the child may have grandchildren, and they must not outlive it.
    os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if ended not in events:
        _send_error(job, BadInput("timed-out"))
    elif status:
        _send_error(job, _death(os.waitstatus_to_exitcode(status)))
    else:
        size = os.lseek(answer, 0, os.SEEK_END)
        payload = mmap.mmap(answer, size, prot=mmap.PROT_READ)
        with contextlib.suppress(OSError):  # the caller is gone: nobody to tell
            send(job, payload[1:], Outcome(payload[0]))


def _work(order: bytes, limits: Limits, answer: int) -> NoReturn:
    """What the child does. It ends with status 0 when ``answer`` holds an answer."""
    status = 1
    try:
        os.setpgid(0, 0)  # whatever it starts is in its group, and dies with it
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):  # parsers flood them, with what they read
            os.dup2(nothing, stream)
        _lower(limits)
        outcome, payload = _call(order)
        with open(answer, "wb", closefd=False) as file:
            file.write(bytes([outcome]) + payload)
        status = 0
    finally:
        os._exit(status)  # whatever happens, the child must not go on as the helper's copy


def _call(order: bytes) -> tuple[Outcome, bytes]:
    try:
        function, args, kwargs = pickle.loads(memoryview(order)[_LIMITS.size :])
        return Outcome.RETURNED, pickle.dumps(function(*args, **kwargs))
    except BaseException as error:  # noqa: BLE001 - the boundary: everything is named and sent
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))  # the reserve, to name it with
        return Outcome.RAISED, pickle.dumps(_named(error))


def _lower(limits: Limits) -> None:
    seconds, memory, file = math.ceil(limits.seconds), limits.memory_mb, limits.file_mb
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, seconds, seconds),
        (resource.RLIMIT_AS, memory * _MIB, (memory + _RESERVE) * _MIB),
        (resource.RLIMIT_FSIZE, file * _MIB, file * _MIB),
    ):
        resource.setrlimit(what, (soft, hard))


def _named(error: BaseException) -> GreffierError:
    """The error as one of ours. Texts of foreign errors stay behind: they quote what was read."""
    if isinstance(error, GreffierError):
        return error
    if isinstance(error, MemoryError) or getattr(error, "code", None) == _OPENCV_NO_MEMORY:
        return BadInput("out-of-memory")
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return BadInput("crashed", why=f"{type(error).__name__}, {where}")


def _death(exit_code: int) -> GreffierError:
    if exit_code == -signal.SIGXCPU:
        return BadInput("timed-out")
    if exit_code == -signal.SIGKILL:  # not ours: the kernel's, for want of memory
        return BadInput("out-of-memory")
    why = signal.Signals(-exit_code).name if exit_code < 0 else f"exit {exit_code}"
    return BadInput("crashed", why=why)


def _send_error(job: socket.socket, error: GreffierError) -> None:
    with contextlib.suppress(OSError):  # the caller is gone: nobody to tell
        send(job, pickle.dumps(error), Outcome.RAISED)


if __name__ == "__main__":
    main(sys.argv[1:])
