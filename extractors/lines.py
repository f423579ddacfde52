"""Our own reader of one line of writing, typed or by hand: ``models/lines.onnx``.

A small convolutional network looks at a strip and says, for each of its steps from left to right,
what may stand there (connectionist temporal classification: Graves et al., 2006). From that come
the text it would read, and how likely it holds any other text to be: the second is what weighs the
texts that other readers propose. Its card, ``models/README.md``, says what it learnt from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from extractors.images import Grey
from extractors.phrases import Word
from extractors.zones import Mask, darkness
from greffier.words import Box

MODEL = Path(__file__).parent / "models" / "lines.onnx"

#: The strip's height, that of the writing on it, and the paper left of and right of it, in pixels.
HEIGHT, _WRITING, _BESIDE = 40, 32, 8
#: A line is made smaller or larger within these bounds: a dash by itself is no large letter.
_SMALLEST, _LARGEST = 0.3, 1.5
#: This share of the ink above and below does not count when the writing's height is taken.
_STRAY = 0.004
#: Pixels of the strip to a step of the network.
_STEP = 4
#: What the network is shown at most, in pixels: no field is so long.
_WIDEST = 2400

Steps = npt.NDArray[np.float32]


class Seen:
    """What the network saw on a line: ``steps`` (T, 1 + characters), the logarithm of the chance of
    each character at each step; the first column is *none*."""

    def __init__(self, steps: Steps, characters: str) -> None:
        self._steps = steps
        self._index = {sign: at for at, sign in enumerate(characters, 1)}
        self._characters = characters

    @property
    def length(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    @cached_property
    def text(self) -> str:
        """The text of the likeliest path."""
        path = self._steps.argmax(axis=1)
        kept = path[np.flatnonzero(np.diff(path, prepend=0))]
        return "".join(self._characters[at - 1] for at in kept if at)

    def signs(self) -> Iterator[tuple[str, slice, float]]:
        """The same sign by sign: the steps it was seen at, and its chance at the surest of them."""
        path = self._steps.argmax(axis=1)
        for at, run in groupby(range(len(path)), key=path.__getitem__):
            if at:
                first, *rest = run
                steps = slice(first, (rest or [first])[-1] + 1)
                yield self._characters[at - 1], steps, float(np.exp(self._steps[steps, at].max()))

    @property
    def clear(self) -> float:
        """How much is seen clearly: the steps that show some sign, each by its chance."""
        steps = self._steps[self._steps.argmax(axis=1) > 0]
        return float(np.exp(steps.max(axis=1)).sum()) if len(steps) else 0.0

    def softened(self, heat: float) -> Seen:
        """The same, less sure of itself: the logarithms divided by ``heat``."""
        steps = self._steps / heat
        steps -= np.logaddexp.reduce(steps, axis=1, keepdims=True)
        return Seen(np.asarray(steps, np.float32), self._characters)

    def among(self, signs: str) -> Seen:
        """The same, knowing that nothing but ``signs`` is written there."""
        known = [0, *(self._index[sign] for sign in signs if sign in self._index)]
        steps = self._steps[:, known]
        steps = steps - np.logaddexp.reduce(steps, axis=1, keepdims=True)
        return Seen(steps, "".join(self._characters[at - 1] for at in known[1:]))

    def chance(self, text: str) -> float:
        """How likely ``text`` is what stands on the line: the sum over all of its paths."""
        if not all(sign in self._index for sign in text):
            return 0.0
        marks = np.zeros(2 * len(text) + 1, int)
        marks[1::2] = [self._index[sign] for sign in text]
        skips = np.zeros(len(marks), bool)
        skips[3::2] = marks[3::2] != marks[1:-2:2]
        at = np.full(len(marks), -np.inf)
        at[:2] = self._steps[0, marks[:2]]
        for step in self._steps[1:, marks].astype(float):
            before = np.concatenate([[-np.inf], at[:-1]])
            over = np.where(skips, np.concatenate([[-np.inf] * 2, at])[: len(at)], -np.inf)
            at = np.logaddexp(np.logaddexp(at, before), over) + step
        return float(np.exp(np.logaddexp.reduce(at[-2:])))


def see(writing: Grey, ink: Mask) -> Seen:
    """Look at one line: (H, W) grey at 300 dpi, the writing alone on white, and where it is.

    Where there is no ink nothing is seen, for sure.
    """
    session, characters = _network()
    if not ink.any():
        return Seen(np.log(np.eye(1, 1 + len(characters), dtype=np.float32) + 1e-9), characters)
    shown = strip(writing, ink)[None, None].astype(np.float32) / 255
    return Seen(session.run(None, {"strips": shown})[0][0], characters)


def words(image: Grey) -> list[Word]:
    """The words on one line of print: (H, W) grey, dark on light, 300 dpi. Each is as sure as the
    least sure of its signs; its box holds all ink between the spaces beside it, read or not."""
    ink = darkness(image)
    columns = np.flatnonzero(ink.any(axis=0))
    if not columns.size:
        return []
    saw = see(image, ink)
    left, right = int(columns[0]), int(columns[-1]) + 1
    grain = (right - left) / max(_STEP * saw.length - 2 * _BESIDE, 1)
    texts, chances, begins = [""], [1.0], [left]
    for sign, steps, chance in saw.signs():
        if sign == " ":
            texts, chances = [*texts, ""], [*chances, 1.0]
            middle = _STEP * (steps.start + steps.stop) / 2 - _BESIDE
            begins.append(round(left + middle * grain))
        else:
            texts[-1] += sign
            chances[-1] = min(chances[-1], chance)
    return [
        Word(text, _inked(ink, x0, x1), chance)
        for text, chance, x0, x1 in zip(texts, chances, begins, [*begins[1:], right], strict=True)
        if text and ink[:, x0:x1].any()
    ]


def _inked(ink: Mask, x0: int, x1: int) -> Box:
    """The box around the ink in columns ``x0`` to ``x1``."""
    rows, columns = (np.flatnonzero(ink[:, x0:x1].any(axis=axis)) for axis in (1, 0))
    return Box(x0 + int(columns[0]), int(rows[0]), x0 + int(columns[-1]) + 1, int(rows[-1]) + 1)


def strip(writing: Grey, ink: Mask) -> npt.NDArray[np.uint8]:
    """The writing as the network is shown it: (``HEIGHT``, W), ink as 255, every hand as high."""
    rows, columns = ink.sum(axis=1).cumsum(), np.flatnonzero(ink.any(axis=0))
    top, bottom = np.searchsorted(rows, [_STRAY * rows[-1], (1 - _STRAY) * rows[-1]])
    part = writing[:, columns[0] : columns[-1] + 1]
    dark = 255.0 - float(np.percentile(part[ink[:, columns[0] : columns[-1] + 1] > 0], 20))
    scale = float(np.clip(_WRITING / (bottom - top + 1), _SMALLEST, _LARGEST))
    width = min(max(1, round(part.shape[1] * scale)), _WIDEST)
    middle = (top + bottom + 1) / 2
    small = cv2.resize(
        255 - part, (width, max(1, round(part.shape[0] * scale))), interpolation=cv2.INTER_AREA
    )
    shift = HEIGHT / 2 - middle * scale
    move = np.array([[1, 0, _BESIDE], [0, 1, shift]], np.float32)
    laid = cv2.warpAffine(small, move, (width + 2 * _BESIDE, HEIGHT))
    return np.asarray(np.clip(laid.astype(np.float32) * (255 / max(dark, 1)), 0, 255), np.uint8)


def load() -> None:
    """Load the model now: once, before the processes that will read are forked."""
    _network()


@cache
def _network() -> tuple[Any, str]:
    """The session, and the characters its columns stand for after the first."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
    return session, session.get_modelmeta().custom_metadata_map["characters"]
