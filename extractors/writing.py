"""Text in a field, by several readers at once: Tesseract, rapidocr, and our own for combs.

Typed or hand-printed is not asked first: every reader reads, and ``Written`` says what speaks for
a hand. Whoever sees the whole page can tell (``fields``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from extractors import hand, printed, stature
from extractors.comb import as_expected, fitted, has_swept_gap, occupied, squeeze
from extractors.images import Grey
from extractors.letters import Letter, letters, on_line, passed_over, spaces, unevenness
from extractors.trust import (
    CEILINGS,
    Verdict,
    distance,
    is_barer,
    look_alike,
    weigh,
    without_accents,
)
from extractors.zones import Cut, Mask, darkness
from forms.schema import FieldSpec
from forms.types import pattern

#: A line with less ink than this (square pixels at 300 dpi) holds no writing.
_LEAST_INK = 60
#: How much paper is left beside the writing on a line, in pixels.
_AROUND = 24
#: The most a text is trusted whose very shape speaks against it, and one on which a reader changed
#: its mind.
_DOUBTED, _AT_SECOND_SIGHT = 0.8, 0.96
#: A reader of cells that is so sure of nothing, where there is ink, has lost it.
_BLIND = 0.5
#: So sure of nothing, it was right on 69 inked boxes of practice paper; it said so of none of 544
#: characters.
_NOTHING = 0.98
#: Types that may be written in small letters, even in a comb.
_WORDS = ("name", "text")
#: How sure the reader of cells must be to need one witness only.
_SURE = 0.97
#: Types whose check digit stands in for a second reader; from what on the first is heard, and needs
#: no other.
_CHECKED, _LIKELY, _CERTAIN = ("nas",), 0.5, 0.99


@dataclass(frozen=True)
class Written:
    """What is written in a field, and two signs of who wrote it.

    ``like_type``: the reader of print read the same. ``unevenness``: see ``letters``.
    """

    verdict: Verdict
    like_type: bool
    unevenness: float | None = None


def read_comb(cut: Cut, pad: int, spec: FieldSpec, language: str) -> Written | None:
    """The text in a comb; ``cut`` is its zone and ``pad`` pixels around. ``None``: it is empty."""
    cells = spec.cells or 1
    cut = replace(cut, ink=on_line(cut.ink))
    filled = occupied(cut, pad, cells)
    if not filled:
        return None
    by_cell = hand.read_comb(cut.image, cells, spec.type)
    seen = as_expected(by_cell.cells, spec.type)
    filled = _written(filled, seen)
    word = squeeze(cut, pad, cells, filled)
    said = _agreed(word, by_cell, spec, language)
    if not said:
        shown = hand.read_line(word, language).text
        if spec.type in _WORDS and sum(sign.islower() for sign in shown) > 1:
            # Typed in small letters, which no reader of capitals knows.
            return _words(spec, word, darkness(word), shown, language)
        heard = {"tesseract": _of_type(word, spec, language), "rapidocr": shown}
        said = {reader: fitted(text, spec.type, cells) for reader, text in heard.items()}
        said = {reader: text for reader, text in said.items() if text}
    marks = letters(darkness(word))
    if len(said) == 2 and (text := _by_stature(said["tesseract"], said["rapidocr"], marks)):
        said = dict.fromkeys(said, text)
    guesses = [by_cell.text, *(text for text, _ in by_cell.alternatives)]
    candidates = [*said.values(), *map(_compact, guesses)]
    verdict = weigh(candidates, said, spec, [_if_filled(seen[cell]) for cell in filled])
    verdict = _held_to_cells(verdict, by_cell, spec)
    like_type = said.get("tesseract") == verdict.text
    if spec.type in _WORDS:
        verdict = _held_to_shape(verdict, marks, spec)
        if not verdict.text[-1:].isalnum():
            verdict = verdict.at_most(_DOUBTED)  # a sign at the end is dirt more often than not
    if has_swept_gap(cut, pad, cells, filled):
        verdict = verdict.at_most(_DOUBTED)
    return Written(_spaced(verdict, filled), like_type, unevenness(marks))


def _held_to_cells(verdict: Verdict, by_cell: hand.HandReading, spec: FieldSpec) -> Verdict:
    """The verdict, but for a number with a check digit the text of the reader of cells.

    The two of them read better than all readers together (``extractors/models/README.md``), and
    where they are certain they need no other.
    """
    text = _compact(by_cell.text)
    if spec.type not in _CHECKED or by_cell.confidence < _LIKELY or not text:
        return verdict
    if by_cell.confidence >= _CERTAIN and not by_cell.settled:
        return Verdict(text, by_cell.confidence).at_most(CEILINGS[1])
    return (
        verdict if verdict.text == text else Verdict(text, by_cell.confidence).at_most(CEILINGS[0])
    )


def _agreed(
    word: Grey, by_cell: hand.HandReading, spec: FieldSpec, language: str
) -> dict[str, str]:
    """What Tesseract says, where the reader of cells, sure of itself, says the same.

    Then nobody else is asked: the third reader costs more than these two together. Of words it is,
    since the reader of cells knows no accents.
    """
    if spec.type in _WORDS or by_cell.confidence < _SURE or by_cell.settled:
        return {}
    text = fitted(_of_type(word, spec, language), spec.type, spec.cells or 1)
    return {"tesseract": text} if text and text == _compact(by_cell.text) else {}


def _of_type(word: Grey, spec: FieldSpec, language: str) -> str:
    """What Tesseract reads in the signs of the field's type."""
    signs = "".join(sorted(set("".join(pattern(spec.type, spec.cells or 1))) - {" "}))
    return printed.read_line(word, language, signs).text


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


