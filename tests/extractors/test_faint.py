"""Small strokes that the first look passed over, and those that are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.faint import restored, room
from extractors.zones import Cut, Mask
from tests.extractors.test_stature import ink

#: How dark a pencil is on white, and its palest strokes; both are darker than paper ever is.
_PENCIL, _PALE = 120, 185


def pencilled(text: str, pale: str, framed_at: int | None = None) -> tuple[Cut, Mask]:
    """``text`` in pencil in a frame whose line is ``framed_at``, its ``pale`` signs paler and not
    in the ink that was found; and the ink that there is."""
    written = np.pad(ink(text), ((30, 20), (30, 300)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    tall = stats[1:, cv2.CC_STAT_HEIGHT].max()
    flat = [n for n, row in enumerate(stats) if n and row[3] < 0.4 * tall] if pale else []
    lost = np.isin(labels, flat).astype(np.uint8)
    image = np.where(written > 0, np.uint8(_PENCIL), np.uint8(255))
    image[lost > 0] = _PALE
    blank = np.full_like(image, 255)
    if framed_at is not None:
        image[framed_at : framed_at + 4] = blank[framed_at : framed_at + 4] = 0
    found = written & (1 - lost)
    return Cut(image, blank, found, np.zeros_like(found)), written


@pytest.mark.parametrize("text", ["SAINT-JEAN", "BAIE-SAINT-PAUL"])
def test_a_pale_dash_between_letters_is_found_again(text: str) -> None:
    cut, written = pencilled(text, "-")
    assert not np.array_equal(cut.ink, written)
    assert np.array_equal(restored(cut).ink, written)


def test_where_nothing_was_lost_nothing_is_found() -> None:
    cut, written = pencilled("RUE PRINCIPALE", "")
    assert np.array_equal(restored(cut).ink, written)


def test_the_shade_of_the_paper_is_no_dash() -> None:
    cut, _ = pencilled("SAINT JEAN", "")
    shaded = cut.image.copy()
    shaded[20:90, 10:500][shaded[20:90, 10:500] == 255] = _PALE
    dirty = Cut(shaded, cut.blank, cut.ink, cut.dirt)
    assert np.array_equal(restored(dirty).ink, cut.ink)


def test_an_accent_taken_for_dirt_goes_back_to_its_letter() -> None:
    written = np.pad(ink("GASPÉ"), ((30, 20), (30, 300)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    accent = (labels == 1 + int(np.argmin(stats[1:, cv2.CC_STAT_HEIGHT]))).astype(np.uint8)
    image = np.where(written > 0, np.uint8(0), np.uint8(255))
    cut = Cut(image, np.full_like(image, 255), written & (1 - accent), accent)
    assert np.array_equal(restored(cut).ink, written)
    assert not restored(cut).dirt.any()


def test_shreds_of_a_line_over_letters_are_no_accents() -> None:
    written = np.pad(ink("LEVIS"), ((30, 20), (30, 300)))
    dirt = np.zeros_like(written)
    for x in range(20, written.shape[1] - 30, 40):
        cv2.rectangle(dirt, (x, 22), (x + 14, 27), 1, -1)
    image = np.where((written | dirt) > 0, np.uint8(0), np.uint8(255))
    cut = Cut(image, np.full_like(image, 255), written, dirt)
    assert np.array_equal(restored(cut).ink, written)


def test_room_over_letters_ends_where_the_form_prints() -> None:
    top = int(np.flatnonzero(pencilled("LEVIS", "")[1].any(axis=1))[0])
    near, far = (room(pencilled("LEVIS", "", framed_at=at)[0]) for at in (top - 6, top - 28))
    assert len(near) == len(far) == len("LEVIS")
    assert max(near) < min(far)
    assert min(room(pencilled("LEVIS", "")[0])) == float("inf")
