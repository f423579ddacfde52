"""Free writing, on a line or in a comb set as one: names, places, e-mail addresses.

In type readers are asked one after another until one text is sure; of a hand, what our reader of
lines and rapidocr's hold likeliest together is taken (``joint``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np

from extractors import hand, joint, lines, printed, stature
from extractors.images import Grey
from extractors.letters import Letter, letters, passed_over
from extractors.trust import BARES, CEILINGS, Verdict, saying, weigh
from extractors.zones import Mask
from forms.schema import FieldSpec
from forms.types import parse

#: The most a text is trusted whose very shape speaks against it.
DOUBTED = 0.8
#: How much rarer letters are that do not look as tall as what is written: where a speck or a lost
#: line spoilt them. An estimate, from doubts roughly counted on typed practice forms.
_MISSHAPEN = 0.05
#: The power to which the chance of what our reader of lines sees counts, against all that it might
#: be (on type it is right more than it thinks), the least of it that is counted, and the power to
#: which its odds count between two texts.
_HEED, _LEAST, _ODDS = 0.4, 1e-9, 0.6
#: A text that it holds to be impossible, and two readers read, is as likely as this yet: a speck
#: beside the writing is enough for it to be lost.
_LOST = 0.2
#: E-mail addresses of a hand are trusted no more: a g is a q, and nothing else tells.
_SPELT = 0.94
#: On a hand: how much less likely (logarithms) what the field's type refuses is, what has more
#: signs or fewer than a comb has boxes filled, what does not look as tall, what has fewer dots than
#: are seen, all the texts that nobody thought of; the power to which what Tesseract says counts.
REFUSED, _MISCOUNTED, _MISFIT, _DOTTED, _UNTHOUGHT = -3.4, -5.0, -1.5, -1.0, -6.0
_HEED_TESSERACT = 0.2
#: A letter with less room over it, as a share of its height, may have an accent in the form's
#: print, if it is one of those that often have one.
_ROOM, _MAY_BEAR = 0.12, frozenset("EIO")
#: What is as sure as this needs no other reader.
SURE = 0.97


def in_type(spec: FieldSpec, writing: Grey, ink: Mask, language: str) -> Verdict:
    """Words in type: by our own reader of lines, and others until it is sure enough.

    ``writing`` is grey, 300 dpi, the writing alone; ``ink`` marks it.
    """
    tidy = _tidy(spec)
    saw = lines.see(writing, ink)
    best = max(saw.chance(saw.text), _LEAST)
    read = [tidy(saw.text)]
    said: dict[str, str] = {}

    def chance(text: str) -> float:
        # Its odds count for more against the others proposed than against all that nobody did.
        odds = 1.0 if text == read[0] else min(saw.chance(text) / best, 1.0)
        likely = float(odds**_ODDS * best**_HEED)
        return max(likely, _LOST) if read.count(text) > 1 else likely

    looks = shape(letters(ink), spec)
    verdict = Verdict("", 0.0)
    for reader, ask in READERS.items():
        read.append(tidy(ask(writing, language).text))
        said |= {reader: read[-1]} if read[-1] else {}
        verdict = weigh(read, said, spec, chance=chance, shape=looks)
        verdict = verdict.at_most(CEILINGS[max(read.count(verdict.text) - 1, 0)])
        if verdict.confidence >= SURE:
            break
    return verdict


def by_hand(
    spec: FieldSpec,
    writing: Grey,
    ink: Mask,
    marks: Sequence[Letter],
    room: Sequence[float],
    language: str,
    count: int | None = None,
) -> Verdict:
    """Words by a hand: the text that our reader of lines and rapidocr's together hold likeliest.

    ``marks`` are its letters, ``room`` the paper over them, ``count`` its signs where a comb tells.
    """
    tidy, is_email = _tidy(spec), spec.type == "email"
    ours, theirs = lines.see(writing, ink), hand.see_line(writing)
    said = {"tesseract": tidy(printed.read_line(writing, language).text)}
    witnesses = [joint.Witness(ours, BARES["lines"]), joint.Witness(theirs, BARES["rapidocr"])]
    read = [tidy(ours.text), tidy(theirs.text), *said.values()]
    texts = joint.likeliest(witnesses, read, words=not is_email)
    if not texts:
        return Verdict("", 0.0)
    weights: dict[str, float] = {}
    values: dict[str, str] = {}
    for text, weight in texts.items():
        weight += _HEED_TESSERACT * math.log(saying(text, said))
        value = parse(spec.type, text, spec=spec).value
        weight += 0.0 if value else REFUSED
        weight += 0.0 if count in (None, len(compact(text))) else _MISCOUNTED
        weight += 0.0 if _fits(text, marks, spec) else _MISFIT
        weight += _DOTTED if passed_over(text, marks) else 0.0
        # Two spellings of one value are one.
        known = value or text
        values.setdefault(known, text)
        weights[known] = float(np.logaddexp(weights.get(known, -np.inf), weight))
    best = max(weights, key=weights.__getitem__)
    every = float(np.logaddexp.reduce([*weights.values(), _UNTHOUGHT]))
    verdict = Verdict(values[best], min(math.exp(weights[best] - every), CEILINGS[2]))
    if is_email:
        return verdict.at_most(_SPELT)
    lost = _is_crowded(verdict.text, room) or passed_over(verdict.text, marks)
    return verdict.at_most(CEILINGS[0]) if lost else verdict


def _is_crowded(text: str, room: Sequence[float]) -> bool:
    """Whether an accent may be lost over a letter of ``text`` that has none: the form's print is
    too near. Over any letter, where it is not known which is which."""
    signs = [sign for sign in text if sign.isalnum()]
    if len(signs) != len(room):
        return min(room, default=1.0) < _ROOM
    return any(share < _ROOM and sign in _MAY_BEAR for sign, share in zip(signs, room, strict=True))


def _tidy(spec: FieldSpec) -> Callable[[str], str]:
    return _one_word if spec.type == "email" else _joined


#: Who reads words in type beside our own, the cheapest first.
READERS: dict[str, Callable[[Grey, str], printed.Line | hand.LineReading]] = {
    "tesseract": printed.read_line,
    "rapidocr": hand.read_line,
}


def _joined(text: str) -> str:
    """``text`` with no space beside the signs that join words, and without signs that stand alone
    at an end, which are specks: names and addresses have neither."""
    return _BESIDE_JOINS.sub(r"\1", _ALONE.sub("", text))


_BESIDE_JOINS = re.compile(r" ?([-'’]) ?")
_ALONE = re.compile(r"^([^\w#]+ )+|( [^\w#]+)+$")


def _one_word(text: str) -> str:
    """``text`` without spaces, nor signs that stand alone at an end."""
    return compact(_ALONE.sub("", text))


def compact(text: str) -> str:
    """``text`` without spaces."""
    return "".join(text.split())


def held_to_shape(verdict: Verdict, marks: Sequence[Letter], spec: FieldSpec) -> Verdict:
    """The verdict, doubted where the letters are not as tall, or the dots not as many, as it says;
    of an e-mail address, in small letters, which it means as well."""
    fits = _fits(verdict.text, marks, spec) and not passed_over(verdict.text, marks)
    return verdict if fits else verdict.at_most(DOUBTED)


def _fits(text: str, marks: Sequence[Letter], spec: FieldSpec) -> bool:
    as_meant = {text, text.lower()} if spec.type == "email" else {text}
    return any(stature.holds(one, marks) for one in as_meant)


def shape(marks: Sequence[Letter], spec: FieldSpec) -> Callable[[str], float]:
    """How likely letters in type are to look like ``marks``, by the text that is written."""
    return lambda text: 1.0 if _fits(text, marks, spec) else _MISSHAPEN
