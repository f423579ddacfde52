"""Text in a field, by several readers: our own for boxes and for lines, Tesseract, rapidocr.

Whether a page was typed or filled by hand is for whoever sees all of it to tell (``fields``):
``Boxes.unevenness`` says what speaks for a hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from extractors import faint, hand, lines, printed, words
from extractors.comb import Boxes, Squeezed, as_expected, fitted, one_a_box
from extractors.hand_decode import likeliest
from extractors.images import Grey
from extractors.letters import Letter, letters, letters_in, on_line
from extractors.shapes import classes, rarity, shapes
from extractors.trust import CEILINGS, Verdict, weigh
from extractors.zones import Cut, Mask, darkness
from forms.schema import FieldSpec
from forms.types import parse, pattern

#: A line with less ink than this (square pixels at 300 dpi) holds no writing.
_LEAST_INK = 60
#: How much paper is left beside the writing on a line, in pixels.
_AROUND = 24
#: A reader of cells that is so sure of nothing, where there is ink, has lost it.
_BLIND = 0.5
#: So sure of nothing, it was right on 69 inked boxes of practice paper; it said so of none of 544
#: characters.
_NOTHING = 0.98
#: Types that may be written in small letters, even in a comb.
_WORDS = ("name", "text")
#: Numbers by a hand: so many of the reader of cells' strings are looked at; the power to which the
#: chances of readers of lines count, and the least of them (a logarithm).
_STRINGS, _HEED_IN_COMBS, _IMPOSSIBLE = 60, 0.2, -12.0
#: How the odds of what they hold likeliest together become its odds of being right: to this power,
#: and so much lower (a logarithm). What misleads one misleads all: ``docs/decisions/ocr.md``.
_SHRUNK, _LOWERED = 0.7, -0.6
#: Types whose check digit keeps the text of a reader of cells as sure as this.
_CHECKED, _LIKELY = ("nas",), 0.5
#: Where the reader of cells is so sure of a number by a hand, no other is asked; where it and our
#: reader of lines are less sure than the last, the dearer one cannot make it certain.
_SURE_ALONE, _HOPELESS = 0.98, 0.9


@dataclass(frozen=True)
class Comb:
    """A comb that holds something: its boxes as they are cut, and its writing set as a word.

    ``filled`` are the boxes with ink, ``boxes`` what each of them may hold (``None``: nothing was
    seen), ``swept`` tells of ink between them that was taken for dirt.
    """

    spec: FieldSpec
    squeezed: Squeezed
    by_cell: hand.HandReading
    filled: list[int]
    boxes: list[Mapping[str, float] | None]
    swept: bool
    cut: Cut

    @property
    def word(self) -> Grey:
        """The writing as a word."""
        return self.squeezed.picture

    @cached_property
    def letters(self) -> list[Letter]:
        """What each box holds, as a letter of the word."""
        return letters_in(darkness(self.word), self.squeezed.spans)


def find_boxes(cut: Cut, pad: int, spec: FieldSpec) -> Boxes | None:
    """The boxes of the comb in ``cut``: its zone and ``pad`` pixels around. ``None``: all empty."""
    cells = spec.cells or 1
    cut = replace(cut, ink=on_line(cut.ink))
    if spec.type in _WORDS:
        cut = faint.restored(cut)
    boxes = Boxes(one_a_box(cut, pad, cells, _signs(spec)), pad, cells)
    return boxes if boxes.occupied else None


def read_comb(boxes: Boxes, spec: FieldSpec, language: str, by_hand: bool) -> Verdict:
    """The text in a comb of a page filled ``by_hand``, or in type."""
    comb = _comb(boxes, spec, by_hand)
    if spec.type in _WORDS:
        verdict = (_name_by_hand if by_hand else _name)(comb, language)
    else:
        verdict = (_by_hand if by_hand else _in_type)(comb, language)
    return _spaced(verdict.at_most(words.DOUBTED) if comb.swept else verdict, comb.filled)


def _comb(boxes: Boxes, spec: FieldSpec, by_hand: bool) -> Comb:
    if by_hand and spec.type not in _WORDS:
        # A hand crosses the form's lines: they are looked for once more, and its strokes kept.
        by_cell = hand.read_comb(boxes.cut.image, boxes.cells, spec.type)
    else:
        by_cell = hand.read_cells(boxes.glyphs(), spec.type)
    seen = as_expected(by_cell.cells, spec.type)
    filled = _written(boxes.occupied, seen)
    held = [_if_filled(seen[cell]) for cell in filled]
    swept = boxes.has_swept_gap(filled)
    word = boxes.word if filled == boxes.occupied else boxes.squeezed(filled)
    return Comb(spec, word, by_cell, filled, held, swept, boxes.cut)


def _by_hand(comb: Comb, language: str) -> Verdict:
    """A number: what the reader of cells, and both readers of lines, hold likeliest together.

    They are misled by the same odd digits: the chances of the latter two count for little, and are
    not asked for where the first is sure; nor where it has a check digit to weigh.
    """
    if comb.spec.type in _CHECKED and comb.by_cell.confidence >= _LIKELY:
        text = words.compact(comb.by_cell.text)
        as_read = len(text) == len(comb.boxes) and not comb.by_cell.settled
        return Verdict(text, comb.by_cell.confidence).at_most(CEILINGS[1 if as_read else 0])
    boxes = [dict(box) for box in comb.boxes if box is not None]
    if len(boxes) < len(comb.boxes):
        said = _said("lines", comb, language) | _said("tesseract", comb, language)
        return _weighed(comb, said).at_most(words.DOUBTED)
    strings = dict(likeliest(boxes, _STRINGS))
    sight = np.log([*strings.values()]) + [rarity(text, comb.spec.type) for text in strings]
    verdict = _likeliest_number(comb.spec, [*strings], sight)
    if verdict.confidence >= _SURE_ALONE:
        return verdict
    shown = [shapes(text) for text in strings]
    for see in (_lines, lambda comb: hand.see_line(comb.word)):
        seen = see(comb)
        chances = seen.folded(classes(seen.characters)).likelihoods(shown)
        sight += _HEED_IN_COMBS * np.maximum(chances, _IMPOSSIBLE)
        verdict = _likeliest_number(comb.spec, [*strings], sight)
        if verdict.confidence < _HOPELESS:
            break
    return replace(verdict, confidence=_calibrated(verdict.confidence))


def _likeliest_number(
    spec: FieldSpec, texts: Sequence[str], sight: npt.NDArray[np.float64]
) -> Verdict:
    """The likeliest of ``texts``, given how likely each looks (logarithms), and the type's rule.

    What only the rule makes likeliest was not seen.
    """
    valid = [bool(parse(spec.type, text, spec=spec).value) for text in texts]
    weights = sight + np.where(valid, 0.0, words.REFUSED)
    best = int(weights.argmax())
    chance = float(np.exp(weights[best] - np.logaddexp.reduce(weights)))
    verdict = Verdict(texts[best], min(chance, CEILINGS[2]))
    return verdict if best == int(sight.argmax()) else verdict.at_most(CEILINGS[0])


def _calibrated(chance: float) -> float:
    """How often a number is right that the readers of a hand hold to be this likely."""
    odds = chance / max(1 - chance, 1e-9)
    return float(1 / (1 + math.exp(-_LOWERED) * odds**-_SHRUNK))


def _in_type(comb: Comb, language: str) -> Verdict:
    """A number: the likeliest text, given what each reader saw of those it takes to be sure."""
    said: dict[str, str] = {}
    verdict = Verdict("", 0.0)
    for reader in _READERS_OF_COMBS:
        said |= _said(reader, comb, language)
        verdict = _weighed(comb, said)
        if verdict.confidence >= words.SURE:
            break
    return verdict


def _weighed(
    comb: Comb, said: Mapping[str, str], shape: Callable[[str], float] | None = None
) -> Verdict:
    guesses = [comb.by_cell.text, *(text for text, _ in comb.by_cell.alternatives)]
    heard = list(said.values())
    agreed = next((text for text in heard if heard.count(text) > 1), "")
    # Where two readers of words agree on another length, it is the boxes that were lost.
    boxes = None if agreed and len(agreed) != len(comb.boxes) else comb.boxes
    return weigh([*heard, *map(words.compact, guesses)], said, comb.spec, boxes, shape=shape)


def _said(reader: str, comb: Comb, language: str) -> dict[str, str]:
    """What one reader of words makes of a comb, in the signs of its type; nothing if nothing."""
    shown = _READERS_OF_COMBS[reader](comb, language)
    text = fitted(shown, comb.spec.type, comb.spec.cells or 1)
    return {reader: text} if text else {}


#: Who reads the boxes of a comb set side by side, the cheapest first.
_READERS_OF_COMBS: dict[str, Callable[[Comb, str], str]] = {
    "lines": lambda comb, _: _lines(comb).among(_signs(comb.spec)).text,
    "tesseract": lambda comb, language: _of_type(comb.word, comb.spec, language),
    "rapidocr": lambda comb, language: hand.read_line(comb.word, language).text,
}


def _lines(comb: Comb) -> lines.Seen:
    return lines.see(comb.word, darkness(comb.word))


def _name(comb: Comb, language: str) -> Verdict:
    """Words in a comb: the reader of cells knows no accents, so readers of words are heard."""
    ours = _lines(comb).text
    ink = darkness(comb.word)
    if sum(sign.islower() for sign in ours) > 1:
        # Typed in small letters, which no reader of capitals knows.
        return words.in_type(comb.spec, comb.word, ink, language)
    said = _said("lines", comb, language) | _said("tesseract", comb, language)
    if said.get("lines") != said.get("tesseract"):
        said |= _said("rapidocr", comb, language)
    verdict = _weighed(comb, said, words.shape(comb.letters, comb.spec))
    verdict = words.held_to_shape(verdict, comb.letters, comb.spec)
    # A sign at the end is dirt more often than not.
    return verdict if verdict.text[-1:].isalnum() else verdict.at_most(words.DOUBTED)


def _name_by_hand(comb: Comb, language: str) -> Verdict:
    """The same by a hand: one sign a box."""
    ink, count = darkness(comb.word), len(comb.filled)
    verdict = words.by_hand(
        comb.spec, comb.word, ink, comb.letters, faint.room(comb.cut), language, count=count
    )
    verdict = replace(verdict, text=words.compact(verdict.text))
    whole = len(verdict.text) == count and verdict.text[-1:].isalnum()
    return verdict if whole else verdict.at_most(words.DOUBTED)


def _of_type(word: Grey, spec: FieldSpec, language: str) -> str:
    """What Tesseract reads in the signs of the field's type."""
    return printed.read_line(word, language, _signs(spec)).text


