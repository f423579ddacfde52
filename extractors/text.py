"""The text of a page, quickly: enough to tell what kind of form or letter it is."""

from __future__ import annotations

import cv2
import numpy as np

from extractors import printed
from extractors.pages import Page
from greffier.words import DPI

#: Print of 10 points is still read well at this resolution, in half the time of 300 dpi.
_QUICK_DPI = 200


def page_text(page: Page, language: str = "fra") -> str:
    """What is printed on an upright page, in reading order; lines end with a newline."""
    if page.digital:
        return page.digital.text()
    scale = _QUICK_DPI / DPI
    small = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return printed.read_page(np.asarray(small, np.uint8), language, _QUICK_DPI)
