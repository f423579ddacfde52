"""Scans that a PDF merely binds: their own pixels, as the scanner made them.

A scanner that delivers PDFs puts one picture on each page. To draw such a page at 300 dpi blurs
what was scanned at another resolution, and takes three times as long as to decode the picture.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2
from pypdfium2 import raw

from extractors.images import Grey

_POINTS = 72
#: How far the picture's edges may be from the page's, in points: programs round.
_EDGE = 2.0
#: Colours that mean what they say; a stencil's, or those of print, are for PDFium to draw.
_PLAIN = (
    raw.FPDF_COLORSPACE_DEVICEGRAY,
    raw.FPDF_COLORSPACE_DEVICERGB,
    raw.FPDF_COLORSPACE_CALGRAY,
    raw.FPDF_COLORSPACE_CALRGB,
    raw.FPDF_COLORSPACE_ICCBASED,
    raw.FPDF_COLORSPACE_INDEXED,
)
#: What a picture's dictionary has where some of it is not shown (ISO 32000-1, table 89). It is
#: never compressed; PDFium does not tell.
_MASKS = (b"/SMask", b"/Mask")
_TO_GREY = {raw.FPDFBitmap_BGR: cv2.COLOR_BGR2GRAY, raw.FPDFBitmap_BGRx: cv2.COLOR_BGRA2GRAY}


class Scan(NamedTuple):
    """A page's pixels, the right way up, and its dots per inch across and down."""

    image: Grey
    dpi: tuple[float, float]


def has_masks(path: Path) -> bool:
    """Whether a picture of the PDF at ``path`` may be shown in part only."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return any(content.find(mask) >= 0 for mask in _MASKS)


def scan_on(page: pypdfium2.PdfPage, largest: int) -> Scan | None:
    """The picture that ``page`` is, of ``largest`` pixels at most, where it is that and nothing
    else; ``None`` for what has to be drawn. The file must have no masks."""
    things = list(page.get_objects(max_depth=1))
    if len(things) != 1 or raw.FPDFPage_GetAnnotCount(page) > 0:
        return None
    (picture,) = things
    if not isinstance(picture, pypdfium2.PdfImage) or not _covers(picture, page):
        return None
    across, down = picture.get_px_size()
    if across * down > largest or not _is_plain(picture):
        return None
    try:
        bitmap = picture.get_bitmap(render=False)
    except pypdfium2.PdfiumError:
        return None  # drawn, it says what is wrong with it
    image = _grey(bitmap)
    if image is None:
        return None
    wide, high = (picture.get_matrix().get()[at] / _POINTS for at in (0, 3))
    dpi = across / wide, down / high
    turns = page.get_rotation() // 90
    # PDF turns clockwise (ISO 32000-1, table 30).
    return Scan(np.ascontiguousarray(np.rot90(image, -turns)), dpi[::-1] if turns % 2 else dpi)


def _covers(picture: pypdfium2.PdfImage, page: pypdfium2.PdfPage) -> bool:
    """Whether it lies on the page upright, edge to edge."""
    a, b, c, d, left, bottom = picture.get_matrix().get()
    if b or c or min(a, d) <= 0:
        return False
    edges = left, bottom, left + a, bottom + d
    return all(abs(one - other) <= _EDGE for one, other in zip(edges, page.get_bbox(), strict=True))


def _is_plain(picture: pypdfium2.PdfImage) -> bool:
    clipped = raw.FPDFPageObj_GetClipPath(picture)
    return (
        picture.get_metadata().colorspace in _PLAIN
        and not raw.FPDFPageObj_HasTransparency(picture)
        and raw.FPDFPageObj_CountMarks(picture) <= 0  # what is marked may be hidden
        and raw.FPDFClipPath_CountPaths(clipped) <= 0
    )


def _grey(bitmap: pypdfium2.PdfBitmap) -> Grey | None:
    pixels = bitmap.to_numpy()
    if bitmap.format == raw.FPDFBitmap_Gray:
        return np.array(pixels.reshape(bitmap.height, bitmap.width))
    if bitmap.format not in _TO_GREY:
        return None
    return np.asarray(cv2.cvtColor(pixels, _TO_GREY[bitmap.format]), np.uint8)
