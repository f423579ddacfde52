"""Text that a born-digital PDF page carries, and shows.

A scan often carries a text layer as well: somebody else's OCR, invisible, sometimes wrong. It is
not read. A page counts as born-digital only when no picture covers it, no text on it is invisible,
and the text it carries is where the ink is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pdfplumber
import pypdfium2
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text
from pypdfium2 import raw

from extractors.images import Grey
from extractors.phrases import Word, around
from greffier.words import DPI, Box

#: A picture over this share of the page makes the page a scan.
_COVERED = 0.4
#: Share of the characters that must show ink for the page's text to be believed.
_SHOWN = 0.97
#: A pixel darker than this is ink. Coloured print is fainter than black.
_INK = 200
#: A space is wider than this share of the height of the letters beside it.
_GAP = 0.17
#: What pdfminer says of a glyph whose font does not tell its character.
_UNNAMED = re.compile(r"\(cid:\d+\)")
_UNSEEN = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


@dataclass(frozen=True)
class Glyph:
    """One character and where it is, in pixels at 300 dpi of the page as rendered."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Widget:
    """One filled field of an interactive form (AcroForm).

    ``name`` is its full name, ``tooltip`` what the PDF's author calls it for people. ``value`` is
    its text; for a button, the name of its state (``"Off"`` when not ticked) and ``button`` is
    true. The box is in pixels at 300 dpi.
    """

    name: str
    tooltip: str
    value: str
    button: bool
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Digital:
    """What one born-digital page says."""

    glyphs: tuple[Glyph, ...]
    widgets: tuple[Widget, ...] = ()

    def text(self) -> str:
        """All of it, line by line from the top."""
        return "\n".join(lines(self.glyphs))

    def words(self) -> tuple[Word, ...]:
        """Its words, line by line from the top, in their places."""
        return tuple(
            Word("".join(glyph.text for glyph in run), around(map(_box, run)))
            for line in _lines(self.glyphs)
            for run in _runs(line)
        )


def lines(glyphs: Iterable[Glyph]) -> list[str]:
    """The lines of text that ``glyphs`` make, from the top, with a space where there is a gap."""
    return [
        " ".join("".join(glyph.text for glyph in run) for run in _runs(line))
        for line in _lines(glyphs)
    ]


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    found: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y0 + glyph.y1):
        middle = (glyph.y0 + glyph.y1) / 2
        if found and found[-1][-1].y0 < middle < found[-1][-1].y1:
            found[-1].append(glyph)
        else:
            found.append([glyph])
    return [sorted(line, key=lambda glyph: glyph.x0) for line in found]


def _runs(line: list[Glyph]) -> list[list[Glyph]]:
    """The line's characters, parted where there is a gap."""
    found = [line[:1]]
    for before, glyph in pairwise(line):
        if glyph.x0 - before.x1 > _GAP * (glyph.y1 - glyph.y0):
            found.append([])
        found[-1].append(glyph)
    return found


def _box(glyph: Glyph) -> Box:
    x1, y1 = max(glyph.x1, glyph.x0 + 1), max(glyph.y1, glyph.y0 + 1)
    return Box(round(glyph.x0), round(glyph.y0), round(x1), round(y1))


def is_scan(page: pypdfium2.PdfPage) -> bool:
    """Whether the page's pixels, not its text, are what it says."""
    width, height = page.get_size()
    shows_text = False
    for thing in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE)):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) > _COVERED * width * height:
                return True
        elif raw.FPDFTextObj_GetTextRenderMode(thing) in _UNSEEN:
            return True
        else:
            shows_text = True
    return not shows_text


def read_digital(path: Path, number: int, image: Grey) -> Digital | None:
    """The text of page ``number`` (from 1) of the PDF at ``path``, rendered as ``image``.

    ``None`` when the text is not what the page shows: characters without ink under them, or that
    the PDF draws without saying what they are.
    """
    with pdfplumber.open(path, pages=[number]) as pdf:
        page = pdf.pages[0]
        scale = DPI / 72
        left, top = page.bbox[:2]

        def box(thing: dict[str, Any]) -> tuple[float, float, float, float]:
            return (
                (thing["x0"] - left) * scale,
                (thing["top"] - top) * scale,
                (thing["x1"] - left) * scale,
                (thing["bottom"] - top) * scale,
            )

        glyphs = tuple(
            Glyph(char["text"], *box(char)) for char in page.chars if not char["text"].isspace()
        )
        widgets = tuple(_widgets(page, box))
    shown = sum(_has_ink(image, glyph) and not _UNNAMED.match(glyph.text) for glyph in glyphs)
    if not glyphs or shown < _SHOWN * len(glyphs):
        return None
    return Digital(glyphs, widgets)


def _has_ink(image: Grey, glyph: Glyph) -> bool:
    y0, y1 = max(0, round(glyph.y0)), round(glyph.y1) + 1
    x0, x1 = max(0, round(glyph.x0)), round(glyph.x1) + 1
    window = image[y0:y1, x0:x1]
    return bool(window.size and np.min(window) < _INK)


def _widgets(page: Any, box: Any) -> Iterator[Widget]:
    for annotation in page.annots:
        data = annotation["data"]
        if name_of(data.get("Subtype")) != "Widget":
            continue
        button = name_of(inherited(data, "FT")) == "Btn"
        state = inherited(data, "AS") if button else inherited(data, "V")
        yield Widget(
            name=".".join(names(data)),
            tooltip=text_of(inherited(data, "TU")),
            value=name_of(state) or text_of(state),
            button=button,
            **dict(zip(("x0", "y0", "x1", "y1"), box(annotation), strict=True)),
        )


def inherited(field: dict[str, Any], key: str) -> Any:
    """A field's attribute, which its parent may hold for it (ISO 32000-1, 12.7.3.1)."""
    for step in _lineage(field):
        if key in step:
            return resolve1(step[key])
    return None


def _lineage(field: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _ in range(32):  # deeper is a loop
        yield field
        parent = resolve1(field.get("Parent"))
        if not isinstance(parent, dict):
            return
        field = parent


def names(field: dict[str, Any]) -> list[str]:
    """A field's full name, part by part."""
    found = [text_of(resolve1(step["T"])) for step in _lineage(field) if "T" in step]
    return [name for name in reversed(found) if name]


def name_of(value: Any) -> str:
    """What a PDF name says; nothing of anything else."""
    return str(value.name) if isinstance(value, PSLiteral) else ""


def text_of(value: Any) -> str:
    """What a PDF text string says."""
    return decode_text(value) if isinstance(value, bytes) else str(value or "")
