"""The date of a received stamp that stands at an angle of its own on a page of level lines.

rapidocr's detector says where lines are, at any angle; only those that are not level are read, both
ways up. What a form prints, and what was typed into it, is level: a level stamp is not looked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors import hand
from extractors.images import Grey
from greffier.words import Box

#: Degrees from level that skew and the detector's own error explain.
_LEVEL = 8.0
#: A line is so much longer than high, and has at least so many pixels (300 dpi) of length: five
#: signs of a date. More lines than that are no stamp but a page that lies on its side.
_LONGISH, _SHORTEST, _MOST = 2.0, 100, 16
#: White around a line when it is read, in pixels.
_PAD = 6
#: Worn rubber leaves dots: blurred by so many pixels they are lines. What is found best is level,
#: on a picture not too much reduced: the page is turned a quarter, and looked at in two halves
#: that share this part of it.
_BLUR, _SHARED = 2.5, 0.1
#: Looks at a line: as it is, and at a smaller size, which closes the gaps of worn rubber.
_SIZES = (1.0, 0.6)
#: Of 14 days read on filings that nobody made rules on, 10 were right: none is surer than that.
_SUREST = 0.7

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[A-Z]{{0,6}}"
_DAY, _SPACE, _APART = r"(?P<d>[0-3]?[0-9])", r"[-~.,'\s]*", r"[-~.,'\s]+"
#: What more figures follow is no year of two digits but an hour.
_YEAR, _LONG_YEAR = r"(?P<y>[0-9]{2})(?![:.\s]*[0-9])", r"(?P<y>(?:19|20)[0-9]{2})"
_TIME = r"[0-9:.\s]{3,7}[AP]?M"
#: How stamps write a day: « 12 JUL 1985 », « 1978 APR 13 PM 3:22 », « '84 MAR -5 P2:08 »,
#: « JUL 12 1985 », « JUL 12 '85 », « MAR 18 10 03 AM '85 », « 05/21/2009 » (the month first, as in
#: the United States). Where two could be meant, the first is.
_FORMATS = tuple(
    re.compile(rf"(?<![0-9]){pattern}(?![0-9])")
    for pattern in (
        rf"{_DAY}{_SPACE}{_MONTH}{_SPACE}{_LONG_YEAR}",
        rf"(?P<y>(?:19|20)?[0-9]{{2}}){_SPACE}{_MONTH}{_SPACE}{_DAY}",
        rf"{_MONTH}{_SPACE}{_DAY}{_SPACE}{_LONG_YEAR}",
        rf"{_MONTH}{_SPACE}{_DAY}\s+{_TIME}{_SPACE}{_YEAR}",
        rf"{_MONTH}{_SPACE}{_DAY}{_APART}{_YEAR}",
        rf"(?P<m>[01]?[0-9])[/-]{_DAY}[/-]{_LONG_YEAR}",
    )
)


class Stamped(NamedTuple):
    """A stamped day, the line it was read from, where that is on the page, and how many of the
    looks at it said so, times the recogniser's mean confidence, and no more than was right."""

    day: date
    raw: str
    box: Box
    confidence: float


def stamped(image: Grey) -> Stamped | None:
    """The surest date on the lines of ``image`` ((H, W) grey, upright, 300 dpi) that are at an
    angle; ``None`` when no line holds one. The cost is bounded: two looks of the detector, and at
    most 16 lines read, each four times."""
    found = [seen for corners in _slanted(image) if (seen := _dated(image, corners))]
    return max(found, key=lambda seen: seen.confidence, default=None)


def stamped_day(text: str) -> date | None:
    """The day that ``text`` names as a received stamp does; ``None`` without one, or when it is
    to come. Years of two digits are of the last hundred years."""
    signs = text.upper()
    for pattern in _FORMATS:
        if match := pattern.search(signs):
            parts = match.groupdict()
            name = parts.get("month")
            month = _MONTHS.index(name) + 1 if name else int(parts["m"])
            return _day(int(parts["y"]), month, int(parts["d"]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    today = date.today()
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found <= today else None


Corners = npt.NDArray[np.float32]


def _slanted(image: Grey) -> list[Corners]:
    """The corners of lines that are not level, the longest first."""
    lines = []
    for corners in _lines(image):
        _, sides, _ = cv2.minAreaRect(corners)
        if max(sides) < max(_SHORTEST, _LONGISH * min(sides)):
            continue
        along = max(np.diff(corners[:3], axis=0), key=lambda side: float(np.hypot(*side)))
        angle = abs(math.degrees(math.atan2(along[1], along[0]))) % 180
        if min(angle, 180 - angle) > _LEVEL:
            lines.append((max(sides), corners))
    return [corners for _, corners in sorted(lines, key=lambda line: -line[0])[:_MOST]]


def _lines(image: Grey) -> Iterator[Corners]:
    height, width = image.shape
    smooth = cv2.GaussianBlur(image, (0, 0), _BLUR)
    half = round(height * (1 + _SHARED) / 2)
    for top in (0, height - half):
        part = np.ascontiguousarray(np.rot90(smooth[top : top + half]))
        for corners in hand.find_lines(np.asarray(part, np.uint8)):
            yield np.stack([width - 1 - corners[:, 1], corners[:, 0] + top], axis=1)


def _dated(image: Grey, corners: Corners) -> Stamped | None:
    """The date on one line, as most looks at it say."""
    line = _levelled(image, corners)
    votes: dict[date, list[hand.LineReading]] = {}
    for seen in _looks(line):
        if day := stamped_day(seen.text):
            votes.setdefault(day, []).append(seen)
    if not votes:
        return None
    day, agreed = max(votes.items(), key=lambda vote: sum(one.confidence for one in vote[1]))
    low, high = corners.min(axis=0), np.ceil(corners.max(axis=0))
    box = Box(max(0, int(low[0])), max(0, int(low[1])), int(high[0]), int(high[1]))
    surest = max(agreed, key=lambda one: one.confidence)
    said = sum(one.confidence for one in agreed) / len(_SIZES)
    return Stamped(day, surest.text, box, min(said, _SUREST))


def _looks(line: Grey) -> Iterator[hand.LineReading]:
    for size in _SIZES:
        small = cv2.resize(line, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        seen = np.asarray(small, np.uint8)
        either = (np.ascontiguousarray(np.rot90(seen, turns)) for turns in (0, 2))
        yield max((hand.read_line(way) for way in either), key=lambda read: read.confidence)


def _levelled(image: Grey, corners: Corners) -> Grey:
    """The line cut out and laid level, one way up or the other."""
    middle, (width, height), angle = cv2.minAreaRect(corners)
    if width < height:
        width, height, angle = height, width, angle + 90
    size = (round(width) + 2 * _PAD, round(height) + 2 * _PAD)
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    turn[:, 2] += np.array(size) / 2 - np.array(middle)
    return np.asarray(cv2.warpAffine(image, turn, size, borderValue=255), np.uint8)
