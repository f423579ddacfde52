from __future__ import annotations

from typing import Any

import pytest

from forms.checks import check_blank, check_pack
from forms.schema import PACKS, FormPack, load_pack
from greffier.messages import LANGUAGES, text

LABEL = {"fr": "Numéro", "en": "Number"}
SHEET = (2550, 3300)


def pack_of(field: dict[str, Any] | None = None, **changes: Any) -> FormPack:
    """A sound pack of one comb, but for ``changes``."""
    nas = {"name": "nas", "label": LABEL, "type": "nas", "layout": "comb", "cells": 9}
    revision = {"id": "1", "blank": "blank.pdf", "zones": {"nas": [1, 100, 100, 740, 180]}}
    whole = {
        "id": "essai",
        "title": LABEL,
        "fields": [{**nas, "required": True, **(field or {})}],
        "revisions": [{**revision, **changes.pop("revision", {})}],
    }
    return FormPack.model_validate({**whole, **changes})


def faults(pack: FormPack, marks: list[set[str]] | None = None, pages: int = 1) -> set[str]:
    blank = check_blank(pack.revisions[0], [SHEET] * pages, marks or [set()] * pages)
    found = [*check_pack(pack), *(blank if pack.revisions else ())]
    for finding in found:
        for language in LANGUAGES:
            said = text(f"check.{finding.code}", language, details=finding.about)
            assert not said.startswith("check.")
            assert "{" not in said.replace("{page}", "")
    return {finding.code for finding in found if finding.fault}


def test_a_sound_pack_has_no_fault() -> None:
    assert faults(pack_of()) == set()


def test_our_own_form_has_no_fault() -> None:
    ours = load_pack(PACKS / "changement-adresse")
    assert [finding for finding in check_pack(ours) if finding.fault] == []


@pytest.mark.parametrize(
    ("field", "changes", "fault"),
    [
        ({"type": "numero"}, {}, "type-unknown"),
        ({"cells": 8}, {}, "cells-wrong"),
        ({"type": "text", "layout": "checkbox"}, {}, "type-not-of-layout"),
        ({}, {"rules": [{"rule": "nas_ok", "fields": ["nas"]}]}, "rule-unknown"),
        ({}, {"revision": {"zones": {}}}, "zone-missing"),
        ({}, {"revision": {"zones": {"nas": [1, 740, 100, 100, 180]}}}, "zone-inside-out"),
        ({}, {"revision": {"zones": {"nas": [3, 100, 100, 740, 180]}}}, "zone-on-no-page"),
        ({}, {"revision": {"zones": {"nas": [1, 2000, 100, 2640, 180]}}}, "zone-off-page"),
        ({}, {"revision": {"pages": 2}}, "pages-differ"),
        ({}, {"revision": {"mark": "E/1"}}, "mark-not-found"),
    ],
)
def test_what_keeps_a_pack_from_working_is_a_fault(
    field: dict[str, Any], changes: dict[str, Any], fault: str
) -> None:
    found = faults(pack_of(field, **changes))
    assert fault in found


#: A field of each type that some rule asks for, and one of another.
TYPED = [("born", "date"), ("signed", "date"), ("number", "nam"), ("name", "name"), ("sex", "name")]


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"rule": "at_least_one", "fields": []}, "rule-few-fields"),
        ({"rule": "required_with", "fields": ["name"]}, "rule-few-fields"),
        ({"rule": "date_order", "fields": ["born"]}, "rule-few-fields"),
        ({"rule": "date_order", "fields": ["born", "name"]}, "rule-type"),
        ({"rule": "near_dates", "fields": ["born"], "value": "9"}, "rule-few-fields"),
        ({"rule": "near_dates", "fields": ["born", "signed"]}, "rule-no-value"),
        ({"rule": "near_dates", "fields": ["born", "signed"], "value": "deux"}, "rule-value"),
        ({"rule": "near_dates", "fields": ["born", "signed"], "value": "-1"}, "rule-value"),
        ({"rule": "near_dates", "fields": ["born", "number"], "value": "9"}, "rule-type"),
        ({"rule": "nam_agrees", "fields": ["number", "name"]}, "rule-other-fields"),
        (
            {"rule": "nam_agrees", "fields": ["number", "name", "name", "born", "sex", "sex"]},
            "rule-other-fields",
        ),
        ({"rule": "nam_agrees", "fields": ["name", "name", "name", "born", "sex"]}, "rule-type"),
        ({"rule": "nam_agrees", "fields": ["number", "name", "name", "sex", "sex"]}, "rule-type"),
    ],
)
def test_a_rule_that_lacks_what_it_needs_is_a_fault_and_says_which_it_is(
    rule: dict[str, Any], fault: str
) -> None:
    fields = [{"name": name, "label": LABEL, "type": kind} for name, kind in TYPED]
    zones = {name: [1, 100, at * 100, 740, at * 100 + 80] for at, (name, _) in enumerate(TYPED)}
    sound = {"rule": "at_least_one", "fields": ["name", "born"]}
    pack = pack_of(fields=fields, rules=[sound, rule], revision={"zones": zones})
    assert faults(pack) == {fault}
    (found,) = (finding for finding in check_pack(pack) if finding.fault)
    assert (found.about["number"], found.about["rule"]) == (2, rule["rule"])


def test_a_field_found_by_its_caption_needs_no_zone() -> None:
    assert faults(pack_of({"captions": ["NAS"]}, revision={"zones": {}})) == set()


def test_zones_that_overlap_are_told_together() -> None:
    fields = [
        {"name": name, "label": LABEL, "type": "text", "required": True} for name in ("a", "b")
    ]
    zones = {"a": [1, 100, 100, 500, 200], "b": [1, 400, 100, 900, 200]}
    pack = pack_of(fields=fields, revision={"zones": zones})
    (finding,) = (f for f in check_pack(pack) if f.fault)
    assert (finding.code, finding.about["field"], finding.about["other"]) == (
        "zones-overlap", "a", "b",
    )  # fmt: skip


def test_a_mark_must_say_the_page_and_stand_on_each() -> None:
    revision = {"pages": 2, "mark": "E/{page}"}
    assert faults(pack_of(revision=revision), [{"E/1"}, {"E/2"}], 2) == set()
    assert faults(pack_of(revision=revision), [{"E/1"}, set()], 2) == {"mark-not-found"}
    same = {**revision, "mark": "E"}
    assert faults(pack_of(revision=same), [{"E"}, {"E"}], 2) == {"mark-without-page"}


def test_a_blank_that_is_not_there_is_a_fault_and_a_symbol_nobody_named_is_not() -> None:
    assert faults(pack_of(), pages=0) == {"blank-missing"}
    findings = list(check_blank(pack_of().revisions[0], [SHEET], [{"E/1"}]))
    assert [(finding.code, finding.fault) for finding in findings] == [("mark-not-named", False)]
