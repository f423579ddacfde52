"""The fields of a registered page, each read by readers that fit it.

Boxes of the readings are on ``Registered.upright``: the page as it lies on a desk, straightened,
at its true scale. On a page that was fed straight that is the pack's zone within a few pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from extractors import hand, printed, stature
from extractors.comb import as_expected, fitted, squeeze
from extractors.comb import occupied as occupied_cells
from extractors.images import Grey
from extractors.marks import Mark, box_mark, signature
from extractors.on_screen import settle
from extractors.register import Registered
from extractors.trust import Verdict, differ_in_accents, look_alike, weigh
from extractors.zones import Cut, Mask, cut, darkness
from forms.schema import FieldSpec, FormPack, Zone
from forms.types import parse, pattern
from greffier.words import Box, Reading

#: Writing spills over the frame it is meant for, by this many pixels at 300 dpi.
_PAD = 6
#: Around a check box, to see a mark spill out of it.
_AROUND_BOX = 16
#: Lines of less ink than this (square pixels at 300 dpi) hold no writing.
_LEAST_INK = 60
_SURE_EMPTY = 0.997
#: The most a text is trusted whose very shape speaks against it.
_DOUBTED = 0.8
#: The most it is trusted when a reader changed its mind.
_AT_SECOND_SIGHT = 0.96
#: Types that may be written in small letters, even in a comb.
_WORDS = ("name", "text")


@dataclass(frozen=True)
class _Place:
    """One zone of one field, on the page where it is."""

    page: Registered
    zone: Zone

    @property
    def box(self) -> Box:
        return self.page.to_upright(self.zone.box)

    def cut(self, pad: int = 0) -> Cut:
        return cut(self.page, self.zone.box, pad)


def read_fields(pages: Sequence[Registered], pack: FormPack) -> list[Reading]:
    """One reading a field of ``pack`` that has a zone on one of ``pages``, in the pack's order.

    ``pages`` are the registered pages of one document. A field whose page is missing has no
    reading: whoever decides sees that it was not read.
    """
    found: list[Reading] = []
    for spec in pack.fields:
        places = {
            name: _Place(page, zone)
            for page in pages
            for name in spec.zone_names
            if (zone := page.revision.zones.get(name)) and zone.page == page.form_page
        }
        if len(places) == len(spec.zone_names):
            seen = _read(spec, places, pack.language)
            zones = {name: (place.page, place.zone) for name, place in places.items()}
            found.append(settle(spec, zones, seen))
    return found


def _read(spec: FieldSpec, places: dict[str, _Place], language: str) -> Reading:
    if spec.layout == "choice":
        return _read_choice(spec, places)
    (place,) = places.values()
    if spec.layout == "checkbox":
        return _marked(spec, place, box_mark(place.cut(_AROUND_BOX), _AROUND_BOX))
    if spec.layout == "signature":
        return _marked(spec, place, signature(place.cut()))
    area = place.cut(_PAD)
    if spec.layout == "comb":
        return _read_comb(spec, place, area, language)
    return _read_line(spec, place, area, language)


def _read_comb(spec: FieldSpec, place: _Place, area: Cut, language: str) -> Reading:
    cells = spec.cells or 1
    occupied = occupied_cells(area, _PAD, cells)
    if not occupied:
        return _empty(spec, place)
    word = squeeze(area, _PAD, cells)
    shown = hand.read_line(word, language).text
    if spec.type in _WORDS and sum(sign.islower() for sign in shown) > 1:
        # Typed in small letters, which no reader of capitals knows.
        return _reading(spec, place, _words(spec, word, darkness(word), shown, language), "comb")
    signs = "".join(sorted(set("".join(pattern(spec.type, cells))) - {" "}))
    heard = {"tesseract": printed.read_line(word, language, signs).text, "rapidocr": shown}
    said = {reader: fitted(text, spec.type, cells) for reader, text in heard.items()}
    said = {reader: text for reader, text in said.items() if text}
    by_cell = hand.read_comb(area.image, cells, spec.type)
    candidates = [*said.values(), _compact(by_cell.text)]
    candidates += [_compact(text) for text, _ in by_cell.alternatives]
    seen = as_expected(by_cell.cells, spec.type)
    verdict = weigh(candidates, said, spec, [seen[cell] for cell in occupied])
    if spec.type in _WORDS:
        verdict = _held_to_shape(verdict, darkness(word))
        if not verdict.text[-1:].isalnum():
            verdict = verdict.at_most(_DOUBTED)  # a sign at the end is dirt more often than not
    return _reading(spec, place, _spaced(verdict, occupied), "comb")


def _compact(text: str) -> str:
    return "".join(text.split())


def _spaced(verdict: Verdict, occupied: list[int]) -> Verdict:
    """The text with a space where boxes between characters were left empty."""
    if len(verdict.text) != len(occupied):
        return verdict
    text, last = "", occupied[0]
    for sign, cell in zip(verdict.text, occupied, strict=True):
        text += (" " if cell > last + 1 else "") + sign
        last = cell
    return Verdict(text, verdict.confidence)


def _read_line(spec: FieldSpec, place: _Place, area: Cut, language: str) -> Reading:
    if int(area.ink.sum()) < _LEAST_INK:
        return _empty(spec, place)
    shown = hand.read_line(area.writing, language).text
    return _reading(spec, place, _words(spec, area.writing, area.ink, shown, language), "line")


def _words(spec: FieldSpec, writing: Grey, ink: Mask, shown: str, language: str) -> Verdict:
    """Free writing by the two readers of words; ``shown`` is what rapidocr made of it.

    Where they differ, each looks again at a smaller picture: a reader that then says what the
    other said had slipped. Signs that look alike (l, 1) prove nothing that way.
    """
    read = printed.read_line(writing, language).text
    slipped = False
    if read != shown and not differ_in_accents(read, shown) and not look_alike(read, shown):
        again = _smaller(writing)
        if printed.read_line(again, language).text == shown:
            read, slipped = shown, True
        elif hand.read_line(again, language).text == read:
            shown, slipped = read, True
    said = {"tesseract": read, "rapidocr": shown}
    verdict = weigh(said.values(), {name: text for name, text in said.items() if text}, spec)
    if slipped:
        verdict = verdict.at_most(_AT_SECOND_SIGHT)
    if spec.type == "email" and " " in verdict.text:
        return verdict.at_most(_DOUBTED)  # a dot that was lost
    return _held_to_shape(verdict, ink)


def _smaller(writing: Grey) -> Grey:
    small = cv2.resize(writing, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _held_to_shape(verdict: Verdict, ink: Mask) -> Verdict:
    return verdict if stature.holds(verdict.text, ink) else verdict.at_most(_DOUBTED)


def _reading(spec: FieldSpec, place: _Place, verdict: Verdict, reader: str) -> Reading:
    parsed = parse(spec.type, verdict.text, spec=spec)
    problems = parsed.problems if verdict.text else ("illegible",)
    return Reading(
        name=spec.name,
        value=parsed.value if verdict.text else None,
        raw=verdict.text,
        confidence=verdict.confidence,
        page=place.page.page.number,
        box=place.box,
        reader=reader,
        problems=problems,
    )


def _empty(spec: FieldSpec, place: _Place) -> Reading:
    return Reading(
        name=spec.name,
        value="",
        confidence=_SURE_EMPTY,
        page=place.page.page.number,
        box=place.box,
        reader="ink",
    )


def _marked(spec: FieldSpec, place: _Place, mark: Mark) -> Reading:
    return Reading(
        name=spec.name,
        value=mark.value,
        raw=mark.value,
        confidence=mark.confidence,
        page=place.page.page.number,
        box=place.box,
        reader="ink",
        problems=(mark.problem,) if mark.problem else (),
    )


def _read_choice(spec: FieldSpec, places: dict[str, _Place]) -> Reading:
    marks = {
        option: box_mark(places[f"{spec.name}={option}"].cut(_AROUND_BOX), _AROUND_BOX)
        for option in spec.options
    }
    marked = [option for option, mark in marks.items() if mark.value]
    problems = {mark.problem for mark in marks.values() if mark.problem}
    if len(marked) > 1:
        problems = {"several-marked"}
    boxes = [place.box for place in places.values()]
    chosen = marked[0] if len(marked) == 1 else ""
    box = places[f"{spec.name}={chosen}"].box if chosen else _around(boxes)
    return Reading(
        name=spec.name,
        value=None if len(marked) > 1 else chosen,
        raw=" ".join(marked),
        confidence=min(mark.confidence for mark in marks.values()),
        page=next(iter(places.values())).page.page.number,
        box=box,
        reader="ink",
        problems=tuple(sorted(problems)),
    )


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
