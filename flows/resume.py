"""Take up batches that a crash interrupted: on a schedule, and when the services start.

Entries whose outcome is unknown are not its business: ``flows.reconcile`` settles them.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from prefect import flow, get_client, get_run_logger
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Crashed, Pending
from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.office import Office, office
from flows.silence import watch_over_runs
from flows.steps import SETTLED
from greffier.messages import text as t
from greffier.words import EntryState
from storage import batches
from storage.models import Batch, BatchState

DEPLOYMENT = "traiter-lot/lot"
LIVE = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


@flow(
    name="reprendre",
    flow_run_name="reprise",
    description="Relance les lots interrompus ou dont des saisies sont à refaire.",
)
async def resume_batches() -> None:
    """Start a run for each batch that has work left and no run at work on it."""
    async with get_client() as client:
        await watch_over_runs(client)
        busy = {run.parameters.get("batch_id") for run in await _live_runs(client)}
        for batch_id in unfinished(office()):
            if batch_id not in busy:
                await start(client, batch_id)
                get_run_logger().info(t("flow.resumed", details={"batch": batch_id}))


def unfinished(office: Office) -> list[str]:
    """The batches in which a run of theirs could do something now."""
    office.ledger.expire()
    with office.sessions() as session:
        open_ones = session.scalars(select(Batch.id).where(Batch.state == BatchState.OPEN))
        return [batch for batch in open_ones if _has_work(session, batch)]


def _has_work(session: Session, batch_id: str) -> bool:
    """Whether something is unread, to be planned, to be entered or to be sealed, or nothing is left
    but to say so: the last document was refused by a person."""
    if batches.unread_files(session, batch_id):
        return True
    if not batches.pending(session, batch_id):
        return True
    for document in batches.ready_documents(session, batch_id):
        states = {entry.state for entry in document.entries}
        if EntryState.PLANNED in states or states <= SETTLED:
            return True
    return False


async def start(client: PrefectClient, batch_id: str) -> FlowRun:
    """Ask the worker for a run of the batch."""
    deployment = await client.read_deployment_by_name(DEPLOYMENT)
    return await client.create_flow_run_from_deployment(
        deployment.id, parameters={"batch_id": batch_id}
    )


def start_now(batch_id: str) -> FlowRun:
    """``start``, for those who are not asynchronous."""

    async def ask() -> FlowRun:
        async with get_client() as client:
            return await start(client, batch_id)

    return asyncio.run(ask())


def run_state(run_id: str) -> State:
    """The state a flow run is in now."""

    async def ask() -> State:
        async with get_client() as client:
            run = await client.read_flow_run(UUID(run_id))
            return run.state or Pending()

    return asyncio.run(ask())


def bury_orphans() -> int:
    """Mark every run as crashed whose worker is known to be dead; how many there were.

    Only for a machine whose every worker was just ended: a killed worker leaves its runs
    *Running* for ever.
    """

    async def bury() -> int:
        async with get_client() as client:
            runs = await _live_runs(client)
            for run in runs:
                await client.set_flow_run_state(
                    run.id, Crashed(message=t("flow.orphan")), force=True
                )
            return len(runs)

    return asyncio.run(bury())


async def _live_runs(client: PrefectClient) -> list[FlowRun]:
    return await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["traiter-lot"])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=LIVE))
        ),
    )
