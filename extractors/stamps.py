"""The date of a received stamp that stands at an angle of its own on a page of level lines.

What a form prints, and what was typed into it, is level: a level stamp is not looked for. The lines
that are not level are found without reading, and looked at by our own reader of lines, which says
which way up they are and which of them may hold a date. Those alone are read by rapidocr's
recogniser, ten times as dear and better at worn rubber, until one is sure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import cv2
import numpy as np

from extractors import hand, lines
from extractors.images import Grey
from extractors.slanted import Slanted, levelled, slanted_lines
from extractors.zones import darkness
from greffier.words import Box

#: So many lines are looked at: more are no stamp but a page that lies on its side.
_MOST = 16
#: A line that may hold a date is so long, in pixels: five signs, and what the finder adds.
_SHORTEST = 250
#: Room beyond the ends of a line: a first or last sign that is faint, or that a level line hides.
#: With 30 pixels more days were read than with none or with 60 (46, 37, 44 of 157 filings). And
#: what is shown around a line when it is read.
_BEYOND, _PAD = 30, 10
#: Worn rubber leaves dots: blurred by so many pixels they are strokes.
_BLUR = 1.5
#: What a stamp's line with a date is made of, and how many figures of it are seen at least: all but
#: one of the lines that a date is read on show four, one in six of the others.
_SIGNS, _FIGURES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ':-./ ,", 4
#: So many lines are read, the likeliest first: a third gave no further date.
_READ = 2
#: Looks at a line: as it is, and at a smaller size, which closes the gaps of worn rubber.
_SIZES = (1.0, 0.6)
#: Of 14 days read on filings that nobody made rules on, 10 were right: none is surer than that.
_SUREST = 0.7

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: In worn rubber some letters are read as figures.
_WORN = str.maketrans({"B": "[B8]", "O": "[O0]", "S": "[S5]"})
_MONTH = rf"(?P<month>{'|'.join(_MONTHS).translate(_WORN)})[A-Z]{{0,6}}"
#: A line of the form that runs through the stamp is read as a stroke.
_DAY, _SPACE, _APART = r"(?P<d>[0-3]?[0-9])", r"[-~.,'/|\s]*", r"[-~.,'/|\s]+"
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
    angle; ``None`` when no line holds one. The cost is bounded: 16 lines looked at, and two read.
    """
    best: Stamped | None = None
    for found, line in _likely(image):
        seen = _dated(found, line)
        if seen and (best is None or seen.confidence > best.confidence):
            best = seen
        if best and best.confidence >= _SUREST:
            break
    return best


def stamped_day(text: str) -> date | None:
    """The day that ``text`` names as a received stamp does; ``None`` without one, or when it is
    to come. Years of two digits are of the last hundred years."""
    signs = text.upper()
    for pattern in _FORMATS:
        if match := pattern.search(signs):
            parts = match.groupdict()
            name = parts.get("month")
            month = _month(name) if name else int(parts["m"])
            return _day(int(parts["y"]), month, int(parts["d"]))
    return None


def _month(name: str) -> int:
    return next(at for at, one in enumerate(_MONTHS, 1) if re.fullmatch(one.translate(_WORN), name))


def _day(year: int, month: int, day: int) -> date | None:
    today = date.today()
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found <= today else None


class _Glance(NamedTuple):
    """A line laid level one way up, and the text our own reader sees on it, how clearly."""

    found: Slanted
    line: Grey
    text: str
    clear: float


def _likely(image: Grey) -> list[tuple[Slanted, Grey]]:
    """The lines that look like a date, the likeliest first, the right way up."""
    long = [found for found in slanted_lines(image) if found.size[0] >= _SHORTEST][:_MOST]
    glances = [glance for place in _by_angle(long) for glance in _upright(image, place)]
    worth = {at: _like_a_date(glance.text) for at, glance in enumerate(glances)}
    best = sorted((at for at in worth if worth[at] is not None), key=lambda at: -(worth[at] or 0))
    return [(glances[at].found, glances[at].line) for at in best[:_READ]]


def _by_angle(found: Iterable[Slanted]) -> Iterator[list[Slanted]]:
    """The lines that lie alike: those of one stamp, most often."""
    alike: dict[float, list[Slanted]] = defaultdict(list)
    for line in found:
        alike[line.angle].append(line)
    yield from alike.values()


def _upright(image: Grey, place: Iterable[Slanted]) -> list[_Glance]:
    """The lines as they look the way up that more is seen clearly: right for all of 48 stamps
    with a date, where the mean chance was wrong for one to five."""
    either: tuple[list[_Glance], ...] = ([], [])
    for found in place:
        line = levelled(image, found, _BEYOND, _PAD)
        for glances, turns in zip(either, (0, 2), strict=True):
            glances.append(_glance(found, np.ascontiguousarray(np.rot90(line, turns))))
    return max(either, key=lambda glances: sum(glance.clear for glance in glances))


def _glance(found: Slanted, line: Grey) -> _Glance:
    soft = np.asarray(cv2.GaussianBlur(line[_PAD:-_PAD, _PAD:-_PAD], (0, 0), _BLUR), np.uint8)
    seen = lines.see(soft, darkness(soft)).among(_SIGNS)
    return _Glance(found, line, seen.text, seen.clear)


def _like_a_date(text: str) -> int | None:
    """The more, the likelier ``text``, as our own reader saw it, is a date; ``None`` if it is not.
    It has figures, and a month of which most letters were seen."""
    figures = sum(sign.isdigit() for sign in text)
    if figures < _FIGURES:
        return None
    parts = (text[at : at + 3] for at in range(len(text) - 2))
    amiss = (sum(map(str.__ne__, part, month)) for part in parts for month in _MONTHS)
    return figures - 2 * min(amiss, default=3)


def _dated(found: Slanted, line: Grey) -> Stamped | None:
    """The date on one line, as most looks at it say; where the first sees none (which of 50 lines
    with a date it was once), there is no other."""
    votes: dict[date, list[hand.LineReading]] = {}
    for seen in _looks(line):
        if day := stamped_day(seen.text):
            votes.setdefault(day, []).append(seen)
        if not votes:
            return None
    day, agreed = max(votes.items(), key=lambda vote: sum(one.confidence for one in vote[1]))
    surest = max(agreed, key=lambda one: one.confidence)
    said = sum(one.confidence for one in agreed) / len(_SIZES)
    return Stamped(day, surest.text, found.box, min(said, _SUREST))


def _looks(line: Grey) -> Iterator[hand.LineReading]:
    for size in _SIZES:
        small = cv2.resize(line, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        yield hand.read_line(np.asarray(small, np.uint8))
