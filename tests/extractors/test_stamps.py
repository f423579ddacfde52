"""Received stamps: how they write a day, and where they stand."""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from extractors import hand
from extractors.images import Grey
from extractors.stamps import stamped, stamped_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("RECEIVED UNIT 05/21/2009 4:32:10 PM", date(2009, 5, 21)),
        ("JUL 12 1985", date(1985, 7, 12)),
        ("12 JULY 1985", date(1985, 7, 12)),
        ("1978 APR 13 PM 3:22", date(1978, 4, 13)),
        ("'84 MAR -5 P2:08", date(1984, 3, 5)),
        ("93MAY28 AM10:28", date(1993, 5, 28)),
        ("JUL 12 '85", date(1985, 7, 12)),
        ("MAR 18 10 03 AM '85", date(1985, 3, 18)),
        ("93/JAN 15 AM10:15", date(1993, 1, 15)),
        ("91 JUN|-4 A10:25", date(1991, 6, 4)),
        ("93FE8 15 AM8:00", date(1993, 2, 15)),
        ("93 0CT 25 PM 5:32", date(1993, 10, 25)),
        ("JUL 12 10:28", None),
        ("'84 FEB 30", None),
        ("9999 MAY 28", None),
        ("MAY 28 AM10:28", None),
        ("NSD/FARA REGISTRATION UNIT", None),
    ],
)
def test_a_day_is_read_as_stamps_write_it(text: str, day: date | None) -> None:
    assert stamped_day(text) == day


def _page(stamp: str, degrees: float) -> Grey:
    """A page of level lines, one of them a date, and ``stamp`` at an angle to them."""
    page = np.full((3300, 2550), 255, np.uint8)
    font = cv2.FONT_HERSHEY_DUPLEX
    for row in range(10):
        cv2.putText(page, "Date signed: MAR 3 1990", (200, 300 + 80 * row), font, 1.5, 0, 3)
    rubber = np.full((1000, 1000), 255, np.uint8)
    cv2.putText(rubber, stamp, (150, 515), font, 1.6, 0, 3)
    turn = cv2.getRotationMatrix2D((500, 500), degrees, 1.0)
    page[2000:3000, 1400:2400] = cv2.warpAffine(rubber, turn, (1000, 1000), borderValue=255)
    return page


@pytest.mark.parametrize("degrees", [90, -90, 25, 75])
def test_a_stamp_is_read_at_its_angle(degrees: float) -> None:
    seen = stamped(_page("1978 APR 13 PM 3:22", degrees))
    assert seen
    assert seen.day == date(1978, 4, 13)
    assert seen.box.x0 > 1400
    assert seen.box.y0 > 2000


def test_a_stamp_is_read_whichever_side_it_lies_on() -> None:
    page = _page("1978 APR 13 PM 3:22", 90)
    assert (flipped := stamped(np.ascontiguousarray(np.rot90(page, 2))))
    assert flipped.day == date(1978, 4, 13)


def test_a_slanted_line_without_a_date_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Grey] = []
    monkeypatch.setattr(hand, "read_line", asked.append)
    assert stamped(_page("REGISTRATION UNIT", 75)) is None
    assert not asked


def test_level_lines_are_no_stamp() -> None:
    assert stamped(_page("1978 APR 13 PM 3:22", 0)) is None


def test_finding_lines_leaves_reading_them_as_it_was() -> None:
    line = _page("1978", 0)[2440:2540, 1500:1800]
    before = hand.read_line(line).text
    hand.find_lines(line)
    assert hand.read_line(line).text == before
    assert before
