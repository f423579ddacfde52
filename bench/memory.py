"""Memory of the reading processes over many documents: ``python -m bench.memory [--documents N]``.

Reads practice forms in every way they come in (and filings of ``../shared/data/fara``, where they
are), again and again, as a worker does: one after another, each in a child that is forked from a
helper with the models loaded. Prints, for every tenth of the run, in MiB:

    helper      what the helper has in memory: it must not grow
    child       the most a child had in memory, what it shares with the helper included
    own         the most a child had at its end that it shared with nobody

and ends with status 1 when a child went over ``--limit``, or the helper grew by more than a tenth.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from pathlib import Path

import psutil

from bench import child
from bench.fara import DATA, truths
from bench.speed import practice
from flows.reading import confinement
from sandbox.paper.batch import find_pack


def files(folder: Path, pack: str, filings: int, seed: int) -> list[Path]:
    """The documents, kinds mixed."""
    kinds = [list(kind.files) for kind in practice(folder, find_pack(pack), 1, seed)]
    if DATA.exists():
        kinds.append([DATA / truth.file for truth in truths()[:: 218 // max(filings, 1)]])
    mixed = itertools.zip_longest(*kinds)
    return [file for several in mixed for file in several if file]


def helper() -> int:
    """The process that children are forked from: the only child this process has."""
    (found,) = psutil.Process().children()
    return int(found.pid)


def measure(documents: list[Path], count: int) -> list[tuple[float, float, float]]:
    """Helper, child and own, for every tenth of ``count`` documents."""
    found = []
    turn = itertools.cycle(documents)
    confinement().run(child.read, documents[0])  # the helper starts
    for part in range(10):
        share = count * (part + 1) // 10 - count * part // 10
        costs = [confinement().run(child.read, file) for file in itertools.islice(turn, share)]
        row = (
            child.resident(helper()),
            max((cost.peak for cost in costs), default=0.0),
            max((cost.own for cost in costs), default=0.0),
        )
        found.append(row)
        print(f"{count * (part + 1) // 10:6d}" + "".join(f"{mib:10.0f}" for mib in row), flush=True)
    return found


def main() -> int:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--documents", type=int, default=60)
    options.add_argument("--filings", type=int, default=10, help="filings among those that repeat")
    options.add_argument("--limit", type=float, default=700, help="MiB of a child")
    options.add_argument("--seed", type=int, default=1867)
    options.add_argument("--pack", default="changement-adresse", help="id or folder")
    given = options.parse_args()
    print(f"{'read':>6}{'helper':>10}{'child':>10}{'own':>10}")
    with tempfile.TemporaryDirectory() as name, confinement():
        documents = files(Path(name), given.pack, given.filings, given.seed)
        rows = measure(documents, given.documents)
    most, first, last = max(row[1] for row in rows), rows[0][0], rows[-1][0]
    print(f"the largest child: {most:.0f} MiB; the helper grew by {last - first:+.1f} MiB")
    return int(most > given.limit or last > 1.1 * first)


if __name__ == "__main__":
    sys.exit(main())
