"""One target's entries, waiting in line for as many sessions as the target allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from threading import Event

from greffier.errors import TargetStopped

#: Entries that make another session worth its browser and its sign-in.
ENTRIES_A_SESSION = 5
#: The code of a target that refused a user and a password.
REFUSED = "sign-in-refused"


class Line:
    """Iterating takes entries off the line, whoever else takes from it; safe between threads.

    The first session opens the line for the others once it is known to work: a wrong password, or
    a target that is down, is met once and not once a session.
    """

    def __init__(self, entries: Iterable[int]) -> None:
        self._waiting = deque(entries)
        self._known = Event()
        self._works = False
        #: What stopped the target, if anything did.
        self.stopped: TargetStopped | None = None

    def __len__(self) -> int:
        """How many entries wait."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[int]:
        while True:
            try:
                entry = self._waiting.popleft()
            except IndexError:
                return
            yield entry

    @property
    def refused(self) -> bool:
        """Whether the target let nobody in. Then it is not tried again: targets lock accounts."""
        return self.stopped is not None and self.stopped.code == REFUSED

    def sessions(self, most: int) -> int:
        """How many sessions to work on it with, of ``most``."""
        return max(1, min(most, len(self) // ENTRIES_A_SESSION))

    def open(self) -> None:
        """Let the other sessions begin: the first works."""
        self._works = True
        self._known.set()

    def leave(self) -> None:
        """The first session is over; if it never worked, the others need not try."""
        self._known.set()

    def wait(self) -> bool:
        """Wait until it is known whether the first session works; whether it does."""
        self._known.wait()
        return self._works

    def stop(self, entry: int, why: TargetStopped, *, first: bool) -> None:
        """Nothing more is taken: unless it is the pair of a further session that is refused, whose
        ``entry`` is then another session's.
        """
        if first or why.code != REFUSED:
            self._waiting.clear()
            self.stopped = why
        else:
            self._waiting.appendleft(entry)
