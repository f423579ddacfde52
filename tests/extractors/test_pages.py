"""Pages as scanners and faxes deliver them, made ready to be looked at."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.files import RawPage
from extractors.images import Grey
from extractors.pages import clean, crop, is_blank, rotate, skew, straight, true_resolution, turned
from greffier.errors import BadInput
from greffier.words import Box
from sandbox.paper.fonts import font_path
from tests.extractors.conftest import paper

LETTER = (8.5, 11.0)


def text_page() -> Grey:
    """A letter page of thirty lines."""
    image = Image.fromarray(paper())
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(font_path("Liberation Sans")), 44)
    line = "Madame, Monsieur, je vous écris au sujet de mon dossier de pension."
    for row in range(30):
        pen.text((300, 350 + 85 * row), line, font=font, fill=0)
    return np.array(image)


@pytest.mark.parametrize(
    ("pixels", "claimed", "truth"),
    [
        ((2550, 3300), (300, 300), (300, 300)),
        ((2550, 3300), (72, 72), (300, 300)),
        ((2550, 3300), None, (300, 300)),
        ((1728, 1078), (204, 98), (204, 98)),
        ((1728, 1078), (204, 196), (204, 98)),
        ((1728, 1188), (200, 200), (204, 98)),
        ((1728, 2156), (204, 196), (204, 196)),
        ((1728, 2156), None, (204, 196)),
        ((1700, 2800), (200, 200), (200, 200)),
        ((2480, 3508), (1, 1), (300, 300)),
        ((3300, 2550), (300, 300), (300, 300)),
        ((1748, 2480), (300, 300), (300, 300)),
        ((5100, 6600), (96, 96), (600, 600)),
    ],
)
def test_the_resolution_is_the_one_that_makes_a_sheet_of_paper(
    pixels: tuple[int, int], claimed: tuple[int, int] | None, truth: tuple[int, int]
) -> None:
    """Letter, legal, A4 and A5 pages, upright and sideways, with honest and lying tags."""
    assert true_resolution(*pixels, claimed) == pytest.approx(truth, rel=0.03)


@pytest.mark.parametrize("dpi", [(300, 300), (204, 98), (204, 196), (600, 600), (200, 200)])
def test_every_page_comes_to_300_dpi_in_its_true_proportions(dpi: tuple[int, int]) -> None:
    size = [round(inches * dots) for inches, dots in zip(LETTER, dpi, strict=True)]
    if dpi[0] == 204:
        size[0] = 1728
    small = cv2.resize(text_page(), size, interpolation=cv2.INTER_AREA)
    page = clean(RawPage(1, small, dpi))
    assert page.image.shape == pytest.approx((3300, 2550), rel=0.01)


def test_black_borders_go_and_the_text_stays() -> None:
    image = text_page()
    whole = int((image < 128).sum())
    image[:, :90] = 0
    image[3250:] = 0
    cv2.fillPoly(image, [np.array([[2550, 0], [2550, 2500], [2430, 0]])], 0)
    cleaned = clean(RawPage(1, image, (300, 300))).image
    assert (cleaned[:, :90].min(), cleaned[3250:].min(), cleaned[5, 2500]) == (255, 255, 255)
    assert int((cleaned < 128).sum()) == pytest.approx(whole, rel=0.01)


def test_specks_go_and_full_stops_stay() -> None:
    image = paper()
    image[500:507, 500:507] = 0
    speckled = image.copy()
    speckled[1000:2000:50, 1000:2000:50] = 0
    cleaned = clean(RawPage(1, speckled, (300, 300))).image
    assert np.array_equal(cleaned, image)


def test_paper_nobody_wrote_on_is_blank() -> None:
    rng = np.random.default_rng(2)
    grain = np.clip(rng.normal(235, 6, (3300, 2550)), 0, 255).astype(np.uint8)
    behind = cv2.addWeighted(text_page()[:, ::-1], 0.15, grain, 0.85, 0).astype(np.uint8)
    header = paper()
    header[60:90, 200:1500:20] = 0
    dusty = paper()
    dusty[1000:1010, 700:710] = 0
    for page in (grain, behind, header, dusty):
        assert is_blank(page)


def test_one_written_word_is_enough_not_to_be_blank() -> None:
    image = paper()
    pen_stroke = [np.array([[900 + 40 * n, 1500 + 30 * (n % 2)] for n in range(3)])]
    for shift in range(4):
        cv2.polylines(image, [np.add(pen_stroke[0], (shift * 150, 0))], False, 40, 8)
    assert not is_blank(image)


@pytest.mark.parametrize("angle", [-3.0, -0.7, 0.0, 1.4, 5.0])
def test_the_skew_of_text_is_measured(angle: float) -> None:
    assert skew(rotate(text_page(), angle)) == pytest.approx(-angle, abs=0.15)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_of_text_is_turned_upright_and_straightened(turns: int) -> None:
    level = text_page()
    lain = rotate(np.ascontiguousarray(np.rot90(level, turns)), 1.5)
    found = straight(turned(clean(RawPage(1, lain, (300, 300))))).image
    assert found.shape == level.shape
    blurred = [cv2.blur(picture, (25, 25)).ravel() for picture in (found, level)]
    assert np.corrcoef(blurred)[0, 1] > 0.9


def test_a_crop_is_a_png_of_the_box_and_its_margin() -> None:
    data = np.frombuffer(crop(paper(), Box(100, 200, 300, 260), margin=10), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_UNCHANGED).shape == (80, 220)


def test_a_strip_of_pixels_is_no_page_and_costs_nothing() -> None:
    with pytest.raises(BadInput) as caught:
        clean(RawPage(1, np.zeros((65537, 1), np.uint8), (1, 1)))
    assert caught.value.code == "page-too-large"
    assert clean(RawPage(1, np.zeros((1, 256), np.uint8), (300, 300))).blank
