"""Our own reader of one line of writing, typed or by hand: ``models/lines.onnx``.

A small convolutional network looks at a strip and says, for each of its steps from left to right,
what may stand there (connectionist temporal classification: Graves et al., 2006). From that come
the text it would read, and how likely it holds any other text to be: the second is what weighs the
texts that other readers propose. Its card, ``models/README.md``, says what it learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from extractors import networks
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
    def characters(self) -> str:
        """The characters that it knows."""
        return self._characters

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

    def folded(self, classes: Mapping[str, str]) -> Seen:
        """The same where signs of one class are one sign: each character is known by the name of
        its class in ``classes``; those that are in none are nothing."""
        names = "".join(sorted(set(classes.values())))
        into = np.zeros((1 + len(self._characters), 1 + len(names)))
        into[0, 0] = 1
        for at, sign in enumerate(self._characters, 1):
            into[at, 1 + names.index(classes[sign]) if sign in classes else 0] = 1
        steps = np.log(np.maximum(np.exp(self._steps) @ into, 1e-10))
        return Seen(np.asarray(steps, np.float32), names)

    def chance(self, text: str) -> float:
        """How likely ``text`` is what stands on the line: the sum over all of its paths."""
        return float(np.exp(self.likelihoods([text])[0]))

    def likelihoods(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """The logarithm of the chance of each of ``texts``; ``-inf`` for one it cannot write."""
        found = np.full(len(texts), -np.inf)
        known = [at for at, text in enumerate(texts) if all(sign in self._index for sign in text)]
        if not known:
            return found
        marks = np.zeros((len(known), 2 * max(len(texts[at]) for at in known) + 1), int)
        for row, at in zip(marks, known, strict=True):
            row[1 : 2 * len(texts[at]) : 2] = [self._index[sign] for sign in texts[at]]
        skips = np.zeros(marks.shape)
        skips[:, 3::2] = marks[:, 3::2] != marks[:, 1:-2:2]
        # Chances are added faster than their logarithms. After each step the likeliest of a row is
        # made 1; what the rows were divided by is kept.
        first, *rest = np.exp(self._steps.astype(float))
        at_mark, scales = np.zeros(marks.shape), [np.ones(len(known))]
        at_mark[:, :2] = first[marks[:, :2]]
        for step in rest:
            moved = at_mark.copy()
            moved[:, 1:] += at_mark[:, :-1]
            moved[:, 2:] += at_mark[:, :-2] * skips[:, 2:]
            at_mark = moved * np.take(step, marks)
            scales.append(at_mark.max(axis=1))
            at_mark /= scales[-1][:, None]
        with np.errstate(divide="ignore"):  # a text that is too long for the line
            ends = [
                np.log(row[max(0, 2 * len(texts[at]) - 1) : 2 * len(texts[at]) + 1].sum())
                for row, at in zip(at_mark, known, strict=True)
            ]
        found[known] = np.log(scales).sum(axis=0) + ends
        return found

    def doubts(self, least: float) -> Iterator[str]:
        """``text`` with one sign changed, dropped or added, which it thinks of with a chance of
        ``least`` and more where it would be."""
        text, path = self.text, self._steps.argmax(axis=1)
        likely = self._steps > math.log(least)
        count = 0
        for at, run in groupby(range(len(path)), key=path.__getitem__):
            first, *rest = run
            here = likely[first : (rest or [first])[-1] + 1]
            others = [self._characters[k - 1] for k in np.flatnonzero(here.any(axis=0)) if k]
            if at:
                yield from (
                    text[:count] + o + text[count + 1 :] for o in others if o != text[count]
                )
                if here[:, 0].all():
                    yield text[:count] + text[count + 1 :]
                count += 1
            else:
                yield from (text[:count] + other + text[count:] for other in others)

    def thinks_of(self, sign: str) -> float:
        """The most that ``sign`` is worth at any step, as a chance."""
        at = self._index.get(sign)
        return float(np.exp(self._steps[:, at].max())) if at else 0.0


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
    session = networks.session(MODEL)
    return session, session.get_modelmeta().custom_metadata_map["characters"]
