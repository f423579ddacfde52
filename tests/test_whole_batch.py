"""One whole batch for real: paper, archive, Prefect server and worker, Chromium, six targets.

The first demo is killed in the middle with everything it started; the second takes it up. What is
counted is what the targets' own databases hold.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from desk.demo import start_targets
from desk.review import EMPTY, SKIP
from desk.services import Child, Services
from flows.office import Office
from greffier.settings import Settings
from greffier.words import EntryState
from storage.batches import waiting_reviews
from storage.models import Entry

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.browser,
    pytest.mark.store,
    pytest.mark.timeout(900),
]

DOCUMENTS = 15
#: Troubles of a document that a person who knows the paper can settle.
READABLE = (None, "resend", "illegible")
LINE = re.compile(
    r"^documents: (\d+) · saisies confirmées: (\d+) · en révision: (\d+) · "
    r"en quarantaine: (\d+) · perdus: (\d+) · doublons: (\d+)$"
)


def start_demo(home: Path, log: Path) -> subprocess.Popen[bytes]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GREFFIER_", "PREFECT_"))}
    with log.open("wb") as output:
        return subprocess.Popen(
            [
                *(Path(sys.executable).with_name("greffier"), "demo", "--home", home),
                *("--seed", "11", "--documents", str(DOCUMENTS)),
            ],
            env=clean,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def saved(home: Path) -> list[tuple[str, str, str]]:
    """Every change the targets saved: target, file number, effective date."""
    found = []
    for path in sorted((home / "targets").glob("*.sqlite")):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone():
                rows = database.execute("SELECT file_number, effective_date FROM changes")
                found += [(path.stem, *row) for row in rows]
    return found


def kill_everything(home: Path, demo: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the demo and to all it started, as a power cut would."""
    started = [Child(**child) for child in json.loads((home / "services.json").read_text())]
    family = [p for child in started for p in child.family()]
    demo.kill()
    for process in family:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue  # it died with its parent
    demo.wait(30)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, int, int]]:
    """A demo killed in mid-entry and run again: home, log, its exit code, saves at the kill."""
    home = tmp_path_factory.mktemp("demo") / "home"
    log, again = home.parent / "demo.log", home.parent / "again.log"
    try:
        first = start_demo(home, log)
        deadline = time.monotonic() + 500
        while not (home / "targets").exists() or len(saved(home)) < 3:
            assert first.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        kill_everything(home, first)
        before = len(saved(home))
        code = start_demo(home, again).wait(600)
        yield home, again, code, before
    finally:
        Services(home).end_leftovers()


def test_a_killed_demo_is_taken_up_and_ends_well(demo: tuple[Path, Path, int, int]) -> None:
    home, log, code, before = demo
    assert code == 0, log.read_text()
    assert before < len(saved(home)), "the kill came too late to prove anything"


def test_the_last_line_accounts_for_every_document(demo: tuple[Path, Path, int, int]) -> None:
    home, log, _, _ = demo
    last = log.read_text().rstrip().splitlines()[-1]
    found = LINE.match(last)
    assert found, last
    documents, confirmed, _, quarantined, lost, doubles = map(int, found.groups())
    truth = json.loads((home / "paper" / "truth.json").read_text())["files"]
    assert documents == sum(len(file["documents"]) for file in truth) == DOCUMENTS
    assert confirmed == len(saved(home))
    expected = [document["expected"] for file in truth for document in file["documents"]]
    assert quarantined >= expected.count(["quarantine"]) > 0
    assert (lost, doubles) == (0, 0)


def test_no_target_saved_anything_twice(demo: tuple[Path, Path, int, int]) -> None:
    changes = saved(demo[0])
    assert len(changes) == len(set(changes))


def test_clean_typed_documents_are_entered_everywhere_they_ask_for(
    demo: tuple[Path, Path, int, int],
) -> None:
    home = demo[0]
    truth = json.loads((home / "paper" / "truth.json").read_text())["files"]
    asked = {
        (target, told["values"]["file_number"], told["values"]["effective_date"])
        for file in truth
        for document in file["documents"]
        if document["clean"]
        for target, told in document["entries"].items()
    }
    assert asked
    assert asked - set(saved(home)) == set()


def test_the_inbox_is_empty_once_everything_is_in_the_archive(
    demo: tuple[Path, Path, int, int],
) -> None:
    assert list((demo[0] / "paper" / "inbox").iterdir()) == []


def test_prefect_knows_nothing_of_what_the_paper_says(demo: tuple[Path, Path, int, int]) -> None:
    home = demo[0]
    truth = json.loads((home / "paper" / "truth.json").read_text())["files"]
    private = {
        document["fields"][name]
        for file in truth
        for document in file["documents"]
        if document["fields"]
        for name in ("nas", "nam", "surname", "new_street", "old_street", "email")
        if len(document["fields"][name]) > 5
    }
    assert private
    kept = b"".join(path.read_bytes() for path in (home / "prefect").glob("*.db*"))
    kept += b"".join(path.read_bytes() for path in home.glob("*.log"))
    assert len(kept) > 100_000, "Prefect's database is not where it was looked for"
    assert [value for value in private if value.encode() in kept] == []


def test_a_person_settles_what_was_doubtful_and_the_flow_enters_it(
    demo: tuple[Path, Path, int, int],
) -> None:
    home = demo[0]
    told = {
        (file["name"], number): document
        for file in json.loads((home / "paper" / "truth.json").read_text())["files"]
        for number, document in enumerate(file["documents"], start=1)
    }
    with Services(home) as services:
        services.start()
        start_targets(services, home / "paper" / "register.json", home / "targets")
        services.start_worker()
        answers, settled = answers_to_everything(home, told)
        assert settled, "no document waited that a person could settle"
        asked = {
            (target, entry["values"]["file_number"], entry["values"]["effective_date"])
            for document in settled
            for target, entry in document["entries"].items()
        }
        review = subprocess.run(
            [Path(sys.executable).with_name("greffier"), "review", "--who", "Eva Testeuse"],
            env={**os.environ, **services.environment},
            input="".join(f"{answer}\n" for answer in answers),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert review.returncode == 0, review.stdout + review.stderr
        deadline = time.monotonic() + 300
        while left := asked - set(saved(home)):
            assert time.monotonic() < deadline, f"{len(left)} entries were not made"
            time.sleep(0.5)
    changes = saved(home)
    assert len(changes) == len(set(changes))


def answers_to_everything(
    home: Path, told: dict[tuple[str, int], dict[str, Any]]
) -> tuple[list[str], list[dict[str, Any]]]:
    """What a person types who knows the paper, and the documents that this settles.

    What is wrong on the paper itself is left for later, and so is all that waits otherwise.
    """
    office = Office.open(Settings.load(home))
    answers: list[str] = []
    settled = []
    with office.sessions() as session:
        for review in waiting_reviews(session):
            truth = told[review.document.file.name, review.document.number]
            if review.whole or truth["trouble"] not in READABLE:
                answers.append(SKIP)
            else:
                answers += [truth["fields"][field.name] or EMPTY for field in review.fields]
                settled.append(truth)
        waiting = select(func.count()).where(Entry.state == EntryState.WITH_PERSON)
        answers += [SKIP] * session.scalar(waiting)
    return answers, settled
