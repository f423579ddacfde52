"""How check boxes and signatures are told, from paper to mark: ``python -m bench.marks --help``.

Prints a form of nothing but check boxes and signature frames, marks them in every way of the
printer and in some it does not know (a shy stroke, a stroke that strays in from beside, a mark
taken back, initials), degrades the pages as scanners and faxes do, and reads them as documents are
read. What was taken back has no right answer: it is right only when a person sees it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import yaml

from bench.hand import WAYS
from extractors.fields import read_fields
from extractors.files import RawPage, render
from extractors.images import Grey
from extractors.pages import clean
from extractors.register import Register
from forms.decide import CAREFUL
from forms.schema import FormPack, load_pack
from forms.types import CHECKED, PRESENT
from greffier.words import Box, Reading
from sandbox.paper import blank
from sandbox.paper.ink import scribble_over, sign, stroke, tick
from sandbox.paper.pens import Typist

#: Rows of the sheet, and how many fields in each.
BOX_ROWS, BOXES, SIGNATURE_ROWS, SIGNATURES = 8, 5, 3, 2
#: The height of a signature frame, in millimetres.
FRAME = 14

Draw = Callable[[Grey, Box, random.Random, int], None]


@dataclass(frozen=True)
class Kind:
    """One way to mark a field; ``value`` is what it says, ``None`` what only a person can say."""

    layout: str
    value: str | None
    draw: Draw


def _nothing(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    pass


def _typed(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    Typist(rng).comb(page, box, 1, "X")


def _shy(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    """One short stroke of a thin pen."""
    x, y = box.x0 + 0.25 * box.width, box.y0 + rng.uniform(0.4, 0.6) * box.height
    end = x + 0.5 * box.width, y - rng.uniform(0.1, 0.3) * box.height
    stroke(page, [(x, y), end], rng.uniform(2, 3), min(ink + 40, 140))


def _astray(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    """A stroke from beside that ends just within the border: no mark."""
    y = box.y0 + rng.uniform(0.2, 0.8) * box.height
    stroke(page, [(box.x0 - 40, y + rng.uniform(-20, 20)), (box.x0 + 5, y)], 4, ink)


def _blackened(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    """Filled to the border, as on a lottery ticket."""
    rows = [box.y0 + 6 + 5 * n for n in range((box.height - 10) // 5)]
    points = [(float((box.x0 + 6, box.x1 - 6)[n % 2]), float(y)) for n, y in enumerate(rows)]
    stroke(page, points, 8, ink)


def _taken_back(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    tick(page, box, rng, ink)
    scribble_over(page, box, rng, ink)


def _initials(page: Grey, box: Box, rng: random.Random, ink: int) -> None:
    """Two letters' worth of signature."""
    width = round(rng.uniform(0.3, 0.4) * box.width)
    sign(page, Box(box.x0, box.y0, box.x0 + width, box.y1), rng, ink)


KINDS = {
    "box: empty": Kind("checkbox", "", _nothing),
    "box: marked by hand": Kind("checkbox", CHECKED, tick),
    "box: typed X": Kind("checkbox", CHECKED, _typed),
    "box: blackened": Kind("checkbox", CHECKED, _blackened),
    "box: one thin stroke": Kind("checkbox", CHECKED, _shy),
    "box: stroke from beside": Kind("checkbox", "", _astray),
    "box: mark taken back": Kind("checkbox", None, _taken_back),
    "frame: empty": Kind("signature", "", _nothing),
    "frame: signed": Kind("signature", PRESENT, sign),
    "frame: initials": Kind("signature", PRESENT, _initials),
}


@dataclass
class Tally:
    """What was read of the fields marked in one way."""

    fields: int = 0
    accepted: int = 0
    wrong: int = 0

    def add(self, reading: Reading, value: str | None) -> None:
        accepted = not reading.problems and reading.confidence >= CAREFUL.needed(reading)
        self.fields += 1
        self.accepted += accepted
        self.wrong += accepted and reading.value != value

    def row(self, name: str) -> str:
        share = self.accepted / max(self.fields, 1)
        return f"{name:<26} {self.fields:6d} {share:9.2%} {self.wrong:6d}"


