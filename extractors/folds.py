"""A page that was folded, or lay unevenly, made flat: what stands on a fold goes back to its place.

No one map lays such a page over its blank: on a fold print is higher or lower than beside it, by up
to a letter's height, and a frame runs through the writing in the next one. So the page is looked at
in narrow strips: how far up or down must each be moved, from place to place, for its print to lie
on the blank's? What the strips say is made into one smooth surface, and the page is bent back.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from extractors.images import Grey

#: A strip's width, and the height of the pieces it is compared in, in pixels at 300 dpi; rows are
#: taken by twos.
_STRIP, _BAND, _ROWS = 16, 64, 2
#: How far up and down print is looked for, in pixels: the deepest folds of practice paper are 33.
_REACH = 44
#: Print that is at its place to this degree, where anything is printed, is not on a fold; a page
#: has one where that fails over so many strips side by side.
_THERE, _FEWEST = 0.45, 5
#: How much print a piece needs to say anything, as a share of what the fuller pieces have.
_SAYS = 0.25
#: From one strip to the next a fold climbs so many rows (of two pixels) at most; what each costs,
#: where a strip that lies wholly on its print gains 1.
_CLIMB, _COST = 2, 0.12
#: Less than this, in pixels, is not worth the bending.
_FLAT = 3.0

Strips = npt.NDArray[np.float32]


def profiles(image: Grey) -> Strips:
    """How light ``image`` (300 dpi) is, by strips: (rows / 2, strips), what is even left out."""
    height, width = image.shape
    # Lines are as long as strips, or longer: a fourth of the columns shows them.
    whole = height // _ROWS * _ROWS, width // _STRIP * _STRIP
    sparse = np.ascontiguousarray(image[: whole[0], : whole[1] : _STRIP // 4])
    small = cv2.resize(sparse, None, fx=1 / 4, fy=1 / _ROWS, interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    even = cv2.blur(small, (1, _BAND // _ROWS + 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(small - even, np.float32)


def flattened(page: Grey, blank: Strips) -> Grey:
    """``page``, laid over its blank, with its folds flattened; ``blank``: the blank's profiles."""
    seen = profiles(page)
    weight = _energy(blank)
    usual = np.percentile(weight[weight > 0], 75) if weight.any() else 0.0
    says = weight > _SAYS * usual
    if not says.any() or not _is_folded(_likeness(seen, blank, 0), says):
        return page
    down = _surface(seen, blank, says)
    if np.abs(down).max() < _FLAT:
        return page
    height, width = page.shape
    bent_by = cv2.resize(down, (width, height), interpolation=cv2.INTER_LINEAR)
    across, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    from_x = np.broadcast_to(across, page.shape)
    bent = cv2.remap(
        page, from_x, bent_by + rows[:, None], cv2.INTER_LINEAR, borderValue=255,
        borderMode=cv2.BORDER_CONSTANT,
    )  # fmt: skip
    return np.asarray(bent, np.uint8)


def _is_folded(there: Strips, says: npt.NDArray[np.bool_]) -> bool:
    """Whether print is off its place in strips side by side; ``there``: how much it is there."""
    off = np.where(says, there < _THERE, False).sum(axis=0)
    known = says.sum(axis=0)
    strips = (known > 0) & (2 * off > known)
    runs = np.convolve(strips, np.ones(_FEWEST), "valid")
    return bool((runs == _FEWEST).any())


def _surface(seen: Strips, blank: Strips, says: npt.NDArray[np.bool_]) -> Strips:
    """How far down, in pixels, each piece of the page lies: (bands, strips)."""
    reach = _REACH // _ROWS
    alike = np.stack([_likeness(seen, blank, d) for d in range(-reach, reach + 1)], axis=2)
    alike *= says[:, :, None]
    # What a band does not say, its neighbours do: folds go on.
    alike = np.stack(
        [
            cv2.blur(part, (1, 3), borderType=cv2.BORDER_REPLICATE)
            for part in alike.transpose(2, 0, 1)
        ]
    ).transpose(1, 2, 0)
    down = _smoothest(alike) - reach
    return np.asarray(cv2.GaussianBlur(_ROWS * down.astype(np.float32), (3, 3), 0), np.float32)


def _smoothest(alike: Strips) -> npt.NDArray[np.int64]:
    """For each band the way through its strips, a place (the last axis) each, worth most."""
    bands, strips, places = alike.shape
    total = alike[:, 0]
    came = np.zeros((strips, bands, places), np.int64)
    ways = np.full((2 * _CLIMB + 1, bands, places), -np.inf, np.float32)
    for strip in range(1, strips):
        for way, climb in enumerate(range(-_CLIMB, _CLIMB + 1)):
            to = slice(max(climb, 0), places + min(climb, 0))
            at = slice(max(-climb, 0), places + min(-climb, 0))
            ways[way, :, to] = total[:, at] - _COST * abs(climb)
        best = ways.argmax(axis=0)
        came[strip] = best - _CLIMB
        total = np.take_along_axis(ways, best[None], 0)[0] + alike[:, strip]
    path = np.zeros((bands, strips), np.int64)
    path[:, -1] = total.argmax(axis=1)
    every = np.arange(bands)
    for strip in range(strips - 1, 0, -1):
        path[:, strip - 1] = path[:, strip] - came[strip, every, path[:, strip]]
    return path


def _likeness(seen: Strips, blank: Strips, down: int) -> Strips:
    """How well the page, taken ``down`` rows lower, goes with the blank: -1 to 1, a band each."""
    moved = np.zeros_like(seen)
    rows = len(seen)
    moved[max(0, -down) : rows - max(0, down)] = seen[max(0, down) : rows + min(0, down)]
    both = _sums(moved * blank)
    return np.asarray(both / np.sqrt(_sums(moved * moved) * _energy(blank) + 1e-3), np.float32)


def _energy(strips: Strips) -> Strips:
    return _sums(strips * strips)


def _sums(strips: Strips) -> Strips:
    """The sum over each band and what is half a band around it."""
    tall = _BAND // _ROWS
    rows = len(strips) // tall * tall
    bands = strips[:rows].reshape(-1, tall, strips.shape[1]).sum(axis=1)
    return np.asarray(cv2.blur(bands, (1, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
