"""Pages laid over the blank of their form, however they were scanned."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from extractors.files import RawPage, list_pages
from extractors.images import Grey
from extractors.pages import clean, rotate
from extractors.register import Register, Registered
from extractors.symbols import marks_on
from forms.schema import FormPack
from greffier.words import Box
from sandbox.paper.fill import blank_of, rendered
from sandbox.paper.strays import stray
from tests.extractors.conftest import paper
from tests.shared import shared

#: Where the test draws a frame on the blank: inside « Ancienne rue ».
SPOT = Box(1200, 1790, 1400, 1850)


@pytest.fixture
def marked(pack: FormPack) -> list[Grey]:
    """Both pages of the blank, the first with a black rectangle at ``SPOT``."""
    pages = [page.copy() for page in rendered(blank_of(pack)[1])]
    cv2.rectangle(pages[0], SPOT[:2], SPOT[2:], 0, -1)
    return pages


def drawn_at(image: Grey, near: Box) -> Box:
    """The box of the solid rectangle on ``image`` near ``near``."""
    top, left = max(0, near.y0 - 80), max(0, near.x0 - 80)
    window = image[top : near.y1 + 80, left : near.x1 + 80]
    solid = cv2.morphologyEx((window < 128).astype(np.uint8), cv2.MORPH_OPEN, np.ones((25, 25)))
    ys, xs = np.nonzero(solid)
    return Box(left + xs.min(), top + ys.min(), left + xs.max() + 1, top + ys.max() + 1)


def sent(page: Grey, dpi: tuple[int, int], *, turns: int = 0, angle: float = 0.0) -> RawPage:
    """``page`` turned and scanned at ``dpi``: grey at 300, bitonal with noise below."""
    lain = rotate(np.ascontiguousarray(np.rot90(page, turns)), angle)
    if dpi == (300, 300):
        return RawPage(1, lain, dpi)
    size = [round(side * dots / 300) for side, dots in zip(lain.shape[::-1], dpi, strict=True)]
    small = cv2.resize(lain, size, interpolation=cv2.INTER_AREA)
    dots = np.where(small < 150, 0, 255).astype(np.uint8)
    dots[np.random.default_rng(1).random(dots.shape) < 0.002] = 0
    return RawPage(1, dots, dpi)


#: Scanners take sheets sideways too; fax machines, upright or upside down.
WAYS = [
    *[((300, 300), turns, angle) for turns, angle in ((0, 0.0), (1, -2.0), (3, 0.6))],
    *[(dpi, 2, 1.5) for dpi in ((200, 200), (204, 196), (204, 98))],
    ((204, 98), 0, -0.8),
]


@pytest.mark.parametrize(("dpi", "turns", "angle"), WAYS)
def test_a_page_is_found_and_its_zones_fall_where_the_ink_is(
    register: Register, marked: list[Grey], dpi: tuple[int, int], turns: int, angle: float
) -> None:
    found = register.find(clean(sent(marked[0], dpi, turns=turns, angle=angle)))
    assert found
    assert (found.form, found.form_page) == ("changement-adresse", 1)
    assert drawn_at(found.warped, SPOT) == pytest.approx(SPOT, abs=5)
    box = found.to_upright(SPOT)
    assert drawn_at(found.upright, box) == pytest.approx(box, abs=6)
    assert (box.width, box.height) == pytest.approx((SPOT.width, SPOT.height), abs=8)


def test_the_upright_page_keeps_the_size_of_the_sheet(
    register: Register, marked: list[Grey]
) -> None:
    for turns in range(4):
        found = register.find(clean(sent(marked[0], (300, 300), turns=turns)))
        assert found
        assert found.upright.shape == (3300, 2550)


def test_the_two_sides_are_told_apart_without_the_mark(
    register: Register, marked: list[Grey]
) -> None:
    for number, page in enumerate(marked, start=1):
        page[150:420, 2120:2450] = 255  # where the Data Matrix is
        found = register.find(clean(sent(page, (204, 98))))
        assert found
        assert found.form_page == number


@pytest.mark.parametrize(("turns", "angle"), [(0, 1.5), (1, -0.7), (2, 2.0)])
def test_the_mark_lays_the_page_as_its_print_does(
    register: Register, marked: list[Grey], turns: int, angle: float
) -> None:
    page = clean(sent(marked[0], (204, 196), turns=turns, angle=angle))
    symbols = marks_on(page.image)
    by_mark, by_print = register.find(page, symbols), register.find(page, {})
    assert symbols
    assert by_mark
    assert by_print
    for corner in ((0, 0), (2500, 0), (0, 3200), (2500, 3200)):
        assert by_mark.to_blank(*corner) == pytest.approx(by_print.to_blank(*corner), abs=3)


def test_cut_margins_and_a_fax_header_that_pushes_the_page_down_do_no_harm(
    register: Register, marked: list[Grey]
) -> None:
    shifted = paper()
    shifted[90:, :2450] = marked[0][:-90, 100:]
    cv2.putText(shifted, "16 NOV 2026 10:22  DE 418 555-0142  P.001/002", (60, 60), 0, 1.2, 0, 3)
    found = register.find(clean(sent(shifted, (204, 196))))
    assert found
    assert drawn_at(found.warped, SPOT) == pytest.approx(SPOT, abs=5)
    assert found.to_upright(SPOT) == pytest.approx(
        (SPOT.x0 - 100, SPOT.y0 + 90, SPOT.x1 - 100, SPOT.y1 + 90), abs=6
    )


def test_lines_lost_on_the_way_bend_the_page_and_zones_follow(
    register: Register, marked: list[Grey]
) -> None:
    raw = sent(marked[0], (204, 98))
    shorter = np.delete(raw.image, [300, 301, 450], axis=0)
    found = register.find(clean(RawPage(1, shorter, (204, 98))))
    assert found
    assert drawn_at(found.warped, SPOT) == pytest.approx(SPOT, abs=9)


@pytest.mark.parametrize("kind", ["letter", "unknown-form"])
def test_what_is_not_the_form_is_not_taken_for_it(register: Register, kind: str) -> None:
    assert register.find(clean(RawPage(1, stray(kind, 3), (300, 300)))) is None


def test_a_blank_page_is_no_form(register: Register) -> None:
    assert register.find(clean(RawPage(1, paper(), (300, 300)))) is None


def test_any_pack_with_a_blank_is_recognised(marked: list[Grey], pack: FormPack) -> None:
    """Another form, known from its blank alone: no mark, no corner squares, no zones."""
    other = pack.model_copy(
        update={
            "id": "autre",
            "revisions": tuple(
                revision.model_copy(update={"mark": None}) for revision in pack.revisions
            ),
        }
    )
    register = Register({"autre": other})
    page = marked[1]
    page[:260, :300], page[:260, 2300:], page[3100:, :200], page[3100:, 2350:] = 255, 255, 255, 255
    found = register.find(clean(sent(page, (200, 200), turns=2)))
    assert found
    assert (found.form, found.form_page) == ("autre", 2)


def test_real_forms_of_another_administration_are_not_taken_for_ours(register: Register) -> None:
    for path in sorted(shared("fara").glob("*.tif"))[::60]:
        assert register.find(clean(next(list_pages(path)))) is None


def test_practice_paper_of_every_medium_is_recognised(
    registered: Callable[..., list[Registered]],
) -> None:
    found = {
        medium: [page.form_page for page in registered(medium, level="medium")]
        for medium in ("tiff-grey", "group4", "fax-fine", "fax-standard")
    }
    assert all(pages == [1, 2] for pages in found.values()), found
