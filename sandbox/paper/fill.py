"""Fills a blank: ink in the zones its pack gives, or values in the fields of its AcroForm."""

from __future__ import annotations

import io
import random
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pypdfium2 as pdfium
from pypdf import PdfReader, PdfWriter

from forms.schema import FieldSpec, FormPack, Revision
from greffier.errors import UsageError
from greffier.words import DPI, Box
from sandbox.paper.ink import Page, scribble_over, sign, tick
from sandbox.paper.office import Handled, punch, receive
from sandbox.paper.pens import Glyphs, Hand, Pen, Typist

By = Literal["type", "hand"]

#: In a comb these are written without the signs of their canonical form.
_BARE = {"date", "postal_code", "phone", "nas", "nam", "digits", "saaq_licence"}


def blank_of(pack: FormPack) -> tuple[Revision, Path]:
    """The newest revision that has a blank. Raises ``UsageError("pack-without-blank")``."""
    for revision in reversed(pack.revisions):
        path = pack.blank_path(revision)
        if path and path.is_file():
            return revision, path
    raise UsageError("pack-without-blank", pack=pack.id)


@lru_cache(maxsize=4)
def rendered(path: Path) -> tuple[Page, ...]:
    """The pages of a PDF in grey at 300 dpi; not to be written on."""
    with pdfium.PdfDocument(path) as document:
        return tuple(_render(page) for page in document)


def _render(page: pdfium.PdfPage) -> Page:
    width, height = (round(points * DPI / 72) for points in page.get_size())
    image: Page = page.render(scale=DPI / 72, grayscale=True).to_numpy()
    # PDFium rounds up: a Letter page comes out one line too long.
    return np.ascontiguousarray(image.reshape(image.shape[:2])[:height, :width])


def as_written(spec: FieldSpec, value: str) -> str:
    """What is put on paper for a canonical value."""
    if spec.layout == "comb" and spec.type in _BARE:
        return "".join(sign for sign in value if sign.isalnum())
    return value


def fill_paper(
    pack: FormPack,
    values: dict[str, str],
    *,
    by: By,
    seed: int,
    glyphs: Glyphs | None = None,
    scribbled: str | None = None,
    handled: Handled | None = None,
) -> list[Page]:
    """The pages of one form filled in ink. ``scribbled`` names a field made unreadable after;
    ``handled`` is what the office did to the sheet then."""
    revision, path = blank_of(pack)
    rng = random.Random(seed)
    pen: Pen = Hand(rng, glyphs) if by == "hand" else Typist(rng)
    signer = pen.ink if by == "hand" else rng.randrange(30, 90)
    pages = [page.copy() for page in rendered(path)]
    for spec in pack.fields:
        if not values.get(spec.name):
            continue
        zone = revision.zones[_zone_name(spec, values[spec.name])]
        page = pages[zone.page - 1]
        text = as_written(spec, values[spec.name])
        if spec.layout == "comb":
            pen.comb(page, zone.box, spec.cells or len(text), text)
        elif spec.layout == "line":
            pen.line(page, zone.box, text)
        elif spec.layout == "signature":
            sign(page, zone.box, rng, signer)
        else:
            _mark(page, zone.box, pen, rng)
    if scribbled:
        zone = revision.zones[scribbled]
        scribble_over(pages[zone.page - 1], zone.box, rng, min(signer, pen.ink))
    if handled:
        for number, name in enumerate(handled.stamped):
            zone = revision.zones[name]
            receive(pages[zone.page - 1], zone.box, handled, number)
        punch(pages[0], handled)
    return pages


def _zone_name(spec: FieldSpec, value: str) -> str:
    return f"{spec.name}={value}" if spec.layout == "choice" else spec.name


def _mark(page: Page, box: Box, pen: Pen, rng: random.Random) -> None:
    if isinstance(pen, Typist) and rng.random() < 0.6:
        pen.comb(page, box, 1, "X")
    else:
        tick(page, box, rng, pen.ink)


def can_be_filled_on_screen(pack: FormPack) -> bool:
    """Whether the blank is an AcroForm whose fields carry the names of the pack's."""
    fields = PdfReader(blank_of(pack)[1]).get_fields() or {}
    return {spec.name for spec in pack.fields} <= set(fields)


def fill_screen(pack: FormPack, values: dict[str, str], signature: str, *, flat: bool) -> bytes:
    """The blank's AcroForm filled, as a PDF; ``flat``: printed to a PDF, without its fields."""
    entered = {}
    for spec in pack.fields:
        value = values.get(spec.name, "")
        if spec.layout == "checkbox":
            entered[spec.name] = "/Yes" if value else "/Off"
        elif spec.layout == "choice":
            entered[spec.name] = f"/{value}" if value else "/Off"
        else:
            entered[spec.name] = as_written(spec, value)
        if spec.layout == "signature" and value:
            entered[spec.name] = signature
    writer = PdfWriter(clone_from=blank_of(pack)[1])
    for page in writer.pages:
        writer.update_page_form_field_values(page, entered, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return _flattened(out.getvalue()) if flat else out.getvalue()


def _flattened(data: bytes) -> bytes:
    out = io.BytesIO()
    with pdfium.PdfDocument(data) as document:
        document.init_forms()
        for page in document:
            page.flatten()
        document.save(out)
    # PDFium names each saving with a random identifier; practice paper is the same each time.
    return re.sub(rb"/ID\[(<[0-9A-F]+>)<[0-9A-F]+>\]", rb"/ID[\1\1]", out.getvalue())
