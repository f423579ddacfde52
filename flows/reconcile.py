"""The reconciler: settles what nobody saw the end of, on a schedule, whatever batch it is of.

An entry is settled by searching its target (``bots.runner.reconcile``): found as sent, confirmed;
absent when it can no longer come, planned again; anything else, a person with the pictures of
what was typed and of what was found. A batch does the same with its own entries when it starts.
"""

from __future__ import annotations

from prefect import State, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import steps
from flows.batch import told
from flows.office import office
from greffier.errors import TargetStopped
from greffier.messages import text as t

#: Targets searched at the same time: each has a browser of its own.
TARGETS = 2


@flow(
    name="rapprocher",
    flow_run_name="rapprochement",
    description="Tranche les saisies au résultat inconnu en les cherchant dans leur destination.",
    task_runner=ThreadPoolTaskRunner(max_workers=TARGETS),  # type: ignore[arg-type]
)
def reconcile_entries() -> State[None]:
    """Search every target that has unknown entries. One that is down leaves its own unknown."""
    unknown = steps.unknown_entries(office())
    runs = [reconcile_target.submit(target, entries) for target, entries in unknown.items()]
    for run in runs:
        run.wait()
    left = sum(map(len, steps.unknown_entries(office()).values()))
    asked = sum(map(len, unknown.values()))
    message = t("flow.reconciled", details={"asked": asked, "left": left})
    return (Failed if any(run.state.is_failed() for run in runs) else Completed)(message=message)


@task(name="rapprocher", task_run_name="rapprocher {target}", cache_policy=NO_CACHE)
def reconcile_target(target: str, entries: list[int]) -> None:
    """Settle one target's entries in one browser session, unless its seats are all taken."""
    with steps.seated(office(), target, wait=False) as slot:
        if not slot:
            get_run_logger().info(t("flow.no-seat", details={"target": target}))
            return
        with steps.signed_in(office(), target, slot) as session:
            for entry_id in entries:
                try:
                    outcome = steps.settle(office(), session, entry_id)
                except TargetStopped as error:
                    get_run_logger().error(error.explain())
                    return
                if outcome:
                    get_run_logger().info(told(entry_id, target, outcome))
