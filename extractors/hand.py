"""Reads hand-printed characters: combs cell by cell, handwriting on a line and beside a caption.

Combs are read by a small network of our own (``models/hand.onnx``; its card, ``models/README.md``,
says what it learnt from and how well it reads), lines by the recogniser that comes with rapidocr,
whose detector also finds them.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from extractors import networks
from extractors.hand_cells import SIDE, Cells, split
from extractors.hand_decode import BLANK, UNREADABLE, Distribution, decode
from extractors.images import Grey
from extractors.lines import Seen
from forms.types import plain_text
from greffier.words import Box

MODEL = Path(__file__).parent / "models" / "hand.onnx"

#: What a cell without a drop of ink may still hold.
_BLANK_CHANCE = 0.9999
#: Characters less likely than this are left out of a cell's distribution.
_LEAST = 1e-5
#: How much a glyph is made to lean, as a share of its height, each time it is looked at.
_LEANS = (0.0, 0.12, -0.12)
#: No class is held to be less likely than this in one look.
_FLOOR = 1e-9
#: Lines are shown to the recogniser at this height, and so wide at least, in pixels; the signs of
#: European print come before this one.
_STRIP, _LEAST_STRIP, _LAST_SIGN = 48, 320, "\N{LATIN SMALL LETTER B WITH STROKE}"
#: Writing is looked for on an image brought to this size, in pixels.
_LARGEST_SIDE = 960
_NAMES = {"empty": BLANK, "garbage": UNREADABLE}


class HandReading(NamedTuple):
    """A comb as read: one character a cell in ``text``, `` `` for an empty cell, ``?`` for one
    that holds no character. ``confidence`` is the probability that all of ``text`` is right, the
    field's rule weighed in. ``alternatives`` are other texts with theirs, best first. ``cells``
    are what each cell may hold before the rule. ``settled`` tells that the field's rule
    refused the likeliest text and chose another (``hand_decode`` says when)."""

    text: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    cells: tuple[Distribution, ...]
    settled: bool = False


class LineReading(NamedTuple):
    """Writing on a line as read, with the recogniser's own mean confidence (not calibrated)."""

    text: str
    confidence: float


def read_comb(image: Grey, cells: int, kind: str) -> HandReading:
    """Read the comb of ``cells`` boxes on ``image``.

    ``image``: (H, W) grey, dark ink on light, 300 dpi, the comb's zone give or take a few pixels,
    with or without its printed lines. ``kind``: a field type of ``forms.types``. Raises
    ``PackError`` when the type does not exist or cannot fill that many boxes.
    """
    return read_cells(split(image, cells), kind)


def read_cells(cells: Cells, kind: str) -> HandReading:
    """The same of a comb whose characters have been cut out already."""
    found = _distributions(cells)
    decoded = decode(found, kind)
    return HandReading(
        decoded.text, decoded.confidence, decoded.alternatives, found, decoded.settled
    )


def read_line(image: Grey, language: str = "fra") -> LineReading:
    """Read handwriting on one line: (H, W) grey, dark ink on light, 300 dpi.

    ``language`` is the pack's (``fra``, ``eng``); the recogniser reads both, accents included.
    """
    del language  # one model reads them all: the argument keeps the readers alike
    if min(image.shape) < 8:
        return LineReading("", 0.0)
    answer = _ask(image, find=False)
    if not answer.txts:
        return LineReading("", 0.0)
    return LineReading(str(answer.txts[0]).strip(), float(answer.scores[0]))


def see_line(image: Grey) -> Seen:
    """What the same recogniser sees on one line, step by step: how likely it holds any text to be.

    Of its thousands of signs those of European print are kept; a row's rest is all others.
    """
    height, width = image.shape
    if min(image.shape) < 8:
        return Seen(np.zeros((1, 1), np.float32), "")
    wide = math.ceil(width * _STRIP / height)
    strip = cv2.resize(image, (wide, _STRIP)).astype(np.float32) / 127.5 - 1
    # Grey in all of its colours, and at least as wide as the lines it learnt from.
    shown = np.zeros((1, 3, _STRIP, max(wide, _LEAST_STRIP)), np.float32)
    shown[..., :wide] = strip
    characters, places = _kept_signs()
    rows = line_recogniser().session(shown)[0]
    steps = np.stack([rows[:, columns].sum(axis=1) for columns in ([0], *places)], axis=1)
    return Seen(np.log(np.maximum(steps, _FLOOR)).astype(np.float32), characters)


