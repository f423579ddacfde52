"""Any submitted file, opened page by page.

What a file is follows from its first bytes; its name is not looked at. Pages come one at a time,
so that a file of a thousand pages costs the memory of one. Every file that cannot be read raises
``BadInput`` with one of these codes:

- ``empty``: no bytes, or no page
- ``not-a-document``: neither TIFF, PNG, JPEG nor PDF
- ``truncated``: the end is missing
- ``damaged``: it is all there and makes no sense
- ``encrypted``: a password is asked for
- ``unsupported``: a kind of picture that no scanner of documents makes
- ``too-many-pages``, ``page-too-large``: more than one reading is allowed to cost
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from pypdfium2 import raw

from extractors.bound import has_masks, scan_on
from extractors.digital import Digital, is_scan, read_digital
from extractors.images import Grey
from extractors.tiff import count_pages
from greffier.errors import BadInput
from greffier.words import DPI

_log = logging.getLogger(__name__)
#: The most pixels of one page: A3 at 600 dpi and some more.
LARGEST_PAGE = 100_000_000
_POINTS = 72
#: Values of the orientation tag that turn a page by a quarter (TIFF 6.0, section 8).
_SIDEWAYS = (5, 6, 7, 8)
_MAGIC = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
}
#: Readers look for the header of a PDF within this many bytes of its start, and for its trailer
#: within this many of its end (ISO 32000-1, annex H, notes 13 and 18).
_PDF_WINDOW = 1024


@dataclass(frozen=True)
class RawPage:
    """One page as the file holds it.

    ``number`` counts from 1. ``dpi`` is what the file claims, across and down; it may lie.
    ``digital`` is the text of a born-digital page, ``None`` for a scan.
    """

    number: int
    image: Grey
    dpi: tuple[float, float] | None = None
    digital: Digital | None = None


def sniff(path: Path) -> str:
    """``TIFF``, ``PNG``, ``JPEG`` or ``PDF``, from the file's first bytes."""
    with path.open("rb") as file:
        head = file.read(_PDF_WINDOW)
    if not head:
        raise BadInput("empty")
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if b"%PDF-" in head:
        return "PDF"
    raise BadInput("not-a-document")


def list_pages(path: Path, limit: int = 1000) -> Iterator[RawPage]:
    """The pages of the file at ``path``, at most ``limit`` of them, one at a time.

    Raises ``BadInput`` (see above): at the first page for what can be known then, later when the
    damage lies in a later page. Pages already handed out must not be used in that case.
    """
    kind = sniff(path)
    return _pdf_pages(path, limit) if kind == "PDF" else _image_pages(path, kind, limit)


def _image_pages(path: Path, kind: str, limit: int) -> Iterator[RawPage]:
    with path.open("rb") as file:
        count = count_pages(file) if kind == "TIFF" else 1
        if count > limit:
            raise BadInput("too-many-pages", pages=count, limit=limit)
        file.seek(0)
        with warnings.catch_warnings():
            # Pillow warns of odd tags and of large pictures: the checks here decide, not it.
            warnings.simplefilter("ignore")
            with _opened(file, kind) as picture:
                for number in range(1, count + 1):
                    yield _image_page(picture, kind, number)


def _opened(file: object, kind: str) -> Image.Image:
    try:
        return Image.open(file, formats=(kind,))  # type: ignore[arg-type]
    except UnidentifiedImageError as error:
        # What is left of a TIFF here is whole; its pixels are of a kind Pillow does not know.
        raise BadInput("unsupported" if kind == "TIFF" else "damaged") from error
    except Image.DecompressionBombError as error:
        raise BadInput("page-too-large") from error
    except (OSError, ValueError, TypeError, SyntaxError) as error:
        raise BadInput("damaged") from error


