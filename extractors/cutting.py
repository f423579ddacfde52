"""A value cut out of the page and read by every reader that can, their words weighed.

Nothing here knows captions: given lines on the page that hold a value, what do they say?
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import cv2
import numpy as np

from extractors import lines, printed, words
from extractors.images import Grey
from extractors.lattice import Look, look_at, renderings
from extractors.phrases import Row, around, folded
from extractors.surroundings import value_in
from extractors.trust import Verdict, weigh
from extractors.zones import darkness
from forms.schema import FieldSpec, FormPack
from forms.types import parse
from greffier.words import Box, Reading

#: Pixels around what is read again.
_PAD = 8
#: Strokes as long as this share of what is cut out are the form's; ink is darker than this.
_RULE, _INK = 0.9, 160
#: The most one reader is trusted when the other saw something else, whatever that was.
_CONTESTED = 0.8
#: What our reader or Tesseract says of a number: the chance that it says what is written, and that
#: it says one particular other thing. Measured for Tesseract on the made-on half of the FARA forms.
_SAYS_SO, _SAYS_THAT = 0.7, 0.01
#: Strings that nobody proposed are at least so likely together, and nothing is surer than this.
_UNSEEN, _SUREST = 0.005, 0.995
#: A first look at a number as sure as this, and shared by our reader, is enough; renderings of a
#: second one.
_CLEAR, _RENDERINGS = 0.9, 3
#: Digits that take more room than this, as a share of their height, are not all that stand there:
#: of 475 numbers read rightly all but one, with a stamp beside it, take 0.98 at most.
_ROOMY = 1.3
#: Numbers less likely than this are no alternatives.
_THINKABLE = 1e-3


def read_value(
    image: Grey, rows: Sequence[Row], pack: FormPack, spec: FieldSpec, page: int
) -> Reading | None:
    """The reading that all readers make together, line by line; ``None`` if there is none."""
    read = _read_number if spec.type == "digits" else _read_text
    said = [read(cut(image, row.box), pack, spec) for row in rows]
    text = " ".join(verdict.text for verdict, _ in said if verdict.text)
    if not text:
        return None
    value, problems, _ = parse(spec.type, text, spec=spec)
    return Reading(
        name=spec.name, value=value, raw=text, page=page, reader="captions", problems=problems,
        confidence=min(verdict.confidence for verdict, _ in said),
        box=around(row.box for row in rows),
        alternatives=_others([heard for _, heard in said], text),
    )  # fmt: skip


def _read_text(part: Grey, pack: FormPack, spec: FieldSpec) -> tuple[Verdict, list[str]]:
    """One line of words by our own reader, and by others until two agree on its letters and
    digits; and all that was heard."""
    heard = {"lines": value_in(lines.see(part, darkness(part)).text, spec) or ""}
    agreed: list[str] = []
    for reader, read in words.READERS.items():
        heard[reader] = value_in(read(part, pack.language).text, spec) or ""
        agreed = [text for text in heard.values() if _same(text, heard[reader])]
        if len(agreed) > 1:
            break
    if any(folded(text) in _printed(spec) for text in heard.values() if text):
        return Verdict("", 1.0), []  # what the form prints, and was misread before
    # Of those that agree, the one that sees spaces, and no odd signs, is believed.
    best = max(agreed, key=lambda text: (not _is_odd(text, spec), text.count(" ")), default="")
    said = {who: best if text in agreed else text for who, text in heard.items() if text}
    verdict = weigh([*said.values()][::-1], said, spec)
    shown = [*agreed[::-1], *heard.values()]
    return (verdict if len(agreed) > 1 else verdict.at_most(_CONTESTED)), shown


def _is_odd(text: str, spec: FieldSpec) -> bool:
    return bool(parse(spec.type, text, spec=spec).problems)


def _printed(spec: FieldSpec) -> set[str]:
    return {folded(text) for text in (*spec.place.labels, *spec.captions)}


def _same(one: str, other: str) -> bool:
    """Whether two texts have the same letters and digits, of whatever case."""
    letters = ["".join(sign for sign in text.lower() if sign.isalnum()) for text in (one, other)]
    return letters[0] == letters[1] != ""


def _read_number(part: Grey, pack: FormPack, spec: FieldSpec) -> tuple[Verdict, list[str]]:
    """A number as its pixels and our own reader have it together, and what else it may be.

    Where they are not sure of the same, Tesseract is asked, and the number is looked at again.
    """
    if min(part.shape) <= _PAD:
        return Verdict("", 0.0), []
    typed = value_in(lines.see(part, darkness(part)).text, spec) or ""
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
    verdict = Verdict(best, confidence)
    height, width = (side - 2 * _PAD for side in part.shape)
    if width > _ROOMY * len(best) * height:
        verdict = verdict.at_most(_CONTESTED)
    return verdict, [*(t for t in likely if chances[t] > _THINKABLE), typed]


def _heard(typed: str, text: str) -> float:
    """How likely a reader was to say that, if ``text`` is what is written."""
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
