"""``greffier submit``: a batch in, a receipt out, and the work asked for."""

from __future__ import annotations

import time
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from desk.read import files_in
from desk.show import bar, console
from flows.office import Office
from flows.receive import Receipt, open_batch, receive
from flows.report import counts
from flows.resume import run_state, start_now
from greffier.messages import text as t
from greffier.settings import Settings

#: Seconds between two looks at a batch that is being waited for.
LOOK = 1.0


def submit_files(
    paths: list[Path], settings: Settings, ministry: str, *, wait: bool, take: bool
) -> int:
    """Receive ``paths`` as one batch, print its receipt, start its run; the exit code."""
    office = Office.open(settings)
    office.archive.ensure_bucket()
    files = files_in(paths)
    batch_id = open_batch(office, ministry)
    receipt = receive_with_bar(office, batch_id, files, take=take)
    show_receipt(receipt)
    run = start_now(batch_id)
    if not wait:
        console.print(t("cli.submit.started", details={"batch": batch_id}))
        return 0
    figures = follow(office, batch_id, str(run.id))
    console.print(summary_line(figures))
    return 3 if figures["outstanding"] else 0


def receive_with_bar(office: Office, batch_id: str, files: list[Path], *, take: bool) -> Receipt:
    """Receive ``files``, with a progress bar."""
    with bar() as progress:
        task = progress.add_task(t("cli.submit.receiving"), total=len(files))
        return receive(office, batch_id, files, take=take, progress=lambda: progress.advance(task))


def show_receipt(receipt: Receipt) -> None:
    """Print the receipt: batch, and each file's id, size and SHA-256."""
    table = Table(
        title=t(
            "cli.receipt",
            details={
                "batch": receipt.batch,
                "ministry": receipt.ministry,
                "at": f"{receipt.received_at.astimezone():%Y-%m-%d %H:%M:%S %Z}",
            },
        ),
        title_justify="left",
    )
    for heading in ("file", "name", "size", "sha256"):
        table.add_column(t(f"cli.receipt.{heading}"), overflow="fold")
    for file in receipt.files:
        table.add_row(file.file, escape(file.name), f"{file.size:,}".replace(",", " "), file.sha256)
    console.print(table)
    console.print(t("cli.batch.id", details={"batch": receipt.batch}))


def follow(office: Office, batch_id: str, run_id: str) -> dict[str, int]:
    """Show a batch at work until its run ends; its figures then."""
    with bar() as progress:
        reading = progress.add_task(t("flow.reading"), total=None)
        entering = progress.add_task(t("flow.entering"), total=None)
        while True:
            ended = run_state(run_id).is_final()
            figures = counts(office.sessions, batch_id)
            progress.update(
                reading,
                completed=figures["files"] - figures["unread"],
                total=figures["files"] or None,
            )
            progress.update(
                entering,
                completed=figures["entries"] - figures["moving"],
                total=figures["entries"] or None,
            )
            if ended:
                return figures
            time.sleep(LOOK)


def summary_line(figures: dict[str, int]) -> str:
    """The figures of a batch in one line."""
    return t("report.line", details=figures)
