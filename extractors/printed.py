"""Machine-printed text, by Tesseract: the one place that knows it.

``tesserocr`` keeps a language loaded in the process; ``pytesseract``, the same engine, starts a
program a call: 80 ms for a small field against 5 to 15. See ``docs/decisions/ocr.md``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Before Tesseract is loaded: its own threads make a page six times slower on two cores.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import cv2
import numpy as np
import tesserocr
from PIL import Image

from extractors.images import Grey
from extractors.phrases import Word
from greffier.errors import GreffierError
from greffier.words import DPI, Box

#: Where distributions put the languages.
_TESSDATA = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tesseract-ocr/4.00/tessdata"),
    Path("/usr/share/tessdata"),
)

#: Confidence from which the guess of a page's orientation is taken without a second look, but that
#: it is upside down: that may be wrong at 22, of letters that run together or are all in pieces.
_SURE = 4.0
#: A word of more letters than this, read with this confidence, is a word; a page lies as it came
#: unless another way makes this many times more of them.
_SHORT, _CLEAR, _ALONE = 3, 0.7, 1.5
#: How Tesseract's table marks a word; its other rows are pages, blocks, paragraphs and lines.
_TSV_WORD = "5"


@dataclass(frozen=True)
class Line:
    """What was read: text without line ends, and the engine's own confidence, 0 to 1."""

    text: str
    confidence: float


def sparse_words(image: Grey, language: str) -> list[Word]:
    """Every word on an upright page of 300 dpi, wherever it stands, in no order: for blank forms,
    which have few lines and many captions.
    """
    api = _engine(language)
    api.SetPageSegMode(tesserocr.PSM.SPARSE_TEXT)
    api.SetVariable("tessedit_char_whitelist", "")
    api.SetImage(Image.fromarray(image))
    api.SetSourceResolution(DPI)
    api.Recognize()
    level = tesserocr.RIL.WORD
    found = [
        Word(word.GetUTF8Text(level), Box(*word.BoundingBox(level)), word.Confidence(level) / 100)
        for word in tesserocr.iterate_level(api.GetIterator(), level)
        if not word.Empty(level)
    ]
    api.Clear()
    return found


def read_line(image: Grey, language: str, alphabet: str = "") -> Line:
    """One line of print. ``alphabet`` limits the characters that may be found."""
    api = _engine(language)
    api.SetPageSegMode(tesserocr.PSM.SINGLE_LINE)
    api.SetVariable("tessedit_char_whitelist", alphabet)
    api.SetImage(Image.fromarray(image))
    api.SetSourceResolution(DPI)
    text = " ".join(api.GetUTF8Text().split())
    words = api.AllWordConfidences()
    api.Clear()
    return Line(text, min(words) / 100 if words and text else 0.0)


def read_words(image: Grey, language: str, dpi: int = DPI) -> tuple[str, list[Word]]:
    """All the text of an upright page, in reading order, and its words with their boxes (300 dpi).

    ``image`` has ``dpi`` pixels an inch.
    """
    lines: dict[tuple[str, ...], list[str]] = {}
    words: list[Word] = []
    for line, word in _table(image, language, dpi):
        words.append(word)
        lines.setdefault(line, []).append(word.text)
    return "".join(f"{' '.join(line)}\n" for line in lines.values()), words


def _table(image: Grey, language: str, dpi: int) -> Iterator[tuple[tuple[str, ...], Word]]:
    """Every word, and which line it is of."""
    api = _engine(language)
    api.SetPageSegMode(tesserocr.PSM.AUTO)
    api.SetVariable("tessedit_char_whitelist", "")
    api.SetImage(Image.fromarray(image))
    api.SetSourceResolution(dpi)
    table = [line.split("\t") for line in str(api.GetTSVText(0)).splitlines()]
    api.Clear()
    for level, _, *place, _, left, top, width, height, confidence, text in table:
        if level == _TSV_WORD and text.strip():
            x, y, wide, tall = (round(int(v) * DPI / dpi) for v in (left, top, width, height))
            yield tuple(place), Word(text, Box(x, y, x + wide, y + tall), float(confidence) / 100)


def orientation(image: Grey) -> int:
    """How many quarter turns, counter-clockwise, make the page upright; 0 when it cannot tell.

    Tesseract's guess from the shapes of signs is taken when it is sure. When it is not, the page
    is read as it lies, as guessed and upside down, and lies as more of it makes words. So it is
    when the guess is that it lies upside down.
    """
    api = _engine("osd", tesserocr.PSM.OSD_ONLY)
    api.SetImage(Image.fromarray(image))
    api.SetSourceResolution(DPI)
    found = api.DetectOrientationScript()
    api.Clear()
    guess = int(found["orient_deg"]) // 90 % 4 if found else 0
    sure = bool(found) and found["orient_conf"] >= _SURE
    if sure and guess != 2:
        return guess
    lying = {2: 1.0, 0: 1.0} if sure else {0: _ALONE, guess: 1.0, 2: 1.0}
    worth = {turns: share * _legible(np.rot90(image, turns)) for turns, share in lying.items()}
    return max(lying, key=worth.__getitem__)


def _legible(image: Grey) -> int:
    """How many letters of the middle of the page make words that Tesseract is sure of."""
    height, width = image.shape
    middle = image[height // 4 : -height // 4, width // 8 : -width // 8]
    half = cv2.resize(middle, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    _, words = read_words(np.asarray(half, np.uint8), "fra", DPI // 2)
    return sum(len(w.text) for w in words if w.confidence > _CLEAR and len(w.text) > _SHORT)


def load(language: str) -> None:
    """Load what reads ``language``, and what turns pages, now: see ``hand.load``.

    Raises ``GreffierError("ocr-language-missing")``.
    """
    _engine(language)
    _engine("osd", tesserocr.PSM.OSD_ONLY)


@cache
def _engine(language: str, mode: int = tesserocr.PSM.AUTO) -> tesserocr.PyTessBaseAPI:
    asked = os.environ.get("TESSDATA_PREFIX")
    for folder in (*([Path(asked)] if asked else []), *_TESSDATA):
        if (folder / f"{language}.traineddata").is_file():
            return tesserocr.PyTessBaseAPI(path=str(folder), lang=language, psm=mode)
    raise GreffierError("ocr-language-missing", language=language)
