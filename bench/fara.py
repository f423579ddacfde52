"""Real filed forms, read by their captions: ``python -m bench.fara [--half …]``.

Reads every document of ``../shared/data/fara`` (218 filings of 1941 to 2011, see
the README there), as filed and faxed again at 204×98 dpi with noise, skew and lost lines, without
and with a register; where asked (``--way``) those that rules were made on worse treated, too. The
register holds all registrants of the data and a stranger for nearly every other number up to 7,500.
Prints, apart for the half that rules were made on and the held-out half:

    docs           documents
    form           share whose form is right
    number         share whose registration number is right, of all documents, without a register
    straight       share that would go straight through; wrong: of those, share with a wrong
                   number, or with a name that is none of the registrant's
    register       the same, with the register
    one            share of files that are told to be one document, as they are
    name           share of short forms whose filer's name is right
    dated, right   share that a received stamp was read on, and of these, share right (where the
                   truth is the first of a month, as for 93 of the 158 made on: the month)
    s/page         seconds of processor time, over all pages

The halves are split by registrant: a document is held out when the first byte of the SHA-256 of
its registration number is odd. Nobody looked at the pages of the held-out half, nor at readings of
them one by one.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import cv2
import numpy as np
from PIL import Image

from extractors.files import RawPage, list_pages
from extractors.images import Grey
from flows.reading import FileReader
from forms.decide import decide
from forms.lookups import consult
from forms.names import Names
from forms.schema import load_packs
from greffier.words import Decision, Reading
from sandbox.paper import degrade

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "fara"
FORMS = {
    "Amendment": "fara-amendment",
    "Dissemination Report": "fara-dissemination-report",
    "Short-Form": "fara-short-form",
}
WAYS = ("as filed", "re-faxed 204x98")
#: What else may be done to paper of the half that rules were made on: what is on the margin?
WORN = (
    "askew",
    "upside down",
    "150 dpi",
    "thick",
    "thin",
    "faded",
    "blackened",
    "scaled",
    "cut",
    "bad fax",
)
#: Names as alike as this are of one registrant: forms show older and fuller ones than the registry.
ONE_BODY = 0.4
#: Names of people: a middle name or a title may be missing.
_ONE_PERSON = 0.6


class Truth(NamedTuple):
    """What is known of a document."""

    file: str
    form: str
    number: str
    registrant: str
    name: str
    stamped: str

    @property
    def held_out(self) -> bool:
        return hashlib.sha256(self.number.encode()).digest()[0] % 2 == 1


class Bench(NamedTuple):
    """The folder of the register, and the names in it, to compare readings with."""

    register: Path
    names: Names


@dataclass
class Tally:
    """Counts over the documents of one half, in one way."""

    counts: Counter[str]
    seconds: float = 0.0

    def row(self, name: str) -> str:
        c = self.counts
        docs = max(c["docs"], 1)

        def wrong(of: str) -> str:
            return f"{c[of + ' wrong'] / max(c[of], 1):7.1%}"

        return (
            f"{name:<30}{c['docs']:5d} {c['form'] / docs:7.1%} {c['number'] / docs:7.1%}"
            f" {c['straight'] / docs:9.1%} {wrong('straight')} {c['register'] / docs:9.1%}"
            f" {wrong('register')} {c['whole'] / docs:7.1%}"
            f" {c['name'] / max(c['names'], 1):7.1%}"
            f" {c['stamped'] / docs:7.1%} {c['stamped right'] / max(c['stamped'], 1):7.1%}"
            f" {self.seconds / max(c['pages'], 1):7.2f}"
        )


HEADING = (
    f"{'':30}{'docs':>5} {'form':>7} {'number':>7} {'straight':>9} {'wrong':>7}"
    f" {'register':>9} {'wrong':>7} {'one':>7} {'name':>7} {'dated':>7} {'right':>7} {'s/page':>7}"
)


def truths() -> list[Truth]:
    """The documents, in the order of the files."""
    with (DATA / "truth.csv").open(encoding="utf-8") as file:
        return [
            Truth(
                r["file"],
                FORMS[r["form"]],
                r["registration_number"],
                r["registrant"],
                r["short_form_name"],
                r["date_stamped"],
            )
            for r in csv.DictReader(file)
        ]


def faxed_again(raw: RawPage, seed: int) -> RawPage:
    """The page as a standard fax of it arrives."""
    return _faxed(raw, "light", seed)


def _faxed(raw: RawPage, level: degrade.LevelName, seed: int) -> RawPage:
    sent = degrade.scanned(_paper(raw), level, seed)
    dots = degrade.faxed(sent, level, seed, fine=False, header="2026-11-23 09:00  P. 1/1")
    return RawPage(raw.number, dots, (204.0, 98.0))


def _paper(raw: RawPage) -> Grey:
    """The page at 300 dpi."""
    across, down = raw.dpi or (300.0, 300.0)
    width, height = raw.image.shape[::-1]
    size = (round(width * 300 / across), round(height * 300 / down))
    return np.asarray(cv2.resize(raw.image, size, interpolation=cv2.INTER_AREA), np.uint8)


def worn(raw: RawPage, how: str, seed: int) -> RawPage:
    """The page in black and white after what ``how`` of ``WORN`` does to it."""
    if how == "bad fax":
        return _faxed(raw, "medium", seed)
    rng = random.Random(f"{how} {seed}")
    side = rng.choice((-1, 1))
    angle = {"askew": rng.uniform(1.5, 3.2), "upside down": 180.0}.get(how, rng.uniform(0.2, 0.5))
    scale = 1 + side * 0.05 if how == "scaled" else 1.0
    paper = _paper(raw)
    height, width = paper.shape
    lain = cv2.getRotationMatrix2D((width / 2, height / 2), side * angle, scale)
    page = cv2.warpAffine(paper, lain, (width, height), borderValue=255)
    ink, dpi = 150, 300.0
    if how == "thick":
        page = cv2.erode(page, np.ones((3, 3), np.uint8))
    elif how == "thin":
        page = cv2.dilate(page, np.ones((2, 2), np.uint8))
    elif how in ("faded", "blackened"):
        page = cv2.GaussianBlur(page, (0, 0), 1.5)
        ink = rng.randrange(85, 105) if how == "faded" else rng.randrange(205, 222)
    elif how == "150 dpi":
        dpi = 150.0
        page = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    elif how == "cut":
        top, left, bottom, right = (rng.randrange(75) for _ in range(4))
        page = page[top : height - bottom, left : width - right]
    return RawPage(raw.number, np.where(page < ink, 0, 255).astype(np.uint8), (dpi, dpi))


def as_sent(truth: Truth, way: str, folder: Path) -> Path:
    """The document's file, as filed, faxed again or worn page by page."""
    path = DATA / truth.file
    if way == WAYS[0]:
        return path
    seed = int(truth.file[5:9])
    pages = [
        worn(raw, way, seed) if way in WORN else faxed_again(raw, seed) for raw in list_pages(path)
    ]
    dpi = pages[0].dpi
    first, *rest = (Image.fromarray(page.image).convert("1") for page in pages)
    sent = folder / truth.file
    first.save(sent, save_all=True, append_images=rest, compression="group4", dpi=dpi)
    return sent