def _signs(spec: FieldSpec) -> str:
    return "".join(sorted(set("".join(pattern(spec.type, spec.cells or 1))) - {" "}))


def _written(filled: list[int], seen: Sequence[Mapping[str, float]]) -> list[int]:
    """``filled`` without boxes at both ends in which the reader of cells is sure to see nothing.

    Remains of the comb's lines are ink too, and readers of words take them for letters.
    """
    sure = [cell for cell in filled if seen[cell].get(" ", 0.0) < _NOTHING]
    return [cell for cell in filled if sure[0] <= cell <= sure[-1]] if sure else filled


def _if_filled(cell: Mapping[str, float]) -> Mapping[str, float] | None:
    """What a box holds that holds something; ``None`` where the reader of cells saw nothing."""
    empty = cell.get(" ", 0.0)
    if empty > _BLIND:
        return None
    return {sign: chance / (1 - empty) for sign, chance in cell.items() if sign != " "}


def read_line(cut: Cut, spec: FieldSpec, language: str, by_hand: bool = False) -> Verdict | None:
    """The text in a frame or on a line of a page filled ``by_hand``, or in type. ``None``: it is
    empty."""
    cut = replace(cut, ink=on_line(cut.ink))
    if int(cut.ink.sum()) < _LEAST_INK:
        return None
    if not by_hand:
        return words.in_type(spec, *_written_part(cut), language)
    cut = faint.restored(cut)
    writing, ink = _written_part(cut)
    return words.by_hand(spec, writing, ink, letters(ink), faint.room(cut), language)


