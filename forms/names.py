"""Names of bodies compared as people compare them: accents, capitals, « Ltd. » and « & » aside."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

#: Words this alike are one word, misread.
_SAME_WORD = 0.75
#: A word of so many letters may be others in one: these joined, or the first letters of each of so
#: many to so many.
_ONE, _INITIALS = 4, (3, 6)
#: Forms of companies and small words, in French and English: names are often given without them.
_IDLE = frozenset(
    """INC INCORPORATED CORP CORPORATION LTD LIMITED LTEE LIMITEE CO COMPANY CIE COMPAGNIE LLC LLP
    LP PC PLLC PLC PA SA SARL SENC SENCRL ENR GMBH AG THE AND OF FOR LE LA LES L DE DU DES D ET
    """.split()  # noqa: SIM905
)
#: Words that say what a body is, not which: they weigh less, however few of a register have them.
_KINDS = frozenset(
    """OFFICE GOVERNMENT TOURIST TOURISM CENTER TRADE NATIONAL INTERNATIONAL ASSOCIATION ASSOCIATES
    ORGANIZATION COMMISSION BOARD SERVICE SERVICES GROUP COUNCIL INFORMATION MINISTRY DEPARTMENT
    PARTNERS BUREAU GOUVERNEMENT MINISTERE SOCIETE CONSEIL CENTRE COMMISSION SERVICE NEW YORK
    """.split()  # noqa: SIM905
)
_KIND_WEIGHT = 0.3
#: What abbreviations, and other spellings, stand for.
_LONG = {
    "GOVT": "GOVERNMENT", "GOUV": "GOUVERNEMENT", "DEPT": "DEPARTMENT", "MIN": "MINISTRY",
    "INTL": "INTERNATIONAL", "INTERNAT": "INTERNATIONAL", "NATL": "NATIONAL", "ASSN": "ASSOCIATION",
    "ASSOC": "ASSOCIATION", "ASSOCS": "ASSOCIATES", "BROS": "BROTHERS", "ORG": "ORGANIZATION",
    "ORGANISATION": "ORGANIZATION", "CTR": "CENTER", "CENTRE": "CENTER", "COMM": "COMMISSION",
    "MFG": "MANUFACTURING", "UNIV": "UNIVERSITY", "ST": "SAINT", "STE": "SAINTE", "MT": "MONT",
    "NY": "NEW YORK", "DC": "WASHINGTON", "US": "UNITED STATES",
    "USA": "UNITED STATES", "UK": "UNITED KINGDOM",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def tokens(name: str) -> tuple[str, ...]:
    """The words of ``name`` that tell it from others: bare capitals, abbreviations written out."""
    letters = re.sub(r"(?<=\b[A-Z])[.,] ?(?=[A-Z]\b)", "", _bare(name))  # L.L.P. is one word
    words = re.findall(r"[A-Z0-9]+", letters)
    kept = [word for word in words if word not in _IDLE] or words
    return tuple(part for word in kept for part in _LONG.get(word, word).split())


def _bare(name: str) -> str:
    """``name`` in capitals without accents."""
    letters = unicodedata.normalize("NFD", name.upper().replace("Œ", "OE").replace("Æ", "AE"))
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


def differ_in_spelling(one: str, other: str) -> bool:
    """Whether two names have the same letters and digits, in the same order, and differ in accents,
    spaces, hyphens or other signs; capitals aside."""
    bare, others = (re.sub(r"[^A-Z0-9]", "", _bare(name)) for name in (one, other))
    return one.upper() != other.upper() and bool(bare) and bare == others


def same(one: str, other: str) -> bool:
    """Whether two names have the same words, or one of them some more at its end."""
    fewer, more = sorted((tokens(one), tokens(other)), key=len)
    begins = any("".join(more[:n]) == "".join(fewer) for n in range(1, len(more) + 1))
    return begins and 2 * len(fewer) >= len(more)


def equal(one: str, other: str) -> bool:
    """Whether two names have the same words, however these are parted."""
    return "".join(tokens(one)) == "".join(tokens(other)) != ""


@dataclass(frozen=True, eq=False)
class Names:
    """The names of one register: words that many of them have say little."""

    rarity: dict[str, float]

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """Count the words of ``names``."""
        every = [set(tokens(name)) for name in names]
        counts = Counter(word for name in every for word in name)
        return cls({w: 0.2 + math.log((1 + len(every)) / n) for w, n in counts.items()})

    def alike(self, one: str, other: str) -> float:
        """How alike two names are, 0 to 1: what share of the shorter one's words the other has
        too, each by how rare it is; a word misread counts in part. An acronym is what it is of."""
        words, others = tokens(one), tokens(other)
        words, others = _as_one(words, others), _as_one(others, words)
        fewer, more = sorted((words, others), key=self._weight)
        if not fewer:
            return 0.0
        shared = sum(self._weight([word]) * _nearest(word, more) for word in fewer)
        return shared / self._weight(fewer)

    def _weight(self, words: Sequence[str]) -> float:
        return sum(
            self.rarity.get(word, self._rarest) * (_KIND_WEIGHT if word in _KINDS else 1)
            for word in words
        )

    @cached_property
    def _rarest(self) -> float:
        return max(self.rarity.values(), default=1.0)


def _as_one(words: tuple[str, ...], others: Sequence[str]) -> tuple[str, ...]:
    """``words``, where ``others`` has some of them in one word (« JETRO », « Visit Norland ») as
    that word."""
    single = [word for word in others if len(word) >= _ONE and word not in words]
    for at, first in enumerate(words):
        for word in single:
            if word[0] == first[0]:
                for size in range(2, _INITIALS[1] + 1):
                    if _makes(words[at : at + size], word):
                        return (*words[:at], word, *_as_one(words[at + size :], others))
    return words


def _makes(words: Sequence[str], one: str) -> bool:
    return "".join(words) == one or (len(words) >= _INITIALS[0] and _begin(words, one))


def _begin(words: Sequence[str], one: str) -> bool:
    """Whether ``one`` is made of the beginnings of all ``words``, one to three letters of each."""
    if not words:
        return not one
    first, *rest = words
    sizes = range(1, min(len(first), 3) + 1)
    return any(one.startswith(first[:n]) and _begin(rest, one[n:]) for n in sizes)


def _nearest(word: str, words: Sequence[str]) -> float:
    """How alike the likest of ``words`` is; 0 when none is the same word misread."""
    return 1.0 if word in words else max((_likeness(word, other) for other in words), default=0.0)


@lru_cache(maxsize=100_000)
def _likeness(word: str, other: str) -> float:
    """How alike two words are; 0 when they are not the same one misread."""
    # Letters of one that the other has at all: a bound that most words fail at once.
    if 2 * sum(sign in other for sign in word) < _SAME_WORD * (len(word) + len(other)):
        return 0.0
    ratio = SequenceMatcher(None, word, other).ratio()
    return ratio if ratio >= _SAME_WORD else 0.0
