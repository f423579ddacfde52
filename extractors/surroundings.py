"""What nobody printed around a caption: where a value may stand.

A strip around the caption holds lines of type or hand. What the form prints is taken away; what is
left right of the caption or below it, up to whatever the form prints next, may be the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.captioned import Recognised
from extractors.images import Grey
from extractors.phrases import Row, Sighting, around, sightings
from forms.schema import FieldSpec, FormPack
from greffier.words import Box

#: A caption misread more than this is another thing.
MISREAD = 0.3
#: The strip around a caption, in heights of its letters: left, above, below; right for a number.
_LEFT, _ABOVE, _BELOW, _RIGHT = 2.5, 3.0, 5.5, 14.0
#: How far a value on the caption's own line seems, against one below it.
_NEARER = 0.5
#: A value is this share of the letters and digits of its line, and a text has so many letters.
_SHARE, _LETTERS = 0.4, 2
#: Of the lines near a caption so many are looked at: what is farther is something else.
_NEAREST = 4


@dataclass(frozen=True)
class Surroundings:
    """What nobody printed around a caption: lines on the page, ``tall`` the caption's height,
    ``end`` where the form goes on printing below. A line that could not be read has no text."""

    lines: tuple[Row, ...]
    caption: Box
    tall: float
    end: int

    def has_on(self, side: str, line: Row) -> bool:
        """Whether ``line`` is ``right`` of the caption, or ``below`` it."""
        middle = (line.box.y0 + line.box.y1) / 2
        if side == "right":
            level = self.caption.y0 - 1.3 * self.tall < middle < self.caption.y1 + 0.6 * self.tall
            return level and line.box.x0 > self.caption.x1 - self.tall
        return self.caption.y1 - 0.2 * self.tall < middle < self.end + 0.3 * self.tall

    def distance(self, side: str, line: Row) -> float:
        """Pixels from the caption; what is below is farther than beside, and aside farther yet."""
        aside = max(0.0, line.box.x0 - self.caption.x1)
        if side == "right":
            return _NEARER * aside
        return max(0.0, (line.box.y0 + line.box.y1) / 2 - self.caption.y1) + 0.2 * aside


def strip(caption: Sighting, found: Recognised, spec: FieldSpec, image: Grey) -> Box:
    """The part of the page around ``caption`` where its value may be."""
    box, tall = caption.box, _height(caption)
    height, width = image.shape
    x0, right = box.x0 - _LEFT * tall, box.x1 + _RIGHT * tall
    if spec.place.pattern is None:
        right = min((other.box.x0 for other in _right_of(caption, found)), default=width) - tall / 2
    return Box(
        max(0, round(x0)),
        max(0, round(box.y0 - _ABOVE * tall)),
        min(width, round(right)),
        min(height, round(box.y1 + (_BELOW + spec.place.lines) * tall)),
    )


def _height(caption: Sighting) -> float:
    heights = sorted(word.box.height for word in caption.row.words)
    return float(min(max(heights[len(heights) // 2], 24), 50))


def _right_of(caption: Sighting, found: Recognised) -> Iterator[Sighting]:
    for other in found.printed:
        level = other.box.y0 < caption.box.y1 + 10 and other.box.y1 > caption.box.y0 - 10
        if level and other.box.x0 > caption.box.x1:
            yield other


def surroundings(
    lines: Sequence[Row], caption: Sighting, found: Recognised, pack: FormPack, spec: FieldSpec
) -> Surroundings:
    """Take away from the ``lines`` around ``caption`` what the form printed."""
    own = {*spec.captions, *spec.place.labels[:1]}
    others = {*pack.signs, *pack.titles, *(c for field in pack.fields for c in field.captions)}
    others |= {*spec.place.labels}
    free: list[Row] = []
    at, stops = caption.box, [sign.box for sign in found.printed]
    right: float = max((line.box.x1 + 1 for line in lines), default=0)
    for line in lines:
        hits = [hit for hit in sightings([line], own | others, MISREAD) if hit.first <= 1]
        if not hits:
            free.append(line)
            continue
        mine = [hit for hit in hits if hit.phrase in spec.captions]
        if mine and _overlap(hits[0].box, caption.box):
            at = around(hit.box for hit in mine)
        elif any(hit.phrase in spec.place.labels[1:] for hit in hits):
            right = min(right, line.box.x0)
        elif not any(hit.phrase in spec.place.labels for hit in hits):
            stops.append(line.box)
        rest = line.words[max(hit.last for hit in hits) + 1 :]
        if rest and any(hit.phrase in own for hit in hits):
            free.append(Row(rest))
    tall = _height(caption)
    below = [box.y0 for box in stops if box.y0 > at.y1 + 0.5 * tall and box.x0 < at.x1]
    near = [line for line in free if line.box.x0 < right - tall / 4]
    return Surroundings(tuple(near), at, tall, min(below, default=10**6))


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def guesses(near: Surroundings, spec: FieldSpec) -> list[tuple[Row, ...]]:
    """The lines that may be the value, the likeliest first.

    A number may be in a hand that nobody has read yet: what a line says is not asked here.
    """
    found: list[tuple[float, tuple[Row, ...]]] = []
    for side in spec.place.sides:
        lines = sorted(
            (line for line in near.lines if near.has_on(side, line)),
            key=lambda line: near.distance(side, line),
        )
        if spec.place.pattern:
            found += [(near.distance(side, line), (line,)) for line in lines if _is_short(line)]
        elif lines := [line for line in lines if value_in(line.text, spec)]:
            first = near.distance(side, lines[0])
            found.append((first, tuple(_name_lines(lines, spec.place.lines))))
    return [lines for _, lines in sorted(found, key=lambda guess: guess[0])[:_NEAREST]]


def _is_short(line: Row) -> bool:
    """Whether a line is no sentence: a value of a pattern has few letters beside it."""
    letters = sum(sign.isalpha() for sign in line.text)
    return letters < 8 or sum(sign.isdigit() for sign in line.text) > letters


def _name_lines(near: Sequence[Row], most: int) -> Iterator[Row]:
    """The first lines of a name and address: those before the address. ``near``: nearest first;
    of lines side by side the nearer one is the name's."""
    column: list[Row] = []
    for line in near:
        if not any(_beside(line, other) for other in column):
            column.append(line)
    last: Row | None = None
    for line in sorted(column, key=lambda line: line.box.y0)[:most]:
        if last and (_ADDRESS.match(line.text) or line.box.y0 > last.box.y1 + last.box.height):
            return
        yield line
        last = line


