"""What is missing or odd in a form pack, for whoever makes it.

``check_pack`` looks at the data; ``check_blank`` at the data and the size and symbols of the blank.
Each finding has a code of the message catalogues (``check.<code>``) and what it is about. A fault
keeps the pack from working; the rest is advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from forms.rules import KINDS
from forms.schema import FieldSpec, FormPack, Revision, Rule
from forms.types import TYPES, pattern
from greffier.errors import PackError
from greffier.words import Box

#: Layouts that only one type of field has.
_OWN_TYPE = {"checkbox": "checkbox", "choice": "choice", "signature": "signature"}
#: One comb cell, in pixels at 300 dpi: about 2 to 13 mm.
_NARROW, _WIDE = 24, 150
#: A zone of less than about 3 mm either way is a slip of the pen.
_SMALL = 30
#: Of the smaller of two zones, how much may lie in the other.
_COMMON = 0.15


class Finding(NamedTuple):
    """One thing to put right (``fault``) or to think about, and what it is about."""

    code: str
    fault: bool
    about: dict[str, object]


def check_pack(pack: FormPack) -> Iterator[Finding]:
    """What the form says of itself."""
    for spec in pack.fields:
        yield from _check_field(spec)
    for number, rule in enumerate(pack.rules, start=1):
        yield from _check_rule(pack, rule, {"number": number, "rule": rule.rule})
    if not pack.revisions:
        yield Finding("no-revision", True, {})
    for revision in pack.revisions:
        yield from _check_zones(pack, revision)
    if not any(spec.required for spec in pack.fields):
        yield Finding("nothing-required", False, {})
    alike = [spec.name for spec in pack.fields if spec.label.fr == spec.label.en]
    if len(alike) > len(pack.fields) / 2:
        yield Finding("labels-alike", False, {"count": len(alike)})
    if not pack.destinations:
        yield Finding("no-destination", False, {})
    if pack.retention is None:
        yield Finding("no-retention", False, {})
    if pack.calibration is None:
        yield Finding("not-calibrated", False, {"form": pack.id})
    elif pack.calibration.accepted_error > pack.accepted_error:
        yield Finding("calibrated-for-more", False, {"form": pack.id})
    elif pack.calibration.is_of_other_readers():
        yield Finding("calibrated-otherwise", False, {"form": pack.id})


def _check_field(spec: FieldSpec) -> Iterator[Finding]:
    about: dict[str, object] = {"field": spec.name, "type": spec.type, "layout": spec.layout}
    if spec.type not in TYPES:
        yield Finding("type-unknown", True, about | {"known": ", ".join(sorted(TYPES))})
    elif spec.type != _OWN_TYPE.get(spec.layout, spec.type):
        yield Finding("type-not-of-layout", True, about)
    elif spec.layout == "comb":
        try:
            pattern(spec.type, spec.cells or 0)
        except PackError:
            yield Finding("cells-wrong", True, about | {"cells": spec.cells})


def _check_rule(pack: FormPack, rule: Rule, about: dict[str, object]) -> Iterator[Finding]:
    """What the rule lacks that would stop it, or keep it from ever finding anything."""
    kind = KINDS.get(rule.rule)
    if kind is None:
        yield Finding("rule-unknown", True, about | {"known": ", ".join(sorted(KINDS))})
        return
    found = len(rule.fields)
    if found < kind.fewest or (kind.most is not None and found > kind.most):
        code = "rule-few-fields" if kind.most is None else "rule-other-fields"
        yield Finding(code, True, about | {"found": found, "asked": kind.fewest})
    for position, name in enumerate(rule.fields):
        asked, has = kind.type_of(position), pack.field(name).type
        if asked not in (None, has):
            yield Finding("rule-type", True, about | {"field": name, "type": has, "asked": asked})
    if kind.days and rule.value is None:
        yield Finding("rule-no-value", True, about)
    elif kind.days and not re.fullmatch("[0-9]+", rule.value or ""):
        yield Finding("rule-value", True, about | {"value": rule.value})


def _check_zones(pack: FormPack, revision: Revision) -> Iterator[Finding]:
    about: dict[str, object] = {"revision": revision.id}
    for spec in pack.fields:
        missing = [name for name in spec.zone_names if name not in revision.zones]
        if missing and not spec.captions:
            yield Finding("zone-missing", True, about | {"field": ", ".join(missing)})
        for name in spec.zone_names:
            if zone := revision.zones.get(name):
                yield from _check_shape(spec, zone.box, about | {"field": name})
    for (one, first), (other, second) in combinations(revision.zones.items(), 2):
        if first.page == second.page and _common(first.box, second.box) > _COMMON:
            yield Finding("zones-overlap", True, about | {"field": one, "other": other})
    if revision.mark and revision.pages > 1 and "{page}" not in revision.mark:
        yield Finding("mark-without-page", True, about | {"mark": revision.mark})


def _check_shape(spec: FieldSpec, box: Box, about: dict[str, object]) -> Iterator[Finding]:
    if box.width <= 0 or box.height <= 0:
        yield Finding("zone-inside-out", True, about | {"box": list(box)})
    elif min(box.width, box.height) < _SMALL:
        yield Finding("zone-small", False, about | {"width": box.width, "height": box.height})
    elif spec.layout == "comb" and not _NARROW <= box.width / (spec.cells or 1) <= _WIDE:
        millimetres = round(box.width / (spec.cells or 1) / 11.8, 1)
        yield Finding("cell-width-odd", False, about | {"width": millimetres})


def _common(one: Box, other: Box) -> float:
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0, width) * max(0, height) / max(smaller, 1)


def check_blank(
    revision: Revision, sizes: Sequence[tuple[int, int]], marks: Sequence[set[str]]
) -> Iterator[Finding]:
    """The revision against its blank: each page's width and height (pixels), and its symbols."""
    about: dict[str, object] = {"revision": revision.id}
    if revision.blank is None:
        yield Finding("no-blank", False, about)
        return
    about |= {"blank": revision.blank}
    if not sizes:
        yield Finding("blank-missing", True, about)
        return
    if len(sizes) != revision.pages:
        yield Finding("pages-differ", True, about | {"said": revision.pages, "found": len(sizes)})
    for name, zone in revision.zones.items():
        if zone.page > len(sizes):
            yield Finding("zone-on-no-page", True, about | {"field": name, "page": zone.page})
            continue
        width, height = sizes[zone.page - 1]
        if min(zone.box) < 0 or zone.box.x1 > width or zone.box.y1 > height:
            yield Finding("zone-off-page", True, about | {"field": name})
    yield from _check_marks(revision, marks, about)


def _check_marks(
    revision: Revision, marks: Sequence[set[str]], about: Mapping[str, object]
) -> Iterator[Finding]:
    if revision.mark is None:
        if any(marks):
            said = ", ".join(sorted(set().union(*marks)))
            yield Finding("mark-not-named", False, {**about, "seen": said})
        return
    for page, seen in enumerate(marks, start=1):
        expected = revision.mark.format(page=page)
        if expected not in seen:
            yield Finding("mark-not-found", True, {**about, "page": page, "mark": expected})
