"""What a born-digital page says a field holds: a form filled on a screen, or printed from one.

Only what the page also shows is believed: ``settle`` holds the text against the reading of the
pixels, since a PDF may carry one thing and show another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np

from extractors.digital import Digital, Glyph, Widget, lines
from extractors.edits import distance
from extractors.register import Registered
from forms.schema import FieldSpec, Zone
from forms.types import CHECKED, PRESENT, parse
from greffier.words import Reading

#: Confidence when text and pixels say the same, and when the pixels were hard to read.
_AGREED, _ALIKE, _CONTRARY = 0.9995, 0.98, 0.4
#: Share of the characters that a misreading of clear print may get wrong.
_MISREAD = 0.34
_OFF = ("Off", "")


def settle(spec: FieldSpec, zones: Mapping[str, tuple[Registered, Zone]], seen: Reading) -> Reading:
    """The reading of the field, ``seen`` in the pixels, with what the PDF says of it.

    ``zones`` are the field's zones, each with the page it is on.
    """
    said, reader = _said(spec, zones)
    if said is None or (not said and seen.value != ""):
        return seen
    return _agreed(spec, said, reader, seen)


def speaks(spec: FieldSpec, zones: Mapping[str, tuple[Registered, Zone]]) -> bool:
    """Whether the PDF says what the field holds: the pixels need only confirm it."""
    return bool(_said(spec, zones)[0])


def settle_beside(spec: FieldSpec, digital: Digital | None, seen: Reading) -> Reading:
    """The same for a field read beside its caption: the text where its value was ``seen``."""
    if digital is None or seen.box is None or not seen.raw:
        return seen
    x0, y0, x1, y1 = seen.box
    inside = [
        glyph
        for glyph in digital.glyphs
        if x0 <= (glyph.x0 + glyph.x1) / 2 < x1 and y0 <= (glyph.y0 + glyph.y1) / 2 < y1
    ]
    text = " ".join(lines(inside))
    found = re.search(spec.place.pattern, text) if spec.place.pattern else None
    if not text or (found and {"y", "m", "d"} <= found.re.groupindex.keys()):
        return seen  # nothing said, or a date in other words than its value's
    said = (found[1] if found.re.groups else found[0]) if found else text
    return _agreed(spec, said, "captions+text", seen)


def _agreed(spec: FieldSpec, said: str, reader: str, seen: Reading) -> Reading:
    """``seen`` in the pixels, weighed against what the PDF ``said``."""
    value = parse(spec.type, said, spec=spec)
    plain, shown = _plain(said), _plain(seen.raw or seen.value or "")
    if plain == shown:
        confidence = _AGREED
    elif shown and distance(plain, shown) <= max(1, _MISREAD * len(plain)):
        confidence = _ALIKE
    else:
        return seen.model_copy(
            update={"confidence": _CONTRARY, "problems": (*seen.problems, "text-differs")}
        )
    changes = {"value": value.value, "raw": said, "confidence": confidence, "reader": reader}
    return seen.model_copy(update=changes | {"problems": value.problems})


def _said(spec: FieldSpec, zones: Mapping[str, tuple[Registered, Zone]]) -> tuple[str | None, str]:
    digital = next(iter(zones.values()))[0].page.digital
    if digital is None:
        return None, ""
    widgets = [widget for widget in digital.widgets if _is_for(widget, spec)]
    if widgets:
        return _entered(spec, widgets), "acroform"
    if spec.layout in ("comb", "line"):
        ((page, zone),) = zones.values()
        return _printed(spec, page, zone, digital), "pdf-text"
    return None, ""


def _is_for(widget: Widget, spec: FieldSpec) -> bool:
    name = widget.name.rpartition(".")[2]
    return name in {spec.name, *spec.zone_names} or widget.tooltip in {spec.label.fr, spec.label.en}


def _entered(spec: FieldSpec, widgets: list[Widget]) -> str:
    if spec.layout == "choice":
        on = [widget for widget in widgets if widget.value not in _OFF]
        states = [w.name.partition("=")[2] or w.value for w in on]
        return " ".join(states)
    value = widgets[0].value
    if widgets[0].button:
        return "" if value in _OFF else CHECKED
    return PRESENT if value and spec.layout == "signature" else value


def _printed(spec: FieldSpec, page: Registered, zone: Zone, digital: Digital) -> str:
    """The characters inside the zone that are not the blank's own."""
    box = zone.box
    inside: list[Glyph] = []
    for glyph in digital.glyphs:
        x, y = page.to_blank((glyph.x0 + glyph.x1) / 2, (glyph.y0 + glyph.y1) / 2)
        if box.x0 <= x < box.x1 and box.y0 <= y < box.y1 and not _is_on_blank(page, x, y, glyph):
            inside.append(glyph)
    text = " ".join(lines(inside))
    if spec.layout == "comb" and spec.cells:
        pitch = box.width / spec.cells
        text, last = "", 0
        for glyph in sorted(inside, key=lambda glyph: glyph.x0):
            cell = int((page.to_blank((glyph.x0 + glyph.x1) / 2, glyph.y0)[0] - box.x0) // pitch)
            text += (" " if text and cell > last + 1 else "") + glyph.text
            last = cell
    return text


def _is_on_blank(page: Registered, x: float, y: float, glyph: Glyph) -> bool:
    """Whether the form itself prints something where the middle of the glyph is."""
    half = (glyph.x1 - glyph.x0) / 4
    tall = (glyph.y1 - glyph.y0) / 6
    spot = page.blank[round(y - tall) : round(y + tall) + 1, round(x - half) : round(x + half) + 1]
    return bool(spot.size and np.min(spot) < 128)


def _plain(text: str) -> str:
    """Letters and digits alone, as capitals without accents."""
    parts = unicodedata.normalize("NFD", text.replace("œ", "oe").upper())
    return "".join(sign for sign in parts if sign.isalnum())
