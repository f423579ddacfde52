"""The command: kill, resume, count, draw. ``make chaos`` runs it with its defaults."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from bench.chaos.campaign import Campaign, plan
from bench.chaos.report import write_report
from bench.chaos.world import World
from bench.postgresql import postgresql
from bots.registry import all_bots
from desk.show import console


def main() -> int:
    ask = arguments()
    seed = random.randrange(10**6) if ask.seed is None else ask.seed
    home = ask.home / f"{ask.database}-{seed}"
    home.mkdir(parents=True, exist_ok=True)
    console.print(f"seed {seed} · {ask.kills} kills · {ask.database} · {home}")
    targets = ask.targets or sorted(all_bots())
    with database(ask.database, home) as url, World(home, url, targets, seed) as world:
        campaign = Campaign(world, plan(ask.kills, targets, seed), home / "kills.jsonl")
        with Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
        ) as bar:
            task = bar.add_task("kills", total=ask.kills, completed=len(campaign.kills))
            campaign.run(ask.lanes, lambda: bar.advance(task))
            settling = bar.add_task("settling", total=len(targets))
            for target in targets:
                world.settle(target, 600)
                bar.advance(settling)
        verdict = world.verdict()
        write_report(ask.report, campaign, verdict, seed, ask.database, targets)
    for line in verdict.told:
        console.print(line)
    console.print(
        f"{len(campaign.kills)} kills · {verdict.entries} entries · {verdict.confirmed} confirmed · "
        f"{verdict.with_person.total()} with a person · lost {verdict.lost} · "
        f"double {verdict.double} · wrong {verdict.wrong}"
    )
    return 0 if verdict.clean else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=612, help="204 are once everywhere, six targets"
    )
    parser.add_argument("--targets", nargs="*", help="default: all six")
    parser.add_argument("--seed", type=int, help="default: another each time; it is printed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--lanes", type=int, default=2, help="targets worked on at the same time")
    parser.add_argument("--home", type=Path, default=Path("var/chaos"), help="same seed: goes on")
    parser.add_argument(
        "--report", type=Path, default=Path("var/chaos"), help="where the table goes"
    )
    return parser.parse_args()


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{home / 'greffier.db'}"
        return
    with postgresql(home.absolute() / "postgresql") as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
