"""Where a blank asks for writing, by what is printed on it: combs, frames, check boxes, lines.

Everything is in pixels at 300 dpi. A frame is found by the white it encloses, so that thick and
thin rules, shared edges and rounded corners come to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey, blobs
from extractors.phrases import around
from greffier.words import Box

Kind = Literal["comb", "frame", "check", "line"]

#: Darker is ink; lighter is paper; between them a panel may be shaded.
_INK, _WHITE = 150, 248
#: Strokes at least so long may be the side of a frame; at least so long, a line to write on.
_SIDE, _RULE = 24, 130
#: What is dark over so many pixels both ways is a bar, a symbol or bold type, not a rule.
_SOLID = 10
#: White enclosed by a frame: smallest side, largest height, share of its bounding box.
_LEAST, _TALLEST, _FULL = 20, 220, 0.85
#: Cells of one comb: widest, and how far apart, and how unlike in width they may be.
_WIDEST, _APART, _UNLIKE = 130, 14, 0.3
#: A check box is nearly square and has sides of 2 to 7 mm.
_CHECK = range(22, 84)
_SQUARE = 1.35
#: A place to write on a line reaches so high above it, unless something is printed nearer.
_ROOM = 62
#: Dots of a dotted line: largest side, widest gap, fewest.
_DOT, _DOT_GAP, _DOTS = 9, 26, 14
#: Ticks that part a line into cells are at least so high.
_TICK = 10


@dataclass(frozen=True)
class Place:
    """Somewhere to write: what kind of place, where, and how many ``cells`` a comb has."""

    kind: Kind
    box: Box
    cells: int = 1


def find_places(image: Grey, printed: Sequence[Box] = ()) -> list[Place]:
    """All places on an upright page, from the top, left to right.

    ``printed`` are the boxes of the text, which limit the room above a line.
    """
    dark = _without_solids((image < _INK).astype(np.uint8))
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, _SIDE), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_SIDE, 1), np.uint8))
    lines = cv2.bitwise_or(across, down)
    framed = _runs(_holes(cv2.bitwise_or(lines, _shaded(image))))
    rules = [
        rule
        for rule in [*_rules(across, down), *_dotted(dark)]
        if not any(_touches(rule, place.box) for place in framed) and not _underlines(rule, printed)
    ]
    ruled = [_on_rule(dark, rule, printed) for rule in rules]
    return sorted([*framed, *ruled], key=lambda place: (place.box.y0 // 20, place.box.x0))


def _without_solids(dark: Grey) -> Grey:
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_SOLID, _SOLID), np.uint8))
    solid = cv2.dilate(solid, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.bitwise_and(dark, 1 - solid), np.uint8)


def _shaded(image: Grey) -> Grey:
    """Panels of a light shade, whose white windows are frames without lines."""
    shade = ((image >= _INK) & (image < _WHITE)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(shade, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)), np.uint8)


def _holes(lines: cv2.typing.MatLike) -> list[Box]:
    """What the lines enclose, if it is a rectangle; the box reaches the middle of the lines."""
    thick = cv2.dilate(lines, np.ones((3, 3), np.uint8))
    contours, hierarchy = cv2.findContours(thick, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour, (_, _, _, parent) in zip(contours, hierarchy[0] if contours else (), strict=True):
        x, y, width, height = cv2.boundingRect(contour)
        rectangle = cv2.contourArea(contour) > _FULL * (width - 1) * (height - 1)
        if parent >= 0 and rectangle and min(width, height) >= _LEAST and height <= _TALLEST:
            box = Box(x - 1, y - 1, x + width + 1, y + height + 1)
            if _is_ruled(np.asarray(thick), box):
                found.append(box)
    return found


def _is_ruled(lines: Grey, box: Box) -> bool:
    """Whether all four sides are lines: the white inside an A has none upright."""
    x0, y0, x1, y1 = box
    sides = (
        lines[max(0, y0 - 3) : y0 + 3, x0:x1].any(axis=0),
        lines[y1 - 3 : y1 + 3, x0:x1].any(axis=0),
        lines[y0:y1, max(0, x0 - 3) : x0 + 3].any(axis=1),
        lines[y0:y1, x1 - 3 : x1 + 3].any(axis=1),
    )
    return all(float(side.mean()) > _FULL for side in sides)


def _runs(cells: list[Box]) -> list[Place]:
    """Cells side by side as combs; the others each for itself."""
    places: list[Place] = []
    left = sorted(cells, key=lambda box: (box.y0, box.x0))
    while left:
        run = [left.pop(0)]
        while following := next((box for box in left if _follows(run[-1], box)), None):
            run.append(following)
            left.remove(following)
        places += _comb(run) or [place for box in run if (place := _alone(box))]
    return places


def _follows(cell: Box, other: Box) -> bool:
    level = abs(cell.y0 - other.y0) < 7 and abs(cell.y1 - other.y1) < 7
    return level and -3 < other.x0 - cell.x1 < _APART


def _comb(run: list[Box]) -> list[Place]:
    widths = [box.width for box in run]
    usual = float(np.median(widths))
    height = run[0].height
    alike = all(abs(width - usual) < max(_UNLIKE * usual, 6) for width in widths)
    if len(run) < 2 or not alike or usual > min(_WIDEST, 1.7 * height):
        return []
    # A comb's zone is parted evenly: half of the gap between two cells belongs to each.
    gap = max(0, round(float(np.median([b.x0 - a.x1 for a, b in pairwise(run)])) / 2))
    whole = around(run)
    return [Place("comb", whole._replace(x0=whole.x0 - gap, x1=whole.x1 + gap), len(run))]


def _alone(box: Box) -> Place | None:
    if max(box.width, box.height) < _SQUARE * min(box.width, box.height):
        return Place("check", box) if box.width in _CHECK and box.height in _CHECK else None
    return Place("frame", box) if box.width > 1.5 * box.height else None


def _rules(across: cv2.typing.MatLike, down: cv2.typing.MatLike) -> list[Box]:
    """Level lines long enough to write on, but for the sides of larger frames."""
    long = cv2.morphologyEx(across, cv2.MORPH_OPEN, np.ones((1, _RULE), np.uint8))
    joined = cv2.morphologyEx(long, cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8))
    stats = blobs(np.asarray(joined, np.uint8)).stats
    found = [_box(stat) for stat in stats[1:] if stat[cv2.CC_STAT_HEIGHT] <= 12]
    return [rule for rule in found if not _has_corners(rule, np.asarray(down))]


def _has_corners(rule: Box, down: Grey) -> bool:
    """Whether upright lines stand on both ends of the rule, or hang from both."""

    def upright(x: int, y: int) -> bool:
        return bool(down[max(0, y) : y + 100, max(0, x - 8) : x + 8].any(axis=1).all())

    return any(upright(rule.x0, y) and upright(rule.x1, y) for y in (rule.y0 - 106, rule.y1 + 6))


def _dotted(dark: cv2.typing.MatLike) -> list[Box]:
    """Rows of dots at even distances: lines too."""
    stats = blobs(np.asarray(dark, np.uint8)).stats
    dots = [_box(s) for s in stats[1:] if max(s[cv2.CC_STAT_WIDTH], s[cv2.CC_STAT_HEIGHT]) <= _DOT]
    rows: list[list[Box]] = []
    for dot in sorted(dots, key=lambda dot: dot.x0):
        for row in rows:
            if abs(row[-1].y1 - dot.y1) <= 3 and 0 < dot.x0 - row[-1].x1 <= _DOT_GAP:
                row.append(dot)
                break
        else:
            rows.append([dot])
    return [around(row) for row in rows if len(row) >= _DOTS]


def _box(stat: Sequence[int]) -> Box:
    x, y, width, height = (int(value) for value in stat[:4])
    return Box(x, y, x + width, y + height)


def _touches(rule: Box, box: Box) -> bool:
    """Whether the rule is a side of the box."""
    level = min(abs(rule.y0 - box.y0), abs(rule.y1 - box.y1)) < 12
    return level and rule.x0 < box.x1 + 6 and rule.x1 > box.x0 - 6


def _underlines(rule: Box, printed: Sequence[Box]) -> bool:
    """Whether text stands right on the rule over most of it: a title, not a place to write."""
    over = sum(
        min(text.x1, rule.x1) - max(text.x0, rule.x0)
        for text in printed
        if -4 < rule.y0 - text.y1 < 24 and text.x0 < rule.x1 and text.x1 > rule.x0
    )
    return over > 0.5 * rule.width


def _on_rule(dark: cv2.typing.MatLike, rule: Box, printed: Sequence[Box]) -> Place:
    """The room above a rule, parted into cells where ticks stand on it."""
    above = [
        text.y1
        for text in printed
        if text.x0 < rule.x1 and text.x1 > rule.x0 and rule.y0 - _ROOM < text.y1 < rule.y0
    ]
    box = Box(rule.x0, max([rule.y0 - _ROOM, *above]), rule.x1, rule.y1)
    band = np.asarray(dark)[max(0, rule.y0 - _TICK - 2) : rule.y0 - 2, rule.x0 : rule.x1]
    ticks = _centres(np.asarray(band.all(axis=0))) if band.size else []
    steps = np.diff(ticks)
    if len(ticks) < 3 or steps.min() < 25 or steps.std() > 0.12 * steps.mean():
        return Place("line", box)
    # A comb's first and last cell may lack their outer tick.
    cells = round(box.width / float(steps.mean()))
    return Place("comb", box, cells) if cells > 1 else Place("line", box)


def _centres(columns: npt.NDArray[np.bool_]) -> list[float]:
    """The middles of the runs that are thin enough for a stroke."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], columns.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    return [float(a + b) / 2 for a, b in zip(starts, ends, strict=True) if b - a <= 12]


def below(place: Place, y: int) -> Place:
    """The place without what lies above ``y``."""
    return replace(place, box=place.box._replace(y0=y))
