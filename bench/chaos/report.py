"""The table of a run, boundary by target, as Markdown and as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.chaos.campaign import Kill, rows
from bench.chaos.faults import FAULTS, End
from bench.chaos.world import Verdict

mpl.use("Agg")

#: What the rows say to a reader, by the row's own name where that is not enough.
TOLD = {
    "click/before": "before the click",
    "click/after": "just after the click",
    "expired/before": "reconciler: before *lease taken back*",
    "expired/after": "reconciler: after *lease taken back*",
    "taken/before": "reconciler: before *taken*",
    "taken/after": "reconciler: after *taken*",
    "found/before": "reconciler: before *found*",
    "found/after": "reconciler: after *found*",
    "absent/before": "reconciler: before *absent*",
    "absent/after": "reconciler: after *absent*",
    "any moment": "worker, any moment",
    "browser": "browser killed",
    "target": "target killed",
}


class Run:
    """One run's kills and count. ``about`` names its seed, database and machine."""

    def __init__(self, about: str, kills: Sequence[Kill], verdict: Verdict) -> None:
        self.about = about
        self.kills = kills
        self.verdict = verdict

    def summary(self) -> str:
        """The count in one line of a Markdown table."""
        v = self.verdict
        people = ", ".join(f"{reason}: {n}" for reason, n in v.with_person.most_common())
        with_person = f"{v.with_person.total()} ({people})" if people else "0"
        return (
            f"| {self.about} | {len(self.kills)} | {v.entries} | {v.confirmed} | {with_person} "
            f"| {v.lost} | {v.double} | {v.wrong} | {v.unasked} |"
        )


def told(row: str) -> str:
    """The row in words: ``filled/before`` is *before* the ledger's commit of *filled*."""
    boundary, _, moment = row.partition("/")
    return TOLD.get(row, f"{moment} *{boundary}*")


def table(kills: Sequence[Kill], targets: Sequence[str]) -> str:
    """How many kills there were, row by target, in Markdown."""
    cells = Counter((kill.row, kill.target) for kill in kills)
    lines = [_line("worker killed", *targets, "all"), _line("---", *["--:"] * (len(targets) + 1))]
    for row in rows():
        numbers = [cells[row, target] for target in targets]
        lines.append(_line(told(row), *map(str, numbers), str(sum(numbers))))
    sums = [sum(cells[row, target] for row in rows()) for target in targets]
    return "\n".join([*lines, _line("**all**", *map(str, sums), str(sum(sums)))])


def moments(kills: Sequence[Kill]) -> str:
    """Where the entries stood that were hit at no chosen moment, in one line."""
    stood = Counter(kill.state or "between two entries" for kill in kills if "/" not in kill.row)
    return ", ".join(f"{state} {number}" for state, number in stood.most_common())


def fault_table(ends: Sequence[End], targets: Sequence[str]) -> str:
    """How each entry ended, fault by target, in Markdown."""
    found = {(end.fault, end.target): end for end in ends}
    lines = [_line("the target", *targets), _line("---", *["---"] * len(targets))]
    for fault in FAULTS:
        cells = [_end(found.get((fault.name, target))) for target in targets]
        lines.append(_line(fault.name, *cells))
    return "\n".join(lines)


def _end(end: End | None) -> str:
    if end is None:
        return "*not tried*"
    how = f"{end.state}: {end.reason}" if end.reason else end.state
    return f"{how}, saved {end.rows}×" + ("" if end.right else " **WRONG**")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def draw(kills: Sequence[Kill], targets: Sequence[str], title: str, path: Path) -> None:
    """The table as a picture: darker where more was killed. Written to ``path`` as PNG."""
    cells = Counter((kill.row, kill.target) for kill in kills)
    names = rows()
    numbers = [[cells[row, target] for target in targets] for row in names]
    figure = Figure(figsize=(9, 9.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(numbers, aspect="auto", cmap="Greens", vmax=2 * max(map(max, numbers), default=1))
    axes.set_xticks(range(len(targets)), targets, rotation=20, ha="left")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(names)), [told(row).replace("*", "") for row in names])
    for y, line in enumerate(numbers):
        for x, number in enumerate(line):
            axes.text(x, y, str(number), ha="center", va="center", fontsize=9)
    axes.set_title(title, fontsize=11, loc="left", pad=14)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def write(folder: Path, runs: Sequence[Run], ends: Sequence[End], targets: Sequence[str]) -> Path:
    """``chaos.md`` and ``pictures/chaos.png`` in ``folder``; the first's path."""
    kills = [kill for run in runs for kill in run.kills]
    lost, double, wrong = (
        sum(getattr(run.verdict, name) for run in runs) for name in ("lost", "double", "wrong")
    )
    count = f"{len(kills)} kills: {lost} lost, {double} double, {wrong} wrong"
    draw(kills, targets, count, folder / "pictures" / "chaos.png")
    faults = fault_table(ends, targets)
    page = TEMPLATE.format(
        day=date.today().isoformat(),
        runs="\n".join(run.summary() for run in runs),
        count=count,
        table=table(kills, targets),
        moments=moments(kills) or "none",
        faults=faults,
        untried=UNTRIED if "*not tried*" in faults else "",
    )
    path = folder / "chaos.md"
    path.write_text(page, encoding="utf-8")
    return path


UNTRIED = "\n*Not tried*: the run was ended before it came to it.\n"
TEMPLATE = """# Killed {day}

*Written by `python -m bench.chaos`; run it again with `make chaos`.*

Worker processes enter invented moves on the practice targets, with the real bots in the real
browser and on the real ledger. They are killed with SIGKILL, as are browsers and targets; a new
worker settles what the dead one left and goes on. In the end every target's **own** database is
counted against what was asked of it.

| run | kills | entries | confirmed | with a person | lost | double | wrong | unasked |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
{runs}

*Lost*: confirmed in the ledger, and not in the target. *Double*: there more than once. *Wrong*: a
field that is not what was asked. *Unasked*: a row under a key that was never planned. An entry
without an end fails the run. *With a person*: an entry on which three workers that lived met a
screen that misbehaved.

![{count}](pictures/chaos.png)

## Where the kills fell

*Before* a state is inside its transaction, just before the commit; *after* is just after it.
*Click* is each press of the bot's `submit`. The reconciler's boundaries need an entry that waits
for one, so that some workers were killed only to leave one: those kills are counted where they
fell.

{table}

Entries hit at a moment nobody chose (the last three rows) stood at: {moments}.

## What a target may do to a save

One entry for each fault and target, and where it ended. A target that saves twice on one click
cannot be kept from it: the entry goes to a person, who is told so.

{faults}
{untried}
Seconds were shortened, their order kept: leases of 30 s, screens waited for 6 s, a save counted as
possibly still on its way for 5 s after its worker's death (11 s in the second table). The minute of
the late saves is a real one, and the office was told of it (`GREFFIER_VISIBILITY_DELAYS`): a delay
that is set too short cannot be guarded against.
"""