def make_pack(folder: Path) -> FormPack:
    """A form of one page full of marks, drawn by the printer of practice paper."""
    boxes = [[f"box{row}_{n}" for n in range(BOXES)] for row in range(BOX_ROWS)]
    frames = [[f"frame{row}_{n}" for n in range(SIGNATURES)] for row in range(SIGNATURE_ROWS)]
    rows = [[{"field": name, "width": 30} for name in row] for row in boxes]
    rows += [[{"field": name, "width": 85, "height": FRAME} for name in row] for row in frames]
    sheet = {
        "ministry": "Ministère de l’Exercice", "service": "Banc d’essai", "notice": "EXERCICE",
        "title": "Cases et signatures", "number": "BE-002", "footer": "Tout est inventé",
        "lead": "", "pages": [{"sections": [{"title": "Cases", "rows": rows}]}],
    }  # fmt: skip
    layouts = {name: "checkbox" for row in boxes for name in row}
    layouts |= {name: "signature" for row in frames for name in row}
    form = {
        "id": "bench-marks", "title": {"fr": "Banc", "en": "Bench"},
        "fields": [
            {"name": name, "type": layout, "layout": layout, "label": {"fr": name, "en": name}}
            for name, layout in layouts.items()
        ],
    }  # fmt: skip
    folder.mkdir()
    (folder / "layout.yaml").write_text(yaml.safe_dump(sheet, allow_unicode=True), "utf-8")
    written = yaml.safe_dump(form, allow_unicode=True, sort_keys=False)
    revision = 'revisions:\n  - id: "1"\n    blank: blank.pdf\n    mark: BE/marks/{page}\n'
    zones = "    zones:\n      box0_0: [1, 0, 0, 9, 9]\n"
    (folder / "form.yaml").write_text(written + revision + zones, "utf-8")
    drawn, text = blank.regenerate(folder)
    (folder / "blank.pdf").write_bytes(drawn)
    (folder / "form.yaml").write_text(text, "utf-8")
    return load_pack(folder)


def marked(pack: FormPack, count: int, seed: int) -> Iterator[tuple[Grey, dict[str, str]]]:
    """Pages before degradation, with the kind of each field."""
    revision = pack.revisions[-1]
    with pypdfium2.PdfDocument(pack.blank_path(revision)) as document:
        empty = render(document[0])
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        page, kinds = empty.copy(), {}
        for spec in pack.fields:
            fitting = [name for name, kind in KINDS.items() if kind.layout == spec.layout]
            kinds[spec.name] = name = rng.choice(fitting)
            KINDS[name].draw(page, revision.zones[spec.name].box, rng, rng.randrange(20, 100))
        yield page, kinds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--pages", type=int, default=4, help="pages a way (40 boxes, 6 frames)")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    print("accepted: nobody looks; wrong: accepted and not so, or taken back and accepted")
    with tempfile.TemporaryDirectory() as folder:
        pack = make_pack(Path(folder) / "marks")
        register = Register([pack])
        pages = list(marked(pack, given.pages, given.seed))
        whole = {name: Tally() for name in KINDS}
        for way_name, way in WAYS.items():
            sums = Tally()
            for number, (page, kinds) in enumerate(pages):
                image, dpi = way(page, given.seed + number)
                found = register.find(clean(RawPage(1, image, dpi)))
                if found is None:
                    print(f"{way_name}: a page was not recognised")
                    continue
                for reading in read_fields([found], pack):
                    kind = kinds[reading.name]
                    for tally in (whole[kind], sums):
                        tally.add(reading, KINDS[kind].value)
            print(sums.row(way_name), flush=True)
    for name, tally in whole.items():
        print(tally.row(name))


if __name__ == "__main__":
    main()
