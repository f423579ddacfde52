"""The one kind of picture the readers hand about."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

#: A grey image: shape (height, width), 0 is black, 255 is white paper.
Grey = npt.NDArray[np.uint8]

# Reading is spread over processes; and a pool of threads does not survive the fork of `zygote`.
cv2.setNumThreads(1)


def percentile(image: Grey, share: float) -> int:
    """The grey level that ``share`` per cent of the pixels do not pass."""
    return percentiles(image, share)[0]


def percentiles(image: Grey, *shares: float) -> tuple[int, ...]:
    """The same of several shares: pixels are counted once, and not sorted."""
    counts = np.cumsum(cv2.calcHist([image], [0], None, [256], (0, 256)))
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


#: The neighbours from which a pixel takes its label: a pixel of ink with none may begin a label.
_BEFORE = np.array([[1, 1], [1, 0]], np.uint8)
_MOST_LABELS = 65_535


def labels(ink: Grey) -> npt.NDArray[np.integer]:
    """To which blob of ``ink`` (what is not 0; joined by corners too) each pixel belongs, 0 being
    the paper. Without statistics, and in 16 bits where those are sure to be enough: a third of the
    time for a whole page.
    """
    first = cv2.subtract(ink, cv2.dilate(ink, _BEFORE, anchor=(1, 1)))
    kind = cv2.CV_16U if cv2.countNonZero(first) < _MOST_LABELS else cv2.CV_32S
    return np.asarray(cv2.connectedComponents(ink, connectivity=8, ltype=kind)[1])


def darker(image: Grey, level: int) -> Grey:
    """What is darker than ``level``, as 1; the rest as 0."""
    return np.asarray(cv2.threshold(image, level - 1, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)
