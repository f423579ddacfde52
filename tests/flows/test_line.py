"""A target's entries are shared by its sessions; the first of them proves that it works."""

from __future__ import annotations

import threading

import pytest

from flows.line import Line
from greffier.errors import TargetStopped


def test_every_entry_is_taken_once_however_many_take() -> None:
    line = Line(range(1000))
    taken: list[int] = []
    threads = [threading.Thread(target=lambda: taken.extend(line)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1000))


@pytest.mark.parametrize(
    ("entries", "most", "sessions"), [(1, 4, 1), (9, 4, 1), (10, 4, 2), (100, 4, 4), (100, 1, 1)]
)
def test_another_session_is_opened_where_it_is_worth_its_sign_in(
    entries: int, most: int, sessions: int
) -> None:
    assert Line(range(entries)).sessions(most) == sessions


def test_further_sessions_wait_until_the_first_works() -> None:
    line = Line(range(10))
    told: list[bool] = []
    further = threading.Thread(target=lambda: told.append(line.wait()))
    further.start()
    assert told == []
    line.open()
    further.join(5)
    assert told == [True]


def test_further_sessions_do_not_try_what_never_worked() -> None:
    line = Line(range(10))
    line.leave()
    assert not line.wait()


@pytest.mark.parametrize(
    ("code", "first", "left"),
    [("screen-changed", True, 0), ("screen-changed", False, 0), ("sign-in-refused", False, 10)],
)
def test_a_stopped_target_is_left_but_one_bad_pair_costs_its_own_session_alone(
    code: str, first: bool, left: int
) -> None:
    line = Line(range(10))
    line.stop(next(iter(line)), TargetStopped(code, target="ramq"), first=first)
    assert sorted(line) == list(range(left))
