"""Pairs that a target refused: not tried again until they change, or six hours have passed.

A batch that a wrong password stopped is taken up every few minutes, and targets lock the account
after a few refusals. Kept is a digest by scrypt (RFC 7914), each with a salt of its own: enough to
know the pair again, and no shorter way to it than to guess. Then the pair is tried once more: the
target may have unlocked the account, or never have refused it but answered too late.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from storage.models import RefusedSignIn
from storage.rows import now_in

AGAIN = timedelta(hours=6)
#: scrypt's cost, block size and parallelism: 16 MiB and some 50 ms.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True)
class SignIn:
    """One ``pair`` of user and password of ``target``, as ``bots.ports.SignInPort`` asks for it."""

    sessions: sessionmaker[Session]
    target: str
    pair: tuple[str, str]
    clock: Callable[[], datetime] | None = None

    def __repr__(self) -> str:
        return f"SignIn({self.target!r})"

    def is_refused(self) -> bool:
        """Whether the target refused the pair, and that less than six hours ago."""
        with self.sessions() as session:
            since = now_in(session, self.clock) - AGAIN
            known = select(RefusedSignIn).where(
                RefusedSignIn.target == self.target, RefusedSignIn.at > since
            )
            return any(
                hmac.compare_digest(one.digest, self._digest(one.salt))
                for one in session.scalars(known)
            )

    def refused(self) -> None:
        """Write down that the target refused the pair just now; forget what is six hours old."""
        salt = os.urandom(16)
        with self.sessions.begin() as session:
            now = now_in(session, self.clock)
            session.execute(delete(RefusedSignIn).where(RefusedSignIn.at <= now - AGAIN))
            session.add(
                RefusedSignIn(target=self.target, salt=salt, digest=self._digest(salt), at=now)
            )

    def _digest(self, salt: bytes) -> bytes:
        return hashlib.scrypt(json.dumps(self.pair).encode(), salt=salt, **_SCRYPT)
