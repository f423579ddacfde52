"""What a blank asks for: its places to write, each with the caption printed for it.

A proposal for somebody who makes a form pack, not a reading: what is wrong in it is seen on the
picture of the zones and put right by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from extractors.files import RawPage, list_pages
from extractors.images import Grey
from extractors.phrases import around
from extractors.printed import sparse_words
from extractors.propose_boxes import Kind, Place, below, find_places
from extractors.propose_widgets import read_widgets
from extractors.symbols import marks_on
from greffier.words import Box

#: How far from its place a caption may be, in pixels at 300 dpi.
_ABOVE, _LEFT, _RIGHT, _BELOW = 62, 420, 90, 34
#: A gap in a line of text wider than this share of its height ends a phrase.
_GAP = 1.0
#: Combs that make one number or date together stand this near.
_APART = 60
#: Check boxes of one question stand no farther apart, in pixels.
_OPTIONS_APART = 700


class Phrase(NamedTuple):
    """Words that stand together on one line."""

    text: str
    box: Box


@dataclass(frozen=True)
class Asked:
    """One field that the blank asks for.

    ``layout`` and ``cells`` are those of a form pack. ``zones`` has one box, or one an option by
    the option's caption. ``name`` is what an interactive form calls the field, else empty.
    """

    caption: str
    layout: str
    page: int
    zones: dict[str, Box]
    cells: int | None = None
    name: str = ""

    @property
    def box(self) -> Box:
        return next(iter(self.zones.values()))


@dataclass(frozen=True)
class Blank:
    """What was found on a blank: its number of pages, its symbols by page, and its fields."""

    pages: int
    marks: dict[int, frozenset[str]]
    title: str
    asked: tuple[Asked, ...]


def read_blank(path: Path, language: str = "fra", *, interactive: bool = True) -> Blank:
    """What the blank at ``path`` asks for, page by page, from the top.

    The fields of an interactive form (AcroForm) are taken as they are, unless ``interactive`` is
    false; else places are looked for. Raises ``BadInput`` when the file cannot be read.
    """
    asked: list[Asked] = []
    marks: dict[int, frozenset[str]] = {}
    title = ""
    for page in list_pages(path):
        phrases = _phrases(page, language)
        if page.number == 1:
            title = max(phrases, key=lambda phrase: phrase.box.height).text if phrases else ""
        marks[page.number] = frozenset(marks_on(page.image))
        widgets = read_widgets(path, page.number) if interactive else []
        if widgets:
            asked += [_named(Asked(*widget), phrases) for widget in widgets]
        else:
            asked += _found(page, phrases)
    return Blank(len(marks), marks, title, tuple(asked))


def _named(asked: Asked, phrases: Sequence[Phrase]) -> Asked:
    """The field of an interactive form, captioned by what is printed if it says nothing itself."""
    if asked.caption:
        return asked
    kind: Kind = "check" if asked.layout == "checkbox" else "frame"
    found = _best(Place(kind, asked.box), phrases)
    return replace(asked, caption=found.text if found else asked.name)


# -- text -----------------------------------------------------------------------------------------


def _phrases(page: RawPage, language: str) -> list[Phrase]:
    """The page's text: as the PDF holds it where that can be believed, else as Tesseract reads."""
    if page.digital:
        signs = [
            Phrase(g.text, Box(round(g.x0), round(g.y0), round(g.x1), round(g.y1)))
            for g in page.digital.glyphs
        ]
        return list(_joined(signs, space=0.17))
    words = (Phrase(word.text, word.box) for word in sparse_words(_bared(page.image), language))
    return list(_joined([word for word in words if any(c.isalnum() for c in word.text)], space=0))


def _bared(image: Grey) -> Grey:
    """The page without its check boxes and combs, which Tesseract takes for letters."""
    bare = image.copy()
    for place in find_places(image):
        if place.kind in ("check", "comb"):
            x0, y0, x1, y1 = place.box
            bare[max(0, y0 - 5) : y1 + 5, max(0, x0 - 5) : x1 + 5] = 255
    return bare


def _joined(parts: Iterable[Phrase], space: float) -> Iterator[Phrase]:
    """Parts of one line joined where no wide gap parts them.

    Between two goes a space where the gap is over the share ``space`` of their height.
    """
    lines: list[list[Phrase]] = []
    for part in sorted(parts, key=lambda part: (part.box.y0 + part.box.y1, part.box.x0)):
        middle = (part.box.y0 + part.box.y1) / 2
        near = (line for line in lines[-4:] if line[-1].box.y0 < middle < line[-1].box.y1)
        line = next(near, None)
        if line is None:
            lines.append(line := [])
        line.append(part)
    for line in lines:
        yield from _split(sorted(line, key=lambda part: part.box.x0), space)


def _split(line: list[Phrase], space: float) -> Iterator[Phrase]:
    phrase = line[0]
    for part in line[1:]:
        gap, height = part.box.x0 - phrase.box.x1, part.box.height
        if gap > _GAP * max(height, phrase.box.height):
            yield phrase
            phrase = part
        else:
            between = " " if gap > space * height else ""
            phrase = Phrase(phrase.text + between + part.text, around((phrase.box, part.box)))
    yield phrase


# -- places and captions --------------------------------------------------------------------------