@cache
def _kept_signs() -> tuple[str, list[list[int]]]:
    """The signs kept of the recogniser's alphabet, and where each, or its like, is in it."""
    places: dict[str, list[int]] = {}
    for at, sign in enumerate(line_recogniser().postprocess_op.character):
        plain = plain_text(sign) or sign
        if at and (
            plain == " " or (len(plain) == 1 and plain < _LAST_SIGN and plain.isprintable())
        ):
            places.setdefault(plain, []).append(at)
    return "".join(places), list(places.values())


def find_lines(image: Grey) -> list[Box]:
    """Where lines of print or handwriting are on ``image`` (300 dpi), from the top.

    Costs a tenth of a second: for what is beside a caption, and hides from ``pieces``.
    """
    if min(image.shape) < 8:
        return []
    found = _ask(image, find=True).boxes
    boxes = [] if found is None else [_box(corners) for corners in found]
    return sorted(boxes, key=lambda box: (box.y0 + box.y1, box.x0))


def _ask(image: Grey, *, find: bool) -> Any:
    """rapidocr's answer: where lines are, or what one line says. It remembers what it was last told
    to leave out: all is said each time."""
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return _line_reader()(colour, use_det=find, use_cls=False, use_rec=not find)


def _box(corners: npt.NDArray[np.float32]) -> Box:
    low, high = corners.min(axis=0).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    return Box(max(0, int(low[0])), max(0, int(low[1])), int(high[0]), int(high[1]))


def _distributions(cells: Cells) -> tuple[Distribution, ...]:
    """What each cell may hold; only cells with ink ask the network, all in one run."""
    written = np.flatnonzero(cells.ink)
    found: list[Distribution] = [{BLANK: _BLANK_CHANCE, UNREADABLE: 1 - _BLANK_CHANCE}] * len(
        cells.ink
    )
    if written.size:
        names = _network()[1]
        for cell, row in zip(written, _chances(cells.glyphs[written]), strict=True):
            found[cell] = {n: float(p) for n, p in zip(names, row, strict=True) if p > _LEAST}
    return tuple(found)


def _chances(glyphs: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The chance of each class for each glyph (n, SIDE, SIDE): the glyph as it is and leaning both
    ways, their geometric mean. What depends on a slant is no character."""
    middle = (SIDE - 1) / 2
    leans = [np.array([[1, lean, -lean * middle], [0, 1, 0]], np.float32) for lean in _LEANS]
    shown = [cv2.warpAffine(glyph, lean, (SIDE, SIDE)) for lean in leans for glyph in glyphs]
    batch = np.stack(shown)[:, None].astype(np.float32) / 255
    rows = _network()[0].run(None, {"glyphs": batch})[0].reshape(len(leans), len(glyphs), -1)
    mean = np.exp(np.log(np.maximum(rows, _FLOOR)).mean(axis=0))
    return np.asarray(mean / mean.sum(axis=1, keepdims=True), np.float32)


def load() -> None:
    """Load both models now: once, before the processes that will read are forked."""
    _network()
    # rapidocr loads its models when it is first asked for what they do.
    paper = np.full((48, 320), 255, np.uint8)
    for find in (True, False):
        _ask(paper, find=find)
    _kept_signs()


@cache
def _network() -> tuple[Any, tuple[str, ...]]:
    """The session, and the character each of its classes stands for."""
    session = networks.session(MODEL)
    classes = session.get_modelmeta().custom_metadata_map["classes"].split(" ")
    return session, tuple(_NAMES.get(name, name) for name in classes)


@cache
def _line_reader() -> Any:
    from rapidocr import RapidOCR  # 0.5 s to import: only where lines are read

    _network()  # before rapidocr's sessions: ``networks`` says why
    return RapidOCR(
        params={
            "Global.use_cls": False,
            # A strip is not blown up until its shorter side has some 700 pixels.
            "Det.limit_type": "max",
            "Det.limit_side_len": _LARGEST_SIDE,
            # In a batch every line is padded to the longest: twice the time, 350 MB more.
            "Rec.rec_batch_num": 1,
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def line_recogniser() -> Any:
    """rapidocr's recogniser of lines by itself, loaded: for what each place of a line may hold."""
    return _line_reader()._load_rec_model()
