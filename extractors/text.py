"""What is printed on a page, quickly: enough to tell what kind of form or letter it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from extractors import printed
from extractors.images import Grey
from extractors.pages import Page
from extractors.phrases import Word
from greffier.words import DPI

#: Print of 10 points is still read well at this resolution, in half the time of 300 dpi.
_QUICK_DPI = 200


@dataclass(frozen=True)
class PageText:
    """The text in reading order, lines ending with a newline, and its words in their places."""

    text: str
    words: tuple[Word, ...]


def page_text(page: Page, language: str = "fra") -> PageText:
    """What is printed on an upright page: what a born-digital one says, else what Tesseract reads.

    French readers read English well enough to find what a form prints; what was filled in is read
    again, in the language of its form.
    """
    if page.digital:
        return PageText(page.digital.text(), page.digital.words())
    return read_quickly(page.image, language)


def read_quickly(image: Grey, language: str) -> PageText:
    """What Tesseract reads on an upright page, or on a part of one: (H, W) grey, 300 dpi."""
    scale = _QUICK_DPI / DPI
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    text, words = printed.read_words(np.asarray(small, np.uint8), language, _QUICK_DPI)
    return PageText(text, tuple(words))
