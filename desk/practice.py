"""``greffier sandbox``: print practice paper, serve the practice targets."""

from __future__ import annotations

from pathlib import Path

from desk.show import bar, console
from greffier.messages import text as t
from sandbox import serve
from sandbox.paper import print_batch


def print_paper(
    out: Path, seed: int, pack: str, degradation: str, glyphs: Path | None, documents: int
) -> None:
    """Print practice paper into ``out``: ``inbox/``, ``register.json``, ``truth.json``."""
    with bar() as progress:
        task = progress.add_task(t("cli.print.doing"), total=documents)
        print_batch(
            out,
            seed=seed,
            pack=pack,
            degradation=degradation,
            glyphs=glyphs,
            documents=documents,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(t("cli.print.done", details={"out": out}), markup=False)


def serve_targets(register: Path, state: Path, only: list[str] | None) -> None:
    """Serve the practice targets until Ctrl-C, their addresses printed."""
    serve.serve(register, state, targets=only)
