"""The fields of an interactive form (AcroForm) on a blank, as a form pack would have them.

Read by pdfplumber. Sources of the flags: ISO 32000-1, tables 226 to 230.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pdfplumber
from pdfminer.pdftypes import resolve1

from extractors.digital import inherited, name_of, names, text_of
from greffier.words import DPI, Box

_RADIO, _PUSH, _COMB = 1 << 15, 1 << 16, 1 << 24


class WidgetField(NamedTuple):
    """One field: its caption for people, layout, page, zones by option, cells and own name."""

    caption: str
    layout: str
    page: int
    zones: dict[str, Box]
    cells: int | None
    name: str


def read_widgets(path: Path, number: int) -> list[WidgetField]:
    """The fields on page ``number`` (from 1), in the order the PDF has them."""
    found: dict[str, WidgetField] = {}
    with pdfplumber.open(path, pages=[number]) as pdf:
        page = pdf.pages[0]
        left, top = page.bbox[:2]
        for annotation in page.annots:
            data = annotation["data"]
            if name_of(data.get("Subtype")) != "Widget":
                continue
            edges = (annotation["x0"], annotation["top"], annotation["x1"], annotation["bottom"])
            origin = (left, top, left, top)
            box = Box(*(round((e - o) * DPI / 72) for e, o in zip(edges, origin, strict=True)))
            if field := _field(data, box, number):
                known = found.get(field.name)
                found[field.name] = (
                    known._replace(zones=known.zones | field.zones) if known else field
                )
    return list(found.values())


def _field(data: dict[str, Any], box: Box, page: int) -> WidgetField | None:
    kind, flags = name_of(inherited(data, "FT")), int(inherited(data, "Ff") or 0)
    caption, name = text_of(inherited(data, "TU")), ".".join(names(data))
    if kind == "Btn":
        if flags & _PUSH:
            return None
        if flags & _RADIO:
            return WidgetField(caption, "choice", page, {_state(data): box}, None, name)
        return WidgetField(caption, "checkbox", page, {"": box}, None, name)
    if kind == "Sig":
        return WidgetField(caption, "signature", page, {"": box}, None, name)
    longest = inherited(data, "MaxLen")
    if kind == "Tx" and flags & _COMB and longest:
        return WidgetField(caption, "comb", page, {"": box}, int(longest), name)
    return WidgetField(caption, "line", page, {"": box}, None, name)


def _state(data: dict[str, Any]) -> str:
    """What a radio button is called when it is on."""
    looks = resolve1(resolve1(data.get("AP") or {}).get("N") or {})
    return next((state for state in looks if state != "Off"), "") if isinstance(looks, dict) else ""
