"""Draws a pack's blank from its layout, and writes the zones that follow from it.

``python -m sandbox.paper.blank [PACK_FOLDER…]`` draws ``blank.pdf`` beside ``form.yaml`` and
rewrites the zones at the end of it. The PDF is a form that can be filled on a screen too: its
AcroForm fields carry the names of the pack's fields.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import zxingcpp
from reportlab.lib.colors import Color, black, white
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from forms.schema import PACKS, FormPack, Revision, load_pack
from sandbox.paper.fonts import font_path
from sandbox.paper.layout import (
    BAR_HEIGHT,
    LINE_HEIGHT,
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    Layout,
    Placed,
    PlacedSection,
    Rect,
    load_layout,
    place,
)

INK = Color(0.09, 0.20, 0.30)
REGULAR, BOLD = "Blank", "Blank-Bold"
#: The Data Matrix is large enough to survive a standard fax (98 lines an inch).
MARK = Rect(PAGE_WIDTH - MARGIN - 17.0, 15.0, 17.0, 17.0)
#: Registration marks, by their centre from the corner. The top left one is a wide bar and the
#: other three are squares, so that a page upside down is known for one.
CORNER = 9.0
CORNER_SIZE = 4.4
CORNER_BAR = 11.0


class _Sheet:
    """A canvas that thinks in millimetres from the top left."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def rect(self, at: Rect, *, fill: Color | None = None, line: float = 0.0) -> None:
        self.canvas.setLineWidth(line)
        if fill is not None:
            self.canvas.setFillColor(fill)
        y = PAGE_HEIGHT - at.y - at.height
        self.canvas.rect(
            at.x * mm,
            y * mm,
            at.width * mm,
            at.height * mm,
            stroke=int(line > 0),
            fill=int(fill is not None),
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0 * mm, (PAGE_HEIGHT - y0) * mm, x1 * mm, (PAGE_HEIGHT - y1) * mm)

    def text(
        self,
        x: float,
        y: float,
        what: str,
        size: float,
        *,
        bold: bool = False,
        colour: Color = black,
        right: bool = False,
    ) -> None:
        self.canvas.setFont(BOLD if bold else REGULAR, size)
        self.canvas.setFillColor(colour)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x * mm, (PAGE_HEIGHT - y) * mm, what)


def draw_blank(layout: Layout, pack: FormPack, revision: Revision) -> bytes:
    """The blank as a PDF: one page a side. The same input gives the same bytes."""
    for name, family in ((REGULAR, "Liberation Sans"), (BOLD, "Liberation Sans:bold")):
        pdfmetrics.registerFont(TTFont(name, str(font_path(family))))
    sections, fields = place(layout, pack)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LETTER, invariant=1, lang="fr-CA")
    canvas.setTitle(f"{layout.title} ({layout.number}, {revision.id})")
    canvas.setAuthor(layout.service)
    sheet = _Sheet(canvas)
    for page in range(1, len(layout.pages) + 1):
        _draw_frame(sheet, layout, revision, page)
        _draw_sections(sheet, layout, [one for one in sections if one.page == page])
        for field in fields:
            if field.page == page:
                _draw_field(sheet, field)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_frame(sheet: _Sheet, layout: Layout, revision: Revision, page: int) -> None:
    """What every page carries: corners, mark, heading, footer."""
    _draw_corners(sheet)
    if revision.mark:
        _draw_mark(sheet, revision.mark.format(page=page))
    sheet.text(MARGIN, 18.5, layout.ministry, 9, colour=INK)
    sheet.text(MARGIN, 22.8, layout.service, 9, bold=True, colour=INK)
    if page == 1:
        sheet.text(MARGIN, 33.0, layout.title, 22, bold=True, colour=INK)
        sheet.text(MARGIN, 38.6, layout.notice, 8.5, bold=True)
        for order, line in enumerate(layout.lead.splitlines()):
            sheet.text(MARGIN, 45.0 + order * 4.0, line, 9)
    else:
        sheet.text(MARGIN, 31.0, f"{layout.title} (suite)", 15, bold=True, colour=INK)
    foot = PAGE_HEIGHT - 8.0
    number = f"{layout.number} ({revision.id})"
    sheet.text(MARGIN + 4, foot, number, 9, bold=True)
    sheet.text(MARGIN + 37, foot, layout.footer, 8)
    sheet.text(
        PAGE_WIDTH - MARGIN - 4, foot, f"Page {page}/{len(layout.pages)}", 9, bold=True, right=True
    )


def _draw_corners(sheet: _Sheet) -> None:
    for right in (False, True):
        for bottom in (False, True):
            width = CORNER_SIZE if right or bottom else CORNER_BAR
            x = PAGE_WIDTH - CORNER - CORNER_SIZE / 2 if right else CORNER - CORNER_SIZE / 2
            y = (PAGE_HEIGHT - CORNER if bottom else CORNER) - CORNER_SIZE / 2
            sheet.rect(Rect(x, y, width, CORNER_SIZE), fill=black)


