"""Bar codes and symbols printed on a page: what they say, and where they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import zxingcpp

from extractors.images import Grey, smaller

#: The corners of a symbol, (4, 2), pixels at 300 dpi: its own top left first, then clockwise.
Corners = npt.NDArray[np.float32]

_SYMBOLS = ("DataMatrix", "QRCode", "Code39", "Code128")


def marks_on(image: Grey) -> dict[str, Corners]:
    """What the Data Matrix, QR, Code 39 and Code 128 symbols on the page say, and where."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[name] for name in _SYMBOLS])
    # Half the resolution shows what can be read on a form, and takes a quarter of the time. What is
    # finer is looked for as the page lies: to turn it as well takes three times as long.
    for picture, scale in ((smaller(image, 2), 2), (image, 1)):
        found = zxingcpp.read_barcodes(
            picture, formats=formats, try_rotate=scale > 1, try_downscale=False, try_invert=False
        )
        if found:
            return {symbol.text: scale * _corners(symbol.position) for symbol in found}
    return {}


def _corners(place: zxingcpp.Position) -> Corners:
    corners = place.top_left, place.top_right, place.bottom_right, place.bottom_left
    return np.array([(corner.x, corner.y) for corner in corners], np.float32)