def _beside(one: Row, other: Row) -> bool:
    """Whether two lines are on one level: another look at the same, or dirt beside it."""
    upper, lower = sorted((one.box, other.box), key=lambda box: box.y0)
    return lower.y0 < (upper.y0 + upper.y1) / 2


_ADDRESS = re.compile(r"[0-9#(]|suite|p\.? ?o\.? ?box|c/o|attn", re.IGNORECASE)


def value_in(text: str, spec: FieldSpec) -> str | None:
    """The value that ``text`` holds, if it looks like one."""
    if spec.type == "digits":
        digits = sum(sign.isdigit() for sign in text)
        if 2 * digits >= len(text.replace(" ", "")):
            text = text.translate(_AS_DIGITS).replace(" ", "")
    if not spec.place.pattern:
        return text if sum(sign.isalpha() for sign in text) >= _LETTERS else None
    match = re.search(spec.place.pattern, text)
    if not match or len(match[0]) < _SHARE * sum(sign.isalnum() for sign in text):
        return None
    if {"y", "m", "d"} <= match.re.groupindex.keys():
        return "{y}-{m}-{d}".format(**match.groupdict())
    return match[1] if match.re.groups else match[0]


#: Letters that are digits among digits.
_AS_DIGITS = str.maketrans("OoQDlI|iZzSsBGbqg", "00001111225586699")
