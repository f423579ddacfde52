"""The fields of a registered page, each read by readers that fit it.

Boxes of the readings are on ``Registered.upright``: the page as it lies on a desk, straightened,
at its true scale. On a page that was fed straight that is the pack's zone within a few pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from extractors.comb import Boxes
from extractors.intruders import Foreign, foreign, punched_through
from extractors.marks import Mark, box_mark, signature
from extractors.on_screen import settle, speaks
from extractors.phrases import around
from extractors.register import Registered
from extractors.trust import Verdict
from extractors.writing import find_boxes, read_comb, read_line, read_print
from extractors.zones import Cut, cut
from forms.schema import FieldSpec, FormPack, Zone
from forms.types import parse
from greffier.words import Box, Reading

#: Writing spills over the frame it is meant for, accents above all, by so many pixels at 300 dpi.
_PAD = 12
#: Around a check box, to see a mark spill out of it.
_AROUND_BOX = 16
_SURE_EMPTY = 0.997
#: So many combs tell whether a page was filled by hand: by how far the feet of their characters are
#: from one line (pixels, the median: type 0 to 0.7, hands 1.2 to 2.8).
_FEWEST_COMBS, _UNEVEN = 3, 0.95


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


_Places = Mapping[str, _Place]


def read_fields(pages: Sequence[Registered], pack: FormPack) -> list[Reading]:
    """One reading a field of ``pack`` that has a zone on one of ``pages``, in the pack's order.

    ``pages`` are registered pages of one document, all or some. A field whose page is not among
    them has no reading: whoever decides sees that it was not read.
    """
    placed = [(spec, places) for spec in pack.fields if (places := _places(spec, pages))]
    combs = {
        spec.name: _boxes(spec, places)
        for spec, places in placed
        if spec.layout == "comb" and not speaks(spec, _zones(places))
    }
    by_hand = is_by_hand(combs.values())
    written = {
        spec.name: _verdict(spec, places, pack.language, combs.get(spec.name), by_hand)
        for spec, places in placed
        if spec.layout in ("comb", "line")
    }
    strangers = {page.form_page: foreign(page) for page in pages}
    found = []
    for spec, places in placed:
        if spec.layout in ("comb", "line"):
            seen = _text(spec, places, written[spec.name], by_hand)
        elif spec.layout == "choice":
            seen = _choice(spec, places)
        else:
            seen = _mark(spec, places)
        seen = _doubted(seen, places, strangers)
        found.append(settle(spec, _zones(places), seen))
    return found


def _places(spec: FieldSpec, pages: Sequence[Registered]) -> _Places:
    """The field's zones on ``pages``; none unless all are there."""
    places = {
        name: _Place(page, zone)
        for page in pages
        for name in spec.zone_names
        if (zone := page.revision.zones.get(name)) and zone.page == page.form_page
    }
    return places if len(places) == len(spec.zone_names) else {}


def _zones(places: _Places) -> dict[str, tuple[Registered, Zone]]:
    return {name: (place.page, place.zone) for name, place in places.items()}


def _boxes(spec: FieldSpec, places: _Places) -> Boxes | None:
    (place,) = places.values()
    return find_boxes(place.cut(_PAD), _PAD, spec)


def is_by_hand(combs: Iterable[Boxes | None]) -> bool:
    """Whether a hand filled the page that these combs are on."""
    uneven = [found for comb in combs if comb and (found := comb.unevenness) is not None]
    return len(uneven) >= _FEWEST_COMBS and median(uneven) > _UNEVEN


def _verdict(
    spec: FieldSpec, places: _Places, language: str, comb: Boxes | None, by_hand: bool
) -> Verdict | None:
    (place,) = places.values()
    if speaks(spec, _zones(places)):
        return read_print(place.cut(_PAD), _PAD, spec, language)
    if spec.layout == "line":
        return read_line(place.cut(_PAD), spec, language, by_hand)
    return read_comb(comb, spec, language, by_hand) if comb else None


def _text(spec: FieldSpec, places: _Places, verdict: Verdict | None, by_hand: bool) -> Reading:
    (place,) = places.values()
    if verdict is None:
        return _reading(spec, place, "ink", "", "", _SURE_EMPTY)
    if not verdict.text:
        return _reading(spec, place, spec.layout, None, "", 0.0, ("illegible",))
    value, problems, _ = parse(spec.type, verdict.text, spec=spec)
    reader = "hand" if by_hand else "print"
    return _reading(spec, place, reader, value, verdict.text, verdict.confidence, problems)


def _mark(spec: FieldSpec, places: _Places) -> Reading:
    (place,) = places.values()
    if spec.layout == "signature":
        mark = signature(place.cut())
    else:
        mark = box_mark(place.cut(_AROUND_BOX), _AROUND_BOX)
    return _reading(spec, place, "ink", mark.value, mark.value, mark.confidence, _problems(mark))


def _doubted(seen: Reading, places: _Places, strangers: Mapping[int, Foreign]) -> Reading:
    """``seen`` with what may have been lost or added where it stands: a hole, a stamp."""
    problems = list(seen.problems)
    for place in places.values():
        if punched_through(place.page, place.zone.box):
            problems.append("punched")
        if strangers[place.page.form_page].is_over(place.zone.box):
            problems.append("stamped-over")
    return seen.model_copy(update={"problems": tuple(dict.fromkeys(problems))})


def _choice(spec: FieldSpec, places: _Places) -> Reading:
    marks = {
        option: box_mark(places[f"{spec.name}={option}"].cut(_AROUND_BOX), _AROUND_BOX)
        for option in spec.options
    }
    marked = [option for option, mark in marks.items() if mark.value]
    confidence = min(mark.confidence for mark in marks.values())
    if len(marked) == 1:
        (chosen,) = marked
        place = places[f"{spec.name}={chosen}"]
        problems = tuple(problem for mark in marks.values() for problem in _problems(mark))
        return _reading(spec, place, "ink", chosen, chosen, confidence, problems)
    value, problems = ("", ()) if not marked else (None, ("several-marked",))
    first = next(iter(places.values()))
    reading = _reading(spec, first, "ink", value, " ".join(marked), confidence, problems)
    return reading.model_copy(update={"box": around(place.box for place in places.values())})


def _problems(mark: Mark) -> tuple[str, ...]:
    return (mark.problem,) if mark.problem else ()


def _reading(
    spec: FieldSpec,
    place: _Place,
    reader: str,
    value: str | None,
    raw: str,
    confidence: float,
    problems: tuple[str, ...] = (),
) -> Reading:
    return Reading(
        name=spec.name,
        value=value,
        raw=raw,
        confidence=confidence,
        page=place.page.page.number,
        box=place.box,
        reader=reader,
        problems=problems,
    )
