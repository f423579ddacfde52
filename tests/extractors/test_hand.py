"""Combs drawn here, in fonts the network never saw, read as they would be from a page."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors import hand
from extractors.hand_cells import split
from extractors.hand_decode import REFUSED
from sandbox.paper.fonts import font_path

#: Held out of training: see extractors/hand_train/config.toml.
HAND_FONT, TYPE_FONT = "Rufscript", "Liberation Mono"
PITCH, TALL, MARGIN = 71, 83, 6


def comb(text, font=HAND_FONT, *, lines=True, size=54):
    """``text`` in a comb of boxes of 6 × 7 mm at 300 dpi, a few pixels of margin around."""
    width, height = PITCH * len(text) + 2 * MARGIN, TALL + 2 * MARGIN
    image = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(image)
    face = ImageFont.truetype(str(font_path(font)), size)
    for cell, char in enumerate(text):
        x = MARGIN + (cell + 0.5) * PITCH
        pen.text((x, MARGIN + 0.76 * TALL), char, font=face, fill=40, anchor="ms")
    if lines:
        for cell in range(len(text) + 1):
            x = MARGIN + cell * PITCH
            pen.line([(x, MARGIN), (x, MARGIN + TALL)], fill=0, width=3)
        for y in (MARGIN, MARGIN + TALL):
            pen.line([(MARGIN, y), (width - MARGIN, y)], fill=0, width=3)
    return np.array(image)


def faxed(image, lines_per_inch):
    """``image`` sent by fax (204 dots an inch across) and stretched back to 300 dpi."""
    height, width = image.shape
    small = cv2.resize(
        image,
        (round(width * 204 / 300), round(height * lines_per_inch / 300)),
        interpolation=cv2.INTER_AREA,
    )
    dots = np.where(small < 165, 0, 255).astype(np.uint8)
    return cv2.resize(dots, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("font", [HAND_FONT, TYPE_FONT])
def test_a_valid_nas_is_read_with_confidence(font):
    reading = hand.read_comb(comb("130692544", font), 9, "nas")
    assert reading.text == "130692544"
    assert reading.confidence > 0.95


@pytest.mark.parametrize("font", [HAND_FONT, TYPE_FONT])
def test_lines_that_were_subtracted_are_not_missed(font):
    assert hand.read_comb(comb("123456782", font, lines=False), 9, "nas").text == "123456782"


@pytest.mark.parametrize("lines_per_inch", [196, 98])
def test_a_faxed_comb_is_read(lines_per_inch):
    assert hand.read_comb(faxed(comb("130692544"), lines_per_inch), 9, "nas").text == "130692544"


def test_capitals_and_digits_of_a_nam_are_read_in_their_places():
    assert hand.read_comb(comb("TEST54122816"), 12, "nam").text == "TEST54122816"


def test_a_name_keeps_its_hyphen_and_its_empty_cells():
    assert hand.read_comb(comb("ROY-GAUTHIER    "), 16, "name").text == "ROY-GAUTHIER    "


def test_a_nas_with_one_digit_changed_stays_as_written_and_is_doubted():
    reading = hand.read_comb(comb("130692547"), 9, "nas")
    assert reading.text == "130692547"
    assert reading.confidence <= REFUSED


@pytest.mark.parametrize("lines", [True, False])
def test_an_empty_comb_is_nothing_with_confidence(lines):
    reading = hand.read_comb(comb(" " * 9, lines=lines), 9, "nas")
    assert reading.text == " " * 9
    assert reading.confidence > 0.99


def test_a_character_struck_out_is_never_a_confident_digit():
    image = comb("130692544")
    y, x = MARGIN + TALL // 2, MARGIN + 4 * PITCH
    for dy in (-22, -8, 8, 22):
        cv2.line(image, (x + 8, y + dy), (x + PITCH - 8, y - dy), 30, 5)
    assert hand.read_comb(image, 9, "nas").confidence < 0.9


@pytest.mark.parametrize("dx", [-7, 7])
@pytest.mark.parametrize("dy", [-5, 5])
def test_a_zone_some_pixels_off_is_read_all_the_same(dx, dy):
    image = np.full((TALL + 60, 9 * PITCH + 60), 255, np.uint8)
    drawn = comb("130692544")
    image[20 : 20 + drawn.shape[0], 20 : 20 + drawn.shape[1]] = drawn
    zone = image[26 + dy : 26 + dy + TALL, 26 + dx : 26 + dx + 9 * PITCH]
    assert hand.read_comb(zone, 9, "nas").text == "130692544"


def test_printed_lines_leave_no_ink_in_empty_cells():
    cells = split(comb("1 3 5 7 9"), 9)
    assert [bool(ink) for ink in cells.ink] == [True, False] * 4 + [True]


def test_a_stroke_that_crosses_a_line_is_not_cut():
    image = comb("  ")
    cv2.line(image, (MARGIN + 20, MARGIN + 10), (MARGIN + 55, MARGIN + TALL + 5), 0, 6)
    crossing = split(image, 2)
    alone = comb("  ", lines=False)
    cv2.line(alone, (MARGIN + 20, MARGIN + 10), (MARGIN + 55, MARGIN + TALL + 5), 0, 6)
    assert crossing.ink[0] > 0.85 * split(alone, 2).ink[0]


def test_each_cell_is_a_distribution():
    reading = hand.read_comb(comb("130692544"), 9, "nas")
    assert len(reading.cells) == 9
    assert all(sum(cell.values()) == pytest.approx(1, abs=0.001) for cell in reading.cells)


def test_a_forked_process_reads_what_its_parent_reads():
    image = comb("130692544")
    here = hand.read_comb(image, 9, "nas")
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        there = pool.submit(hand.read_comb, image, 9, "nas").result(timeout=60)
    assert there.text == here.text


def test_writing_on_a_line_is_read():
    image = Image.new("L", (900, 90), 255)
    face = ImageFont.truetype(str(font_path("Klee One")), 52)
    ImageDraw.Draw(image).text((20, 14), "RUE DE LA MONTAGNE", font=face, fill=40)
    reading = hand.read_line(np.array(image), "fra")
    assert reading.text.replace(" ", "") == "RUEDELAMONTAGNE"
    assert reading.confidence > 0.7


def test_no_writing_is_no_text():
    assert hand.read_line(np.full((90, 900), 255, np.uint8), "fra").text == ""
