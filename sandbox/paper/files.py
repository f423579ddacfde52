"""The files paper arrives in: pages to bytes. The same pages give the same bytes."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Sequence

from PIL import Image
from reportlab import rl_config
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from greffier.words import DPI
from sandbox.paper.degrade import FINE, STANDARD
from sandbox.paper.ink import Page

# Binary is allowed in a PDF since 1993; as text, ReportLab spends a second a page on it.
rl_config.useA85 = 0

#: PDF and ZIP both keep a date of their own.
_MADE = time.strptime("2026-11-16", "%Y-%m-%d")


def pdf_of_jpegs(pages: Sequence[Page]) -> bytes:
    """Grey pages as JPEG in a PDF, as office scanners make it."""
    first, *others = (Image.fromarray(page) for page in pages)
    out = io.BytesIO()
    first.save(
        out,
        "PDF",
        save_all=True,
        append_images=others,
        resolution=DPI,
        quality=82,
        creationDate=_MADE,
        modDate=_MADE,
    )
    return out.getvalue()


def pdf_lossless(pages: Sequence[Page]) -> bytes:
    """Grey pages in 16 shades, deflated, in a PDF."""
    return _pdf([Image.fromarray(page & 0xF0 | page >> 4) for page in pages])


def pdf_locked(pages: Sequence[Page], password: str) -> bytes:
    """Grey pages as JPEG in a PDF that asks for a password."""
    jpegs = []
    for page in pages:
        jpegs.append(io.BytesIO())
        Image.fromarray(page).save(jpegs[-1], "JPEG", quality=60)
    return _pdf(jpegs, StandardEncryption(password, strength=128))


def _pdf(
    images: Sequence[Image.Image | io.BytesIO], lock: StandardEncryption | None = None
) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1, encrypt=lock)
    for image in map(ImageReader, images):
        size = [pixels * 72 / DPI for pixels in image.getSize()]
        canvas.setPageSize(size)
        canvas.drawImage(image, 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def png(page: Page) -> bytes:
    """One grey page."""
    out = io.BytesIO()
    Image.fromarray(page).save(out, "PNG", dpi=(DPI, DPI), compress_level=3)
    return out.getvalue()


def tiff_grey(pages: Sequence[Page]) -> bytes:
    """Grey pages in one TIFF, as JPEG."""
    return _tiff([Image.fromarray(page) for page in pages], "jpeg", (DPI, DPI), quality=88)


def tiff_group4(pages: Sequence[Page]) -> bytes:
    """Black and white pages in one Group 4 TIFF."""
    return _tiff([_dots(page) for page in pages], "group4", (DPI, DPI))


def tiff_fax(pages: Sequence[Page], *, fine: bool) -> bytes:
    """Fax pages in one Group 3 TIFF: one-dimensional when fine, two-dimensional when not."""
    t4_options = 292
    options = {} if fine else {t4_options: 1}
    dots = [_dots(page) for page in pages]
    return _tiff(dots, "group3", FINE if fine else STANDARD, tiffinfo=options)


def _dots(page: Page) -> Image.Image:
    return Image.fromarray(page).convert("1", dither=Image.Dither.NONE)


def _tiff(
    images: list[Image.Image], compression: str, dpi: tuple[int, int], **more: object
) -> bytes:
    out = io.BytesIO()
    first, *others = images
    first.save(
        out,
        "TIFF",
        save_all=True,
        append_images=others,
        compression=compression,
        dpi=dpi,
        **more,
    )
    return out.getvalue()


def noise(seed: int) -> bytes:
    """Bytes that are no document, whatever their name says."""
    return random.Random(seed).randbytes(48_000)


def word_file(text: str) -> bytes:
    """The smallest file a word processor opens: a document, but not one we read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS}.items():
            _add(archive, name, content)
        _add(archive, "word/document.xml", _BODY.format(text=text))
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: str) -> None:
    entry = zipfile.ZipInfo(name, _MADE[:6])
    archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8"?>' + content)


_OOXML = "http://schemas.openxmlformats.org"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    f'<Types xmlns="{_OOXML}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_RELS = (
    f'<Relationships xmlns="{_OOXML}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{_OOXML}/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_BODY = (
    f'<w:document xmlns:w="{_OOXML}/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    "<w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
)
