"""How well combs filled by hand are read, from paper to string: ``python -m bench.hand --help``.

Prints a form of nothing but combs, fills it with valid numbers, degrades the pages as scanners and
faxes do, registers them on the blank and reads each comb, as the reader of documents does. The
digits are those of the digit file that training never saw; the capitals and the typed characters
are of fonts it never saw. Three figures a row, together: right, accepted, wrong among accepted:
first of the network by itself with the field's rule, then of all readers of a comb together
(``extractors.writing``), which is what a document's fields come from.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pypdfium2
import yaml
from stdnum import luhn

from extractors import hand, writing
from extractors.comb import Boxes
from extractors.fields import is_by_hand
from extractors.files import RawPage, render
from extractors.hand_train.glyphs import load_digits
from extractors.images import Grey
from extractors.pages import clean
from extractors.register import Register
from extractors.trust import Verdict
from extractors.zones import cut
from forms.schema import FormPack, load_pack
from forms.types import POSTAL_LETTERS, is_valid
from sandbox.paper import blank, degrade
from sandbox.paper.fonts import font_path
from sandbox.paper.pens import Glyphs, Hand, Pen, Typist

DIGITS = Path(__file__).parents[1].parent / "shared" / "data" / "digits" / "mnist-train.npz"
#: As in extractors/hand_train/config.toml.
TRAINED_ON = 50000
HELD_OUT_HANDS = ("Rufscript", "Steve", "Yusei Magic")
HELD_OUT_TYPE = "Liberation Mono"

#: A comb this likely to be right goes straight through.
ACCEPT = 0.99

#: Pixels around a comb's zone.
PAD = 6
#: Combs by type: cells, and how many in a row of the sheet.
COMBS = {"nas": (9, 3), "nam": (12, 2), "postal_code": (6, 4), "date": (8, 3)}
ROWS = 12

Way = Callable[[Grey, int], tuple[Grey, tuple[float, float]]]


def _scan(level: str) -> Way:
    return lambda page, seed: (degrade.scanned(page, level, seed), (300.0, 300.0))


def _bitonal(level: str) -> Way:
    def way(page: Grey, seed: int) -> tuple[Grey, tuple[float, float]]:
        return degrade.bitonal(degrade.scanned(page, level, seed), level, seed), (300.0, 300.0)

    return way


def _fax(level: str, fine: bool) -> Way:
    def way(page: Grey, seed: int) -> tuple[Grey, tuple[float, float]]:
        sent = degrade.scanned(page, level, seed)
        dots = degrade.faxed(sent, level, seed, fine=fine, header="2026-11-23 09:00  P. 1/1")
        return dots, (204.0, 196.0 if fine else 98.0)

    return way


WAYS: dict[str, Way] = {
    "grey, light": _scan("light"),
    "grey, medium": _scan("medium"),
    "bitonal, medium": _bitonal("medium"),
    "fine fax, light": _fax("light", fine=True),
    "fine fax, medium": _fax("medium", fine=True),
    "standard fax, light": _fax("light", fine=False),
    "standard fax, medium": _fax("medium", fine=False),
}


@dataclass
class Tally:
    """What was read of the combs of one kind, one pen and one degradation."""

    cells: int = 0
    right_cells: int = 0
    combs: int = 0
    right: int = 0
    offered: int = 0
    settled: int = 0
    accepted: int = 0
    wrong: int = 0
    together_right: int = 0
    together_accepted: int = 0
    together_wrong: int = 0
    lost_pages: int = 0
    certain: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, truth: str, reading: hand.HandReading) -> None:
        good = reading.text == truth
        self.cells += len(truth)
        self.right_cells += sum(a == b for a, b in zip(truth, reading.text, strict=True))
        self.combs += 1
        self.right += good
        self.offered += good or truth in [text for text, _ in reading.alternatives[:1]]
        self.settled += reading.settled
        self.accepted += reading.confidence >= ACCEPT
        self.wrong += reading.confidence >= ACCEPT and not good
        self.certain.append((reading.confidence, good))

    def add_together(self, truth: str, verdict: Verdict | None) -> None:
        """What all readers together made of the same comb."""
        good = verdict is not None and verdict.text == truth
        sure = verdict is not None and verdict.confidence >= ACCEPT
        self.together_right += good
        self.together_accepted += sure
        self.together_wrong += sure and not good

    def row(self, name: str) -> str:
        if not self.combs:
            return f"{name:<34} no page registered ({self.lost_pages} lost)"
        return (
            f"{name:<34} {self.right_cells / self.cells:8.2%} {self.right / self.combs:8.2%}"
            f" {self.offered / self.combs:8.2%}"
            f" {self.accepted / self.combs:9.2%} {self.wrong / self.combs:8.2%}"
            f" {self.error():7.4f} {self.settled:7d} | {self.together_right / self.combs:8.2%}"
            f" {self.together_accepted / self.combs:9.2%} {self.together_wrong:5d}"
            f" | {self.combs:6d} {self.lost_pages:5d}"
        )

    def error(self) -> float:
        """Expected calibration error of the comb's confidence, ten equal-width bins."""
        sure, good = (np.array(column, float) for column in zip(*self.certain, strict=True))
        at = np.minimum((sure * 10).astype(int), 9)
        return float(
            sum(
                abs(sure[at == b].mean() - good[at == b].mean()) * np.mean(at == b)
                for b in range(10)
                if np.any(at == b)
            )
        )


