"""Small strokes of a field that were passed over: pale dashes, and accents at the form's print.

What is ink is told by the darkest print of the form (``zones``), so that a light dash between
letters of a pencil is lost; and what floats at a printed line, or reaches over the edge of the
field, is taken for a shred of print, so that accents written over a frame are lost. Where letters
stand is known now: a stroke between two of them, or right over one, is theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from extractors.images import blobs, darker, percentile
from extractors.letters import Letter, letters
from extractors.zones import Cut, Mask

#: A stroke is at least this share as dark as the writing around it, and so much darker than paper
#: (grey levels); paper is as dark as all but so many hundredths of it.
_PALE, _LEAST_DEPTH, _PAPER = 0.3, 24, 99.5
#: The least length and area of a stroke, in pixels at 300 dpi.
_LENGTH, _AREA = 9, 24
#: A mark lower than this share of the usual height is no letter.
_LOW = 0.6
#: Of the letters' height: how high over the line a dash floats; how far an accent is over its
#: letter at most (a printed line may lie between), how high it is, and how wide at least.
_DASH_FROM, _DASH_TO, _GAP, _HIGH, _WIDE = 0.25, 0.8, 0.45, 0.45, 0.1
#: Shreds of a line are flatter than this, in pixels, and there are others beside it.
_FLAT, _FEW = 5, 1.0


def restored(cut: Cut) -> Cut:
    """``cut`` with the ink of dashes between its letters, and of accents over them, as well."""
    found = [letter for letter in letters(cut.ink) if letter.height * letter.width > 0]
    if not found:
        return cut
    tall = float(np.median([letter.height for letter in found]))
    found = [letter for letter in found if letter.height > _LOW * tall]
    more = _dashes(cut, found, tall) | _accents(cut, found, tall)
    if not more.any():
        return cut
    return replace(cut, ink=cut.ink | more, dirt=cut.dirt & (1 - more))


def room(cut: Cut) -> list[float]:
    """How much paper is over each letter, as high as a letter at least, up to what the form prints,
    as a share of the letters' height: an accent needs some."""
    found = letters(cut.ink)
    tall = float(np.median([letter.height for letter in found])) if found else 0.0
    printed = cut.blank < 160
    shares = []
    for letter in found:
        if letter.height > _LOW * tall:
            over = printed[: letter.top + 1, letter.left : letter.right].any(axis=1)
            rows = np.flatnonzero(over)
            shares.append((letter.top - int(rows[-1])) / tall if rows.size else float("inf"))
    return shares


def _dashes(cut: Cut, found: Sequence[Letter], tall: float) -> Mask:
    """Pale strokes half as high as the letters, between two of them."""
    paper = percentile(cut.image, 90)
    around = cv2.dilate(cut.ink | darker(cut.blank, 160), np.ones((7, 7), np.uint8))
    bare = np.asarray(1 - around, np.uint8)
    if not bare.any():
        return np.zeros_like(cut.ink)
    least = max(_PALE * (paper - percentile(cut.image, 50, cut.ink)), _LEAST_DEPTH)
    if paper - percentile(cut.image, 100 - _PAPER, bare) > least:
        return np.zeros_like(cut.ink)  # the paper itself is as dark
    pale = darker(cut.image, math.ceil(paper - least)) & (1 - cut.ink)
    dashes = np.zeros_like(cut.ink)
    for x, y, wide, high, part in _blobs(pale):
        left = [letter for letter in found if letter.left + letter.right < 2 * x + wide]
        right = [letter for letter in found if letter.left + letter.right > 2 * x + wide]
        if not left or not right or wide < max(_LENGTH, 2 * high) or wide > tall:
            continue
        line = (left[-1].bottom + right[0].bottom) / 2
        between = x >= left[-1].right - 3 and x + wide <= right[0].left + 3
        if between and _DASH_FROM * tall < line - (y + high / 2) < _DASH_TO * tall:
            dashes[y : y + high, x : x + wide] |= part
    return dashes


def _accents(cut: Cut, found: Sequence[Letter], tall: float) -> Mask:
    """Strokes that were taken for dirt, right over one letter each."""
    over, astray = [], 0
    for x, y, wide, high, part in _blobs(cut.dirt):
        if high < _FLAT or high > _HIGH * tall or wide < _WIDE * tall:
            astray += wide > _LENGTH
            continue
        middle = x + wide / 2
        mine = [
            letter
            for letter in found
            if letter.left <= middle <= letter.right
            and wide <= 1.2 * letter.width + 4
            and -0.1 * tall <= letter.top - (y + high) <= _GAP * tall
        ]
        if mine:
            over.append((x, y, wide, high, part))
        else:
            astray += y < found[0].bottom
    accents = np.zeros_like(cut.ink)
    if astray > _FEW * len(over):
        return accents
    for x, y, wide, high, part in over:
        accents[y : y + high, x : x + wide] |= part
    return accents


def _blobs(mask: Mask) -> Iterator[tuple[int, int, int, int, Mask]]:
    """The blobs of ``mask`` that are large enough to be strokes: their boxes and their pixels."""
    labels, stats, _ = blobs(mask)
    for label, (x, y, wide, high, area) in enumerate(stats[1:].tolist(), 1):
        if area >= _AREA:
            yield x, y, wide, high, (labels[y : y + high, x : x + wide] == label).astype(np.uint8)
