"""Lines at an angle of their own: found where they are, and level ones left."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.images import Grey
from extractors.slanted import levelled, slanted_lines

FONT = cv2.FONT_HERSHEY_DUPLEX


def _page(degrees: float, *stamp: str) -> Grey:
    """A page of level lines, a rule, and a stamp of several lines about (1900, 2500)."""
    page = np.full((3300, 2550), 255, np.uint8)
    for row in range(20):
        cv2.putText(
            page, "A level line of the form, and more of it", (200, 300 + 70 * row), FONT, 1.5, 0, 3
        )
    cv2.line(page, (200, 1800), (2300, 1800), 0, 4)
    rubber = np.full((1000, 1000), 255, np.uint8)
    for row, text in enumerate(stamp):
        cv2.putText(rubber, text, (200, 515 + 90 * row), FONT, 1.6, 0, 3)
    turn = cv2.getRotationMatrix2D((500, 500), degrees, 1.0)
    page[2000:3000, 1400:2400] = cv2.warpAffine(rubber, turn, (1000, 1000), borderValue=255)
    return page


def _off(angle: float, degrees: float) -> float:
    """How far two directions of a line are from one another."""
    return abs((angle - degrees + 90) % 180 - 90)


@pytest.mark.parametrize("degrees", [90, 25, -40, 75, -20])
def test_every_line_of_a_stamp_is_found_at_its_angle(degrees: float) -> None:
    lines = slanted_lines(_page(degrees, "RECEIVED HERE", "12 JUL 1985", "THE UNIT OF"))
    assert len(lines) == 3
    for line in lines:
        assert _off(line.angle, -degrees) <= 2
        assert line.box.x0 > 1400
        assert line.box.y0 > 1900


def test_a_line_is_laid_level_and_cut_close() -> None:
    page = _page(30, "12 JUL 1985")
    (line,) = slanted_lines(page)
    ink = levelled(page, line, 30, 10) < 128
    rows = np.flatnonzero(ink.any(axis=1))
    assert 35 < rows[-1] - rows[0] < 60
    assert np.count_nonzero(ink) > 0.95 * np.count_nonzero(page[2000:3000, 1400:2400] < 128)


def test_a_page_of_level_lines_has_none_even_a_little_askew() -> None:
    page = _page(0, "RECEIVED HERE", "12 JUL 1985")
    turn = cv2.getRotationMatrix2D((1275, 1650), 1.0, 1.0)
    askew = cv2.warpAffine(page, turn, (2550, 3300), borderValue=255)
    assert slanted_lines(page) == []
    assert slanted_lines(np.asarray(askew, np.uint8)) == []


def test_an_empty_page_has_none() -> None:
    assert slanted_lines(np.full((3300, 2550), 255, np.uint8)) == []
