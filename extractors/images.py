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
    """The grey level that ``share`` per cent of the pixels do not pass, counted, not sorted."""
    counts = np.cumsum(cv2.calcHist([image], [0], None, [256], (0, 256)))
    return int(np.searchsorted(counts, counts[-1] * share / 100))


#: The neighbours from which a pixel takes its label: a pixel of ink with none may begin a label.
_BEFORE = np.array([[1, 1], [1, 0]], np.uint8)
_MOST_LABELS = 65_535


def components(ink: Grey) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.int32]]:
    """The blobs of ``ink`` (what is not 0; joined by corners too): the label of each pixel, and
    OpenCV's statistics of each label, of which 0 is the paper.

    Labels are of 16 bits where those are sure to be enough: a third of the time for a whole page.
    """
    first = cv2.subtract(ink, cv2.dilate(ink, _BEFORE, anchor=(1, 1)))
    kind = cv2.CV_16U if cv2.countNonZero(first) < _MOST_LABELS else cv2.CV_32S
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)
    return np.asarray(labels), np.asarray(stats, np.int32)
