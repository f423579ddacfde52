"""Run a function where it can do no harm: a child process with limits.

Parsers of hostile files abort, loop, and eat all memory; the process that asked must not notice
more than ``BadInput("crashed")``, ``("timed-out")`` or ``("out-of-memory")``. See
``docs/decisions/isolation.md``.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

from extractors.zygote import READY, Limits, Outcome, receive, send
from greffier.errors import BadInput, GreffierError

__all__ = ["Confinement", "Limits"]

P = ParamSpec("P")
T = TypeVar("T")

#: One thread a child: reading is spread over processes, and Tesseract's own threads cost more
#: than they bring (16.5 s a page against 2.5 s, measured on two cores).
_ONE_THREAD = dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
#: Seconds the child's guardian has, beyond the limit, to kill it and say so.
_GRACE = 10.0


@dataclass(frozen=True)
class _Helper:
    process: subprocess.Popen[bytes]
    control: socket.socket


class Confinement:
    """A place to run functions in. Safe to use from several threads at once.

    A helper process is started at the first ``run``. It imports ``preload`` once, and each call is
    a fork of it: a few milliseconds, however heavy the imports. An entry ``module:function`` is
    imported and called, to load models before the fork.
    """

    def __init__(self, preload: Sequence[str] = (), limits: Limits | None = None) -> None:
        self._preload = tuple(preload)
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._helper: _Helper | None = None

    def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """``function(*args, **kwargs)`` in a child; function, arguments and result are pickled.

        Raises the ``GreffierError`` the function raised, or ``BadInput``: ``crashed`` when the
        child died or raised anything else, ``timed-out``, ``out-of-memory``. Raises
        ``GreffierError("reader-not-started")`` when ``preload`` cannot be imported, or the machine
        has no room for a helper: that is no fault of the file's.
        """
        order = self._limits.pack() + pickle.dumps((function, args, kwargs))
        try:
            outcome, payload = self._ask(order)
        except TimeoutError as error:
            raise BadInput("timed-out") from error
        except (EOFError, OSError) as error:
            raise BadInput("crashed", why="no answer") from error
        answer = pickle.loads(payload)
        if outcome is Outcome.RETURNED:
            return cast(T, answer)
        raise answer

    def close(self) -> None:
        """Stop the helper process; children still at work are killed."""
        with self._lock:
            helper, self._helper = self._helper, None
        if helper:
            helper.control.close()
            helper.process.wait(_GRACE)

    def __enter__(self) -> Confinement:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, order: bytes) -> tuple[Outcome, bytes]:
        """A fresh child's answer. A helper that died is replaced, once: that is no file's fault."""
        for last_try in (False, True):
            ours, theirs = _channel()
            with ours:
                with theirs, self._lock:
                    helper = self._helper = self._living_helper()
                    with contextlib.suppress(OSError):  # it died since we looked: no answer comes
                        socket.send_fds(helper.control, [b"+"], [theirs.fileno()])
                ours.settimeout(self._limits.seconds + _GRACE)
                try:
                    send(ours, order)
                    return receive(ours)
                except (EOFError, OSError) as error:
                    if last_try or isinstance(error, TimeoutError) or _lives(helper):
                        raise
        raise AssertionError  # the second try returns or raises

    def _living_helper(self) -> _Helper:
        if self._helper:
            if self._helper.process.poll() is None:
                return self._helper
            self._helper.control.close()
        return _started(self._preload)


def _started(preload: Sequence[str]) -> _Helper:
    ours, theirs = _channel()
    try:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "extractors.zygote", str(theirs.fileno()), *preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)},
                start_new_session=True,
            )
        answer = ours.recv(1)
    except OSError as error:
        ours.close()
        raise GreffierError("reader-not-started") from error
    if answer != READY:
        ours.close()
        process.wait()
        raise GreffierError("reader-not-started")
    return _Helper(process, ours)


def _channel() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair()
    except OSError as error:  # no descriptor is left
        raise GreffierError("reader-not-started") from error


def _lives(helper: _Helper) -> bool:
    """Whether the helper is still there, a moment after it left a call unanswered."""
    try:
        helper.process.wait(0.2)
    except subprocess.TimeoutExpired:
        return True
    return False
