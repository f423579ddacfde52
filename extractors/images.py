"""The one kind of picture the readers hand about."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

#: A grey image: shape (height, width), 0 is black, 255 is white paper.
Grey = npt.NDArray[np.uint8]

# Reading is spread over processes; and a pool of threads does not survive the fork of `zygote`.
cv2.setNumThreads(1)


def percentile(image: Grey, share: float, among: Grey | None = None) -> int:
    """The grey level that ``share`` per cent of the pixels (of those ``among``) do not pass."""
    return percentiles(image, share, among=among)[0]


def percentiles(image: Grey, *shares: float, among: Grey | None = None) -> tuple[int, ...]:
    """The same of several shares: pixels are counted once, and not sorted."""
    counts = np.cumsum(cv2.calcHist([image], [0], among, [256], (0, 256)))
    return tuple(int(np.searchsorted(counts, counts[-1] * share / 100)) for share in shares)


def smaller(image: Grey, times: int) -> Grey:
    """``image`` that many times coarser, each pixel the mean of those it stands for.

    OpenCV halves a page in a millisecond, and takes five to twenty for any other share of it: so it
    is halved as often as it goes.
    """
    while times % 2 == 0:
        image, times = _resized(image, 1 / 2), times // 2
    return _resized(image, 1 / times) if times > 1 else image


def _resized(image: Grey, share: float) -> Grey:
    resized = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


class Blobs(NamedTuple):
    """The blobs of a mask: ``labels``, to which of them each pixel belongs, 0 being the paper;
    ``stats``, of each label left, top, width, height, area; ``middles``, x and y of each."""

    labels: npt.NDArray[np.int32]
    stats: npt.NDArray[np.int32]
    middles: npt.NDArray[np.float64]


def blobs(ink: Grey) -> Blobs:
    """The blobs of ``ink`` (what is not 0), whose pixels touch by a side or a corner.

    Of OpenCV's algorithms Grana's takes half the time of the default on a page, less on a field.
    """
    _, names, stats, middles = cv2.connectedComponentsWithStatsWithAlgorithm(
        ink, 8, cv2.CV_32S, cv2.CCL_GRANA
    )
    return Blobs(np.asarray(names, np.int32), np.asarray(stats, np.int32), np.asarray(middles))


def labels(ink: Grey) -> npt.NDArray[np.int32]:
    """The labels alone, for half the time."""
    _, names = cv2.connectedComponentsWithAlgorithm(ink, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return np.asarray(names, np.int32)


def darker(image: Grey, level: int) -> Grey:
    """What is darker than ``level``, as 1; the rest as 0."""
    return np.asarray(cv2.threshold(image, level - 1, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)