def read_line(cut: Cut, spec: FieldSpec, language: str) -> Written | None:
    """The text in a frame or on a line. ``None``: it is empty."""
    cut = replace(cut, ink=on_line(cut.ink))
    if int(cut.ink.sum()) < _LEAST_INK:
        return None
    writing, ink = _written_part(cut)
    shown = hand.read_line(writing, language).text
    return _words(spec, writing, ink, shown, language)


def _written_part(cut: Cut) -> tuple[Grey, Mask]:
    """The writing on a line, and its ink, with a little paper beside it."""
    columns = np.flatnonzero(cut.ink.any(axis=0))
    written = slice(max(0, int(columns[0]) - _AROUND), int(columns[-1]) + _AROUND)
    return cut.writing[:, written], cut.ink[:, written]


def read_print(cut: Cut, pad: int, spec: FieldSpec, language: str) -> Written | None:
    """The same by Tesseract alone, for what a born-digital page says itself. ``None``: empty."""
    if spec.layout == "comb" and spec.cells:
        filled = occupied(cut, pad, spec.cells)
        text = _of_type(squeeze(cut, pad, spec.cells, filled), spec, language) if filled else ""
    else:
        text = printed.read_line(_written_part(cut)[0], language).text if cut.ink.any() else ""
    return Written(Verdict(text, CEILINGS[0]), like_type=True) if text else None


def _words(spec: FieldSpec, writing: Grey, ink: Mask, shown: str, language: str) -> Written:
    """Free writing by the two readers of words; ``shown`` is what rapidocr made of it."""
    marks = letters(ink)
    tidy = _compact if spec.type == "email" else _joined
    read = tidy(printed.read_line(writing, language).text)
    read, shown, most = _reconciled(read, tidy(shown), marks, writing, language)
    said = {"tesseract": read, "rapidocr": shown}
    verdict = weigh(said.values(), {name: text for name, text in said.items() if text}, spec)
    return Written(_held_to_shape(verdict.at_most(most), marks, spec), verdict.text == read)


def _reconciled(
    read: str, shown: str, marks: list[Letter], writing: Grey, language: str
) -> tuple[str, str, float]:
    """What Tesseract and rapidocr say once the picture has settled what it can, and the most that
    may be trusted.

    Spaces are measured, and so are capitals and accents. A sign that one reader has and the other
    has not (a dot before an l is an i to some) is there if there are as many marks. Otherwise each
    looks again at a smaller picture: a reader that then says what the other said had slipped; but
    signs that look alike (l, 1) prove nothing that way.
    """
    if read == shown:
        return read, shown, 1.0
    if _compact(read) == _compact(shown):
        fitting = [text for text in (read, shown) if text.count(" ") == spaces(marks)]
        return (fitting[0], fitting[0], 1.0) if fitting else (read, read, _DOUBTED)
    if text := _by_stature(read, shown, marks):
        return text, text, _AT_SECOND_SIGHT
    longer, shorter = (_compact(text) for text in sorted((read, shown), key=len, reverse=True))
    if distance(longer, shorter) <= 2 and len(longer) == len(marks) > len(shorter):
        text = max(read, shown, key=len)
        return text, text, _AT_SECOND_SIGHT
    if not look_alike(read, shown) and not is_barer(shown, read):
        again = _smaller(writing)
        if _compact(printed.read_line(again, language).text) == _compact(shown):
            return shown, shown, _AT_SECOND_SIGHT
        if _compact(hand.read_line(again, language).text) == _compact(read):
            return read, read, _AT_SECOND_SIGHT
    return read, shown, 1.0


def _by_stature(one: str, other: str, marks: list[Letter]) -> str | None:
    """Of two texts that differ in capitals, accents, dots and dashes only, the one that fits."""
    if _bare(one) != _bare(other) or len(_compact(one)) != len(marks):
        return None
    fitting = [text for text in (one, other) if stature.holds(text, marks)]
    return fitting[0] if len(fitting) == 1 else None


def _bare(text: str) -> str:
    return without_accents(text).casefold().replace("-", ".")


def _joined(text: str) -> str:
    """``text`` with no space beside the signs that join words: names and addresses have none."""
    return _BESIDE_JOINS.sub(r"\1", text)


_BESIDE_JOINS = re.compile(r" ?([-'’]) ?")


def _compact(text: str) -> str:
    return "".join(text.split())


def _smaller(writing: Grey) -> Grey:
    small = cv2.resize(writing, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _held_to_shape(verdict: Verdict, marks: list[Letter], spec: FieldSpec) -> Verdict:
    """The verdict, doubted where the letters are not as tall, or the dots not as many, as it says;
    of an e-mail address, in small letters, which it means as well."""
    text = verdict.text
    as_meant = {text, text.lower()} if spec.type == "email" else {text}
    fits = any(stature.holds(one, marks) for one in as_meant) and not passed_over(text, marks)
    return verdict if fits else verdict.at_most(_DOUBTED)


def _spaced(verdict: Verdict, filled: list[int]) -> Verdict:
    """The text with a space where boxes between characters were left empty."""
    if len(verdict.text) != len(filled):
        return verdict
    text, last = "", filled[0]
    for sign, cell in zip(verdict.text, filled, strict=True):
        text += (" " if cell > last + 1 else "") + sign
        last = cell
    return Verdict(text, verdict.confidence)
