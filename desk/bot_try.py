"""``greffier bots try``: records typed into a target with no Prefect, no database and no store."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.markup import escape

from bots.compare import wanted
from bots.credentials import credentials_for, from_environment, from_keyring, from_settings
from bots.evidence import Camera
from bots.memory import FolderEvidence, MemoryLedger
from bots.privacy import Own
from bots.registry import bot_for
from bots.runner import Outcome, enter
from bots.session import Session
from bots.trial import examine
from desk.show import console
from flows.wording import explain_missing
from greffier.errors import BusinessError, GreffierError, UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import EntryState, Reason, Record


def try_records(
    settings: Settings,
    target: str,
    source: Path,
    url: str,
    out: Path,
    *,
    headed: bool,
    submit: bool,
) -> int:
    """Enter (or only type) the records of ``source``, showing each step; the exit code.

    Evidence goes to ``out/<number of the record>``. 0: each is confirmed, or typed and read back;
    3: something is left for a person to look at.
    """
    records = records_of(source, target)
    left = 0
    with open_session(settings, target, url, headed=headed) as session, steps_shown():
        for number, record in enumerate(records, start=1):
            console.print(t("cli.bots.try.record", details={"n": number, "of": len(records)}))
            evidence = FolderEvidence(out / str(number))
            outcome = _enter(session, record, evidence, submit=submit)
            ended = EntryState.CONFIRMED if submit else EntryState.FILLED
            left += outcome.state is not ended
            show_outcome(outcome)
            for kind, why in evidence.missing.items():
                told = explain_missing(kind, why)
                console.print(t("cli.bots.try.missing", details={"what": told}))
    console.print(
        t("cli.bots.try.evidence", details={"folder": out.absolute()}), soft_wrap=True, markup=False
    )
    return 3 if left else 0


def records_of(source: Path, target: str) -> list[Record]:
    """The records of a JSON file (one, or a list) or of JSON lines; work items' payloads too.

    Raises ``UsageError("not-records")``, without quoting what is in the file.
    """
    try:
        text = source.read_text(encoding="utf-8")
        if source.suffix == ".jsonl":
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = json.loads(text)
        items = found if isinstance(found, list) else [found]
        records = [Record.model_validate(_record(item, target)) for item in items]
    except (OSError, ValueError, AttributeError, TypeError):
        raise UsageError("not-records", path=source) from None
    if not records:
        raise UsageError("not-records", path=source)
    if other := next((record.target for record in records if record.target != target), None):
        raise UsageError("records-of-another", path=source, target=target, other=other)
    return records


def _record(item: dict[str, Any], target: str) -> dict[str, Any]:
    return {"target": target, "form": "", **item.get("payload", item)}


@contextmanager
def open_session(settings: Settings, target: str, url: str, *, headed: bool) -> Iterator[Session]:
    """A session on ``target`` at ``url`` (default: the settings').

    Raises ``UsageError``: ``target-without-address``, ``credentials-missing``, ``no-display``.
    """
    kind = bot_for(target)
    if not (address := url or settings.targets.get(target, "")):
        raise UsageError("target-without-address", target=target)
    if headed and not has_display():
        raise UsageError("no-display")
    who = credentials_for(target, 1, from_environment(), from_keyring, from_settings(settings))
    chromium = with_windows(settings.chromium) if headed else settings.chromium
    with Session(kind, address, who, chromium=chromium, headed=headed) as session:
        yield session


def has_display() -> bool:
    """Whether a window can be shown here."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def with_windows(chromium: Path) -> Path:
    """The browser that has windows, beside the one that has none."""
    return chromium.with_name(chromium.name.removesuffix("-headless-shell"))


@contextmanager
def steps_shown() -> Iterator[None]:
    """Print what is done on the screen, as it is done: labels only, never what is typed."""
    log = logging.getLogger("greffier.bots.steps")
    printer = _Printer()
    log.addHandler(printer)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(printer)
        log.setLevel(logging.NOTSET)


class _Printer(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        verb, _, label = record.getMessage().partition(" ")
        console.print(f"    {t(f'cli.bots.step.{verb}'):<10} [dim]{escape(label)}[/dim]")


def _enter(session: Session, record: Record, evidence: FolderEvidence, *, submit: bool) -> Outcome:
    if submit:
        ledger = MemoryLedger(lambda state: console.print(f"  {t(f'entry.{state}')}"))
        return enter(session, record, ledger.claim(ledger.plan()), ledger, evidence)
    camera = Camera(session, evidence)
    with suppress(BusinessError):  # a record that does not fit is told below, and never shown
        camera.own = Own.of(record, wanted(session.kind, record))
    outcome = _typed_only(session, record, camera)
    camera.wait()
    return outcome


def _typed_only(session: Session, record: Record, camera: Camera) -> Outcome:
    try:
        findings = examine(session, record)
    except GreffierError as error:
        camera.photograph("failure")
        field = error.details.get("field")
        why = Reason(code=error.code, field=str(field) if field else None)
        return Outcome(EntryState.WITH_PERSON, why)
    if findings.trouble:
        camera.write("screen-changed", "\n\n".join(map(str, findings.changes)))
        return Outcome(EntryState.WITH_PERSON, Reason(code=findings.trouble.code))
    camera.recognised = True  # or it would not have been typed in
    camera.photograph("filled")
    if findings.changes:
        camera.write("screen-changed", "\n\n".join(map(str, findings.changes)))
        if session.known:
            return Outcome(EntryState.WITH_PERSON, Reason(code="screen-changed"))
    if findings.differs:
        why = Reason(code="read-back-differs", field=findings.differs)
        return Outcome(EntryState.WITH_PERSON, why)
    return Outcome(EntryState.FILLED)


def show_outcome(outcome: Outcome) -> None:
    """One line: where the entry stands, its number or why not."""
    colour = "green" if outcome.reason is None else "yellow"
    told = [t(f"entry.{outcome.state}"), outcome.confirmation or ""]
    if outcome.reason:
        told.append(t(f"reason.{outcome.reason.code}"))
        told.append(f"({outcome.reason.field})" if outcome.reason.field else "")
    console.print(f"  [{colour}]{escape(' '.join(filter(None, told)))}[/{colour}]")
