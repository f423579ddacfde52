"""The one kind of picture the readers hand about."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

#: A grey image: shape (height, width), 0 is black, 255 is white paper.
Grey = npt.NDArray[np.uint8]

# Reading is spread over processes; and a pool of threads does not survive the fork of `zygote`.
cv2.setNumThreads(1)
