"""``greffier status``: where each batch stands."""

from __future__ import annotations

import json

from rich.box import SIMPLE
from rich.table import Table
from sqlalchemy import select

from desk.show import console
from flows.report import counts
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from storage.database import open_sessions, upgrade
from storage.models import Batch

SHOWN = ("documents", "confirmed", "review", "quarantine", "refused", "outstanding")


def show_status(settings: Settings, batch_id: str | None, *, as_json: bool) -> None:
    """Print the figures of a batch, or of all. Raises ``UsageError`` for a batch unknown."""
    upgrade(settings.database)
    sessions = open_sessions(settings.database)
    with sessions() as session:
        query = select(Batch).order_by(Batch.submitted_at)
        known = list(session.scalars(query.where(Batch.id == batch_id) if batch_id else query))
    if batch_id and not known:
        raise UsageError("no-such-batch", batch=batch_id)
    rows = [
        {
            "batch": batch.id,
            "ministry": batch.ministry,
            "submitted_at": batch.submitted_at.isoformat(),
            "state": batch.state.value,
            **counts(sessions, batch.id),
        }
        for batch in known
    ]
    if as_json:
        print(json.dumps(rows[0] if batch_id else rows, ensure_ascii=False))
        return
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("batch", "state"):
        table.add_column(t(f"cli.status.{heading}"), no_wrap=True)
    for heading in SHOWN:
        table.add_column(t(f"cli.status.{heading}"), justify="right")
    for row in rows:
        state = t(f"batch.{row['state']}")
        table.add_row(str(row["batch"]), state, *(str(row[name]) for name in SHOWN))
    console.print(table)
