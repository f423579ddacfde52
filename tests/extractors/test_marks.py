"""Check boxes and signature frames, drawn as people leave them."""

from __future__ import annotations

import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from extractors.marks import box_mark, signature
from extractors.zones import Cut
from greffier.words import Box
from sandbox.paper import ink

SIDE, PAD = 59, 16


def box(draw: Callable[[np.ndarray], None] = lambda ink: None) -> Cut:
    """A check box of 5 mm with what ``draw`` inks in and around it."""
    mask = np.zeros((SIDE + 2 * PAD, SIDE + 2 * PAD), np.uint8)
    draw(mask)
    image = np.where(mask > 0, np.uint8(30), np.uint8(255))
    return Cut(image, np.full_like(image, 255), mask, np.zeros_like(mask))


def stroke(*points: tuple[int, int], width: int = 5) -> Callable[[np.ndarray], None]:
    line = [np.array(points, np.int32) + PAD]
    return lambda mask: cv2.polylines(mask, line, False, 1, width)


def by_hand(kind: Callable[..., None], seed: int) -> Callable[[np.ndarray], None]:
    def draw(mask: np.ndarray) -> None:
        page = np.full(mask.shape, 255, np.uint8)
        kind(page, Box(PAD, PAD, PAD + SIDE, PAD + SIDE), random.Random(seed), 40)
        mask[page < 150] = 1

    return draw


@pytest.mark.parametrize("seed", range(12))
def test_a_mark_of_any_hand_is_a_mark_without_doubt(seed: int) -> None:
    """Crosses, ticks, filled boxes and hurried crosses that miss the middle."""
    mark = box_mark(box(by_hand(ink.tick, seed)), PAD)
    assert (mark.value, mark.problem) == ("yes", None)
    assert mark.confidence > 0.99


def test_an_empty_box_is_empty_without_doubt() -> None:
    mark = box_mark(box(), PAD)
    assert (mark.value, mark.problem) == ("", None)
    assert mark.confidence > 0.99


def test_ink_beside_the_box_is_no_mark_in_it() -> None:
    assert box_mark(box(stroke((-12, -12), (-12, SIDE + 12))), PAD).value == ""


@pytest.mark.parametrize("length", [8, 12, 16])
def test_a_shy_stroke_is_for_a_person_to_judge(length: int) -> None:
    mark = box_mark(box(stroke((25, 30), (25 + length, 30), width=4)), PAD)
    assert mark.problem == "mark-unclear"
    assert mark.confidence < 0.9


def test_a_stroke_so_thin_that_it_was_swept_out_as_dirt_is_for_a_person_to_judge() -> None:
    swept = box()
    swept.dirt[PAD + 30 : PAD + 33, PAD + 25 : PAD + 35] = 1
    mark = box_mark(swept, PAD)
    assert (mark.value, mark.problem) == ("", "mark-unclear")


def test_a_speck_in_a_box_is_no_mark() -> None:
    specked = box()
    specked.dirt[PAD + 30 : PAD + 33, PAD + 25 : PAD + 28] = 1
    assert box_mark(specked, PAD).problem is None


def test_a_filled_box_is_marked_but_one_scribbled_over_may_have_been_taken_back() -> None:
    filled = box(lambda mask: cv2.rectangle(mask, (PAD, PAD), (PAD + SIDE, PAD + SIDE), 1, -1))
    assert (box_mark(filled, PAD).value, box_mark(filled, PAD).problem) == ("yes", None)
    scribbled = box(lambda mask: cv2.circle(mask, (PAD + SIDE // 2,) * 2, SIDE * 2 // 3, 1, -1))
    assert box_mark(scribbled, PAD).problem == "mark-unclear"


def frame(draw: Callable[[np.ndarray], None] = lambda ink: None) -> Cut:
    mask = np.zeros((201, 1205), np.uint8)
    draw(mask)
    image = np.where(mask > 0, np.uint8(30), np.uint8(255))
    return Cut(image, np.full_like(image, 255), mask, np.zeros_like(mask))


@pytest.mark.parametrize("seed", range(5))
def test_a_signature_is_present(seed: int) -> None:
    def draw(mask: np.ndarray) -> None:
        page = np.full(mask.shape, 255, np.uint8)
        ink.sign(page, Box(0, 0, mask.shape[1], mask.shape[0]), random.Random(seed), 40)
        mask[page < 150] = 1

    mark = signature(frame(draw))
    assert (mark.value, mark.problem) == ("present", None)


def test_an_empty_frame_is_not_signed() -> None:
    assert signature(frame()).value == ""


def test_a_little_cross_where_one_signs_is_for_a_person_to_judge() -> None:
    assert signature(frame(stroke((600, 60), (640, 110)))).problem == "signature-unclear"
