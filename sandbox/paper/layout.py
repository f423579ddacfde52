"""Where everything stands on a blank: one declarative layout, placed once, used twice.

``layout.yaml`` of a pack lists sections and rows. ``place`` turns it into boxes in millimetres
from the top left of a US Letter page; ``sandbox.paper.blank`` draws those boxes and writes them
as the zones of ``form.yaml``, so the printed form and the zones cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from forms.schema import FieldSpec, FormPack
from greffier.words import DPI, Box

#: US Letter, in millimetres.
PAGE_WIDTH, PAGE_HEIGHT = 215.9, 279.4
#: Leaves 186 mm: thirty-one cells.
MARGIN = 14.95
#: One comb cell. Hand-printed digits want 5 mm; capitals are at ease with a little more.
CELL_WIDTH, CELL_HEIGHT = 6.0, 7.0
CHECK = 5.0
OPTION_STEP = 30.0
CAPTION = 4.4
ROW_GAP = 3.5
SECTION_GAP = 1.8
FIELD_GAP = 6.0
BAR_HEIGHT = 6.2
#: Where the first section begins, on the first page and on the others.
TOP = (53.0, 38.0)
LINE_HEIGHT = 4.4


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Part):
    """One field in a row. A line without ``width`` takes what is left of the row."""

    field: str
    width: float | None = None
    height: float = CELL_HEIGHT
    indent: float = 0.0
    #: Comb cells after which the divider is heavier: ``[4, 6]`` for ``AAAA MM JJ``.
    groups: tuple[int, ...] = ()


class Section(_Part):
    """A titled block: an explanation, then rows of fields."""

    title: str
    text: str = ""
    rows: tuple[tuple[Item, ...], ...] = ()


class Page(_Part):
    """One side. ``reserved`` titles an empty frame at its foot."""

    sections: tuple[Section, ...]
    reserved: str = ""


class Layout(_Part):
    """A blank: what is printed besides the fields, and the fields in reading order."""

    ministry: str
    service: str
    notice: str
    title: str
    number: str
    footer: str
    lead: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Rect:
    """A rectangle in millimetres from the page's top left corner."""

    x: float
    y: float
    width: float
    height: float

    def pixels(self) -> Box:
        """The same rectangle in pixels at 300 dpi."""
        scale = DPI / 25.4
        return Box(
            round(self.x * scale),
            round(self.y * scale),
            round((self.x + self.width) * scale),
            round((self.y + self.height) * scale),
        )


@dataclass(frozen=True)
class Placed:
    """A field where it is printed: its zones by zone name (one, or one an option)."""

    page: int
    spec: FieldSpec
    item: Item
    zones: dict[str, Rect]


@dataclass(frozen=True)
class PlacedSection:
    """A section's bar and the top of its explanation, in millimetres from the top."""

    page: int
    section: Section
    y: float
    text_y: float
    end: float


def load_layout(folder: Path) -> Layout:
    """The layout beside a pack's ``form.yaml``."""
    return Layout.model_validate(yaml.safe_load((folder / "layout.yaml").read_text("utf-8")))


def place(layout: Layout, pack: FormPack) -> tuple[list[PlacedSection], list[Placed]]:
    """Every section and every field where it is printed, in reading order."""
    sections: list[PlacedSection] = []
    placed: list[Placed] = []
    for number, page in enumerate(layout.pages, start=1):
        y = TOP[min(number - 1, 1)]
        for section in page.sections:
            start, text_y = y, y + BAR_HEIGHT + 2.2
            y = text_y + (len(section.text.splitlines()) * LINE_HEIGHT + 2.0 if section.text else 0)
            for row in section.rows:
                placed.extend(_place_row(number, row, pack, y + CAPTION))
                y += CAPTION + max(item.height for item in row) + ROW_GAP
            sections.append(PlacedSection(number, section, start, text_y, y))
            y += SECTION_GAP
    return sections, placed


def _place_row(page: int, row: tuple[Item, ...], pack: FormPack, y: float) -> Iterator[Placed]:
    """One row's fields from left to right; ``y`` is the top of the boxes."""
    x = MARGIN
    for item in row:
        spec = pack.field(item.field)
        x += item.indent
        zones = _zones(spec, item, x, y)
        yield Placed(page, spec, item, zones)
        taken = max(rect.x + rect.width for rect in zones.values()) - x
        x += max(taken, item.width or 0.0) + FIELD_GAP


def _zones(spec: FieldSpec, item: Item, x: float, y: float) -> dict[str, Rect]:
    if spec.layout == "comb":
        return {spec.name: Rect(x, y, (spec.cells or 1) * CELL_WIDTH, item.height)}
    square = y + (item.height - CHECK) / 2
    if spec.layout == "checkbox":
        return {spec.name: Rect(x, square, CHECK, CHECK)}
    if spec.layout == "choice":
        return {
            name: Rect(x + order * OPTION_STEP, square, CHECK, CHECK)
            for order, name in enumerate(spec.zone_names)
        }
    return {spec.name: Rect(x, y, item.width or PAGE_WIDTH - MARGIN - x, item.height)}
