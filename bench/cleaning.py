"""What each step of cleaning is worth, and costs: ``python -m bench.cleaning [--sample N]``.

For every step, paper with the fault it is there for, and paper as it came, are read with all steps
and without this one. What counts is what a reader needs afterwards: of practice forms, the share of
the words the form prints that are read on the page; of filings (the half that rules were made on),
the form told and the registration number somewhere on the page. Forms go the way of pages nobody
knows: those with a blank are registered, which minds neither turning nor skew.

Steps at the fields of known forms (punch holes, the form's lines under writing, stamps over text)
are measured by what is read there: of filled practice forms, the share of the fields that would be
accepted, and how many of those are wrong, on paper with the fault and on paper as it came.

A step that gains nothing on the paper it is for has no place in ``extractors/pages.py``.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import cv2
import numpy as np

from bench.fara import DATA, truths
from bench.practice import Way
from extractors import fields, folds, intruders, pages, zones
from extractors.captioned import recognise
from extractors.files import RawPage, list_pages
from extractors.images import Grey
from extractors.register import Register
from extractors.text import page_text
from forms.decide import CAREFUL
from forms.schema import FormPack, load_packs
from forms.types import WARNINGS
from sandbox.paper.answers import answers
from sandbox.paper.batch import find_pack
from sandbox.paper.fill import By
from sandbox.paper.office import Handled
from sandbox.paper.people import Population
from sandbox.paper.press import Filled, Job, print_job

WAYS = (Way("group4", "light"), Way("fax-standard", "light"), Way("pdf-jpeg", "medium"))


class Sample(NamedTuple):
    """One page; ``found`` says what share of its text is found on it once it is cleaned."""

    raw: RawPage
    found: Callable[[pages.Page], float]


@dataclass(frozen=True)
class Step:
    """One step: the name of its function in ``pages``, what stands in for it, and its paper."""

    name: str
    function: str
    instead: Callable[..., object]
    fault: Callable[[RawPage, random.Random], RawPage]


def _changed(change: Callable[[Grey, random.Random], Grey]) -> Callable[..., RawPage]:
    def fault(raw: RawPage, rng: random.Random) -> RawPage:
        return RawPage(raw.number, change(raw.image.copy(), rng), raw.dpi)

    return fault


def _speckled(image: Grey, rng: random.Random) -> Grey:
    image[np.random.default_rng(rng.randrange(2**31)).random(image.shape) < 0.004] = 0
    return image


def _framed(image: Grey, rng: random.Random) -> Grey:
    height, width = image.shape
    image[:, : width // 30] = 0
    wedge = [(width, 0), (width, height), (width - width // rng.randrange(15, 30), 0)]
    cv2.fillPoly(image, [np.array(wedge)], 0)
    return image


def _turned(image: Grey, rng: random.Random) -> Grey:
    return np.ascontiguousarray(np.rot90(image, 2))


def _askew(image: Grey, rng: random.Random) -> Grey:
    return pages.rotate(image, rng.choice((-3.0, -2.0, 2.0, 3.0)))


def _lying(raw: RawPage, rng: random.Random) -> RawPage:
    """Every second line, as a standard fax has it, with the tags of a fine one."""
    width, height = 1728, round(1078 * raw.image.shape[0] / raw.image.shape[1] / (11 / 8.5))
    dots = np.asarray(cv2.resize(raw.image, (width, height), interpolation=cv2.INTER_AREA))
    return RawPage(raw.number, np.where(dots < 150, 0, 255).astype(np.uint8), (204.0, 196.0))


def _as_claimed(width: int, height: int, claimed: tuple[float, float] | None) -> object:
    return claimed or (300.0, 300.0)


STEPS = (
    Step("resolution and aspect", "true_resolution", _as_claimed, _lying),
    Step("speckle", "_without_specks", lambda image, dots: image, _changed(_speckled)),
    Step("borders", "_without_borders", lambda image: image, _changed(_framed)),
    Step("orientation", "orientation", lambda image: 0, _changed(_turned)),
    Step("deskew", "skew", lambda image: 0.0, _changed(_askew)),
)


def practice(pack: FormPack, count: int, seed: int) -> Iterator[Sample]:
    """Typed forms, first page; the words are those of the blank."""
    path = pack.blank_path(pack.revisions[0])
    if path is None:
        return
    printed = next(list_pages(path)).digital
    wanted = set(re.findall(r"\w{5,}", printed.text().lower())) if printed else set()

    def found(page: pages.Page) -> float:
        read = set(re.findall(r"\w{5,}", page_text(page, pack.language).text.lower()))
        return len(wanted & read) / max(len(wanted), 1)

    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            rng = random.Random(f"{seed}/{number}")
            form = Filled(answers(pack, Population(pack, rng).person(), "type", rng), "type", 1)
            way = WAYS[number % len(WAYS)]
            file = Path(folder) / "form"
            file.write_bytes(print_job(Job(way.medium, (form,), way.level, number), pack, None))
            yield Sample(next(list_pages(file)), found)


def filings(packs: dict[str, FormPack], count: int, seed: int) -> Iterator[Sample]:
    """First pages of the made-on half."""
    made_on = [truth for truth in truths() if not truth.held_out]
    for truth in random.Random(seed).sample(made_on, min(count, len(made_on))):

        def found(page: pages.Page, form: str = truth.form, number: str = truth.number) -> float:
            text = page_text(page, "eng")
            told = recognise(text.words, packs)
            return ((told is not None and told.form == form) + (number in text.text)) / 2

        yield Sample(next(list_pages(DATA / truth.file)), found)


def score(sample: Sample, raw: RawPage, without: Step | None) -> tuple[float, float]:
    """What is found, and the seconds of processor time cleaning took."""
    with ExitStack() as stack:
        if without:
            stack.enter_context(patch.object(pages, without.function, without.instead))
        began = time.process_time()
        page = pages.straight(pages.turned(pages.clean(raw)))
        seconds = time.process_time() - began
        return sample.found(page), seconds


def report(name: str, samples: list[Sample], seed: int) -> None:
    """One row a step."""
    print(f"{name}: {len(samples)} pages")
    print(f"{'':26}{'paper with this fault':>24}{'paper as it came':>24}{'costs':>10}")
    print(f"{'':26}{'with':>12}{'without':>12}{'with':>12}{'without':>12}{'ms':>10}")
    plain = [score(sample, sample.raw, None) for sample in samples]
    for step in STEPS:
        rng = random.Random(seed)
        faulty = [step.fault(sample.raw, rng) for sample in samples]
        pairs = list(zip(samples, faulty, strict=True))
        cells = [
            [score(sample, raw, None) for sample, raw in pairs],
            [score(sample, raw, step) for sample, raw in pairs],
            plain,
            [score(sample, sample.raw, step) for sample in samples],
        ]
        shares = "".join(f"{np.mean([found for found, _ in cell]):12.1%}" for cell in cells)
        cost = 1000 * np.mean(
            [with_ - without for (_, with_), (_, without) in zip(cells[2], cells[3], strict=True)]
        )
        print(f"{step.name:<26}{shares}{cost:10.0f}", flush=True)


class FieldStep(NamedTuple):
    """One step at the fields: where its function is, what stands in for it, and its paper: what was
    done to it in an office, or the ways it came that do the same."""

    name: str
    where: object
    function: str
    instead: Callable[..., object]
    handled: Callable[[FormPack, random.Random], Handled | None]
    ways: tuple[Way, ...] = WAYS


def _holes(pack: FormPack, rng: random.Random) -> Handled:
    return Handled(
        seed=rng.randrange(2**31),
        holes=rng.choice(("left-2", "left-3", "left-4", "top-2")),
        lid=rng.choice((5, 60, 120)),
        inward=rng.uniform(0, 6),
        along=rng.uniform(-15, 15),
    )


def _stamps(pack: FormPack, rng: random.Random) -> Handled:
    lines = [spec.name for spec in pack.fields if spec.layout in ("comb", "line")]
    lines = [name for name in lines if pack.revisions[-1].zones[name].page == 1]
    across = tuple(rng.sample(lines, rng.choice((1, 2))))
    return Handled(rng.randrange(2**31), stamped=across, ink=rng.choice((20, 60, 110)))


def _untouched(pack: FormPack, rng: random.Random) -> None:
    del pack, rng


FIELD_STEPS = (
    FieldStep(
        "stamps over text",
        fields,
        "foreign",
        lambda page: intruders.Foreign(np.zeros((1, 1), np.uint8)),
        _stamps,
    ),
    FieldStep("punch holes", pages, "punched", lambda image: (), _holes),
    FieldStep(
        "form lines under writing",
        zones,
        "_unprinted",
        lambda image, blank: zones.darkness(image),
        _untouched,
    ),
    FieldStep(
        "folds",
        folds,
        "flattened",
        lambda page, *_: page,
        _untouched,
        (Way("pdf-jpeg", "heavy"),),
    ),
    FieldStep(
        "rows a fax lost",
        pages,
        "mended",
        lambda image: image,
        _untouched,
        (Way("fax-standard", "medium"), Way("fax-fine", "medium")),
    ),
)


@dataclass
class Fields:
    """Fields, of those accepted, of those wrong; and seconds of processor time."""

    all: int = 0
    accepted: int = 0
    wrong: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        right = 1 - self.wrong / max(self.accepted, 1)
        return f"{self.accepted / max(self.all, 1):9.1%}{right:9.2%}{self.wrong:6d}"


def read(path: Path, truth: dict[str, str], reading: Reading, tally: Fields) -> None:
    """Read the form in the file and count its fields."""
    began = time.process_time()
    cleaned = [pages.clean(raw) for raw in list_pages(path)]
    found = [at for page in cleaned if (at := reading.register.find(page))]
    read = fields.read_fields(found, reading.pack)
    tally.seconds += time.process_time() - began
    tally.all += sum(1 for spec in reading.pack.fields)
    for seen in read:
        doubts = set(seen.problems) - WARNINGS
        if seen.value is None or doubts or seen.confidence < CAREFUL.needed(seen):
            continue
        tally.accepted += 1
        tally.wrong += seen.value != truth.get(seen.name, "")


class Reading(NamedTuple):
    """The pack that is read, and its blanks."""

    pack: FormPack
    register: Register


def report_fields(pack: FormPack, count: int, seed: int) -> None:
    """One row a step and a kind of paper; ``count`` documents each, in all ways, typed and by
    hand."""
    reading = Reading(pack, Register([pack]))
    print(f"fields of practice forms: {count} documents a row and column")
    print(f"{'':40}{'with: accepted, right, wrong':>30}{'without':>26}{'costs':>9} ms a document")
    for kind in ("with the fault", "as it came"):
        for step in FIELD_STEPS:
            on, off = Fields(), Fields()
            for number in range(count):
                rng = random.Random(f"{seed}/{step.name}/{number}")
                faulty = kind == "with the fault"
                ways = step.ways if faulty else WAYS
                by: By = ("type", "hand")[number // len(ways) % 2]
                truth = answers(pack, Population(pack, rng).person(), by, rng)
                handled = step.handled(pack, rng)
                if not faulty and handled is None and step.ways is WAYS:
                    continue  # every form has lines
                form = Filled(truth, by, number, None, handled if faulty else None)
                way = ways[number % len(ways)]
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "form"
                    path.write_bytes(
                        print_job(Job(way.medium, (form,), way.level, number), pack, None)
                    )
                    read(path, truth, reading, on)
                    with patch.object(step.where, step.function, step.instead):
                        read(path, truth, reading, off)
            if on.all:
                cost = 1000 * (on.seconds - off.seconds) / count
                print(f"{step.name + ', ' + kind:<40}  {on}      {off}{cost:9.0f}", flush=True)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--sample", type=int, default=6, help="pages of each kind")
    options.add_argument("--seed", type=int, default=1608)
    options.add_argument("--pack", default="changement-adresse", help="id or folder; with a blank")
    options.add_argument("--only", choices=("pages", "fields"), help="one half of the tables")
    given = options.parse_args()
    if given.only != "pages":
        report_fields(find_pack(given.pack), given.sample, given.seed)
    if given.only == "fields":
        return
    report(
        "practice forms, typed",
        list(practice(find_pack(given.pack), given.sample, given.seed)),
        given.seed,
    )
    if DATA.exists():
        report("filings", list(filings(load_packs(), given.sample, given.seed)), given.seed)
    else:
        print(f"no data in {DATA}: filings are not measured")


if __name__ == "__main__":
    main()