def _written_part(cut: Cut) -> tuple[Grey, Mask]:
    """The writing on a line, and its ink, with a little paper beside it."""
    columns = np.flatnonzero(cut.ink.any(axis=0))
    written = slice(max(0, int(columns[0]) - _AROUND), int(columns[-1]) + _AROUND)
    return cut.writing[:, written], cut.ink[:, written]


def read_print(cut: Cut, pad: int, spec: FieldSpec, language: str) -> Verdict | None:
    """The same by Tesseract alone, for what a born-digital page says itself. ``None``: empty."""
    if spec.layout == "comb" and spec.cells:
        boxes = Boxes(cut, pad, spec.cells)
        word = boxes.squeezed(boxes.occupied).picture
        text = _of_type(word, spec, language) if boxes.occupied else ""
    else:
        text = printed.read_line(_written_part(cut)[0], language).text if cut.ink.any() else ""
    return Verdict(text, CEILINGS[0]) if text else None


def _spaced(verdict: Verdict, filled: list[int]) -> Verdict:
    """The text with a space where boxes between characters were left empty."""
    if len(verdict.text) != len(filled):
        return verdict
    text, last = "", filled[0]
    for sign, cell in zip(verdict.text, filled, strict=True):
        text += (" " if cell > last + 1 else "") + sign
        last = cell
    return Verdict(text, verdict.confidence)
