"""The command: kill, resume, count, draw. ``make chaos`` runs it with its defaults.

The same ``--seed`` and ``--home`` go on where an interrupted run stopped. ``--draw`` only writes
the page from runs that are there already.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bench.chaos import report
from bench.chaos.campaign import Blow, Campaign, Kill, plan
from bench.chaos.faults import FAULTS, LONGEST, End, try_faults
from bench.chaos.world import Verdict, World
from desk.show import console
from sandbox.postgresql import postgresql
from sandbox.targets import TARGETS, TERMINALS


def main() -> int:
    ask = arguments()
    targets = ask.targets or sorted(TARGETS | TERMINALS)
    if ask.draw:
        return draw(ask.report, ask.draw, targets)
    seed = random.randrange(10**6) if ask.seed is None else ask.seed
    home = ask.home / f"{ask.database}-{seed}"
    home.mkdir(parents=True, exist_ok=True)
    console.print(f"seed {seed} · {ask.kills} kills · {ask.database} · {home}")
    with database(ask.database, home) as url, progress() as bar:
        verdict, never = kill(World(home, url, targets, seed), home, ask, bar)
        about = f"{ask.database}, seed {seed}"
        keep(home, about, verdict)
    ends = faults(home / "faults", ask, targets, seed) if ask.faults else []
    draw(ask.report, [home], targets)
    for line in verdict.told:
        console.print(line)
    for blow in never:
        console.print(f"never came about, given up: {blow}")
    return 0 if verdict.clean and not never and all(end.right for end in ends) else 1


def kill(
    world: World, home: Path, ask: argparse.Namespace, bar: Progress
) -> tuple[Verdict, list[Blow]]:
    """Strike, settle and count; and the blows that were given up."""
    with world:
        targets = list(world.targets)
        campaign = Campaign(world, plan(ask.kills, targets, world.seed), home / "kills.jsonl")
        killing = bar.add_task("kills", total=ask.kills, completed=len(campaign.kills))
        campaign.run(ask.lanes, lambda: bar.advance(killing))
        settling = bar.add_task("settling", total=len(targets))

        def settle(target: str) -> None:
            world.settle(target, LONGEST)
            bar.advance(settling)

        with ThreadPoolExecutor(ask.lanes) as lanes:
            list(lanes.map(settle, targets))
        return world.verdict(), campaign.never


def faults(home: Path, ask: argparse.Namespace, targets: list[str], seed: int) -> list[End]:
    """Every fault on every target, in a world of their own; those of an earlier part are kept."""
    home.mkdir(exist_ok=True)
    log = home / "ends.jsonl"
    known = read(log, End)
    tried = {(end.target, end.fault) for end in known}
    world = World(home, f"sqlite:///{home / 'greffier.db'}", targets, seed)
    with world, progress() as bar, ThreadPoolExecutor(ask.lanes) as lanes, log.open("a") as kept:
        task = bar.add_task("faults", total=len(FAULTS) * len(targets), completed=len(tried))

        def note(end: End) -> None:
            known.append(end)
            kept.write(json.dumps(asdict(end)) + "\n")
            kept.flush()
            bar.advance(task)

        list(lanes.map(lambda target: try_faults(world, target, tried, note), targets))
    return known


def keep(home: Path, about: str, verdict: Verdict) -> None:
    """Write the count beside the kills, for the page."""
    counted = vars(verdict) | {"about": about}
    (home / "verdict.json").write_text(json.dumps(counted, ensure_ascii=False, indent=1))


def draw(folder: Path, homes: list[Path], targets: list[str]) -> int:
    """Write the page of the runs in ``homes``, and say the last line of each."""
    runs, ends = [], []
    for home in homes:
        counted = json.loads((home / "verdict.json").read_text())
        about = counted.pop("about")
        run = report.Run(about, read(home / "kills.jsonl", Kill), Verdict.load(counted))
        console.print(run.summary())
        runs.append(run)
        if (home / "faults" / "ends.jsonl").exists():
            ends += read(home / "faults" / "ends.jsonl", End)
    console.print(str(report.write(folder, runs, ends, targets)))
    return 0


def read(log: Path, kind: Callable[..., object]) -> list:  # type: ignore[type-arg]
    """What an earlier part of the run has written down, if there was one."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [kind(**json.loads(line)) for line in lines]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    add = parser.add_argument
    add("--kills", type=int, default=714, help="34 a target are every row once")
    add("--targets", nargs="*", help="default: all, the terminal included")
    add("--seed", type=int, help="default: another each time; it is printed")
    add("--database", choices=("sqlite", "postgresql"), default="sqlite")
    add("--lanes", type=int, default=2, help="targets worked on at the same time")
    add("--faults", action=argparse.BooleanOptionalAction, default=True)
    add("--home", type=Path, default=Path("var/chaos"), help="where runs are kept")
    add("--report", type=Path, default=Path("var/chaos"), help="where the page goes")
    add("--draw", type=Path, nargs="+", metavar="RUN", help="only write the page of these runs")
    return parser.parse_args()


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    """The URL of the run's own database, its server running if it needs one."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'greffier.db'}"
        return
    with postgresql(home.absolute() / "postgresql") as url:
        yield url


def progress() -> Progress:
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


if __name__ == "__main__":
    sys.exit(main())
