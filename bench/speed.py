"""Pages a minute, against Tesseract and OCRmyPDF on the same pages: ``python -m bench.speed``.

Three programs read the same pages, in the same run, two processes each and one thread a process:

    ours        files through the reader, as a worker has it done: confined, models loaded once,
                pictures for the person who may be asked; fields, kinds and decisions come out
    tesseract   the command line, one call a page, on the page as the file holds it; text comes out
    ocrmypdf    ``-j2 --rotate-pages --deskew`` on the pages bound as one PDF; a text layer

OCRmyPDF is none of our dependencies. To measure it, put it anywhere and say where:

    python3 -m venv /tmp/ocrmypdf && /tmp/ocrmypdf/bin/pip install ocrmypdf
    python -m bench.speed --ocrmypdf /tmp/ocrmypdf/bin/ocrmypdf

Practice forms of invented people are printed for the run; of the filings in ``../shared/data/fara``
every page is read, of the documents that ``--seed`` draws. Speed is given by the clock, and by
processor time (as if two processors had nothing else to do), since the machine may be busy.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image

from bench import child
from bench.fara import DATA, truths
from bench.practice import ON_PAPER, ON_SCREEN, Way
from extractors.files import list_pages
from flows.reading import confinement
from forms.schema import FormPack
from sandbox.paper.answers import answers
from sandbox.paper.batch import find_pack
from sandbox.paper.fill import By
from sandbox.paper.people import Population
from sandbox.paper.press import Filled, Job, print_job

PROCESSES = 2
_ONE_THREAD = {**os.environ, "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}


class Kind(NamedTuple):
    """Files of one kind, in one language."""

    name: str
    language: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of processor time."""

    wall: float
    cpu: float

    def pages_a_minute(self, pages: int) -> tuple[float, float]:
        """By the clock, and as ``PROCESSES`` processors of one's own would."""
        return 60 * pages / self.wall, 60 * pages * PROCESSES / self.cpu


def practice(folder: Path, pack: FormPack, count: int, seed: int) -> list[Kind]:
    """``count`` forms in every way they may come in; typed, by hand, and filled on a screen."""

    def printed(way: Way, by: By, number: int) -> Path:
        rng = random.Random(f"{seed}/{way}/{by}/{number}")
        form = answers(pack, Population(pack, rng).person(), by, rng)
        job = Job(
            way.medium, (Filled(form, by, rng.randrange(2**31)),), way.level, rng.randrange(9)
        )
        path = folder / f"{by}-{way.medium}-{way.level}-{number}"
        path.write_bytes(print_job(job, pack, None))
        return path

    def kind(name: str, ways: Iterable[Way], by: By) -> Kind:
        files = tuple(printed(way, by, number) for number in range(count) for way in ways)
        return Kind(name, "fra", files)

    return [
        kind("practice, typed", ON_PAPER, "type"),
        kind("practice, by hand", ON_PAPER, "hand"),
        kind("practice, born digital", ON_SCREEN, "type"),
    ]


def filings(count: int, seed: int) -> list[Kind]:
    """``count`` filings of each kind, drawn from all of the data."""
    if not DATA.exists():
        print(f"no data in {DATA}: filings are not measured")
        return []
    rng = random.Random(seed)
    every = truths()
    found = []
    for form in sorted({truth.form for truth in every}):
        of_form = [DATA / truth.file for truth in every if truth.form == form]
        found.append(Kind(form, "eng", tuple(rng.sample(of_form, min(count, len(of_form))))))
    return found


def unbound(kind: Kind, folder: Path) -> list[Path]:
    """Every page of the files, as the file holds it, as a picture of its own."""
    pages: list[Path] = []
    for file in kind.files:
        for raw in list_pages(file):
            two_tones = not ((raw.image > 0) & (raw.image < 255)).any()
            picture = Image.fromarray(raw.image)
            path = folder / f"{len(pages):04d}.tif"
            (picture.convert("1") if two_tones else picture).save(
                path, dpi=raw.dpi, compression="group4" if two_tones else "tiff_lzw"
            )
            pages.append(path)
    return pages


def bound(pages: Sequence[Path], path: Path) -> Path:
    """The pages as one PDF, each at its own resolution."""
    with ExitStack() as opened:
        first, *rest = (opened.enter_context(Image.open(page)) for page in pages)
        first.save(path, "PDF", save_all=True, append_images=rest, dpi=first.info["dpi"])
    return path


