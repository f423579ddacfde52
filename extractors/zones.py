"""One field cut out of a registered page, with and without what the form itself printed there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey, blobs, darker, percentiles, smaller
from extractors.register import Registered
from greffier.words import Box

#: Where something was written (1) and where not (0).
Mask = npt.NDArray[np.uint8]

#: A zone is looked for this far from where the registration puts it: lost fax lines.
_SLIP = 8
#: The form's print is taken away with this many pixels around it: ink spreads.
_SPREAD = 3
#: Square pixels at 300 dpi: smaller is no ink at all; smaller is a speck, unless a letter is near;
#: larger is a letter.
_DOT, _SPECK, LETTER = 8, 45, 120
#: How near a letter its accent is, and the apostrophe in the next box of a comb, in pixels.
_NEAR = 60
#: What lies within this many pixels of a printed line, is at least so long, and is flat, may be the
#: line itself: a fold moves it that far. A dash in the middle of a box is farther.
_STRAY, _STRAY_LENGTH = 20, 30


@dataclass(frozen=True)
class Cut:
    """The zone of one field.

    ``image`` is the zone as it is on the page, ``blank`` as it is on the form. ``ink`` marks the
    dark pixels of the page that the form did not print, ``dirt`` those that were taken for specks
    or shreds of lines. All have the shape of the zone.
    """

    image: Grey
    blank: Grey
    ink: Mask
    dirt: Mask

    @property
    def writing(self) -> Grey:
        """The zone with the writing alone, on white."""
        near = cv2.dilate(self.ink, np.ones((3, 3), np.uint8))
        return np.where(near > 0, self.image, np.uint8(255))


def cut(page: Registered, zone: Box, pad: int = 0) -> Cut:
    """The ``zone`` (on the blank) and ``pad`` pixels around it, aligned with the blank."""
    around = _within(zone, pad + _SLIP, page.blank)
    blank = page.blank[around.y0 : around.y1, around.x0 : around.x1]
    image = page.warped[around.y0 : around.y1, around.x0 : around.x1]
    dx, dy = _slip(image, blank)
    if dx or dy:
        shift = np.array([[1, 0, -dx], [0, 1, -dy]], np.float64)
        image = np.asarray(
            cv2.warpAffine(image, shift, image.shape[::-1], borderValue=255), np.uint8
        )
    everything = _unprinted(image, blank)
    ink = _without_dirt(everything, (blank < 160).astype(np.uint8))
    inner = _within(zone, pad, page.blank)
    rows = slice(inner.y0 - around.y0, inner.y1 - around.y0)
    columns = slice(inner.x0 - around.x0, inner.x1 - around.x0)
    ink = _from_inside(np.asarray(ink[rows, columns], np.uint8), pad)
    image, blank, everything = (part[rows, columns] for part in (image, blank, everything))
    return Cut(image, blank, ink, np.asarray(cv2.bitwise_and(everything, 1 - ink), np.uint8))


def _within(box: Box, pad: int, image: Grey) -> Box:
    height, width = image.shape
    return Box(
        max(0, box.x0 - pad),
        max(0, box.y0 - pad),
        min(width, box.x1 + pad),
        min(height, box.y1 + pad),
    )


def _slip(image: Grey, blank: Grey) -> tuple[int, int]:
    """By how many pixels, to the right and down, the print of the page is off the blank's.

    Looked for at half the resolution; between its pixels, by the parabola through the best three.
    """
    if int(blank.min()) > 128:
        return 0, 0  # nothing printed here to go by
    page, form = (_soft_half(255 - picture) for picture in (image, blank))
    reach = _SLIP // 2
    template = form[reach:-reach, reach:-reach]
    answer = cv2.matchTemplate(page, template, cv2.TM_CCORR_NORMED)
    # The nearer of two equally good places is the likelier.
    span = np.arange(-reach, reach + 1)
    answer = answer - 0.004 * np.hypot(span[:, None], span[None, :])
    y, x = (int(at) for at in np.unravel_index(int(answer.argmax()), answer.shape))
    return round(2 * (_peak(answer[y], x) - reach)), round(2 * (_peak(answer[:, x], y) - reach))


def _soft_half(image: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(smaller(image, 2), (0, 0), 0.75), np.uint8)


def _peak(row: npt.NDArray[np.float64], at: int) -> float:
    """Where ``row``, highest at ``at``, is highest between its samples."""
    if not 0 < at < len(row) - 1:
        return at
    before, best, after = (float(value) for value in row[at - 1 : at + 2])
    return at + 0.5 * (before - after) / (before - 2 * best + after)


def darkness(image: Grey) -> Mask:
    """Ink of any colour and strength on paper of any shade, as 1."""
    blackest, paper = percentiles(image, 0.5, 90)
    strongest = paper - blackest
    if strongest < 40:
        return np.zeros(image.shape, np.uint8)
    return darker(image, math.ceil(paper - max(0.4 * strongest, 30)))


def _unprinted(image: Grey, blank: Grey) -> Mask:
    """What is dark on the page and was not printed on the form.

    Strokes that cross a printed line are joined again where they go on at both sides of it.
    """
    dark = darkness(image)
    side = 2 * _SPREAD + 1
    printed = cv2.dilate((blank < 160).astype(np.uint8), np.ones((side, side), np.uint8))
    rest = cv2.bitwise_and(dark, 1 - printed)
    down, along = (
        cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones(across, np.uint8))
        for across in ((side + 6, 5), (5, side + 6))
    )
    bridge = cv2.bitwise_or(down, along)
    ink = cv2.bitwise_or(rest, cv2.bitwise_and(cv2.bitwise_and(bridge, printed), dark))
    return np.asarray(ink, np.uint8)


def _from_inside(ink: Mask, pad: int) -> Mask:
    """The ink without what reaches over the edge of the cut, and not into the zone within ``pad``:
    a caption that a fold has moved."""
    if not (ink[[0, -1]].any() or ink[:, [0, -1]].any()):
        return ink
    labels, stats, _ = blobs(ink)
    x0, y0, width, height = stats.T[:4]
    high, wide = ink.shape
    x1, y1 = x0 + width, y0 + height
    outside = (y0 == 0) & (y1 <= pad) | (y1 == high) & (y0 >= high - pad)
    outside |= (x0 == 0) & (x1 <= pad) | (x1 == wide) & (x0 >= wide - pad)
    outside[0] = True
    return np.asarray(~outside[labels], np.uint8)


def _without_dirt(ink: Mask, lines: Mask) -> Mask:
    """The ink without specks far from any writing, and without what is left of printed lines.

    A speck beside a letter stays: it may be its accent, or the dot of an i. A line is left over
    where the paper was folded and the line is not where the blank has it.
    """
    labels, stats, _ = blobs(ink)
    count = len(stats)
    if count == 1:
        return ink
    area, width, height = (
        stats[:, which] for which in (cv2.CC_STAT_AREA, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    )
    dirt = area < _SPECK
    flat = (width >= 3 * height) & (width >= _STRAY_LENGTH)
    dirt[0] = flat[0] = False
    if not (dirt | flat).any():
        return ink
    letters = area >= LETTER
    letters[0] = False
    reach = 2 * _NEAR + 1
    near = cv2.dilate(letters[labels].astype(np.uint8), np.ones((reach, reach), np.uint8))
    off_line = cv2.dilate(lines, np.ones((2 * _STRAY + 1, 1), np.uint8)) == 0
    inked = np.flatnonzero(ink.view(bool))
    blob = labels.ravel()[inked]
    beside = np.bincount(blob[near.ravel()[inked] > 0], minlength=count) > 0
    stray = np.bincount(blob[off_line.ravel()[inked]], minlength=count) == 0
    dirt = dirt & ~beside | (area < _DOT) | stray & flat
    dirt[0] = True
    return np.asarray(~dirt[labels], np.uint8)
