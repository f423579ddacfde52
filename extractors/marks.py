"""Check boxes and signatures: not what is written, but whether something is.

A box is judged by the share of its inside that is inked and was not printed. Between a stray dot
and a stroke lies a band where nobody can be sure; a box blackened all over may be a mark or the
taking back of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from extractors.images import blobs
from extractors.zones import Cut, Mask
from forms.types import CHECKED, PRESENT

#: Share of the inside of a box that is inked: up to the first it is empty, from the second marked,
#: from the third blackened. Blackened, and with more ink around it than ``SPILT`` of the cut, a
#: mark was scribbled over: it may have been taken back.
EMPTY, MARKED, BLACKENED, SPILT = 0.012, 0.05, 0.75, 0.10
#: The inside begins this share of the box within its border.
_RIM = 0.10
#: A signature has this much ink (square pixels at 300 dpi) and runs over this share of its frame.
_SIGNATURE_INK, _SIGNATURE_SPAN = 500, 0.12


@dataclass(frozen=True)
class Mark:
    """Whether there is a mark (``value``: as ``forms.types`` writes it, or ``""``)."""

    value: str
    confidence: float
    problem: str | None = None


def box_mark(cut: Cut, pad: int) -> Mark:
    """What is in one check box; ``cut`` is its zone and ``pad`` pixels around it."""
    height, width = cut.ink.shape
    dy, dx = (pad + round(_RIM * (side - 2 * pad)) for side in (height, width))
    share, swept = (
        float(part[dy : height - dy, dx : width - dx].mean()) for part in (cut.ink, cut.dirt)
    )
    if share + swept <= EMPTY:
        return Mark("", 0.997)
    if share <= EMPTY:
        # What was swept out as dirt may be the shy stroke of a thin pen, in pieces.
        return Mark("", 0.6, "mark-unclear")
    if share < MARKED:
        # As likely a slip of the pen as a shy mark.
        return Mark(CHECKED if share > (EMPTY + MARKED) / 2 else "", 0.6, "mark-unclear")
    around = cut.ink.copy()
    around[pad : height - pad, pad : width - pad] = 0
    if share > BLACKENED and float(around.sum()) > SPILT * height * width:
        return Mark(CHECKED, 0.7, "mark-unclear")
    return Mark(CHECKED, 0.997)


def signature(cut: Cut) -> Mark:
    """Whether somebody signed in the frame."""
    columns = np.flatnonzero(cut.ink.any(axis=0))
    amount = int(cut.ink.sum())
    span = (columns[-1] - columns[0]) / cut.ink.shape[1] if columns.size else 0.0
    if amount >= _SIGNATURE_INK and span >= _SIGNATURE_SPAN:
        return Mark(PRESENT, 0.99)
    if _strokes(cut.ink) == 0:
        return Mark("", 0.99)
    return Mark(PRESENT, 0.6, "signature-unclear")


def _strokes(ink: Mask) -> int:
    """Pieces of ink too long to be dirt."""
    stats = blobs(ink).stats
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1, initial=0)
    return int(np.count_nonzero(sides > 25))
