"""``greffier bots doctor``: are a target's screens as approved? What changed, what is proposed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.markup import escape
from sqlalchemy import select

from bots import shape
from bots.session import Session
from bots.shape import Change
from bots.trial import Findings, examine
from desk.bot_try import open_session, records_of
from desk.show import console
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import Record
from storage.database import open_sessions
from storage.models import Entry

COLOURS = {"-": "red", "+": "green", "?": "yellow"}


def examine_target(
    settings: Settings,
    target: str,
    source: Path | None,
    url: str,
    who: str,
    *,
    approve: bool,
    headed: bool,
) -> int:
    """Look at the screens of ``target``, submitting nothing; show what changed; the exit code.

    0: as approved (or approved now); 3: a person must decide. ``approve`` takes the proposed
    labels, looks again, and keeps the screens as they are now under the name of ``who``.
    """
    if approve and not who:
        raise UsageError("who-approves")
    record = records_of(source, target)[0] if source else latest_record(settings, target)
    with open_session(settings, target, url, headed=headed) as session:
        findings = examine(session, record)
        show(findings.changes)
        # One label at a time stops the bot: go on as long as each look proposes another.
        while approve and findings.trouble and set(findings.renamed) - set(findings.now.renamed):
            renamed = {**findings.now.renamed, **findings.renamed}
            session.known = replace(findings.now, renamed=renamed)
            session.renew(findings.trouble)
            findings = examine(session, record)
            show(findings.changes)
        return conclude(session, findings, who if approve else None)


def latest_record(settings: Settings, target: str) -> Record:
    """The newest record that the ledger has for ``target``. ``UsageError("no-record")`` if none."""
    query = select(Entry).where(Entry.target == target).order_by(Entry.id.desc()).limit(1)
    with open_sessions(settings.database)() as session:
        if (entry := session.scalars(query).first()) is None:
            raise UsageError("no-record", target=target)
        return Record(target=target, form=entry.form, **entry.payload)


def conclude(session: Session, findings: Findings, who: str | None) -> int:
    """Say what it comes to; keep the screens as they are now if ``who`` approves them."""
    target = session.kind.target
    if findings.trouble:
        console.print(
            t("cli.bots.doctor.stopped", details={"trouble": findings.trouble}), markup=False
        )
        return 3
    if who and findings.now != shape.load(session.kind):
        path = shape.approve(session.kind, findings.now, who)
        console.print(
            t("cli.bots.doctor.approved", details={"path": path}), soft_wrap=True, markup=False
        )
    elif not session.known:
        console.print(t("cli.bots.doctor.unknown", details={"target": target}))
        return 3
    elif findings.changes:
        console.print(t("cli.bots.doctor.changed", details={"target": target}))
        return 3
    else:
        told = {"by": session.known.by, "on": session.known.on}
        console.print(t("cli.bots.doctor.same", details=told))
    return 0


def show(changes: list[Change]) -> None:
    """The changes, page by page: gone in red, new in green, proposed in yellow."""
    for line in "\n".join(map(str, changes)).splitlines():
        colour = COLOURS.get(line[:1])
        console.print(f"[{colour}]{escape(line)}[/{colour}]" if colour else escape(line))
