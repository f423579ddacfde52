"""How the command line shows things: one console for people, plain text for pipes."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from greffier.words import Decision

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

COLOURS = {Decision.ENTER: "green", Decision.REVIEW: "yellow", Decision.QUARANTINE: "red"}


def bar() -> Progress:
    """A progress bar for long work: what, how far, since when. On standard error, for pipes."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
    )
