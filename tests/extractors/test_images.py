"""Pictures: levels counted, blobs labelled, made smaller, written as PNG."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from extractors.images import Grey, darker, labels, percentile, percentiles, smaller
from extractors.png import png


def noise(height: int, width: int) -> Grey:
    return np.random.default_rng(4).integers(0, 256, (height, width), dtype=np.uint8)


def test_a_level_is_that_of_the_sorted_pixels() -> None:
    image = noise(70, 90)
    for share in (0.5, 10, 90, 99.5):
        assert percentile(image, share) == pytest.approx(np.percentile(image, share), abs=1)


def test_several_levels_are_each_what_one_is() -> None:
    image = noise(70, 90)
    assert percentiles(image, 0.5, 90) == (percentile(image, 0.5), percentile(image, 90))


@pytest.mark.parametrize("dots", [0.002, 0.3, 0.5])
def test_blobs_are_the_same_however_short_their_labels(dots: float) -> None:
    ink = (np.random.default_rng(5).random((900, 900)) < dots).astype(np.uint8)
    count, long = cv2.connectedComponents(ink, connectivity=8)
    # The same pixels lie together: every label of one is one label of the other.
    pairs = np.unique(np.stack([labels(ink).ravel(), long.ravel()]), axis=1)
    assert pairs.shape[1] == count


def test_more_blobs_than_short_labels_hold_are_told_apart() -> None:
    ink = np.zeros((900, 900), np.uint8)
    ink[::3, ::3] = 1
    assert len(np.unique(labels(ink))) == 300 * 300 + 1


@pytest.mark.parametrize("times", [2, 3, 4, 6])
def test_a_pixel_of_a_smaller_picture_is_the_mean_of_those_it_stands_for(times: int) -> None:
    image = noise(60, 84)
    means = image.reshape(60 // times, times, 84 // times, times).mean(axis=(1, 3))
    # Halving twice rounds twice.
    assert np.abs(smaller(image, times) - means).max() <= 1.0


@pytest.mark.parametrize("level", [1, 140, 255])
def test_darker_is_less_than_the_level(level: int) -> None:
    image = noise(70, 90)
    assert (darker(image, level) == (image < level)).all()


@pytest.mark.parametrize("shape", [(1, 1), (33, 257), (700, 500)])
def test_a_png_is_read_by_others_as_it_was(shape: tuple[int, int]) -> None:
    image = noise(*shape)
    assert (cv2.imdecode(np.frombuffer(png(image), np.uint8), cv2.IMREAD_UNCHANGED) == image).all()
    with Image.open(BytesIO(png(image))) as picture:
        picture.verify()  # every chunk's check
