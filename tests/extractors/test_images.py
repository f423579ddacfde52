"""Pictures: levels counted, blobs labelled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.images import components, percentile


def test_a_level_is_that_of_the_sorted_pixels() -> None:
    image = np.random.default_rng(4).integers(0, 256, (70, 90)).astype(np.uint8)
    for share in (0.5, 10, 90, 99.5):
        assert percentile(image, share) == pytest.approx(np.percentile(image, share), abs=1)


@pytest.mark.parametrize("dots", [0.002, 0.3, 0.5])
def test_blobs_are_the_same_however_short_their_labels(dots: float) -> None:
    ink = (np.random.default_rng(5).random((900, 900)) < dots).astype(np.uint8)
    labels, stats = components(ink)
    count, long, _, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    assert len(stats) == count
    # The same pixels lie together: every label of one is one label of the other.
    pairs = np.unique(np.stack([labels.ravel(), long.ravel()]), axis=1)
    assert pairs.shape[1] == count


def test_more_blobs_than_short_labels_are_counted_right() -> None:
    ink = np.zeros((900, 900), np.uint8)
    ink[::3, ::3] = 1
    _, stats = components(ink)
    assert len(stats) == 300 * 300 + 1
