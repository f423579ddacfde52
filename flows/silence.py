"""A run whose worker has died is marked as crashed, by the Prefect server itself.

A run tells the server every ``HEARTBEAT`` seconds that it lives (``prefect.yaml`` asks it to). A
server of one's own does nothing when that stops: the run stays *Running* for ever, and its batch
would never be taken up. This is the automation that a hosted server brings along.
"""

from __future__ import annotations

from datetime import timedelta

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from greffier.messages import text as t

NAME = "greffier-silence"
#: Seconds between two signs of life, and the silence after which a run is held to be dead.
HEARTBEAT, SILENCE = 30, 90
_LIFE = "prefect.flow-run.heartbeat"
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


async def watch_over_runs(client: PrefectClient) -> None:
    """Have the server watch over its runs, unless it does already."""
    if await client.read_automations_by_name(NAME):
        return
    await client.create_automation(
        AutomationCore(
            name=NAME,
            description=t("flow.silence"),
            trigger=EventTrigger(
                posture=Posture.Proactive,
                after={_LIFE},
                expect={_LIFE, *(f"prefect.flow-run.{end}" for end in _ENDS)},
                match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
                for_each={"prefect.resource.id"},
                threshold=1,
                within=timedelta(seconds=SILENCE),
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message=t("flow.orphan"))],
        )
    )