def _draw_mark(sheet: _Sheet, content: str) -> None:
    """The Data Matrix, module by module, so that it stays sharp at any size."""
    symbol = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.DataMatrix)
    modules = np.asarray(zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False))
    rows, columns = modules.shape
    step = MARK.width / columns
    for row in range(rows):
        for column in range(columns):
            if modules[row, column] == 0:
                at = Rect(MARK.x + column * step, MARK.y + row * step, step, step)
                sheet.rect(at, fill=black)


def _draw_sections(sheet: _Sheet, layout: Layout, sections: list[PlacedSection]) -> None:
    for order, placed in enumerate(sections):
        bar = Rect(MARGIN, placed.y, PAGE_WIDTH - 2 * MARGIN, BAR_HEIGHT)
        sheet.rect(bar, fill=INK)
        sheet.text(
            MARGIN + 2.5, placed.y + 4.4, placed.section.title, 10.5, bold=True, colour=white
        )
        for line, what in enumerate(placed.section.text.splitlines()):
            sheet.text(MARGIN, placed.text_y + 2.6 + line * LINE_HEIGHT, what, 9)
        reserved = layout.pages[placed.page - 1].reserved
        if reserved and order == len(sections) - 1:
            top = placed.end + 6.0
            sheet.rect(Rect(MARGIN, top, bar.width, PAGE_HEIGHT - 20.0 - top), line=0.6)
            sheet.text(MARGIN + 2.5, top + 4.6, reserved, 8.5)


def _draw_field(sheet: _Sheet, placed: Placed) -> None:
    spec = placed.spec
    for name, at in placed.zones.items():
        sheet.rect(at, line=0.9)
        if spec.layout == "comb":
            _draw_dividers(sheet, at, spec.cells or 1, placed.item.groups)
        elif spec.layout == "choice":
            label = spec.options[name.partition("=")[2]].fr
            sheet.text(at.x + at.width + 1.8, at.y + 3.6, label, 9.5)
        elif spec.layout == "checkbox":
            sheet.text(at.x + at.width + 3.0, at.y + 3.7, spec.label.fr, 10.5, bold=True)
        _add_acroform(sheet.canvas, placed, name, at)
    first = next(iter(placed.zones.values()))
    if spec.layout != "checkbox":
        top = first.y - (placed.item.height - first.height) / 2
        sheet.text(first.x, top - 1.2, spec.label.fr, 9)


def _draw_dividers(sheet: _Sheet, at: Rect, cells: int, groups: tuple[int, ...]) -> None:
    step = at.width / cells
    for cell in range(1, cells):
        x = at.x + cell * step
        sheet.line(x, at.y, x, at.y + at.height, 1.7 if cell in groups else 0.6)


def _add_acroform(canvas: Canvas, placed: Placed, zone: str, at: Rect) -> None:
    spec = placed.spec
    where = {"x": at.x * mm, "y": (PAGE_HEIGHT - at.y - at.height) * mm}
    plain = {
        "tooltip": spec.label.fr,
        "name": spec.name,
        "borderWidth": 0,
        "borderColor": None,
        "fillColor": None,
        "textColor": black,
    }
    if spec.layout == "checkbox":
        canvas.acroForm.checkbox(
            buttonStyle="cross", size=at.width * mm, fieldFlags="", **where, **plain
        )
    elif spec.layout == "choice":
        option = zone.partition("=")[2]
        canvas.acroForm.radio(
            value=option,
            buttonStyle="cross",
            shape="square",
            size=at.width * mm,
            fieldFlags="radio",
            **where,
            **plain,
        )
    else:
        comb = spec.layout == "comb"
        canvas.acroForm.textfield(
            width=at.width * mm,
            height=at.height * mm,
            maxlen=spec.cells if comb else 200,
            fieldFlags="comb" if comb else "",
            fontName="Helvetica",
            fontSize=12,
            **where,
            **plain,
        )


def zone_lines(fields: Iterable[Placed]) -> str:
    """The zones as ``form.yaml`` writes them, one a line, ready to follow ``zones:``."""
    lines = [
        f"      {name}: [{placed.page}, {', '.join(map(str, rect.pixels()))}]\n"
        for placed in fields
        for name, rect in placed.zones.items()
    ]
    return "".join(lines)


def regenerate(folder: Path) -> tuple[bytes, str]:
    """The blank and the ``form.yaml`` that ``folder`` should hold: nothing is written."""
    pack, layout = load_pack(folder), load_layout(folder)
    written, zones, _ = (folder / "form.yaml").read_text("utf-8").partition("    zones:\n")
    return draw_blank(layout, pack, pack.revisions[-1]), written + zones + zone_lines(
        place(layout, pack)[1]
    )


def main(folders: list[str]) -> None:
    """Redraw the blanks of the packs in ``folders`` (default: all of ours with a layout)."""
    for folder in (
        map(Path, folders) if folders else [path.parent for path in PACKS.glob("*/layout.yaml")]
    ):
        blank, form = regenerate(folder)
        (folder / "blank.pdf").write_bytes(blank)
        (folder / "form.yaml").write_text(form, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
