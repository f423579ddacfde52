"""Which form a page is, and where everything on it lies: a page laid over the blanks of the packs.

Two steps. Coarse: points that look alike on page and blank (SIFT, which minds neither turning nor
scale) and the affine map most of them agree on (RANSAC). Fine: patches of the blank's print looked
for near where the coarse map puts them, which corrects what is not affine (lost fax lines, paper
that slipped) and says how much of the blank is really there. That share is the score.

A Data Matrix symbol that can be read says at once which page of which form it is; the picture must
still agree with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import zxingcpp

from extractors.files import render
from extractors.images import Grey
from extractors.pages import Page
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
#: Patches: side at 300 dpi, how far around they are looked for, and what counts as found.
_PATCH, _REACH, _FOUND = 96, 24, 0.55
_PATCHES, _FEWEST_PATCHES = 60, 8
_SYMBOLS = ("DataMatrix", "QRCode", "Code39", "Code128")
#: Share of the patches found that makes a page this form.
ACCEPTED = 0.5


@dataclass(frozen=True)
class Registered:
    """A page recognised as page ``form_page`` of ``revision`` of the pack ``form``.

    ``score`` is the share of the blank's print that was found on the page, 0 to 1. ``upright`` is
    the page turned and straightened and nothing else, at 300 dpi: boxes of readings are on it.
    ``warped`` is the page laid exactly over ``blank``: zones of the pack are on these two.
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
    def features(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        return _features(self.image)

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
            _ = blank.features, blank.patches

    def knows(self, marks: Collection[str]) -> bool:
        """Whether one of ``marks`` is printed on one of the blanks."""
        return any(blank.mark in marks for blank in self._blanks)

    def find(self, page: Page, marks: Collection[str] | None = None) -> Registered | None:
        """What form the page is and where it lies on it; ``None`` when it is none of the packs'.

        ``marks`` are those that ``marks_on`` found on the page, where somebody looked already.
        """
        if page.blank or not self._blanks:
            return None
        marks = marks_on(page.image) if marks is None else marks
        named = [blank for blank in self._blanks if blank.mark in marks]
        points = _features(page.image)
        best: tuple[float, _Blank, Affine] | None = None
        for blank in named or self._blanks:
            coarse = _coarse(points, blank)
            if coarse is None:
                continue
            score, matrix = _fine(page.image, blank, coarse)
            if best is None or score > best[0]:
                best = score, blank, matrix
        return _registered(page, *best) if best and best[0] >= ACCEPTED else None


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


def marks_on(image: Grey) -> set[str]:
    """What the Data Matrix, QR, Code 39 and Code 128 symbols on the page say."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat[name] for name in _SYMBOLS])
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    for picture in (small, image):  # the small one is read in a quarter of the time
        found = zxingcpp.read_barcodes(
            picture, formats=formats, try_downscale=False, try_invert=False
        )
        if found:
            return {symbol.text for symbol in found}
    return set()


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
    stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
    plausible = np.all(np.abs(np.log(stretch)) < _STRETCH) and np.linalg.det(matrix[:, :2]) > 0
    return np.asarray(matrix, np.float64) if plausible else None


def _fine(image: Grey, blank: _Blank, coarse: Affine) -> tuple[float, Affine]:
    """The share of the blank's patches that were found, and the map corrected by them."""
    here, there = _found_patches(_laid(image, coarse, blank), blank)
    score = len(here) / max(len(blank.patches), 1)
    if len(here) >= _FEWEST_PATCHES:
        shift, _ = cv2.estimateAffine2D(here, there, ransacReprojThreshold=3.0)
        if shift is not None:
            return score, coarse @ np.vstack([shift, [0, 0, 1]])
    return score, coarse


def _laid(image: Grey, matrix: Affine, blank: _Blank) -> Grey:
    """``image`` in the frame of the blank, to whose points ``matrix`` gives those of the image."""
    height, width = blank.image.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(image, matrix, (width, height), flags=flags, borderValue=255)
    return np.asarray(laid, np.uint8)


def _registered(page: Page, score: float, blank: _Blank, matrix: Affine) -> Registered:
    upright, blank_to_upright = _upright(page.image, matrix)
    return Registered(
        form=blank.form,
        revision=blank.revision,
        form_page=blank.number,
        page=page,
        score=score,
        upright=upright,
        warped=_laid(page.image, matrix, blank),
        blank=blank.image,
        blank_to_upright=blank_to_upright,
        page_to_blank=np.asarray(cv2.invertAffineTransform(matrix), np.float64),
    )


def _found_patches(
    laid: Grey, blank: _Blank
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Centres of the patches that were found: where they are on the blank, and on ``laid``."""
    page = cv2.GaussianBlur(laid, (0, 0), 2)
    print_ = cv2.GaussianBlur(blank.image, (0, 0), 2)
    here, there = [], []
    for x, y in blank.patches:
        patch = print_[y : y + _PATCH, x : x + _PATCH]
        top, left = max(0, y - _REACH), max(0, x - _REACH)
        window = page[top : y + _PATCH + _REACH, left : x + _PATCH + _REACH]
        answer = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
        _, best, _, at = cv2.minMaxLoc(answer)
        if best >= _FOUND:
            here.append((x + _PATCH / 2, y + _PATCH / 2))
            there.append((left + at[0] + _PATCH / 2, top + at[1] + _PATCH / 2))
    return np.array(here, np.float32).reshape(-1, 2), np.array(there, np.float32).reshape(-1, 2)


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