def _image_page(picture: Image.Image, kind: str, number: int) -> RawPage:
    try:
        if kind == "TIFF":
            picture.seek(number - 1)
        if picture.width * picture.height > LARGEST_PAGE:
            raise BadInput("page-too-large", page=number)
        if kind == "JPEG":
            picture.draft("L", picture.size)  # grey at once: a third of the memory of its colours
        dpi = _claimed(picture)
        lies = picture.getexif().get(ExifTags.Base.Orientation, 1)
        if dpi and lies in _SIDEWAYS:
            dpi = dpi[::-1]
        # Only then: it makes a copy of a picture that lies as it should.
        upright = picture if lies == 1 else ImageOps.exif_transpose(picture)
        return RawPage(number, _grey(upright), dpi)
    except Image.DecompressionBombError as error:
        raise BadInput("page-too-large", page=number) from error
    except (EOFError, OSError, ValueError, TypeError, SyntaxError, IndexError) as error:
        code = "truncated" if "truncated" in str(error) else "damaged"
        raise BadInput(code, page=number) from error


def _claimed(picture: Image.Image) -> tuple[float, float] | None:
    across, down = picture.info.get("dpi", (0, 0))
    return (float(across), float(down)) if across > 0 and down > 0 else None


def _grey(picture: Image.Image) -> Grey:
    """Any mode as 8-bit grey on white paper."""
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        deep = np.asarray(picture, dtype=np.float32)
        low, high = float(deep.min()), float(deep.max())
        return np.asarray((deep - low) * (255 / max(high - low, 1.0)), dtype=np.uint8)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture.convert("L"))


def _pdf_pages(path: Path, limit: int) -> Iterator[RawPage]:
    _check_pdf_end(path)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise BadInput(_PDF_ERRORS.get(error.err_code, "damaged")) from error
    try:
        count = len(document)
        if not count:
            raise BadInput("empty")
        if count > limit:
            raise BadInput("too-many-pages", pages=count, limit=limit)
        if document.get_formtype():
            document.init_forms()  # or the values of form fields are not drawn
        plain = not has_masks(path)
        for number in range(1, count + 1):
            yield _pdf_page(path, document, number, plain)
    finally:
        document.close()


_PDF_ERRORS = {raw.FPDF_ERR_PASSWORD: "encrypted", raw.FPDF_ERR_SECURITY: "encrypted"}


def _check_pdf_end(path: Path) -> None:
    """A PDF whose trailer is missing was cut: PDFium would mend it and lose pages in silence."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _PDF_WINDOW))
        if b"%%EOF" not in file.read():
            raise BadInput("truncated")


def _pdf_page(path: Path, document: pypdfium2.PdfDocument, number: int, plain: bool) -> RawPage:
    """``plain``: no picture of the file is masked."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise BadInput("damaged", page=number) from error
    try:
        if plain and (scan := scan_on(page, LARGEST_PAGE)):
            return RawPage(number, scan.image, scan.dpi)
        image = render(page)
        digital = _text_layer(path, number, page, image)
    finally:
        page.close()
    return RawPage(number, image, (float(DPI), float(DPI)), digital)


def _text_layer(path: Path, number: int, page: pypdfium2.PdfPage, image: Grey) -> Digital | None:
    """What the page says; ``None`` for a scan, and where the text is too broken to be read."""
    if is_scan(page):
        return None
    try:
        return read_digital(path, number, image)
    except Exception as error:  # noqa: BLE001 - parsers of broken PDFs raise anything
        # The pixels are as good as those of any scan: the page is read from them.
        _log.info("page %d: text layer not readable (%s)", number, type(error).__name__)
        return None


def render(page: pypdfium2.PdfPage) -> Grey:
    """The page's pixels at 300 dpi. Raises ``BadInput``: ``page-too-large``, ``damaged``."""
    width, height = (length * DPI / _POINTS for length in page.get_size())
    if width * height > LARGEST_PAGE:
        raise BadInput("page-too-large")
    if min(width, height) < 1:
        raise BadInput("damaged")
    try:
        bitmap = page.render(scale=DPI / _POINTS, grayscale=True)
    except pypdfium2.PdfiumError as error:
        raise BadInput("damaged") from error
    pixels = bitmap.to_numpy().reshape(bitmap.height, -1)
    # PDFium rounds the size up: a letter page comes out one line too long.
    return np.array(pixels[: round(height), : round(width)])
