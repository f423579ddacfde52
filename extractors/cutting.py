"""A value cut out of the page and read by every reader that can, their words weighed.

Nothing here knows captions: given lines on the page that hold a value, what do they say?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from extractors import hand, printed
from extractors.comb import spread
from extractors.images import Grey
from extractors.phrases import Row, around
from extractors.surroundings import value_in
from extractors.trust import Verdict, weigh
from forms.schema import FieldSpec, FormPack
from forms.types import parse
from greffier.words import Box, Reading

#: Pixels around what is read again.
_PAD = 8
#: Strokes as long as this share of what is cut out are the form's; ink is darker than this.
_RULE, _INK = 0.9, 160
#: The most one reader is trusted when the other saw something else, whatever that was.
_CONTESTED = 0.8


def read_value(
    image: Grey, lines: Sequence[Row], pack: FormPack, spec: FieldSpec, page: int
) -> Reading | None:
    """The reading that all readers make together, line by line; ``None`` if there is none.

    What ``lines`` say is what Tesseract made of them in passing, if anything.
    """
    verdicts: list[Verdict] = []
    heard: list[list[str]] = []
    for line in lines:
        part = cut(image, line.box)
        shown = value_in(hand.read_line(part, pack.language).text, spec) or ""
        signs = "0123456789" if spec.type == "digits" else ""
        again = printed.read_line(part, pack.language, signs).text if min(part.shape) > 8 else ""
        read = [value_in(text, spec) or "" for text in (again, line.text)]
        # Where Tesseract does not agree with itself it is no witness: it reads a hand.
        steady = read[0] if len(set(read)) == 1 else ""
        typed = shown if shown in read else steady
        both = {"rapidocr": shown, "tesseract": typed}
        said = {reader: text for reader, text in both.items() if text}
        if spec.type == "digits" and shown != typed:
            verdict = _with_cells(part, said, spec)
        else:
            verdict = weigh(said.values(), said, spec)
        verdicts.append(verdict if typed or not any(read) else verdict.at_most(_CONTESTED))
        heard.append([shown, *read])
    text = " ".join(verdict.text for verdict in verdicts if verdict.text)
    if not text:
        return None
    value, problems, _ = parse(spec.type, text, spec=spec)
    return Reading(
        name=spec.name, value=value, raw=text, page=page, reader="captions", problems=problems,
        confidence=min(verdict.confidence for verdict in verdicts),
        box=around(line.box for line in lines), alternatives=_others(heard, text),
    )  # fmt: skip


def _with_cells(part: Grey, said: Mapping[str, str], spec: FieldSpec) -> Verdict:
    """Where the readers of words differ, the reader of single characters has a say."""
    comb, count = spread(part)
    if len(said.get("rapidocr", "")) != count:
        return weigh(said.values(), said, spec)
    by_cell = hand.read_comb(comb, count, spec.type)
    cells = [{s: p for s, p in cell.items() if s.isdigit()} for cell in by_cell.cells]
    candidates = [*said.values(), by_cell.text]
    return weigh([text for text in candidates if text.isdigit()], said, spec, cells)


def cut(image: Grey, box: Box) -> Grey:
    """The box and a little around it, without the lines of the form's frame."""
    x0, y0, x1, y1 = box
    part = image[max(0, y0 - _PAD) : y1 + _PAD, max(0, x0 - _PAD) : x1 + _PAD]
    dark = (part < _INK).astype(np.uint8)
    lines = np.zeros_like(dark)
    for across in ((1, _RULE * part.shape[1]), (_RULE * part.shape[0], 1)):
        side = np.ones((max(1, round(across[0])), max(1, round(across[1]))), np.uint8)
        lines |= cv2.morphologyEx(dark, cv2.MORPH_OPEN, side).astype(np.uint8)
    return np.where(cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0, np.uint8(255), part)


def _others(alternatives: Sequence[Sequence[str]], text: str) -> tuple[str, ...]:
    """What the readers said besides ``text``, each of them line by line."""
    whole = (" ".join(filter(None, parts)) for parts in zip(*alternatives, strict=True))
    return tuple(dict.fromkeys(other for other in whole if other and other != text))
