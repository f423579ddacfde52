"""Functions that do their worst, where they can do no harm."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from extractors.confined import Confinement, Limits
from greffier.errors import BadInput, GreffierError, UsageError
from tests.shared import shared

QUICK = Limits(seconds=2, memory_mb=1024, file_mb=8)
PATIENT = Limits(seconds=60, memory_mb=1024, file_mb=8)


@pytest.fixture(scope="module")
def quick() -> Iterator[Confinement]:
    with Confinement(limits=QUICK) as confinement:
        yield confinement


@pytest.fixture(scope="module")
def patient() -> Iterator[Confinement]:
    with Confinement(limits=PATIENT) as confinement:
        yield confinement


def twice(number: int) -> int:
    return 2 * number


def abort() -> None:
    os.abort()


def leave() -> None:
    sys.exit(0)


def loop_for_ever() -> None:
    while True:
        pass


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(np.ones(4_000_000))


def flood() -> None:
    for _ in range(3000):
        os.write(1, b"x" * 65536)
        os.write(2, b"x" * 65536)


def fill_the_disk(path: Path) -> None:
    with path.open("wb") as file:
        while True:
            file.write(b"x" * 65536)


def answer_too_much() -> bytes:
    return bytes(100_000_000)


def answer_with_a_function() -> object:
    return lambda: None


def fail(secret: str) -> None:
    raise ValueError(secret)


def refuse() -> None:
    raise UsageError("no-such-thing", thing="hat")


def leave_a_grandchild(note: Path, wait: bool) -> None:
    child = subprocess.Popen(["sleep", "300"])
    note.write_text(str(child.pid))
    if wait:
        time.sleep(300)


def process_id() -> int:
    return os.getpid()


def refusal(confinement: Confinement, *call: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        confinement.run(*call)
    return caught.value


def test_the_answer_comes_back_from_another_process(patient: Confinement) -> None:
    assert patient.run(twice, 21) == 42
    assert patient.run(process_id) != os.getpid()


def test_our_own_errors_pass_through(patient: Confinement) -> None:
    with pytest.raises(UsageError) as caught:
        patient.run(refuse)
    assert (caught.value.code, caught.value.details) == ("no-such-thing", {"thing": "hat"})


def test_a_child_that_aborts_is_a_crash_and_says_how(patient: Confinement) -> None:
    error = refusal(patient, abort)
    assert (error.code, error.details) == ("crashed", {"why": "SIGABRT"})


@pytest.mark.parametrize("worst", [leave, answer_too_much, answer_with_a_function])
def test_a_child_that_gives_no_answer_is_a_crash(patient: Confinement, worst: object) -> None:
    assert refusal(patient, worst).code == "crashed"


def test_an_unexpected_error_tells_where_but_not_what_was_read(patient: Confinement) -> None:
    error = refusal(patient, fail, "932 144 561")
    assert error.code == "crashed"
    assert "ValueError" in str(error.details)
    assert "test_confined.py" in str(error.details)
    assert "932" not in repr(error.details)


def test_a_memory_bomb_is_out_of_memory(patient: Confinement) -> None:
    assert refusal(patient, eat_memory).code == "out-of-memory"


def test_a_loop_is_timed_out(quick: Confinement) -> None:
    start = time.monotonic()
    assert refusal(quick, loop_for_ever).code == "timed-out"
    assert time.monotonic() - start < 8


def test_a_flood_of_output_goes_nowhere(patient: Confinement, capfd: pytest.CaptureFixture) -> None:
    patient.run(flood)
    assert capfd.readouterr() == ("", "")


def test_no_file_grows_past_the_limit(patient: Confinement, tmp_path: Path) -> None:
    assert refusal(patient, fill_the_disk, tmp_path / "file").code == "crashed"
    assert (tmp_path / "file").stat().st_size <= PATIENT.file_mb * 2**20


@pytest.mark.parametrize("wait", [True, False], ids=["timed out", "gone home"])
def test_what_the_child_started_dies_with_it(
    quick: Confinement, tmp_path: Path, wait: bool
) -> None:
    note = tmp_path / "pid"
    if wait:
        assert refusal(quick, leave_a_grandchild, note, True).code == "timed-out"
    else:
        quick.run(leave_a_grandchild, note, False)
    grandchild = int(note.read_text())
    deadline = time.monotonic() + 5
    while _is_alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(grandchild)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_many_threads_may_call_at_once_and_each_gets_its_own_answer(patient: Confinement) -> None:
    def call(number: int) -> object:
        if number % 5 == 0:
            return refusal(patient, abort).code
        return patient.run(twice, number)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, range(40)))
    assert answers == ["crashed" if n % 5 == 0 else 2 * n for n in range(40)]


def test_a_helper_that_was_killed_is_started_again() -> None:
    with Confinement(limits=PATIENT) as confinement:
        assert confinement.run(twice, 3) == 6
        children = psutil.Process().children()
        helpers = [child for child in children if "extractors.zygote" in child.cmdline()]
        assert helpers
        for helper in helpers:
            helper.kill()
        assert confinement.run(twice, 4) == 8


def test_closing_leaves_no_process_behind() -> None:
    before = {child.pid for child in psutil.Process().children()}
    confinement = Confinement(limits=PATIENT)
    confinement.run(twice, 1)
    confinement.close()
    assert {child.pid for child in psutil.Process().children()} == before


_calls: list[int] = []


def _count() -> None:
    _calls.append(1)


def _counted() -> int:
    return len(_calls)


def test_what_is_preloaded_is_imported_and_called_once_for_all_children() -> None:
    with Confinement(("colorsys", f"{__name__}:_count"), PATIENT) as confinement:
        assert confinement.run(_has_module, "colorsys")
        assert not confinement.run(_has_module, "wave")
        assert [confinement.run(_counted) for _ in range(2)] == [1, 1]


def test_a_preload_that_fails_is_not_blamed_on_the_file() -> None:
    with Confinement(("no_such_module",), PATIENT) as confinement:
        with pytest.raises(GreffierError) as caught:
            confinement.run(twice, 1)
        assert not isinstance(caught.value, BadInput)
        assert caught.value.code == "reader-not-started"


#: A process of its own: in ours, descriptors that other tests left may be closed at any moment.
_CRAMPED = """
import os, resource, sys
from extractors.confined import Confinement
from greffier.errors import GreffierError

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
first_free = os.dup(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (first_free + 1 + int(sys.argv[1]), hard))
with Confinement() as confinement:
    try:
        confinement.run(abs, -1)
    except GreffierError as error:
        print(error.code)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(confinement.run(abs, -1))
"""


@pytest.mark.parametrize("room", [0, 2, 4])
def test_a_machine_without_room_for_a_helper_is_not_blamed_on_the_file(room: int) -> None:
    script = [sys.executable, "-c", _CRAMPED, str(room)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["reader-not-started", "1"], done.stderr


def _has_module(name: str) -> bool:
    return name in sys.modules


@pytest.mark.parametrize("name", ["15316.fuzz", "sample-get-lzw-stuck.tiff"])
def test_known_poison_ends_named(patient: Confinement, name: str) -> None:
    (found,) = shared("poison").rglob(name)
    assert refusal(patient, _read_all, found).code


def _read_all(path: Path) -> int:
    from extractors.files import list_pages

    return sum(1 for _ in list_pages(path))
