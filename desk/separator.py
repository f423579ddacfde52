"""``greffier separator``: a sheet to put between documents before they are scanned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from extractors.patch import NARROW, PATCHES, SPACE, WIDE
from extractors.separators import SEPARATOR
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.words import DPI

#: Letter paper, in inches; bars lie so far from the edge (Kodak: 0.25 and more) and are so long.
_WIDTH, _HEIGHT = 8.5, 11.0
_MARGIN, _LENGTH = 0.4, 3.0
_SYMBOL = 2.0


def print_separator(path: Path) -> None:
    """Write the sheet as a PDF of one page: a patch T along every edge, and a QR symbol.

    Raises ``UsageError`` when there is a file at ``path`` already.
    """
    if path.exists():
        raise UsageError("file-exists", path=path)
    sheet().save(path, "PDF", resolution=DPI)


def sheet() -> Image.Image:
    """The sheet at 300 dpi, black and white."""
    page = np.full((round(_HEIGHT * DPI), round(_WIDTH * DPI)), 255, np.uint8)
    for turns in range(4):
        _patch(np.rot90(page, turns))
    image = Image.fromarray(page)
    symbol = zxingcpp.create_barcode(SEPARATOR, zxingcpp.BarcodeFormat.QRCode)
    size = round(_SYMBOL * DPI)
    printed = Image.fromarray(np.array(symbol.to_image())).resize(
        (size, size), Image.Resampling.BOX
    )
    image.paste(printed, ((image.width - size) // 2, round(3.2 * DPI)))
    pen = ImageDraw.Draw(image)
    for line, (words, tall) in enumerate(
        ((t("separator.title"), 110), (t("separator.use"), 46), (t("separator.fate"), 46))
    ):
        place = (image.width / 2, (5.8 + 0.4 * line) * DPI)
        pen.text(place, words, 0, ImageFont.load_default(tall), anchor="mm")
    return image.convert("1")


def _patch(page: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Bars along the top of ``page``, which is drawn on."""
    left, top = (page.shape[1] / DPI - _LENGTH) / 2, _MARGIN
    for wide in PATCHES["T"]:
        thick = WIDE if wide else NARROW
        rows = slice(round(top * DPI), round((top + thick) * DPI))
        page[rows, round(left * DPI) : round((left + _LENGTH) * DPI)] = 0
        top += thick + SPACE
