"""How far several readers of the same field are to be believed together.

Each reader is a noisy witness. A candidate text is as likely as its characters are to the reader of
cells, times how likely each reader of words was to say what it said if the candidate were true.
What remains for the texts nobody proposed is counted too, so that three wrong readers do not make
one certainty. The numbers below are measured: see ``docs/decisions/ocr.md``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from extractors.edits import distance
from forms.schema import FieldSpec
from forms.types import is_unusual, parse

#: How often a reader of words is right on a whole field, by reader.
RIGHT = {"tesseract": 0.7, "rapidocr": 0.8, "lines": 0.8}
#: How often it leaves accents or capitals of a field out, given that there are some.
BARES = {"tesseract": 0.02, "rapidocr": 0.25, "lines": 0.1}
#: How often a reader sees an accent or a capital where there is none.
DRESSES = {"tesseract": 0.03, "rapidocr": 0.01, "lines": 0.03}
#: Chance of one particular wrong text, given that the reader is wrong, by how many characters are
#: wrong in it (from 1, the last for all others). High: what misleads one reader misleads others.
_PARTICULAR = {
    "tesseract": (0.15, 0.01, 0.001),
    "rapidocr": (0.5, 0.02, 0.001),
    "lines": (0.3, 0.02, 0.001),
}
#: How much likelier people are to write what the field's rule accepts.
_VALID = 30.0
#: How much rarer what is unusual is (an estimate, and a low one).
_RARER = 100.0
#: Nothing read from pixels is surer than this, by how many readers of words agree with it.
CEILINGS = (0.90, 0.99, 0.998)
#: A character the reader of cells does not know (accents, hyphens) or did not think of.
_UNKNOWN, _UNTHOUGHT = 0.2, 1e-5
#: Signs the reader of cells may take for nothing.
_SMALL_SIGNS = frozenset("-'.,/ ")

Distribution = Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """The likeliest text and the probability that it is right."""

    text: str
    confidence: float

    def at_most(self, confidence: float) -> Verdict:
        """The same text, trusted no more than that."""
        return replace(self, confidence=min(self.confidence, confidence))


def weigh(
    candidates: Iterable[str],
    said: Mapping[str, str],
    spec: FieldSpec,
    cells: Sequence[Distribution | None] | None = None,
    chance: Callable[[str], float] | None = None,
    shape: Callable[[str], float] | None = None,
) -> Verdict:
    """The best of ``candidates``, given what each reader of words ``said`` (reader → text).

    ``cells`` are what the reader of cells saw in each box that holds ink, in order (``None``:
    nothing); candidates of another length than that are held to be nearly impossible. ``chance``
    is how likely each text is to our reader of lines, on a line; ``shape`` how likely the letters'
    heights are, if a text is what is written.
    """
    likely = chance or (lambda text: _prior(text, cells))
    prior = {text: max(likely(text), _UNTHOUGHT) for text in dict.fromkeys(candidates) if text}
    if not prior:
        return Verdict("", 0.0)
    weights = {
        text: chance
        * saying(text, said)
        * (shape(text) if shape else 1)
        * (_VALID if parse(spec.type, text, spec=spec).value else 1)
        / (_RARER if is_unusual(spec.type, text) else 1)
        for text, chance in prior.items()
    }
    best = max(weights, key=weights.__getitem__)
    unseen = max(1.0 - sum(prior.values()), 0.02) * _VALID
    for reader, heard in said.items():
        # Of a text nobody proposed, what was heard is a misreading like any other.
        unseen *= _wrong(reader, max(distance(best, heard), 1))
    confidence = weights[best] / (sum(weights.values()) + unseen)
    agreed = sum(heard == best for heard in said.values())
    return Verdict(best, min(confidence, CEILINGS[min(agreed, 2)]))


def _prior(text: str, cells: Sequence[Distribution | None] | None) -> float:
    if cells is None:
        return 0.5
    if len(text) != len(cells):
        return _UNTHOUGHT**2
    chance = 1.0
    for sign, cell in zip(text, cells, strict=True):
        if cell is not None:
            chance *= max(_chance(sign, cell), _UNTHOUGHT)
    return chance


def _chance(sign: str, cell: Distribution) -> float:
    if sign in _SMALL_SIGNS:
        return max(cell.get(sign, 0.0), _UNKNOWN)
    base = unicodedata.normalize("NFD", sign.upper())[0]
    known = cell.get(base, 0.0)
    return known if base == sign.upper() else max(known, _UNKNOWN)


def saying(text: str, said: Mapping[str, str]) -> float:
    """How likely the readers were to say what they said, if ``text`` is what is written."""
    chance = 1.0
    for reader, heard in said.items():
        wrong = distance(text, heard)
        if not wrong:
            chance *= RIGHT[reader]
        elif is_barer(heard, text):
            chance *= BARES[reader]
        elif is_barer(text, heard):
            chance *= DRESSES[reader]
        else:
            chance *= _wrong(reader, wrong)
    return chance


def _wrong(reader: str, characters: int) -> float:
    """How likely the reader is to say one particular text with so many characters wrong."""
    chances = _PARTICULAR[reader]
    return (1 - RIGHT[reader]) * chances[min(characters, len(chances)) - 1]


def without_accents(text: str) -> str:
    """``text`` with its letters bare."""
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def is_barer(bare: str, full: str) -> bool:
    """Whether ``bare`` is ``full`` without some of its accents or capitals."""
    return (
        bare != full
        and len(bare) == len(full)
        and all(
            sign in {other, other.lower(), without_accents(other), without_accents(other).lower()}
            for sign, other in zip(bare, full, strict=True)
        )
    )