def _found(page: RawPage, phrases: list[Phrase]) -> list[Asked]:
    places = find_places(page.image, [phrase.box for phrase in phrases])
    checks = [place for place in places if place.kind == "check"]
    asked, free = _options(checks, phrases, page.number)
    for place in [*(place for place in places if place.kind != "check"), *free]:
        place, caption = _captioned(place, phrases)
        if caption or place.kind in ("comb", "frame"):
            layout = {"comb": "comb", "check": "checkbox"}.get(place.kind, "line")
            cells = place.cells if place.kind == "comb" else None
            asked.append(Asked(caption, layout, page.number, {"": place.box}, cells))
    asked = [one if one.caption else replace(one, caption=_borrowed(one, asked)) for one in asked]
    return sorted(asked, key=lambda one: (one.box.y0 // 40, one.box.x0))


def _captioned(place: Place, phrases: Sequence[Phrase]) -> tuple[Place, str]:
    """The place and its caption; a caption inside a frame leaves it the room below."""
    inside = [
        phrase
        for phrase in phrases
        if place.kind == "frame"
        and _within(phrase.box, place.box)
        and phrase.box.y1 < place.box.y0 + 0.6 * place.box.height
    ]
    if inside:
        return below(place, max(p.box.y1 for p in inside) + 2), _tidy(
            " ".join(phrase.text for phrase in inside)
        )
    found = _best(place, phrases)
    return place, _tidy(found.text) if found else ""


def _borrowed(one: Asked, others: Sequence[Asked]) -> str:
    """The caption of the column this is a cell of, or of the comb it goes on."""
    box = one.box
    for other in others:
        theirs = other.box
        column = abs(theirs.x0 - box.x0) < 8 and abs(theirs.x1 - box.x1) < 8
        goes_on = one.layout == other.layout == "comb" and abs(theirs.y0 - box.y0) < 8
        if (column and 0 < box.y0 - theirs.y0 < 8 * box.height) or (
            goes_on and 0 < box.x0 - theirs.x1 < 2 * _APART
        ):
            if other.caption:
                return other.caption
            if other is not one and (borrowed := _borrowed(other, others)):
                return borrowed
    return ""


def _within(inner: Box, outer: Box) -> bool:
    return (
        inner.x0 >= outer.x0
        and inner.x1 <= outer.x1
        and inner.y0 >= outer.y0 - 4
        and inner.y1 <= outer.y1
    )


def _best(place: Place, phrases: Sequence[Phrase]) -> Phrase | None:
    """The phrase that stands where a caption of such a place stands, the nearest."""
    far = {phrase: _distance(place, phrase.box) for phrase in phrases}
    near = {phrase: distance for phrase, distance in far.items() if distance is not None}
    return min(near, key=near.__getitem__) if near else None


def _distance(place: Place, text: Box) -> float | None:
    """How far a caption's place the text is from; ``None``: it is no caption of this."""
    box = place.box
    level = box.y0 - 12 < (text.y0 + text.y1) / 2 < box.y1 + 12
    if level and -6 <= text.x0 - box.x1 <= _RIGHT and place.kind == "check":
        return float(text.x0 - box.x1)
    if level and -6 <= box.x0 - text.x1 <= _LEFT:
        gap = box.x0 - text.x1
        return gap / 4 if place.kind == "line" else 20 + gap / 4
    beside = text.x0 < box.x1 and text.x1 > box.x0 and text.x0 > box.x0 - 60
    if beside and -8 <= box.y0 - text.y1 <= _ABOVE:
        late = max(0, text.x0 - box.x0) / 8
        return max(0, box.y0 - text.y1) + late
    if beside and place.kind in ("line", "frame") and 0 <= text.y0 - box.y1 <= _BELOW:
        return 40.0 + text.y0 - box.y1
    return None


def _options(
    checks: list[Place], phrases: Sequence[Phrase], page: int
) -> tuple[list[Asked], list[Place]]:
    """Check boxes on one line under or after one question as a choice; and those that are left."""
    asked: list[Asked] = []
    free = [check for check in checks if not _after(check, phrases)]
    rows: list[list[Place]] = []
    answers = (check for check in checks if check not in free)
    for check in sorted(answers, key=lambda check: (check.box.y0 // 20, check.box.x0)):
        row = rows[-1] if rows else []
        if (
            row
            and abs(row[-1].box.y0 - check.box.y0) < 10
            and check.box.x0 - row[-1].box.x1 < _OPTIONS_APART
        ):
            row.append(check)
        else:
            rows.append([check])
    for row in rows:
        question = _question(row[0], phrases)
        options = [_after(check, phrases) for check in row]
        if len(row) > 1 and question and all(options):
            zones = {_tidy(o.text): check.box for o, check in zip(options, row, strict=True) if o}
            asked.append(Asked(_tidy(question.text), "choice", page, zones))
        else:
            free += row
    return asked, free


def _after(check: Place, phrases: Sequence[Phrase]) -> Phrase | None:
    """What stands right of a check box."""
    return _best(check, [phrase for phrase in phrases if phrase.box.x0 >= check.box.x1 - 6])


def _question(first: Place, phrases: Sequence[Phrase]) -> Phrase | None:
    """What is asked over or before the first of several check boxes."""
    return _best(Place("frame", first.box), phrases)


def _tidy(caption: str) -> str:
    return " ".join(caption.replace("_", " ").split()).strip(" :.*•")
