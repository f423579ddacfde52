"""Which form a page is, and where everything on it lies: a page laid over the blanks of the packs.

Two steps. Coarse: points that look alike on page and blank (SIFT, which minds neither turning nor
scale) and the affine map most of them agree on (RANSAC). Fine: patches of the blank's print looked
for near where the coarse map puts them, which corrects what is not affine (lost fax lines, paper
that slipped) and says how much of the blank is really there. That share is the score. Where the
paper was folded, no such map is right everywhere: ``folds`` bends what it laid over the blank.

A symbol that can be read says at once which page of which form it is and where that lies: it stands
in for the coarse step, and the fine one, which looks farther around first, must still agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2

from extractors import folds
from extractors.files import render
from extractors.images import Grey, smaller
from extractors.pages import Page
from extractors.symbols import Corners, marks_on
from forms.schema import FormPack, Revision
from greffier.words import Box

#: A map of the plane, 2 × 3: ``[x', y'] = matrix @ [x, y, 1]``.
Affine = npt.NDArray[np.float64]

#: The coarse step looks at a fifth of 300 dpi: words are seen, not letters, in half the time of a
#: third, and the fine step finds the print all the same.
_COARSE = 5
_FEATURES = 1000
#: A match counts when it is this much closer than the second best.
_DISTINCT = 0.8
#: Pixels (coarse) within which a match agrees with the map.
_AGREES = 4.0
_FEWEST_MATCHES = 12
#: The map may stretch a page by this much; more is a chance agreement.
_STRETCH = 0.15
#: Patches: side at 300 dpi, how far around they are looked for (pixels), and what counts as found.
_PATCH, _REACH, _FOUND = 96, 16, 0.55
#: Patches are looked for at 300 dpi divided by this, and first, where a symbol alone says how the
#: page lies, at a coarser resolution yet: the same ``_REACH`` is farther then.
_FINE, _FARTHER = 2, 4
_PATCHES, _FEWEST_PATCHES = 60, 8
#: Share of the patches found that makes a page this form.
ACCEPTED = 0.5


@dataclass(frozen=True)
class Registered:
    """A page recognised as page ``form_page`` of ``revision`` of the pack ``form``.

    ``score`` is the share of the blank's print that was found on the page, 0 to 1. ``upright`` is
    the page turned and straightened and nothing else, at 300 dpi: boxes of readings are on it.
    ``warped`` is the page laid exactly over ``blank``, its folds flattened: zones of the pack are
    on these two.
    """

    form: str
    revision: Revision
    form_page: int
    page: Page
    score: float
    upright: Grey
    warped: Grey
    blank: Grey
    blank_to_upright: Affine
    page_to_blank: Affine

    def to_upright(self, box: Box) -> Box:
        """``box`` of the blank as a box of ``upright``."""
        return _moved(box, self.blank_to_upright, self.upright)

    def to_blank(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page as scanned, on the blank."""
        point = self.page_to_blank @ (x, y, 1.0)
        return float(point[0]), float(point[1])


