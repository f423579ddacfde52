"""A value cut out of the page and read by every reader that can, their words weighed.

Nothing here knows captions: given lines on the page that hold a value, what do they say?
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import cv2
import numpy as np

from extractors import hand, printed
from extractors.images import Grey
from extractors.lattice import Look, look_at, renderings
from extractors.phrases import Row, around, folded
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
#: What Tesseract says of a number: the chance that it says what is written, and that it says one
#: particular other thing. Measured on the made-on half of the FARA forms.
_SAYS_SO, _SAYS_THAT = 0.7, 0.01
#: Strings that nobody proposed are at least so likely together, and nothing is surer than this.
_UNSEEN, _SUREST = 0.005, 0.995
#: A first look at a number as sure as this, and shared by Tesseract, is enough; renderings of a
#: second one.
_CLEAR, _RENDERINGS = 0.9, 3
#: Numbers less likely than this are no alternatives.
_THINKABLE = 1e-3


def read_value(
    image: Grey,
    lines: Sequence[Row],
    pack: FormPack,
    spec: FieldSpec,
    page: int,
    *,
    typed: bool = True,
) -> Reading | None:
    """The reading that all readers make together, line by line; ``None`` if there is none.

    ``typed`` tells that it was Tesseract that found what ``lines`` say, in passing; what the other
    reader found bears no witness beside its own.
    """
    read = _read_number if spec.type == "digits" else _read_text
    said = [read(cut(image, line.box), line.text if typed else "", pack, spec) for line in lines]
    text = " ".join(verdict.text for verdict, _ in said if verdict.text)
    if not text:
        return None
    value, problems, _ = parse(spec.type, text, spec=spec)
    return Reading(
        name=spec.name, value=value, raw=text, page=page, reader="captions", problems=problems,
        confidence=min(verdict.confidence for verdict, _ in said),
        box=around(line.box for line in lines),
        alternatives=_others([heard for _, heard in said], text),
    )  # fmt: skip


def _read_text(
    part: Grey, passing: str, pack: FormPack, spec: FieldSpec
) -> tuple[Verdict, list[str]]:
    """One line of words by two readers, and all that was heard."""
    shown = value_in(hand.read_line(part, pack.language).text, spec) or ""
    if folded(shown) in {folded(text) for text in (*spec.place.labels, *spec.captions)}:
        return Verdict("", 1.0), []  # what the form prints, and Tesseract could not read
    read = [text] if (text := value_in(passing, spec)) else []
    if _letters("".join(read)) != _letters(shown) and min(part.shape) > _PAD:
        read.append(value_in(printed.read_line(part, pack.language).text, spec) or "")
    # Where they agree on letters and digits, the one that sees signs and accents is believed.
    alike = [text for text in read if text and _letters(text) == _letters(shown)]
    shown = max((shown, *alike), key=lambda text: text.count(" ")) if shown else ""
    # Where Tesseract does not agree with itself it is no witness: it reads a hand.
    steady = read[0] if len(set(read)) == 1 else ""
    typed = shown if alike else steady
    both = {"rapidocr": shown, "tesseract": typed}
    said = {reader: text for reader, text in both.items() if text}
    verdict = weigh(said.values(), said, spec)
    return (verdict if typed or not any(read) else verdict.at_most(_CONTESTED)), [shown, *read]


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _read_number(
    part: Grey, passing: str, pack: FormPack, spec: FieldSpec
) -> tuple[Verdict, list[str]]:
    """A number as its pixels and Tesseract have it together, and what else it may be."""
    if min(part.shape) <= _PAD:
        return Verdict("", 0.0), []
    typed = value_in(passing, spec) or ""
    chances = _chances(look_at([part]), spec)
    if chances.get(typed, 0.0) < _CLEAR:
        again = printed.read_line(part, pack.language, "0123456789").text
        typed = value_in(again, spec) or typed
    if chances.get(typed, 0.0) < _CLEAR:
        chances = _chances(look_at(renderings(part)[:_RENDERINGS]), spec)
    weights = {text: chance * _heard(typed, text) for text, chance in chances.items()}
    if not weights:
        return Verdict("", 0.0), []
    unseen = max(_UNSEEN, 1.0 - sum(chances.values())) * (_SAYS_THAT if typed else 1.0)
    best = max(weights, key=weights.__getitem__)
    likely = sorted(chances, key=chances.__getitem__, reverse=True)
    confidence = min(_SUREST, weights[best] / (sum(weights.values()) + unseen))
    return Verdict(best, confidence), [*(t for t in likely if chances[t] > _THINKABLE), typed]


def _heard(typed: str, text: str) -> float:
    """How likely Tesseract was to say that, if ``text`` is what is written."""
    return (_SAYS_SO if typed == text else _SAYS_THAT) if typed else 1.0


def _chances(looks: Sequence[Look], spec: FieldSpec) -> dict[str, float]:
    """What looks at one number say together: each value of the field, and its chance."""
    found: dict[str, float] = {}
    for look in looks:
        every = dict(look.numbers)
        # Other signs beside the number (« No. ») leave its digits alone little chance.
        every[look.text] = every.get(look.text, 0.0) or 1.0 - sum(every.values())
        for text, chance in every.items():
            if value := value_in(text, spec):
                found[value] = found.get(value, 0.0) + chance / len(looks)
    return found


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


def _others(heard: Sequence[Sequence[str]], text: str) -> tuple[str, ...]:
    """What the readers said besides ``text``, each of them line by line."""
    whole = (" ".join(filter(None, parts)) for parts in zip_longest(*heard, fillvalue=""))
    return tuple(dict.fromkeys(other for other in whole if other and other != text))
