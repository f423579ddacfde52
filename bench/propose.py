"""How much of a blank ``greffier forms new`` finds: ``python -m bench.propose``.

Three invented blanks: our change of address; a request for a certificate drawn here in another hand
(frames with the caption inside, lines, dotted lines, ticks, a table); an application in English
(white windows in a shaded panel, captions below). Each as a PDF with its text and as a picture that
Tesseract must read. The search was set right on all three; at first sight it found 34 of 34, 20 of
23 and 10 of 15 fields.

Prints fields found of those there are, proposals that are none, overlap of the zones (intersection
over union), and how many captions and types are right.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pypdfium2
from PIL import Image
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from extractors.files import render
from extractors.propose import Asked, read_blank
from forms.draft import guess_type, slug
from forms.schema import PACKS, load_pack
from greffier.words import DPI, Box


class Field(NamedTuple):
    """A field that a blank has: what a good proposal says of it."""

    caption: str
    type: str
    page: int
    zones: tuple[Box, ...]


def our_blank() -> tuple[Path, list[Field]]:
    """The change of address, which has 34 fields."""
    pack = load_pack(PACKS / "changement-adresse")
    revision = pack.revisions[-1]
    fields = []
    for spec in pack.fields:
        zones = [revision.zones[name] for name in spec.zone_names]
        boxes = tuple(zone.box for zone in zones)
        fields.append(Field(spec.label.fr, spec.type, zones[0].page, boxes))
    return pack.folder / revision.blank, fields


class _Pen:
    """Draws a blank in millimetres from the top left, and remembers the fields it draws."""

    def __init__(self, path: Path) -> None:
        self.canvas = Canvas(str(path), pagesize=LETTER, invariant=1)
        self.fields: list[Field] = []

    def say(self, x: float, y: float, text: str, size: float = 10) -> float:
        self.canvas.setFont("Times-Roman", size)
        self.canvas.drawString(x * mm, LETTER[1] - y * mm, text)
        return x + self.canvas.stringWidth(text, "Times-Roman", size) / mm

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, dotted: bool = False) -> None:
        self.canvas.setLineWidth(0.7)
        self.canvas.setDash([0.8, 2.2] if dotted else [])
        self.canvas.line(x0 * mm, LETTER[1] - y0 * mm, x1 * mm, LETTER[1] - y1 * mm)

    def box(self, x: float, y: float, width: float, height: float) -> Box:
        self.rule(x, y, x + width, y)
        self.rule(x, y + height, x + width, y + height)
        self.rule(x, y, x, y + height)
        self.rule(x + width, y, x + width, y + height)
        return _pixels(x, y, width, height)

    def asks(self, caption: str, kind: str, *zones: Box) -> None:
        self.fields.append(Field(caption, kind, 1, zones))


def _pixels(x: float, y: float, width: float, height: float) -> Box:
    scale = DPI / 25.4
    return Box(*(round(edge * scale) for edge in (x, y, x + width, y + height)))


def other_blank(path: Path) -> list[Field]:
    """A request for a certificate, drawn at ``path``."""
    pen = _Pen(path)
    pen.say(20, 22, "Demande de copie d'un acte", 20)
    pen.say(
        20, 29, "Remplissez le formulaire en lettres moulées et joignez une pièce d'identité.", 9
    )
    for caption, kind, x, y, width in (
        ("Nom à la naissance", "name", 20, 36, 85),
        ("Prénom usuel", "name", 110, 36, 85),
        ("Adresse (numéro, rue)", "text", 20, 50, 120),
        ("Appartement", "apartment", 145, 50, 50),
    ):
        box = pen.box(x, y, width, 11)
        pen.say(x + 1.2, y + 3.2, caption, 7.5)
        pen.asks(caption, kind, box._replace(y0=box.y0 + 40))
    for caption, kind, x, y, end in (
        ("Téléphone le jour :", "phone", 20, 75, 100),
        ("Courriel :", "email", 110, 75, 195),
        ("Lieu de l'événement :", "text", 20, 86, 195),
    ):
        start = pen.say(x, y, caption) + 2
        pen.rule(start, y + 0.6, end, y + 0.6)
        pen.asks(caption.strip(" :"), kind, _pixels(start, y - 4.6, end - start, 5.2))
    for caption, kind, y in (("Nom du père", "name", 97), ("Nom de la mère", "name", 107)):
        start = pen.say(20, y, caption) + 2
        pen.rule(start, y + 0.6, 195, y + 0.6, dotted=True)
        pen.asks(caption, kind, _pixels(start, y - 4.6, 195 - start, 5.2))
    for caption, kind, x, cells in (
        ("Numéro d'assurance sociale", "nas", 20, 9),
        ("Code postal", "postal_code", 110, 6),
    ):
        pen.say(x, 117, caption, 9)
        pen.rule(x, 125, x + 6 * cells, 125)
        for tick in range(cells + 1):
            pen.rule(x + 6 * tick, 122.5, x + 6 * tick, 125)
        pen.asks(caption, kind, _pixels(x, 119.8, 6 * cells, 5.2))
    pen.say(20, 133, "Date de naissance (AAAAMMJJ)", 9)
    cells = [pen.box(20 + 7 * cell, 135, 6, 7) for cell in range(8)]
    pen.asks("Date de naissance (AAAAMMJJ)", "date", cells[0]._replace(x1=cells[-1].x1))
    pen.say(110, 133, "Date de l'événement", 9)
    parts = [pen.box(x, 135, 6, 7) for x in (110, 116, 122, 128, 138, 144, 154, 160)]
    pen.asks("Date de l'événement", "date", parts[0]._replace(x1=parts[-1].x1))
    pen.say(20, 154, "Langue de correspondance")
    options = [pen.box(x, 150.6, 4, 4) for x in (70, 100)]
    pen.say(75.5, 154, "Français")
    pen.say(105.5, 154, "Anglais")
    pen.asks("Langue de correspondance", "choice", *options)
    pen.say(20, 163, "Documents demandés (cochez) :")
    for order, caption in enumerate(("Certificat", "Copie d'acte", "Attestation de recherche")):
        box = pen.box(24, 166 + 7 * order, 3.4, 3.4)
        pen.say(29, 169 + 7 * order, caption)
        pen.asks(caption, "checkbox", box)
    for caption, x, width in (("Nombre de copies", 110, 40), ("Montant", 150, 45)):
        pen.say(x + 1, 167, caption, 9)
        for row in range(2):
            box = pen.box(x, 168.5 + 8 * row, width, 8)
            pen.asks(f"{caption}{row or ''}", "text", box)
    for caption, kind, x, end in (
        ("Signature du demandeur", "signature", 20, 110),
        ("Date", "date", 125, 195),
    ):
        pen.rule(x, 215, end, 215)
        pen.say(x, 219, caption, 8)
        pen.asks(caption, kind, _pixels(x, 209.8, end - x, 5.2))
    pen.rule(20, 240, 195, 240)
    pen.say(20, 246, "Réservé à l'administration", 8)
    pen.canvas.save()
    return pen.fields


def third_blank(path: Path) -> list[Field]:
    """An application in English, drawn last."""
    pen = _Pen(path)
    pen.say(20, 20, "Application for a fishing permit", 18)
    pen.canvas.setFillGray(0.85)
    pen.canvas.rect(18 * mm, LETTER[1] - 60 * mm, 180 * mm, 35 * mm, stroke=0, fill=1)
    for caption, kind, x, y, width in (
        ("Last name", "name", 22, 32, 80), ("First name", "name", 110, 32, 80),
        ("Street address", "text", 22, 46, 120), ("Postal code", "postal_code", 150, 46, 40),
    ):  # fmt: skip
        pen.canvas.setFillGray(0)
        pen.say(x, y - 1, caption, 8)
        pen.canvas.setFillGray(1)
        pen.canvas.rect(x * mm, LETTER[1] - (y + 8) * mm, width * mm, 8 * mm, stroke=0, fill=1)
        pen.asks(caption, kind, _pixels(x, y, width, 8))
    pen.canvas.setFillGray(0)
    for caption, kind, x, end in (("Phone number", "phone", 20, 90), ("E-mail", "email", 100, 195)):
        pen.asks(caption, kind, pen.box(x, 68, end - x, 8))
        pen.say(x, 79.5, caption, 8)
    for row, (caption, kind) in enumerate((("Resident", "checkbox"), ("Senior", "checkbox"))):
        pen.say(20, 90 + 8 * row, caption)
        pen.asks(caption, kind, pen.box(45, 86.8 + 8 * row, 4, 4))
    pen.say(80, 90, "Sex")
    options = [pen.box(x, 86.8, 4, 4) for x in (92, 110)]
    pen.say(97.5, 90, "F")
    pen.say(115.5, 90, "M")
    pen.asks("Sex", "choice", *options)
    pen.say(20, 110, "Social insurance number:")
    boxes = [pen.box(65 + 7 * cell, 105, 7, 7) for cell in range(9)]
    pen.asks("Social insurance number", "nas", boxes[0]._replace(x1=boxes[-1].x1))
    pen.say(20, 122, "Date of birth (YYYYMMDD):")
    boxes = [pen.box(65 + 7 * cell, 117, 7, 7) for cell in range(8)]
    pen.asks("Date of birth (YYYYMMDD)", "date", boxes[0]._replace(x1=boxes[-1].x1))
    for row, letter in enumerate("ABC"):
        y = 140 + 9 * row
        pen.say(20, y, f"Water body {letter}")
        pen.rule(48, y + 0.8, 120, y + 0.8)
        pen.asks(f"Water body {letter}", "text", _pixels(48, y - 4.4, 72, 5.2))
    pen.say(20, 180, "I declare that all of the above is true.", 9)
    pen.rule(20, 200, 120, 200)
    pen.say(20, 204, "Signature", 8)
    pen.asks("Signature", "signature", _pixels(20, 194.8, 100, 5.2))
    pen.canvas.save()
    return pen.fields


def as_picture(blank: Path, to: Path) -> Path:
    """The blank without its text: what a scanner would give of it."""
    with pypdfium2.PdfDocument(blank) as document:
        first, *others = [Image.fromarray(render(page)) for page in document]
    first.save(to, "PDF", resolution=DPI, save_all=True, append_images=others)
    return to


def overlap(one: Iterable[Box], other: Iterable[Box]) -> float:
    """Intersection over union, the mean over zones that belong together; 0 when none do."""
    pairs = list(zip(one, other, strict=False))
    return sum(_overlap(a, b) for a, b in pairs) / len(pairs) if pairs else 0.0


def _overlap(one: Box, other: Box) -> float:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    common = max(0, width) * max(0, height)
    return common / (one.width * one.height + other.width * other.height - common)


@dataclass(frozen=True)
class Score:
    """How well a proposal fits a blank."""

    fields: int
    found: int
    extra: int
    overlap: float
    captions: int
    types: int
    missed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"found {self.found}/{self.fields}, extra {self.extra}, overlap {self.overlap:.2f},"
            f" captions {self.captions}, types {self.types}"
            + (f"; missed: {', '.join(self.missed)}" if self.missed else "")
        )


def score(asked: Iterable[Asked], fields: list[Field]) -> Score:
    """``asked`` against the fields there are; found: over half of the zones in common."""
    left = list(asked)
    overlaps, missed, captions, types = [], [], 0, 0
    for field in fields:
        fits = [
            (overlap(one.zones.values(), field.zones), place)
            for place, one in enumerate(left)
            if one.page == field.page and len(one.zones) == len(field.zones)
        ]
        common, place = max(fits, default=(0.0, 0))
        if common <= 0.5:
            missed.append(field.caption)
            continue
        best = left.pop(place)
        overlaps.append(common)
        captions += slug(best.caption) == slug(field.caption)
        layout = "signature" if field.type == "signature" else best.layout
        types += guess_type(best.caption, layout, best.cells) == field.type
    mean = sum(overlaps) / max(len(overlaps), 1)
    return Score(len(fields), len(overlaps), len(left), mean, captions, types, tuple(missed))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "other.pdf"
        theirs = other_blank(drawn)
        ours, fields = our_blank()
        last = Path(folder) / "third.pdf"
        for name, blank, truth in (
            ("ours", ours, fields),
            ("other", drawn, theirs),
            ("third", last, third_blank(last)),
        ):
            picture = as_picture(blank, Path(folder) / f"{name}-picture.pdf")
            print(
                f"{name}, with its text: {score(read_blank(blank, interactive=False).asked, truth)}"
            )
            print(f"{name}, as a picture: {score(read_blank(picture).asked, truth)}", flush=True)
        asked = read_blank(ours).asked
        print(f"ours, interactive: {score(asked, fields)}")


if __name__ == "__main__":
    main()
