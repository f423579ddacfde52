"""Pairs that a target refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage.models import RefusedSignIn
from storage.sign_ins import AGAIN, SignIn

PAIR = ("prepose", "un mot de passe")


@pytest.fixture
def clock():
    return Clock()


class Clock:
    """A clock that is turned by hand."""

    def __init__(self):
        self.now = datetime(2026, 12, 1, 9, tzinfo=UTC)

    def __call__(self):
        return self.now


def test_a_refused_pair_is_known_again_and_no_other(sessions, clock):
    SignIn(sessions, "saaq", PAIR, clock).refused()

    assert SignIn(sessions, "saaq", PAIR, clock).is_refused()
    assert not SignIn(sessions, "saaq", ("prepose", "un autre"), clock).is_refused()
    assert not SignIn(sessions, "saaq", ("autre", PAIR[1]), clock).is_refused()
    assert not SignIn(sessions, "ramq", PAIR, clock).is_refused()


def test_a_refused_pair_is_tried_again_after_six_hours(sessions, clock):
    sign_in = SignIn(sessions, "saaq", PAIR, clock)
    sign_in.refused()
    clock.now += AGAIN - timedelta(minutes=1)
    assert sign_in.is_refused()

    clock.now += timedelta(minutes=1)
    assert not sign_in.is_refused()

    sign_in.refused()
    assert sign_in.is_refused()
    with sessions() as session:
        assert len(session.scalars(select(RefusedSignIn)).all()) == 1


def test_neither_user_nor_password_is_kept_or_shown(sessions, clock):
    sign_in = SignIn(sessions, "saaq", PAIR, clock)
    sign_in.refused()
    SignIn(sessions, "saaq", PAIR, clock).refused()

    with sessions() as session:
        one, other = session.scalars(select(RefusedSignIn)).all()
    for word in PAIR:
        assert word not in repr(sign_in)
        assert word.encode() not in one.salt + one.digest
    assert one.digest != other.digest