def write_register(folder: Path, known: list[Truth]) -> Names:
    """Everyone in the data, and strangers; returns the names, to compare readings with."""
    rng = random.Random(20261123)
    rows = {(truth.number, truth.registrant) for truth in known}
    taken = {truth.number for truth in known}
    for number in range(10, 7500):
        if str(number) not in taken and rng.random() < 0.9:
            rows.add((str(number), _stranger(rng)))
    with (folder / "fara-registrants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("registration_number", "registrant"))
        writer.writerows(sorted(rows))
    return Names.of(name for _, name in rows)


def _stranger(rng: random.Random) -> str:
    first = ("Pacific", "Northern", "Royal", "Atlantic", "United", "Global", "Southern", "Crown")
    place = ("Norland", "Ostrava", "Meridia", "Valdora", "Kestria", "Lumenia", "Quebec", "Japan")
    kind = ("Tourist Office", "Trade Center", "Government House", "Airways", "Development Board")
    kind += ("Chamber of Commerce", "Information Service", "& Partners, LLP", "Associates, Inc.")
    return " ".join((rng.choice(first), rng.choice(place), rng.choice(kind)))


def measure(
    reader: FileReader, truth: Truth, file: Path, bench: Bench
) -> tuple[Counter[str], float]:
    """What is right about one document, and the seconds of processor time its reading took."""
    began = time.process_time()
    documents = reader.read(file)
    seconds = time.process_time() - began
    first = documents[0]
    counts = Counter({"docs": 1, "pages": sum(len(one.pages) for one in documents)})
    counts["form"] = first.form == truth.form
    counts["whole"] = len(documents) == 1
    counts["number"] = _value(first.readings, "registration_number") == truth.number
    if truth.name:
        counts["names"] = 1
        counts["name"] = bench.names.alike(_value(first.readings, "name"), truth.name) > _ONE_PERSON
    stamped = _value(first.readings, "date_stamped")
    counts["stamped"] = bool(stamped)
    known = truth.stamped.removesuffix("-01")  # mostly a month, written as its first day
    counts["stamped right"] = bool(stamped) and stamped.startswith(known)
    for name, folder in (("straight", None), ("register", bench.register)):
        if first.form not in FORMS.values():
            continue
        pack = reader.packs[first.form]
        judged = consult(pack, first.readings, folder)
        wanted = [r for r in judged if r.name in ("registration_number", "registrant")]
        two = pack.model_copy(update={"fields": tuple(pack.field(r.name) for r in wanted)})
        if decide(two, wanted)[0] is Decision.ENTER:
            counts[name] = 1
            counts[f"{name} wrong"] = (
                _value(judged, "registration_number") != truth.number
                or bench.names.alike(_value(judged, "registrant"), truth.registrant) < ONE_BODY
            )
    return counts, seconds


def _value(readings: Iterator[Reading] | list[Reading] | tuple[Reading, ...], name: str) -> str:
    return next((r.value or "" for r in readings if r.name == name), "")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--half", choices=("made-on", "held-out"), help="only this half")
    options.add_argument("--way", choices=WAYS + WORN, action="append", help="only so")
    options.add_argument("--every", type=int, default=1, help="only every n-th document")
    options.add_argument("--wrong", action="store_true", help="name what is wrong (made-on half)")
    given = options.parse_args()
    if not DATA.exists():
        print(f"no data in {DATA}: nothing is measured")
        return
    documents = truths()
    if given.half:
        documents = [d for d in documents if d.held_out == (given.half == "held-out")]
    documents = documents[:: given.every]
    tallies: dict[tuple[str, bool], Tally] = defaultdict(lambda: Tally(Counter()))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), write_register(Path(folder), truths()))
        reader = FileReader(load_packs(), most_pages=50)
        for way in given.way or WAYS:
            for number, truth in enumerate(documents, 1):
                print(f"\r{way} {number}/{len(documents)} ", end="", flush=True)
                if way in WORN and truth.held_out:
                    continue
                file = as_sent(truth, way, Path(folder))
                counts, seconds = measure(reader, truth, file, bench)
                tally = tallies[way, truth.held_out]
                tally.counts.update(counts)
                tally.seconds += seconds
                if given.wrong and not truth.held_out and not (counts["form"] and counts["number"]):
                    print(truth.file, truth.form, {k: int(v) for k, v in counts.items()})
    print(f"\r{HEADING}")
    for (way, held_out), tally in tallies.items():
        print(tally.row(f"{way}, {'held out' if held_out else 'made on'}"))


if __name__ == "__main__":
    main()
