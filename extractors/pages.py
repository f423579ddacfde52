"""From what a scanner or a fax made to a page: 300 dpi, white, no borders, holes, specks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from extractors.digital import Digital
from extractors.fax_lines import mended
from extractors.files import LARGEST_PAGE, RawPage
from extractors.holes import Hole, filled, punched
from extractors.images import Grey, blobs, darker, labels, smaller
from extractors.patch import patch_on
from extractors.png import png
from extractors.printed import orientation
from greffier.errors import BadInput
from greffier.words import DPI, Box

#: Sheets an office meets, in inches, upright: letter, legal, A4, ledger, A5, half letter.
_SHEETS = ((8.5, 11.0), (8.5, 14.0), (8.27, 11.69), (11.0, 17.0), (5.83, 8.27), (5.5, 8.5))
#: What machines make, across × down. The fax ones are of ITU-T T.4.
_RESOLUTIONS = (
    *((float(dpi), float(dpi)) for dpi in (300, 200, 600, 400, 240, 150, 100)),
    (204.0, 196.0),
    (204.0, 98.0),
    (204.0, 391.0),
)
#: How far a page may be from a sheet's size and still be one: cut or uneven edges.
_SIZE_TOLERANCE = 0.13
#: A page of this width is a fax, and a fax of this height or less has every second line only,
#: whatever its tags say.
_FAX_WIDTH, _FAX_STANDARD_HEIGHT = 1728, 1450
#: Dots per inch across that only a fax has, give or take what its tags round.
_FAX_DOTS, _ROUNDED = 204.0, 1.0
#: Ink is darker than this; paper and shadows are lighter.
_INK = 140
#: A speck is smaller than this, in square pixels at 300 dpi: a full stop has four times as much.
_SPECK = 9
#: No page is looked at as being further askew, in degrees.
_MOST_ASKEW = 8.0


@dataclass(frozen=True)
class Page:
    """A page ready to be looked at, at 300 dpi.

    It may still lie on its side or be askew: ``Register.find`` turns the pages of known forms,
    ``turned`` and ``straight`` all others. ``digital`` is the text of a born-digital page.
    ``patch``: it bears a patch code, which tells documents apart. ``holes``: where the sheet was
    punched; they are white.
    """

    number: int
    image: Grey
    blank: bool = False
    digital: Digital | None = None
    patch: bool = False
    holes: tuple[Hole, ...] = ()


def clean(raw: RawPage) -> Page:
    """``raw`` at its true resolution and proportions, brought to 300 dpi, without dirt and with
    lost lines of a fax put right.

    Raises ``BadInput("page-too-large")``.
    """
    if raw.digital:
        patch = bool(patch_on(raw.image))
        return Page(raw.number, raw.image, digital=raw.digital, patch=patch)
    image = _to_300_dpi(raw.image, raw.dpi)
    if min(image.shape) < DPI // 2:
        return Page(raw.number, image, blank=True)  # too small for a word to be on it
    patch = bool(patch_on(image))  # before its bars are taken for the border of the sheet
    image = _without_borders(image)
    holes = punched(image)
    image = filled(image, holes)
    blank = not patch and is_blank(image)
    return Page(raw.number, image, blank=blank, patch=patch, holes=holes)


def true_resolution(
    width: int, height: int, claimed: tuple[float, float] | None
) -> tuple[float, float]:
    """Dots per inch across and down, of a page of ``width`` × ``height`` pixels.

    What the file claims is believed only when it makes the page the size of a sheet of paper.
    """
    if abs(width - _FAX_WIDTH) < 8 and 900 < height < _FAX_STANDARD_HEIGHT:
        return 204.0, 98.0
    if claimed and _misfit(width, height, claimed, _SHEETS) < _SIZE_TOLERANCE:
        return claimed
    fits = {dpi: _misfit(width, height, dpi, _SHEETS[:3]) for dpi in _RESOLUTIONS}
    best = min(fits, key=fits.__getitem__)
    if fits[best] < _SIZE_TOLERANCE:
        return best
    if claimed and all(70 <= dpi <= 1250 for dpi in claimed):
        return claimed  # a slip, a cheque: no sheet we know, and nothing better to go by
    dpi = min(width, height) / 8.5
    return dpi, dpi


def _misfit(
    width: int, height: int, dpi: tuple[float, float], sheets: tuple[tuple[float, float], ...]
) -> float:
    across, down = width / dpi[0], height / dpi[1]
    return min(
        max(abs(math.log(across / x)), abs(math.log(down / y)))
        for short, long in sheets
        for x, y in ((short, long), (long, short))
    )


def _to_300_dpi(image: Grey, claimed: tuple[float, float] | None) -> Grey:
    """``image`` at 300 dpi, without specks, the lines of a fax put right.

    They are looked for at the resolution the machine made them, where a dot is a dot; on a page of
    more than 300 dpi, after it was made smaller, for a quarter of the memory and time.
    """
    height, width = image.shape
    across, down = true_resolution(width, height, claimed)
    if abs(across - _FAX_DOTS) <= _ROUNDED:
        image = mended(image)
    size = (round(width * DPI / across), round(height * DPI / down))
    if size[0] * size[1] > LARGEST_PAGE:
        raise BadInput("page-too-large")
    if max(abs(size[0] - width) / width, abs(size[1] - height) / height) < 0.02:
        return _without_specks(image, across * down)
    if across > DPI and down > DPI:
        return _without_specks(_resized(image, size, cv2.INTER_AREA), DPI * DPI)
    image = _without_specks(image, across * down)
    return _resized(image, size, cv2.INTER_AREA if size[0] < width else cv2.INTER_CUBIC)


def _resized(image: Grey, size: tuple[int, int], how: int) -> Grey:
    return _grey(cv2.resize(image, size, interpolation=how))


def _without_specks(image: Grey, dots: float) -> Grey:
    """Single dots of noise removed, of a picture of ``dots`` pixels to the square inch."""
    largest = _SPECK * dots / (DPI * DPI)
    ink = darker(image, _INK)
    inked = np.flatnonzero(ink.view(bool))
    blob = labels(ink).ravel()[inked]
    specks = np.bincount(blob) <= max(largest, 1)
    image = np.array(image, order="C")
    image.ravel()[inked[specks[blob]]] = 255
    return image


def _without_borders(image: Grey) -> Grey:
    """Black wedges and bands that touch the edge of the picture made white."""
    height, width = image.shape
    small = smaller(image, 6)
    dark = cv2.morphologyEx(darker(small, _INK), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    found = blobs(np.asarray(dark, np.uint8))
    x0, y0, wide, high, _ = found.stats.T
    x1, y1 = x0 + wide, y0 + high
    at_edge = (x0 <= 1) | (y0 <= 1) | (x1 >= small.shape[1] - 1) | (y1 >= small.shape[0] - 1)
    at_edge[0] = False
    if not at_edge.any():
        return image
    border = cv2.dilate(at_edge[found.labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    border = cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.where(border > 0, np.uint8(255), image)


def is_blank(image: Grey) -> bool:
    """Whether nobody wrote or printed anything on the page (300 dpi).

    The outer half inch does not count: holes, shadows, and the line a fax machine prints on top
    are there. Nor does what shows through from the other side, which is grey.
    """
    margin = DPI // 2
    inner = image[margin:-margin, margin:-margin]
    if not inner.size:
        return False  # a slip, all margin
    fifth = max(1, len(inner) // 5)
    # Most pages are not, and their middle says so in a fifth of the time.
    return _has_few_marks(inner[2 * fifth : 3 * fifth]) and _has_few_marks(inner)


def _has_few_marks(image: Grey) -> bool:
    areas = blobs(darker(smaller(image, 3), _INK)).stats[1:, cv2.CC_STAT_AREA]
    return int(np.count_nonzero(areas >= 12)) < 4


def turned(page: Page) -> Page:
    """The page turned by quarters so that its text can be read; itself if it lies so."""
    turns = 0 if page.digital else orientation(page.image)
    if not turns:
        return page
    return replace(page, image=_grey(np.ascontiguousarray(np.rot90(page.image, turns))))


def straight(page: Page) -> Page:
    """The page with its lines of text level, whichever way up it lies."""
    angle = skew(page.image)
    return replace(page, image=rotate(page.image, angle)) if abs(angle) > 0.1 else page


def skew(image: Grey) -> float:
    """By how many degrees, counter-clockwise, the lines of text must be turned to be level."""
    sharpness = _sharpness(smaller(image, 4))
    best = max(np.arange(-_MOST_ASKEW, _MOST_ASKEW + 0.1, 1.0), key=sharpness)
    for step in (0.25, 0.05):
        best = max(best + step * np.arange(-4, 5), key=sharpness)
    return float(best)


def _sharpness(image: Grey) -> Callable[[float], float]:
    """How sharply the rows of ``image``, turned by an angle, begin and end. Its ink is turned point
    by point, which is little beside the paper."""
    y, x = (at.astype(np.float32) for at in np.nonzero(darker(image, _INK + 40).view(bool)))
    beyond = sum(image.shape)

    def of(angle: float) -> float:
        turn = math.radians(angle)
        # Half a pixel of each point counts in the row it lies in, half in the one below: a step.
        rows = np.bincount((math.cos(turn) * y - math.sin(turn) * x + beyond).astype(np.int32))
        return float(np.square(np.diff(rows[:-1] + rows[1:])).sum()) if rows.size > 2 else 0.0

    return of


def rotate(image: Grey, angle: float) -> Grey:
    """``image`` turned by ``angle`` degrees counter-clockwise about its centre; same size."""
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return _grey(
        cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)
    )


def crop(image: Grey, box: Box, margin: int = 20) -> bytes:
    """The picture of ``box`` and a ``margin`` of pixels around it, as PNG."""
    y0, x0 = max(0, box.y0 - margin), max(0, box.x0 - margin)
    return png(image[y0 : box.y1 + margin, x0 : box.x1 + margin])


def _grey(image: object) -> Grey:
    return np.asarray(image, dtype=np.uint8)


def load(path: Path) -> Grey:
    """A picture that ``png`` made."""
    return _grey(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
