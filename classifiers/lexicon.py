"""Words that a fax broke, mended: one sign away from a word we know, it is that word.

Every known word is filed under itself and under what is left of it without one letter; so is the
word to mend, and where the two meet at most one sign was lost, added or changed. After W. Garbe,
"1000x faster spelling correction algorithm" (2012), the symmetric delete. Two halves that are a
known word together, as readers leave them, are joined.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

#: What readers mistake for one another is made the same before anything is looked at.
_LOOKALIKES = str.maketrans("015|!8ij", "olsllbll")
_ACCENTS = re.compile("[\u0300-\u036f]")
#: Shorter words are too near to one another to be mended.
_LEAST_LETTERS = 5


def words(text: str) -> list[str]:
    """The words of ``text``: small letters, no accents, look-alikes made one; no numbers."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    plain = _ACCENTS.sub("", plain)
    found = (w for w in re.findall(r"[a-z0-9|!]+", plain) if sum(map(str.isalpha, w)) * 2 > len(w))
    return [w.translate(_LOOKALIKES).replace("rn", "m") for w in found]


class Lexicon:
    """Known words, the most frequent first: where several are as near, the first is meant."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = frozenset(known)
        self._filed: dict[str, str] = {}
        for word in known:
            if len(word) >= _LEAST_LETTERS:
                for key in _keys(word):
                    self._filed.setdefault(key, word)

    def mended(self, words: Iterable[str]) -> list[str]:
        """``words``, those that are broken replaced by what they were."""
        mended: list[str] = []
        half = ""
        for word in words:
            joined = half + word
            whole = word in self._known
            if half and joined in self._known and not (whole and half in self._known):
                mended[-1] = joined
                half = ""
                continue
            mended.append(word if whole else self._nearest(word))
            half = word
        return mended

    def _nearest(self, word: str) -> str:
        if len(word) >= _LEAST_LETTERS - 1:
            for key in _keys(word):
                found = self._filed.get(key)
                if found and _one_apart(word, found):
                    return found
        return word


def _keys(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_apart(one: str, other: str) -> bool:
    """Whether at most one letter of a word is missing from, added to or changed in the other."""
    pairs = enumerate(zip(one, other, strict=False))
    at = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, left = one[at:], other[at:]
    return rest[1:] == left[1:] or rest[1:] == left or rest == left[1:]