def make_pack(folder: Path, kind: str) -> FormPack:
    """A form of one page full of combs of ``kind``, drawn by the printer of practice paper."""
    cells, across = COMBS[kind]
    names = [[f"f{row}_{column}" for column in range(across)] for row in range(ROWS)]
    sheet = {
        "ministry": "Ministère de l’Exercice", "service": "Banc d’essai", "notice": "EXERCICE",
        "title": f"Peignes {kind}", "number": "BE-001", "footer": "Tout est inventé", "lead": "",
        "pages": [{"sections": [{
            "title": "Peignes", "rows": [[{"field": n} for n in row] for row in names],
        }]}],
    }  # fmt: skip
    form = {
        "id": f"bench-{kind.replace('_', '-')}", "title": {"fr": "Banc", "en": "Bench"},
        "fields": [
            {"name": n, "type": kind, "layout": "comb", "cells": cells,
             "label": {"fr": f"Case {n[1:]} {kind}", "en": n}}
            for row in names for n in row
        ],
    }  # fmt: skip
    folder.mkdir()
    (folder / "layout.yaml").write_text(yaml.safe_dump(sheet, allow_unicode=True), "utf-8")
    written = yaml.safe_dump(form, allow_unicode=True, sort_keys=False)
    revision = (
        f'revisions:\n  - id: "1"\n    blank: blank.pdf\n    mark: BE/{kind}/{{page}}\n    zones:\n'
    )
    (folder / "form.yaml").write_text(f"{written}{revision}      f0_0: [1, 0, 0, 9, 9]\n", "utf-8")
    drawn, text = blank.regenerate(folder)
    (folder / "blank.pdf").write_bytes(drawn)
    (folder / "form.yaml").write_text(text, "utf-8")
    return load_pack(folder)


def invent(kind: str, rng: random.Random) -> str:
    """A valid value of ``kind``, one character a cell."""
    while True:
        if kind == "nas":
            body = rng.choice("12345679") + "".join(rng.choices("0123456789", k=7))
            value = body + luhn.calc_check_digit(body)
        elif kind == "date":
            value = (
                f"{rng.randrange(1930, 2030)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"
            )
        elif kind == "postal_code":
            letters, digits = rng.choices(POSTAL_LETTERS, k=3), rng.choices("0123456789", k=3)
            value = "".join(a + b for a, b in zip(letters, digits, strict=True))
        else:
            value = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4)) + (
                f"{rng.randrange(100):02d}{rng.randrange(1, 13) + 50 * rng.randrange(2):02d}"
                f"{rng.randrange(1, 29):02d}{rng.randrange(1, 10)}{rng.randrange(10)}"
            )
        if is_valid(kind, value):
            return value


class HeldOutHand(Hand):
    """A hand that writes in a font training never saw."""

    def __init__(self, rng: random.Random, glyphs: Glyphs | None = None) -> None:
        super().__init__(rng, glyphs)
        self._path = font_path(rng.choice(HELD_OUT_HANDS))


