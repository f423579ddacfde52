"""What came onto a known form after it was filled, and lies over its fields: stamps, holes.

A stamp is larger than the field it lies on: it has ink where the form has neither print nor a
place to write. Which strokes in the field are the stamp's is not asked; that it is there is.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from extractors.images import blobs, darker, labels, percentile, smaller
from extractors.register import Registered
from extractors.zones import Mask
from greffier.words import DPI, Box

_MM = DPI / 25.4
#: Looked for at a quarter of 300 dpi, in ink so much darker than the paper.
_COARSE, _DARKER = 4, 60
#: Pixels at 300 dpi around the form's print that may be that print, slipped or spread; and around
#: a place to write that writing may reach.
_SLIPPED, _SPILT, _SIGNED = 10, 26, 90
#: Pieces smaller than this (pixels at 75 dpi) are dirt; so flat and so many times as long as high,
#: the edge of a printed line that a fold has moved.
_DIRT, _FLAT, _LEVEL = 4, 4, 4
#: Pieces so near each other (across a line of writing) are of one thing, which is at least so long
#: and so high, in millimetres; and its ink, in square millimetres.
_NEAR, _LONG, _HIGH, _INK = 13.0, 15.0, 5.0, 6.0
#: So far around what is seen of it, it may go on.
_AROUND = 2.5


def punched_through(page: Registered, zone: Box) -> bool:
    """Whether a hole has taken some of the ``zone``."""
    for hole in page.page.holes:
        x, y = page.to_blank(hole.x, hole.y)
        near = max(zone.x0, min(x, zone.x1)), max(zone.y0, min(y, zone.y1))
        if np.hypot(x - near[0], y - near[1]) < hole.radius:
            return True
    return False


class Foreign(NamedTuple):
    """Where something large lies that is neither print nor writing: 1 on the blank at 75 dpi."""

    covered: Mask

    def is_over(self, zone: Box) -> bool:
        """Whether some of it lies over the ``zone``, in pixels of the blank at 300 dpi."""
        x0, y0 = (at // _COARSE for at in zone[:2])
        x1, y1 = (at // _COARSE + 1 for at in zone[2:])
        return bool(self.covered[y0:y1, x0:x1].any())


def foreign(page: Registered) -> Foreign:
    """What lies over the page that came onto it after it was filled."""
    ink = _outside(page)
    covered = np.zeros_like(ink)
    if page.page.digital:
        return Foreign(covered)
    reach = round(_NEAR * _MM / _COARSE)
    brush = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, reach))
    groups = labels(np.asarray(cv2.dilate(ink, brush), np.uint8))
    for group in range(1, int(groups.max()) + 1):
        points = cv2.findNonZero(((groups == group) & (ink > 0)).astype(np.uint8))
        if points is None or len(points) < _INK * (_MM / _COARSE) ** 2:
            continue
        _, sides, _ = cv2.minAreaRect(points)
        if max(sides) < _LONG * _MM / _COARSE or min(sides) < _HIGH * _MM / _COARSE:
            continue
        cv2.fillConvexPoly(covered, cv2.convexHull(points), 1)
    side = 2 * round(_AROUND * _MM / _COARSE) + 1
    return Foreign(np.asarray(cv2.dilate(covered, np.ones((side, side), np.uint8)), np.uint8))


def _outside(page: Registered) -> Mask:
    """Ink that is neither the form's print nor where one writes, at 75 dpi."""
    seen, blank = smaller(page.warped, _COARSE), smaller(page.blank, _COARSE)
    dark = darker(seen, percentile(seen, 90) - _DARKER)
    side = 2 * round(_SLIPPED / _COARSE) + 1
    dark[cv2.dilate(darker(blank, 215), np.ones((side, side), np.uint8)) > 0] = 0
    for zone in page.revision.zones.values():
        if zone.page == page.form_page:
            around = _SIGNED if zone.box.height > 120 else _SPILT
            x0, y0, x1, y1 = (at // _COARSE for at in zone.box)
            pad = around // _COARSE
            dark[max(0, y0 - pad) : y1 + pad, max(0, x0 - pad) : x1 + pad] = 0
    pieces = blobs(dark)
    wide, high, area = pieces.stats.T[2:5]
    kept = (area >= _DIRT) & ~((high <= _FLAT) & (wide >= _LEVEL * high))
    kept[0] = False
    return np.asarray(kept[pieces.labels], np.uint8)
