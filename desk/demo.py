"""``greffier demo`` and ``greffier up``: every service on this machine, and the main job on them.

A demo that was killed is taken up where it stopped; one that ended starts afresh.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from desk.practice import print_paper
from desk.services import Services
from desk.show import console
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.whole import write_whole
from sandbox.serve import ADDRESSES

#: The form of the practice batch, and what scanners and faxes do to it.
PACK, DEGRADATION = "changement-adresse", "mixed"
SEED, DOCUMENTS = 2026, 36


@dataclass
class Story:
    """How far a demo has come: written down after each act, so that the next one knows."""

    home: Path
    seed: int
    documents: int
    printed: bool = False
    batch: str | None = None
    ended: bool = False

    @classmethod
    def load(cls, home: Path) -> Story | None:
        path = home / "demo.json"
        return cls(home=home, **json.loads(path.read_text())) if path.exists() else None

    def save(self) -> None:
        told = asdict(self)
        del told["home"]
        write_whole(self.home / "demo.json", json.dumps(told))

    @property
    def paper(self) -> Path:
        return self.home / "paper"

    @property
    def targets(self) -> Path:
        return self.home / "targets"


def run_demo(home: Path, seed: int, documents: int, *, fresh: bool) -> int:
    """The main job on practice paper; 0 only if every document and entry is accounted for."""
    began = time.monotonic()
    with _interruptible():
        story = _story(home.absolute(), seed, documents, fresh=fresh)
        with Services(story.home, _say) as services, ThreadPoolExecutor(1) as beside:
            starting = beside.submit(services.start)
            if not story.printed:
                shutil.rmtree(story.paper, ignore_errors=True)  # what a killed demo half printed
                print_paper(story.paper, story.seed, PACK, DEGRADATION, None, story.documents)
                story.printed = True
                story.save()
            _finish_starting(services, starting, story)
            os.environ.update(services.environment)
            # Prefect reads its settings when it is imported: not before they are set.
            from desk.proving import prove

            account = prove(Settings.load(story.home), story, services.prefect_url)
            story.ended = account.is_whole
            story.save()
    console.print(t("cli.demo.time", details={"seconds": round(time.monotonic() - began)}))
    console.print(account.line, soft_wrap=True)
    return 0 if account.is_whole else 3


def _story(home: Path, seed: int, documents: int, *, fresh: bool) -> Story:
    """The interrupted demo of ``home``, or a new one in an emptied folder.

    Raises ``UsageError`` for a folder that holds anything else than a demo: it would be lost.
    """
    story = Story.load(home)
    same = story and (story.seed, story.documents) == (seed, documents)
    if story and same and not (story.ended or fresh):
        console.print(t("cli.demo.resumed", details={"batch": story.batch or "—"}))
        return story
    if home.exists():
        if not story and any(home.iterdir()):
            raise UsageError("not-a-demo", path=home)
        Services(home).end_leftovers()
        shutil.rmtree(home)
    home.mkdir(parents=True, mode=0o700)
    story = Story(home, seed, documents)
    story.save()
    return story


def _finish_starting(services: Services, starting: Future[None], story: Story) -> None:
    starting.result()
    start_targets(services, story.paper / "register.json", story.targets)
    services.start_worker()


def start_targets(services: Services, register: Path, state: Path) -> dict[str, str]:
    """Start the practice targets and publish where they are; their addresses."""
    services.progress("services.targets")
    addresses = state / ADDRESSES
    addresses.unlink(missing_ok=True)
    child = services.run(
        "targets", "greffier", "sandbox", "serve", str(register), "--state", str(state)
    )
    services.wait_until(child, addresses.exists)
    known = json.loads(addresses.read_text(encoding="utf-8"))
    targets: dict[str, str] = known["targets"]
    services.publish(
        GREFFIER_TARGETS=json.dumps(targets),
        GREFFIER_TARGET_USER=known["user"],
        GREFFIER_TARGET_PASSWORD=known["password"],
    )
    return targets


def stay_up() -> None:
    """Start everything, print the addresses, and wait for Ctrl-C."""
    home = Settings.load().home
    with _interruptible(), Services(home, _say) as services:
        services.start()
        paper = home / "paper"
        if not (paper / "truth.json").exists():
            shutil.rmtree(paper, ignore_errors=True)
            print_paper(paper, SEED, PACK, DEGRADATION, None, DOCUMENTS)
        targets = start_targets(services, paper / "register.json", home / "targets")
        services.start_worker()
        for flow in ("reprendre/reprise", "rapprocher/rapprochement"):
            services.call("prefect", "deployment", "run", flow)
        console.print(t("cli.up.ready", details={"prefect": services.prefect_url}))
        for target, address in targets.items():
            console.print(f"  {target} : {address}")
        console.print(
            t("cli.up.try", details={"inbox": paper / "inbox", "home": home}), markup=False
        )
        threading.Event().wait()


def _say(key: str) -> None:
    console.print(f"[dim]·[/] {t(key)}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends things as Ctrl-C does: services stopped, state kept."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    # Ctrl-C too: a shell starts its background jobs with it ignored.
    before = {kind: signal.signal(kind, interrupt) for kind in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