class HeldOutTypist(Typist):
    """A typewriter training never saw."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self._path = font_path(HELD_OUT_TYPE)


def pages(
    pack: FormPack, pen: Callable[[random.Random], Pen], count: int, seed: int
) -> Iterator[tuple[Grey, dict[str, str]]]:
    """Filled pages before degradation, with what is written in each field."""
    revision = pack.revisions[-1]
    with pypdfium2.PdfDocument(pack.blank_path(revision)) as document:
        empty = render(document[0])
    for number in range(count):
        rng = random.Random(f"{seed}/{pack.id}/{number}")
        page, truth = empty.copy(), {}
        for spec in pack.fields:
            truth[spec.name] = invent(spec.type, rng)
            writer = pen(rng)  # each comb by another hand
            writer.comb(page, revision.zones[spec.name].box, spec.cells or 1, truth[spec.name])
        yield page, truth


def measure(
    pack: FormPack, pen: Callable[[random.Random], Pen], ways: dict[str, Way], count: int, seed: int
) -> dict[str, Tally]:
    """Read ``count`` pages in each of ``ways``."""
    register = Register([pack])
    tallies = {name: Tally() for name in ways}
    for number, (page, truth) in enumerate(pages(pack, pen, count, seed)):
        for name, way in ways.items():
            image, dpi = way(page, seed + number)
            found = register.find(clean(RawPage(1, image, dpi)))
            if found is None:
                tallies[name].lost_pages += 1
                continue
            combs: dict[str, Boxes | None] = {}
            for spec in pack.fields:
                zone = cut(found, found.revision.zones[spec.name].box, pad=PAD)
                reading = hand.read_comb(zone.image, spec.cells or 1, spec.type)
                tallies[name].add(truth[spec.name], reading)
                combs[spec.name] = writing.find_boxes(zone, PAD, spec)
            by_hand = is_by_hand(combs.values())
            for spec in pack.fields:
                comb = combs[spec.name]
                read = writing.read_comb(comb, spec, pack.language, by_hand) if comb else None
                tallies[name].add_together(truth[spec.name], read)
    return tallies


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--pages", type=int, default=4, help="pages a kind (36 NAS each)")
    options.add_argument("--digits", type=Path, default=DIGITS, help="npz: images, labels")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--only", help="sources whose name contains this")
    given = options.parse_args()
    sources: dict[str, tuple[str, Callable[[random.Random], Pen]]] = {
        "nas, held-out hand fonts": ("nas", HeldOutHand),
        "nas, typed": ("nas", HeldOutTypist),
        "nam, held-out hand fonts": ("nam", HeldOutHand),
        "postal code, held-out hand fonts": ("postal_code", HeldOutHand),
        "date, held-out hand fonts": ("date", HeldOutHand),
    }
    if given.digits.exists():
        images, labels = load_digits(given.digits, TRAINED_ON, held_out=True)
        glyphs = Glyphs({str(digit): images[labels == digit] for digit in range(10)})
        sources = {"nas, held-out digits": ("nas", lambda rng: Hand(rng, glyphs)), **sources}
    else:
        print(f"{given.digits} is not there: no hand-written digits are measured")
    print(f"accepted: confidence at least {ACCEPT}; shares are of all combs")
    print("offered: right, or the first alternative is; settled: the rule chose another text")
    print("between the bars: all readers together, the last in combs; before them, the network")
    columns = [("char", 8), ("whole", 8), ("offered", 8), ("accepted", 9), ("wrong", 8), ("ECE", 7)]
    columns += [("settled", 7), ("|", 1), ("whole", 8), ("accepted", 9), ("wrong", 5), ("|", 1)]
    columns += [("combs", 6), ("lost", 5)]
    print(" " * 34, *(f"{name:>{width}}" for name, width in columns))
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        packs = {kind: make_pack(Path(folder) / kind, kind) for kind in COMBS}
        for source, (kind, pen) in sources.items():
            if given.only and given.only not in source:
                continue
            print(source)
            tallies = measure(packs[kind], pen, WAYS, given.pages, given.seed)
            for way, tally in tallies.items():
                print(tally.row(f"  {way}"), flush=True)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
