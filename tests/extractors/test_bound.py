"""Scans bound as PDFs: their own pixels, or drawn when something else is on the page."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extractors.bound import Scan, scan_on
from extractors.files import list_pages

LARGEST = 10_000_000
#: A letter page at 100 dpi.
SIZE = 850, 1100


def paper(mode: str = "L") -> Image.Image:
    page = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((100, 60, 300, 90), fill=0)
    draw.line((100, 200, 700, 900), fill=60, width=3)
    return page.convert(mode)


def bound(picture: Image.Image) -> bytes:
    data = BytesIO()
    picture.save(data, "PDF", resolution=100)
    return data.getvalue()


def drawn(
    picture: Image.Image,
    width: float = 612,
    mask: str | list[int] | None = None,
    text: str = "",
    clipped: bool = False,
) -> bytes:
    """The picture on a page of reportlab's, where more than a picture may be."""
    data = BytesIO()
    canvas = Canvas(data, (612, 792))
    if clipped:
        canvas.clipPath(_part(canvas), stroke=0)
    canvas.drawImage(ImageReader(picture), 0, 0, width, 792, mask=mask)
    if text:
        canvas.drawString(100, 100, text)
    canvas.save()
    return data.getvalue()


def _part(canvas: Canvas) -> object:
    path = canvas.beginPath()
    path.rect(100, 100, 300, 300)
    return path


def scan(data: bytes, largest: int = LARGEST, turn: int = 0) -> Scan | None:
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[0]
        page.set_rotation(turn)
        return scan_on(page, largest)
    finally:
        document.close()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_a_scan_is_its_own_pixels_at_its_own_resolution(mode: str) -> None:
    found = scan(bound(paper(mode)))
    assert found
    assert found.dpi == pytest.approx((100, 100), rel=0.01)
    assert found.image.shape == SIZE[::-1]
    meant = np.asarray(paper(mode).convert("L"), int)
    assert np.abs(found.image - meant).mean() < 1  # what JPEG and colours round


def test_a_fax_is_finer_across_than_down() -> None:
    found = scan(drawn(Image.new("1", (1728, 1078), 1)))
    assert found
    assert found.dpi == pytest.approx((203.3, 98.0), rel=0.01)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_turned_by_the_file_is_turned(turn: int) -> None:
    found = scan(drawn(paper()), turn=turn)
    assert found
    assert (found.image == np.rot90(np.asarray(paper()), -turn // 90)).all()
    assert found.dpi == pytest.approx((100, 100), rel=0.01)


@pytest.mark.parametrize(
    "data",
    [
        drawn(paper(), text="signed"),
        drawn(paper(), width=500),
        drawn(paper(), clipped=True),
        drawn(paper("RGB"), mask=[200, 255] * 3),
        bound(paper("CMYK")),
    ],
    ids=["text", "narrower", "clipped", "masked", "print-colours"],
)
def test_whatever_else_is_on_the_page_is_drawn(data: bytes) -> None:
    assert scan(data) is None


def test_too_large_a_picture_is_not_decoded() -> None:
    assert scan(bound(paper()), largest=SIZE[0] * SIZE[1] - 1) is None


def test_pages_of_a_file_are_read_so(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(drawn(paper()))
    [page] = list_pages(path)
    assert (page.image == np.asarray(paper())).all()
    assert page.digital is None


def test_what_a_mask_hides_is_not_read(tmp_path: Path) -> None:
    hidden = paper("RGBA")
    hidden.putalpha(Image.new("L", SIZE, 0))
    path = tmp_path / "f"
    path.write_bytes(drawn(hidden, mask="auto"))
    [page] = list_pages(path)
    assert (page.image == 255).all()
