"""Several workers on one ledger: ``python -m bench.workers``, on a PostgreSQL of its own.

A browser would take hours for thousands of entries and be all that is measured. Here the bot sends
the forms of one practice target over HTTP instead; the runner, the ledger and the target are the
real ones. In the end the target's own database is counted, as ``bench.chaos`` does.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import httpx

from bench.chaos.world import FORK, WHO, World
from bots.contract import Bot, Located, Login, Shown, dated, plain_capitals
from bots.memory import MemoryEvidence
from bots.runner import enter
from desk.show import bar, console
from greffier.errors import BusinessError, GreffierError
from greffier.words import EntryState, Record
from sandbox.postgresql import postgresql
from storage.database import open_sessions
from storage.ledger import Ledger
from storage.workers import this_worker

TARGET = "revenu-quebec"
COLUMNS = (
    *("effective_date", "civic_number", "street", "apartment", "municipality"),
    *("postal_code", "telephone"),
)
CELLS = re.compile(r"<TD>(.*?)</TD>", re.DOTALL)
NONCE = re.compile(r'NAME="nonce" VALUE="(\w+)"')


class FormBot(Bot):
    """The target without its screens: the same forms, sent by an HTTP client."""

    target = TARGET
    login = Login("/connexion", "", "", "", "")
    fields: ClassVar = {
        **dict.fromkeys(COLUMNS, Shown(plain_capitals)),
        "effective_date": Shown(dated("%Y/%m/%d")),
        "telephone": Shown(),
    }
    identity: ClassVar = {"surname": Shown(plain_capitals), "given_name": Shown(plain_capitals)}

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.screen: Any = self
        self.pages: dict[str, tuple[str, ...]] = {}
        self._form: dict[str, str] = {}

    def leave_page(self, name: str) -> None:
        """A form that is sent has no shape to compare."""

    def submitting(self, before: float) -> Any:
        """There is no screen to hold back."""
        return nullcontext()

    def locate(self, record: Record) -> Located:
        cells = self._cells("/recherche", {"file_number": record["file_number"]})
        if "Nom" not in cells:
            raise BusinessError("file-unknown")
        place = cells.index("Nom")
        holder = {"surname": cells[place + 1], "given_name": cells[place + 3]}
        width = len(COLUMNS) + 1
        listed = cells[10:]  # the file's own five rows come first
        rows = [listed[at : at + width] for at in range(0, len(listed), width)]
        found = [dict(zip(COLUMNS, row, strict=False)) for row in rows]
        columns = {name: name for name in COLUMNS}
        return Located(holder, self.entered(record, columns, rows=found))

    def fill(self, record: Record) -> None:
        page = self.client.get("/saisie", params={"no": record["file_number"]}).raise_for_status()
        (nonce,) = NONCE.findall(page.text)
        values = {name: self.shown(record, name) for name in COLUMNS}
        self._form = values | {"file_number": record["file_number"], "nonce": nonce}

    def read_back(self, record: Record) -> Mapping[str, str]:
        return {name: self._form[name] for name in COLUMNS}

    def submit(self) -> str:
        cells = self._cells("/enregistrement", self._form)
        if "No de confirmation" not in cells:
            raise BusinessError("target-refused")
        return cells[-1]

    def _cells(self, path: str, form: Mapping[str, str]) -> list[str]:
        page = self.client.post(path, data=form).raise_for_status()
        return [unescape(cell).strip() for cell in CELLS.findall(page.text)]


class FormSession:
    """What the runner asks of a browser session, for ``FormBot``."""

    kind = FormBot
    credentials = WHO
    seconds = 10.0
    visibility_delay = 0.0
    #: Nobody has approved screens that are not looked at.
    known = None

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, follow_redirects=True, timeout=60)
        who = {"usager": WHO.user, "mot_de_passe": WHO.password}
        self._client.post("/connexion", data=who).raise_for_status()
        self._bot = FormBot(self._client)

    def bot(self) -> FormBot:
        return self._bot

    def pages(self) -> list[Any]:
        """Nothing to photograph."""
        return []

    def trace(self) -> None:
        """Nothing to record."""

    def traced(self) -> None:
        """Nothing was recorded."""

    def change_that_explains(self, error: GreffierError) -> None:
        """No screen has changed."""

    def renew(self, error: GreffierError) -> None:
        self._bot = FormBot(self._client)

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """The client has a limit of its own."""
        yield


def work(database: str, address: str) -> None:
    """Enter whatever is planned until nothing is."""
    logging.disable(logging.CRITICAL)
    ledger = Ledger(open_sessions(database), this_worker())
    session: Any = FormSession(address)
    while claim := ledger.claim_next(TARGET):
        enter(session, claim.record, claim, ledger, MemoryEvidence())


def measure(home: Path, database: str, workers: int, entries: int, seed: int) -> int:
    """``entries`` entries by ``workers`` workers; 0 if the target holds them all, once, right."""
    with World(home, database, [TARGET], seed) as world:
        before = world.verdict().confirmed
        with bar() as progress:
            task = progress.add_task("planning", total=entries)
            with ThreadPoolExecutor(8) as planners:  # each plan waits for the disk
                for _ in planners.map(lambda _: world.plan(TARGET), range(entries)):
                    progress.advance(task)
            began = time.monotonic()
            address = world.targets[TARGET].url
            children = [FORK.Process(target=work, args=(database, address)) for _ in range(workers)]
            for child in children:
                child.start()
            task = progress.add_task(f"{workers} worker(s)", total=entries)
            while any(child.is_alive() for child in children):
                time.sleep(0.5)
                left = len(world.ledger.entries(EntryState.PLANNED, TARGET))
                progress.update(task, completed=entries - left)
        took = time.monotonic() - began
        verdict = world.verdict()
        done = verdict.confirmed - before
        console.print(
            f"{workers} worker(s): {done} of {entries} entries confirmed in {took:.0f} s = "
            f"{60 * done / took:.0f} a minute · lost {verdict.lost} · double {verdict.double} · "
            f"wrong {verdict.wrong} · unasked {verdict.unasked} · unsettled {verdict.unsettled} · "
            f"with a person {dict(verdict.with_person)}"
        )
        return 0 if verdict.clean and done == entries else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.workers", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--entries", type=int, default=2000, help="for each number of workers")
    parser.add_argument("--seed", type=int, default=1)
    ask = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="greffier-workers-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's own user looks in
        with postgresql(Path(folder) / "postgresql") as database:
            codes = [
                measure(Path(folder), database, workers, ask.entries, ask.seed)
                for workers in ask.workers
            ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
