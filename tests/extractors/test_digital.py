"""PDFs that were never paper, and PDFs that only say they were not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extractors.digital import Digital, Glyph, Widget, lines
from extractors.files import list_pages
from extractors.on_screen import settle
from extractors.register import Registered
from forms.schema import FieldSpec, Label
from greffier.words import Reading
from tests.extractors.conftest import ANSWERS


def pdf(path: Path, draw: Callable[[Canvas], None]) -> Digital | None:
    canvas = Canvas(str(path), pagesize=(612, 792))
    draw(canvas)
    canvas.showPage()
    canvas.save()
    [page] = list_pages(path)
    return page.digital


def scan(canvas: Canvas) -> None:
    image = Image.new("L", (850, 1100), 255)
    ImageDraw.Draw(image).text((100, 100), "Numéro 123", fill=0, font_size=30)
    canvas.drawImage(ImageReader(image), 0, 0, 612, 792)


def hidden(canvas: Canvas, text: str) -> None:
    line = canvas.beginText(72, 700)
    line.setTextRenderMode(3)
    line.textOut(text)
    canvas.drawText(line)


def test_a_page_of_text_says_what_it_shows_and_where(tmp_path: Path) -> None:
    found = pdf(tmp_path / "f", lambda canvas: canvas.drawString(72, 700, "Numéro 123"))
    assert found
    assert found.text() == "Numéro 123"
    first = found.glyphs[0]
    assert (first.text, round(first.x0)) == ("N", 300)
    assert first.y0 < (792 - 700) * 300 / 72 < first.y1


@pytest.mark.parametrize("order", ["below", "above"])
def test_an_invisible_layer_over_a_scan_is_not_read(tmp_path: Path, order: str) -> None:
    def draw(canvas: Canvas) -> None:
        if order == "below":
            hidden(canvas, "Numéro 999")
        scan(canvas)
        if order == "above":
            hidden(canvas, "Numéro 999")

    assert pdf(tmp_path / "f", draw) is None


def test_visible_text_over_a_scan_makes_it_no_less_a_scan(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        scan(canvas)
        canvas.drawString(72, 30, "Reçu le 16 novembre 2026")

    assert pdf(tmp_path / "f", draw) is None


def test_invisible_text_anywhere_on_a_page_costs_it_its_trust(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 600, "Bonjour")
        hidden(canvas, "Numéro 999")

    assert pdf(tmp_path / "f", draw) is None


def test_white_text_is_not_read(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 600, "Bonjour")
        canvas.setFillGray(1)
        canvas.drawString(72, 300, "Numéro 999")

    assert pdf(tmp_path / "f", draw) is None


def test_glyphs_make_lines_with_their_spaces() -> None:
    row = [("a", 0, 0), ("b", 11, 0), ("c", 30, 1), ("d", 0, 40)]
    glyphs = [Glyph(text, x, y, x + 10, y + 20) for text, x, y in reversed(row)]
    assert lines(glyphs) == ["ab c", "d"]


@pytest.mark.parametrize("medium", ["acroform", "flattened"])
def test_a_form_filled_on_a_screen_is_read_without_a_doubt(
    registered: Callable[..., list[Registered]], pack, medium: str
) -> None:
    from extractors.fields import read_fields

    readings = {r.name: r for r in read_fields(registered(medium, level="none"), pack)}
    wanted = {spec.name: ANSWERS.get(spec.name, "") for spec in pack.fields}
    assert {name: reading.value for name, reading in readings.items()} == wanted
    assert min(reading.confidence for reading in readings.values()) >= 0.98
    reader = {"acroform": "acroform", "flattened": "pdf-text"}[medium]
    assert readings["surname"].reader == reader
    assert readings["email"].reader == reader


NUMBER = FieldSpec(
    name="numero", label=Label(fr="Numéro", en="Number"), type="digits", layout="comb", cells=6
)


def settled(entered: str, seen: Reading) -> Reading:
    """What a form field that holds ``entered`` makes of what the pixels were ``seen`` to be."""
    page = object.__new__(Registered)
    widget = Widget("page.numero", "", entered, False, 0, 0, 1, 1)
    page.__dict__["page"] = type("Page", (), {"digital": Digital((), (widget,))})
    return settle(NUMBER, {"numero": (page, None)}, seen)


def seen(text: str, confidence: float) -> Reading:
    return Reading(name="numero", value=text or "", raw=text, confidence=confidence, reader="print")


def test_text_and_pixels_that_agree_are_as_sure_as_it_gets() -> None:
    reading = settled("123456", seen("123456", 0.9))
    assert (reading.value, reading.reader) == ("123456", "acroform")
    assert reading.confidence > 0.999


def test_a_slip_of_the_reader_does_not_spoil_what_was_typed() -> None:
    reading = settled("123456", seen("123450", 0.9))
    assert reading.value == "123456"
    assert 0.95 < reading.confidence < 0.99


@pytest.mark.parametrize("shown", ["987650", ""])
def test_a_pdf_that_shows_something_else_than_it_says_is_for_a_person(shown: str) -> None:
    reading = settled("123456", seen(shown, 0.99))
    assert "text-differs" in reading.problems
    assert reading.confidence < 0.5
