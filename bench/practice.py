"""How practice forms come through, from paper to decision: ``python -m bench.practice --help``.

Prints forms of invented people, typed and by hand, in every degradation; reads and decides them as
a batch would; reports, together, what was right among the accepted fields, what share of the
documents went straight through, and pages a minute.

``--keep FILE`` writes one verified document a line, as ``greffier calibrate`` takes them, so that
one seed can teach and another measure. Seeds of unlike parity share no handwritten digit; no digit
and no hand font here is one the reader was trained on.

``--register`` gives the reader a register of postal codes and municipalities, a province's worth.
What is spelt as the register has it is right then, whatever accents the paper has.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import string
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from bench.hand import DIGITS, HELD_OUT_HANDS, TRAINED_ON
from desk.read import as_object
from extractors.hand_train.glyphs import load_digits
from flows.reading import FileReader
from forms import rules
from forms.decide import Thresholds, decide
from forms.learn import upper_bound
from forms.lookups import SPELT
from forms.names import differ_in_spelling
from forms.schema import FormPack
from forms.types import POSTAL_LETTERS
from greffier.words import Decision, Reading
from sandbox.paper import pens
from sandbox.paper.answers import answers
from sandbox.paper.batch import find_pack
from sandbox.paper.fill import By
from sandbox.paper.names import PLACES, SURNAMES
from sandbox.paper.pens import Glyphs
from sandbox.paper.people import Population
from sandbox.paper.press import Filled, Job, Medium, print_job


class Way(NamedTuple):
    """How a form comes in."""

    medium: Medium
    level: str

    def __str__(self) -> str:
        return f"{self.medium}, {self.level}"


ON_PAPER = (
    Way("pdf-lossless", "none"),
    Way("pdf-jpeg", "light"),
    Way("tiff-grey", "medium"),
    Way("pdf-jpeg", "heavy"),
    Way("group4", "light"),
    Way("group4", "medium"),
    Way("fax-fine", "light"),
    Way("fax-fine", "medium"),
    Way("fax-standard", "light"),
    Way("fax-standard", "medium"),
)
ON_SCREEN = (Way("acroform", "none"), Way("flattened", "none"))

#: One verified document, as a line of JSON holds it.
Line = dict[str, Any]


def cells() -> Iterator[tuple[Way, By]]:
    """Every way a form is filled and comes in."""
    yield from ((way, "type") for way in ON_SCREEN)
    for by in ("type", "hand"):
        yield from ((way, by) for way in ON_PAPER)


def write_register(folder: Path) -> None:
    """Every postal code of the places people live in here, and 200 of every other area's."""
    rng = random.Random(20261201)
    known = {area: place for place, area, _ in PLACES}
    with (folder / "municipalities.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("municipality", "postal_code"))
        for area in map("".join, product("GHJ", string.digits, POSTAL_LETTERS)):
            ends = ["".join(end) for end in product(string.digits, POSTAL_LETTERS, string.digits)]
            stranger = f"{rng.choice(('Saint', 'Sainte', 'Lac'))}-{rng.choice(SURNAMES)}"
            for end in ends if area in known else rng.sample(ends, 200):
                rows.writerow((known.get(area, stranger), f"{area} {end}"))


def read_all(
    pack: FormPack, count: int, seed: int, glyphs: Glyphs | None, lookups: Path | None = None
) -> Iterator[Line]:
    """Print and read ``count`` forms a cell, one line each."""
    pens.HAND_FONTS = HELD_OUT_HANDS
    reader = FileReader({pack.id: pack}, most_pages=100, lookups=lookups)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form"
        for number in range(count):
            for way, by in cells():
                rng = random.Random(f"{seed}/{pack.id}/{way}/{by}/{number}")
                form = answers(pack, Population(pack, rng).person(), by, rng)
                paper = Filled(form, by, rng.randrange(2**31))
                job = Job(way.medium, (paper,), way.level, rng.randrange(2**31))
                path.write_bytes(print_job(job, pack, glyphs))
                began = time.perf_counter()
                found = reader.read(path)
                seconds = time.perf_counter() - began
                for document in found[:1] if len(found) == 1 else []:
                    about = {"way": str(way), "by": by, "seconds": round(seconds, 2)}
                    yield {**about, "truth": form, **as_object(document)}
                if len(found) != 1:
                    print(f"{way}, {by}: {len(found)} documents found for one", flush=True)


@dataclass
class Tally:
    """What became of the documents of one row."""

    documents: int = 0
    through: int = 0
    spoilt: int = 0
    pages: int = 0
    seconds: float = 0.0
    fields: int = 0
    accepted: int = 0
    wrong: int = 0

    def add(self, line: Line, pack: FormPack) -> None:
        readings = [_reading(name, field) for name, field in line["fields"].items()]
        truth = line["truth"]
        limits = Thresholds.of(pack)
        values = {r.name: r.value for r in readings if r.value is not None}
        proven = rules.check(pack, values).confirmed
        accepted = [
            r
            for r in readings
            if r.value is not None and r.confidence >= limits.needed(r, proven=r.name in proven)
        ]
        wrong = sum(not _is_right(r, truth.get(r.name, "")) for r in accepted)
        through = bool(line["form"]) and decide(pack, readings)[0] is Decision.ENTER
        self.documents += 1
        self.through += through
        self.spoilt += through and bool(wrong)
        self.pages += len(line["pages"])
        self.seconds += line["seconds"]
        self.fields += len(readings)
        self.accepted += len(accepted)
        self.wrong += wrong

    def row(self, name: str) -> str:
        right = 1 - self.wrong / max(self.accepted, 1)
        least = 1 - upper_bound(self.wrong, self.accepted)
        share = self.accepted / max(self.fields, 1)
        return (
            f"{name:<34} {right:8.2%} {least:8.2%} {self.wrong:6d} {share:9.1%}"
            f" {self.through / max(self.documents, 1):9.1%} {self.spoilt:7d} {self.documents:5d}"
            f" {60 * self.pages / max(self.seconds, 1e-9):8.1f}"
        )


def _is_right(reading: Reading, truth: str) -> bool:
    value = reading.value or ""
    spelt = SPELT in reading.problems and differ_in_spelling(value, truth)
    return spelt or value == truth


def _reading(name: str, field: dict[str, Any]) -> Reading:
    return Reading.model_validate({"name": name, **field})


def report(lines: Iterable[Line], pack: FormPack) -> None:
    """One row a cell, one a pen, one for all."""
    print("right, wrong, accepted: fields (at least: with 95 % certainty); through: documents;")
    print("spoilt: documents through with a wrong field; pages/m: one process, shared machine")
    tallies: dict[str, Tally] = {f"{by}: {way}": Tally() for way, by in cells()}
    sums = {"typed": Tally(), "hand-printed": Tally(), "all": Tally()}
    for line in lines:
        tallies[f"{line['by']}: {line['way']}"].add(line, pack)
        sums["typed" if line["by"] == "type" else "hand-printed"].add(line, pack)
        sums["all"].add(line, pack)
    headings = (
        ("right", 8),
        ("at least", 8),
        ("wrong", 6),
        ("accepted", 9),
        ("through", 9),
        ("spoilt", 7),
    )
    headings += ("docs", 5), ("pages/m", 8)
    print(" " * 34, *(f"{heading:>{width}}" for heading, width in headings))
    for name, tally in (tallies | sums).items():
        print(tally.row(name))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--count", type=int, default=4, help="documents a row")
    options.add_argument("--seed", type=int, default=4711)
    options.add_argument("--pack", default="changement-adresse", help="id or folder")
    options.add_argument("--digits", type=Path, default=DIGITS, help="npz: images, labels")
    options.add_argument("--keep", type=Path, help="where to write the verified documents (JSONL)")
    options.add_argument("--again", type=Path, help="report on kept documents; nothing is read")
    options.add_argument("--register", action="store_true", help="of postal codes, for the reader")
    given = options.parse_args()
    pack = find_pack(given.pack)
    if given.again:
        report(map(json.loads, given.again.read_text("utf-8").splitlines()), pack)
        return
    glyphs = None
    if given.digits.exists():
        images, labels = load_digits(given.digits, TRAINED_ON, held_out=True)
        ours = slice(given.seed % 2, None, 2)
        images, labels = images[ours], labels[ours]
        glyphs = Glyphs({str(digit): images[labels == digit] for digit in range(10)})
    else:
        print(f"{given.digits} is not there: digits are written in hand fonts")
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        lookups = Path(folder) if given.register else None
        if lookups:
            write_register(lookups)
        for line in read_all(pack, given.count, given.seed, glyphs, lookups):
            kept.append(line)
            if given.keep:
                with given.keep.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
    report(kept, pack)


if __name__ == "__main__":
    main()
