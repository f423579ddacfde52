"""The flow of a batch: read, decide, enter, keep. It starts again where it stopped, at any point.

Everything here is ids: Prefect keeps parameters, names and logs in a database of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from prefect import State, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from bots.runner import Outcome
from bots.session import Session
from flows import steps
from flows.line import Line
from flows.office import office
from flows.report import Progress, publish
from greffier.errors import GreffierError, TargetStopped
from greffier.messages import text as t

#: As many threads as a batch can use: each waits for a reading process, or drives a browser.
THREADS = 8
#: How often a batch goes over what is left to enter before leaving it to a later run, and how
#: many seconds longer it waits each time: in all, longer than a save may be on its way.
ROUNDS, PAUSE = 7, 3.0


@flow(
    name="traiter-lot",
    flow_run_name="{batch_id}",
    description="Traite un lot : lecture, décision, saisie, conservation.",
    task_runner=ThreadPoolTaskRunner(max_workers=THREADS),  # type: ignore[arg-type]
)
def process_batch(batch_id: str) -> State[None]:
    """Take a received batch to its end, or to where it waits for a person."""
    read_files(batch_id)
    stopped = enter_entries(batch_id)
    keep_dossiers(batch_id)
    summary = publish(office(), batch_id, stopped)
    return (Completed if summary.complete else Failed)(message=summary.text)


def read_files(batch_id: str) -> None:
    """Read every file that nothing has read, then plan what follows from it."""
    unread = steps.unread(office(), batch_id)
    _follow(t("flow.reading"), read_file.map(unread))
    plan_entries(batch_id)


def enter_entries(batch_id: str) -> dict[str, str]:
    """Enter what is planned and settle what is unknown, all targets side by side.

    The targets that were stopped when it was last tried, each with what happened and what to do.
    """
    lines: dict[str, Line] = {}
    for attempt in range(ROUNDS):
        waiting = steps.targets_waiting(office(), batch_id)
        lines = {name: line for name, line in lines.items() if line.refused}
        due = {name: Line(entries) for name, entries in waiting.items() if name not in lines}
        if not due:
            break
        if attempt:
            time.sleep(PAUSE * attempt)
        _enter_lines(due)
        lines |= due
    return {name: line.stopped.explain() for name, line in lines.items() if line.stopped}


def _enter_lines(lines: dict[str, Line]) -> None:
    """Go once over every target's line."""
    with Progress(t("flow.entering"), sum(map(len, lines.values()))) as progress:
        futures = [enter_target.submit(target, line, progress) for target, line in lines.items()]
        # The further sessions come after every target has its first: threads are few.
        futures += [
            enter_target.submit(name, line, progress, first=False)
            for name, line in lines.items()
            for _ in range(_further(name, line))
        ]
        for future in futures:
            future.wait()


def _further(target: str, line: Line) -> int:
    """Sessions to open on ``target`` beside the first."""
    try:
        return line.sessions(steps.slots(office(), target)) - 1
    except GreffierError:  # the first session meets it too, and its task tells
        return 0


def _follow(title: str, futures: Sequence[PrefectFuture[None]]) -> None:
    """Show how far ``futures`` are. One that fails shows as failed, and stops no other."""
    with Progress(title, len(futures)) as progress:
        for _ in as_completed(list(futures)):
            progress.advance()


@task(name="lire", task_run_name="lire {file_id}", cache_policy=NO_CACHE)
def read_file(file_id: str) -> None:
    documents = steps.read(office(), file_id)
    get_run_logger().info(t("flow.read", details={"file": file_id, "documents": len(documents)}))


@task(name="planifier", task_run_name="planifier {batch_id}", cache_policy=NO_CACHE)
def plan_entries(batch_id: str) -> None:
    new = steps.plan(office(), batch_id)
    get_run_logger().info(t("flow.planned", details={"batch": batch_id, "entries": new}))


@task(name="saisir", task_run_name="saisir {target}", cache_policy=NO_CACHE)
def enter_target(target: str, line: Line, progress: Progress, *, first: bool = True) -> None:
    """Enter one target's entries, one after the other, in one browser session."""
    if not first and not line.wait():
        return
    try:
        with steps.seated(office(), target, wait=first) as slot:
            if slot:
                _enter_line(target, slot, line, progress, first=first)
    finally:
        line.leave()


def _enter_line(target: str, slot: int, line: Line, progress: Progress, *, first: bool) -> None:
    with steps.signed_in(office(), target, slot) as session:
        for entry_id in line:
            try:
                enter_entry(entry_id, target, session)
            except TargetStopped as error:
                get_run_logger().error(error.explain())
                line.stop(entry_id, error, first=first)
                return
            if session.was_signed_in:
                line.open()
            progress.advance()


@task(name="saisie", task_run_name="saisie {entry_id} · {target}", cache_policy=NO_CACHE)
def enter_entry(entry_id: int, target: str, session: Session) -> None:
    outcome = steps.enter_or_settle(office(), session, entry_id)
    if outcome:
        get_run_logger().info(told(entry_id, target, outcome))


def told(entry_id: int, target: str, outcome: Outcome) -> str:
    """What became of an entry, in one line: ids only."""
    details = {"entry": entry_id, "target": target, "state": t(f"entry.{outcome.state}")}
    return t("flow.entered", details=details)


@task(name="conserver", task_run_name="conserver {batch_id}", cache_policy=NO_CACHE)
def keep_dossiers(batch_id: str) -> None:
    sealed = steps.keep(office(), batch_id)
    get_run_logger().info(t("flow.sealed", details={"batch": batch_id, "dossiers": sealed}))