@dataclass(frozen=True)
class _Blank:
    """One page of one revision, with what is needed to recognise it."""

    form: str
    revision: Revision
    number: int
    image: Grey

    @property
    def mark(self) -> str | None:
        mark = self.revision.mark
        return mark.format(page=self.number) if mark else None

    @cached_property
    def symbol(self) -> Corners | None:
        """Where the mark is printed."""
        return marks_on(self.image).get(self.mark) if self.mark else None

    @cached_property
    def features(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return _features(self.image)

    @cached_property
    def soft(self) -> dict[int, Grey]:
        """What patches are cut from: the blank at 300 dpi, and coarser, its edges blurred."""
        return {times: _soft(smaller(self.image, times), times) for times in (_FINE, _FARTHER)}

    @cached_property
    def profiles(self) -> folds.Strips:
        return folds.profiles(self.image)

    @cached_property
    def patches(self) -> list[tuple[int, int]]:
        """Top left corners of the patches: the busiest spots of the page, spread over it."""
        busy = cv2.boxFilter(
            cv2.cornerMinEigenVal(cv2.GaussianBlur(self.image, (0, 0), 2), 9), -1, (_PATCH, _PATCH)
        )
        edge = _PATCH // 2 + 1
        busy[:edge], busy[-edge:], busy[:, :edge], busy[:, -edge:] = 0, 0, 0, 0
        corners: list[tuple[int, int]] = []
        floor = 0.02 * float(busy.max())
        while len(corners) < _PATCHES:
            y, x = np.unravel_index(int(busy.argmax()), busy.shape)
            if busy[y, x] <= floor:
                break
            corners.append((int(x) - _PATCH // 2, int(y) - _PATCH // 2))
            busy[max(0, y - _PATCH * 2) : y + _PATCH * 2, max(0, x - _PATCH) : x + _PATCH] = 0
        return corners


class Register:
    """The blanks of all packs, ready to be compared with pages."""

    def __init__(self, packs: Mapping[str, FormPack] | Iterable[FormPack]) -> None:
        every = packs.values() if isinstance(packs, Mapping) else packs
        self._blanks = [blank for pack in every for blank in _blanks(pack)]
        for blank in self._blanks:
            _ = blank.features, blank.patches, blank.symbol, blank.soft, blank.profiles

    def knows(self, marks: Collection[str]) -> bool:
        """Whether one of ``marks`` is printed on one of the blanks."""
        return any(blank.mark in marks for blank in self._blanks)

    def find(self, page: Page, marks: Mapping[str, Corners] | None = None) -> Registered | None:
        """What form the page is and where it lies on it; ``None`` when it is none of the packs'.

        ``marks`` are those that ``marks_on`` found on the page, where somebody looked already.
        """
        if page.blank or not self._blanks:
            return None
        marks = marks_on(page.image) if marks is None else marks
        named = [blank for blank in self._blanks if blank.mark in marks]
        for blank in named:
            if laid := _by_symbol(page.image, blank, marks):
                return _registered(page, *laid)
        points = _features(page.image)
        best: _Laid | None = None
        for blank in named or self._blanks:
            coarse = _coarse(points, blank)
            if coarse is None:
                continue
            laid = _fine(page.image, blank, coarse)
            if best is None or laid.score > best.score:
                best = laid
        return _registered(page, *best) if best and best.score >= ACCEPTED else None


def _blanks(pack: FormPack) -> Iterable[_Blank]:
    for revision in pack.revisions:
        path = pack.blank_path(revision)
        if path is None:
            continue
        document = pypdfium2.PdfDocument(path)
        try:
            for number in range(1, min(revision.pages, len(document)) + 1):
                yield _Blank(pack.id, revision, number, render(document[number - 1]))
        finally:
            document.close()


def _features(image: Grey) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Places (in 300-dpi pixels) and descriptors."""
    small = cv2.resize(
        cv2.GaussianBlur(image, (0, 0), 1.5),
        None,
        fx=1 / _COARSE,
        fy=1 / _COARSE,
        interpolation=cv2.INTER_AREA,
    )
    points, descriptors = cv2.SIFT.create(_FEATURES).detectAndCompute(small, None)
    if descriptors is None:
        return np.empty((0, 2), np.float32), np.empty((0, 128), np.float32)
    descriptors = np.sqrt(descriptors / (descriptors.sum(axis=1, keepdims=True) + 1e-6))
    return _COARSE * np.array([point.pt for point in points], np.float32), descriptors


def _coarse(
    page: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]], blank: _Blank
) -> Affine | None:
    """The map from blank to page most matches agree on."""
    places, descriptors = page
    blank_places, blank_descriptors = blank.features
    if len(places) < _FEWEST_MATCHES or len(blank_places) < _FEWEST_MATCHES:
        return None
    pairs = cv2.BFMatcher().knnMatch(blank_descriptors, descriptors, k=2)
    good = [first for first, second in pairs if first.distance < _DISTINCT * second.distance]
    if len(good) < _FEWEST_MATCHES:
        return None
    source = blank_places[[match.queryIdx for match in good]]
    target = places[[match.trainIdx for match in good]]
    matrix, agreeing = cv2.estimateAffine2D(
        source, target, ransacReprojThreshold=_AGREES * _COARSE, maxIters=5000
    )
    if matrix is None or int(agreeing.sum()) < _FEWEST_MATCHES:
        return None
    return _plausible(matrix)


def _plausible(found: object) -> Affine | None:
    """The map that was ``found``, unless it stretches the page, or mirrors it."""
    if found is None:
        return None
    matrix = np.asarray(found, np.float64)
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    straight = np.all(np.abs(np.log(stretch)) < _STRETCH) and np.linalg.det(matrix[:, :2]) > 0
    return matrix if straight else None


def _by_symbol(image: Grey, blank: _Blank, marks: Mapping[str, Corners]) -> _Laid | None:
    """The blank laid by its symbol, which is printed on ``image``; ``None`` if it does not fit."""
    if blank.symbol is None or blank.mark is None:
        return None
    found, _ = cv2.estimateAffinePartial2D(blank.symbol, marks[blank.mark], method=cv2.LMEDS)
    matrix = _plausible(found)
    if matrix is None:
        return None
    near = _fine(image, blank, matrix, _FARTHER)
    laid = _fine(image, blank, near.matrix)
    return laid if laid.score >= ACCEPTED else None


class _Laid(NamedTuple):
    """A blank laid over a page: the share of its patches that were found, and the map from it."""

    score: float
    blank: _Blank
    matrix: Affine


def _fine(image: Grey, blank: _Blank, rough: Affine, coarser: int = _FINE) -> _Laid:
    """The map from ``blank`` to ``image`` corrected by patches, looked for at 300 dpi / ``coarser``
    and that much farther around."""
    # Pixel 0 of a picture that many times coarser is the middle of as many pixels of this one.
    middle = np.full(2, (coarser - 1) / 2)
    shift = (rough[:, :2] @ middle + rough[:, 2] - middle) / coarser
    small = np.hstack([rough[:, :2], shift[:, None]])
    page = _laid_over(smaller(image, coarser), small, blank.soft[coarser].shape)
    here, there = _found_patches(page, blank, coarser)
    score = len(here) / max(len(blank.patches), 1)
    if len(here) >= _FEWEST_PATCHES:
        better, _ = cv2.estimateAffine2D(here, there, ransacReprojThreshold=3.0 * coarser)
        if better is not None:
            return _Laid(score, blank, rough @ np.vstack([better, [0, 0, 1]]))
    return _Laid(score, blank, rough)


def _warped(image: Grey, matrix: Affine, blank: _Blank) -> Grey:
    """``image`` in the frame of the blank, to whose points ``matrix`` gives those of the image."""
    return _laid_over(image, matrix, blank.image.shape)


def _laid_over(image: Grey, matrix: Affine, shape: tuple[int, ...]) -> Grey:
    height, width = shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(image, matrix, (width, height), flags=flags, borderValue=255)
    return np.asarray(laid, np.uint8)


def _registered(page: Page, score: float, blank: _Blank, matrix: Affine) -> Registered:
    upright, blank_to_upright = _upright(page.image, matrix)
    warped = _warped(page.image, matrix, blank)
    return Registered(
        form=blank.form,
        revision=blank.revision,
        form_page=blank.number,
        page=page,
        score=score,
        upright=upright,
        warped=warped if page.digital else folds.flattened(warped, blank.profiles),
        blank=blank.image,
        blank_to_upright=blank_to_upright,
        page_to_blank=np.asarray(cv2.invertAffineTransform(matrix), np.float64),
    )


def _found_patches(
    page: Grey, blank: _Blank, coarser: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Centres (300 dpi) of the patches that were found: where they are on the blank, and on
    ``page``, which lies nearly so, at 300 dpi / ``coarser``."""
    page = _soft(page, coarser)
    print_ = blank.soft[coarser]
    side = _PATCH // coarser
    here, there = [], []
    for corner in blank.patches:
        x, y = (at // coarser for at in corner)
        patch = print_[y : y + side, x : x + side]
        top, left = max(0, y - _REACH), max(0, x - _REACH)
        window = page[top : y + side + _REACH, left : x + side + _REACH]
        _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED))
        if best >= _FOUND:
            here.append((x + side / 2, y + side / 2))
            there.append((left + at[0] + side / 2, top + at[1] + side / 2))
    return (
        coarser * np.array(here, np.float32).reshape(-1, 2),
        coarser * np.array(there, np.float32).reshape(-1, 2),
    )


def _soft(image: Grey, coarser: int) -> Grey:
    """``image`` with its edges blurred, so that print looks alike however it was scanned."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2 / coarser), np.uint8)


def _upright(image: Grey, matrix: Affine) -> tuple[Grey, Affine]:
    """The page turned the right way, and the map from the blank onto it.

    Only the turn of ``matrix`` is undone: scale and margins stay those of the sheet.
    """
    turn = np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])
    cos, sin = np.cos(turn), np.sin(turn)
    back = np.array([[cos, sin], [-sin, cos]])
    height, width = image.shape
    quarter = round(float(turn) / (np.pi / 2)) % 2
    new_width, new_height = (height, width) if quarter else (width, height)
    centre = np.array([width / 2, height / 2])
    shift = np.array([new_width / 2, new_height / 2]) - back @ centre
    onto = np.hstack([back, shift[:, None]])
    picture = cv2.warpAffine(
        image, onto, (new_width, new_height), flags=cv2.INTER_LINEAR, borderValue=255
    )
    return np.asarray(picture, np.uint8), onto @ np.vstack([matrix, [0, 0, 1]])


def _moved(box: Box, matrix: Affine, image: Grey) -> Box:
    corners = np.array([(x, y, 1) for x in (box.x0, box.x1) for y in (box.y0, box.y1)])
    moved = corners @ matrix.T
    height, width = image.shape
    low = np.clip(np.floor(moved.min(axis=0)), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(moved.max(axis=0)), 0, (width, height)).astype(int)
    return Box(*low.tolist(), *high.tolist())