def ours(files: Sequence[Path]) -> Spent:
    """Our reading of ``files``."""
    began = time.perf_counter()
    with ThreadPoolExecutor(PROCESSES) as pool:
        costs = list(pool.map(lambda file: confinement().run(child.read, file), files))
    return Spent(time.perf_counter() - began, sum(cost.seconds for cost in costs))


def tesseract(pages: Sequence[Path], language: str) -> Spent:
    """One call a page."""

    def call(page: Path) -> None:
        command = ["tesseract", str(page), "-", "-l", language]
        subprocess.run(command, env=_ONE_THREAD, check=True, capture_output=True)

    def all_of_them() -> None:
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(call, pages))

    return _spent(all_of_them)


def ocrmypdf(program: Path, document: Path, language: str) -> Spent:
    """One call for all pages; it spreads them over its own processes."""
    command = [str(program), f"-j{PROCESSES}", "--rotate-pages", "--deskew", "-l", language]
    command += [str(document), str(document.with_suffix(".out.pdf"))]
    environment = {**_ONE_THREAD, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    return _spent(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))


def _spent(work: Callable[[], object]) -> Spent:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - began, cpu)


class Table:
    """Prints a row a kind, and one for all of them."""

    def __init__(self, rivals: Sequence[str]) -> None:
        self.rivals = rivals
        self.sums: dict[str, Spent] = {}
        self.pages = 0
        heads = "".join(f"{'ours / ' + name:>26}" for name in rivals)
        print(f"{'pages a minute, two processes':<30}{'pages':>6}{'ours':>16}{heads}")
        print(f"{'':<36}{'clock  (cpu)':>16}" + f"{'clock   (cpu)':>26}" * len(rivals))

    def add(self, name: str, pages: int, spent: dict[str, Spent]) -> None:
        """One more kind."""
        self.row(name, pages, spent)
        self.pages += pages
        for who, cost in spent.items():
            so_far = self.sums.get(who, Spent(0.0, 0.0))
            self.sums[who] = Spent(so_far.wall + cost.wall, so_far.cpu + cost.cpu)

    def row(self, name: str, pages: int, spent: dict[str, Spent]) -> None:
        """What was spent on ``pages``, as speeds and ratios."""
        clock, cpu = spent["ours"].pages_a_minute(pages)
        cells = f"{f'{clock:.0f}  ({cpu:.0f})':>16}"
        for rival in self.rivals:
            by_clock = spent[rival].wall / spent["ours"].wall
            by_cpu = spent[rival].cpu / spent["ours"].cpu
            cells += f"{f'{by_clock:.2f}×  ({by_cpu:.2f}×)':>26}"
        print(f"{name:<30}{pages:6d}{cells}", flush=True)

    def close(self) -> None:
        """The last row."""
        self.row("all", self.pages, self.sums)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--sample", type=int, default=3, help="filings of each kind")
    options.add_argument("--count", type=int, default=1, help="practice forms in each way")
    options.add_argument("--seed", type=int, default=1867)
    options.add_argument("--pack", default="changement-adresse", help="id or folder")
    found = shutil.which("ocrmypdf")
    options.add_argument("--ocrmypdf", type=Path, default=Path(found) if found else None)
    given = options.parse_args()
    if not given.ocrmypdf:
        print("ocrmypdf is not on the path: not measured (how to install it: --help of this file)")
    table = Table(("tesseract", "ocrmypdf") if given.ocrmypdf else ("tesseract",))
    with TemporaryDirectory() as name, confinement():
        folder = Path(name)
        kinds = practice(folder, find_pack(given.pack), given.count, given.seed)
        kinds += filings(given.sample, given.seed)
        ours(kinds[0].files[:1])  # the reader starts and loads its models: once, not by the page
        for kind in kinds:
            with TemporaryDirectory(dir=folder) as loose:
                pages = unbound(kind, Path(loose))
                spent = {"ours": ours(kind.files), "tesseract": tesseract(pages, kind.language)}
                if given.ocrmypdf:
                    document = bound(pages, Path(loose) / "bound.pdf")
                    spent["ocrmypdf"] = ocrmypdf(given.ocrmypdf, document, kind.language)
            table.add(kind.name, len(pages), spent)
    table.close()


if __name__ == "__main__":
    main()
