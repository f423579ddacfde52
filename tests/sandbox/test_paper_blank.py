"""The committed blank, its zones and its layout agree, and the paper suits hands and readers."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
import zxingcpp
from pypdf import PdfReader

from forms.schema import PACKS, FormPack, load_pack
from greffier.words import DPI, Box
from sandbox.paper.blank import regenerate
from sandbox.paper.degrade import turned
from sandbox.paper.fill import rendered
from sandbox.paper.ink import Page

FOLDER = PACKS / "changement-adresse"
MM = DPI / 25.4


@pytest.fixture(scope="module")
def pack() -> FormPack:
    return load_pack(FOLDER)


@pytest.fixture(scope="module")
def blank() -> tuple[Page, ...]:
    return rendered(FOLDER / "blank.pdf")


def zones(pack: FormPack) -> list[tuple[str, int, Box]]:
    return [(name, zone.page, zone.box) for name, zone in pack.revisions[-1].zones.items()]


def test_the_committed_blank_and_zones_are_what_the_layout_draws(
    tmp_path: Path, blank: tuple[Page, ...]
) -> None:
    pdf, form = regenerate(FOLDER)
    assert form == (FOLDER / "form.yaml").read_text("utf-8"), "run python -m sandbox.paper.blank"
    (tmp_path / "blank.pdf").write_bytes(pdf)
    drawn = rendered(tmp_path / "blank.pdf")
    assert [page.tobytes() for page in drawn] == [page.tobytes() for page in blank]


def test_every_zone_is_where_the_blank_has_its_screen_field(pack: FormPack) -> None:
    found = {}
    for number, page in enumerate(PdfReader(FOLDER / "blank.pdf").pages, start=1):
        for annotation in page["/Annots"]:
            widget = annotation.get_object()
            name = widget.get("/T") or widget["/Parent"]["/T"]
            if options := set(widget["/AP"]["/N"]) - {"/Off"} if "/Parent" in widget else None:
                name += "=" + options.pop().removeprefix("/")
            x0, y0, x1, y1 = (float(n) * DPI / 72 for n in widget["/Rect"])
            found[name] = (number, x0, 3300 - y1, x1, 3300 - y0)
    assert found.keys() == {name for name, _, _ in zones(pack)}
    for name, page, box in zones(pack):
        assert np.abs(np.subtract((page, *box), found[name])).max() <= 1.0, name


def test_every_field_has_its_zones_and_no_two_zones_touch(pack: FormPack) -> None:
    named = {name for name, _, _ in zones(pack)}
    assert named == {name for field in pack.fields for name in field.zone_names}
    for (_, page, a), (_, other_page, b) in combinations(zones(pack), 2):
        apart = a.x1 < b.x0 or b.x1 < a.x0 or a.y1 < b.y0 or b.y1 < a.y0
        assert page != other_page or apart


def test_combs_have_boxes_a_hand_can_write_in_with_dividers_one_can_see(
    pack: FormPack, blank: tuple[Page, ...]
) -> None:
    for field in pack.fields:
        if field.layout == "comb":
            zone = pack.revisions[-1].zones[field.name]
            step = zone.box.width / (field.cells or 1)
            assert step >= 5 * MM
            assert 6 * MM <= zone.box.height <= 7.1 * MM
            edges = [round(zone.box.x0 + n * step) for n in range((field.cells or 1) + 1)]
            middle = blank[zone.page - 1][zone.box.y0 + 20 : zone.box.y1 - 20]
            assert all(middle[:, edge - 3 : edge + 4].min() < 60 for edge in edges)
            assert all(middle[:, a + 8 : b - 7].min() > 250 for a, b in pairwise(edges))


def test_nothing_is_printed_where_one_writes_and_captions_are_large_enough(pack: FormPack) -> None:
    with pdfplumber.open(FOLDER / "blank.pdf") as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            text = page.extract_text()
            boxes = [box for _, on, box in zones(pack) if on == number]
            for char in page.chars:
                assert char["size"] >= 8
                x, y = (char["x0"] * DPI / 72, (char["top"] + char["bottom"]) / 2 * DPI / 72)
                assert not any(b.x0 <= x <= b.x1 and b.y0 <= y <= b.y1 for b in boxes)
            for field in pack.fields:
                on = pack.revisions[-1].zones[field.zone_names[0]].page
                assert on != number or field.label.fr in text
            assert "Formulaire d’exercice" in text
            assert "CA-001 (2026-11)" in text
            assert f"Page {number}/2" in text


def test_each_page_says_which_page_of_which_revision_it_is(
    pack: FormPack, blank: tuple[Page, ...]
) -> None:
    for number, page in enumerate(blank, start=1):
        (symbol,) = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.DataMatrix)
        assert symbol.text == (pack.revisions[-1].mark or "").format(page=number)


def test_the_corner_marks_tell_a_page_from_the_same_page_upside_down(
    blank: tuple[Page, ...],
) -> None:
    def widths(page: Page) -> list[int]:
        """How wide the mark is in each corner: top left, top right, bottom left, bottom right."""
        row, edge = round(9 * MM), round(20 * MM)
        lines = [page[row, :edge], page[row, -edge:], page[-row, :edge], page[-row, -edge:]]
        return [int((line < 128).sum()) for line in lines]

    for page in blank:
        left, *others = widths(page)
        assert left > 2 * max(others)
        assert min(others) > 4 * MM
        *before, last = widths(turned(page))
        assert last > 2 * max(before)
