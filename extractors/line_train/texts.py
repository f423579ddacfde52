"""What people write on the lines of a form: names, places, addresses, and strings of no sense.

A dictionary gives the words; what is made of them is drawn at random, so that the network learns
letters and not the names of a country. Nobody's list of names or streets is used.
"""

from __future__ import annotations

import string
import unicodedata
from pathlib import Path

import numpy as np

_KINDS = (
    "rue", "avenue", "boulevard", "chemin", "rang", "route", "place", "impasse", "montée", "côte",
    "croissant", "allée", "promenade", "terrasse", "square", "ruelle", "quai", "carré", "cours",
    "passage", "sentier", "voie", "autoroute", "boul.", "av.", "ch.",
)  # fmt: skip
_LINKS = ("", "", "", "de la ", "du ", "des ", "de l'", "d'", "de ", "à la ")
_SIDES = ("", "", "", "", " Nord", " Sud", " Est", " Ouest", " N.", " O.")
_BEFORE = (
    "Saint-", "Sainte-", "St-", "Ste-", "Notre-Dame-de-", "Val-", "Mont-", "Lac-", "Pointe-", "L'",
    "La ", "Le ", "Les ", "Rivière-", "Baie-", "Port-", "Cap-", "Trois-", "Sept-", "",
)  # fmt: skip
_PARTICLES = ("", "", "", "", "", "", "O'", "D'", "L'", "Mc", "De ", "St-", "Le ")
_PROVINCE = (" (Québec)", " QC", ", QC", " (Qc)")
_FLATS = (" app. ", ", app. ", " bureau ", " unité ", " #", " apt ")
_ENDINGS = ("ca", "com", "net", "org", "qc.ca", "fr", "info", "biz")
_ACCENTED = "ÀÂÇÉÈÊËÎÏÔÙÛÜàâçéèêëîïôùûüœŒæÆ"
_SIGNS = "-'.,/&()#:;+°\"!?%*$=_@"
#: Every character the reader knows.
CHARACTERS = " " + string.digits + string.ascii_letters + _ACCENTED + _SIGNS


class Texts:
    """Draws texts; ``words`` are a dictionary's, lower case."""

    def __init__(self, words: list[str], rng: np.random.Generator) -> None:
        self._rng = rng
        known = set(CHARACTERS)
        self._words = [word for word in words if set(word) <= known and len(word) > 1]

    def draw(self) -> str:
        """One text of 1 to some 45 characters, as somebody would put it on paper."""
        kinds = (
            self._street, self._place, self._name, self._email, self._free, self._number,
            self._nonsense,
        )  # fmt: skip
        kind = kinds[self._rng.choice(len(kinds), p=(0.24, 0.18, 0.16, 0.14, 0.12, 0.08, 0.08))]
        text = " ".join(kind().split())
        if kind is not self._email:
            text = self._cased(text)
        kept = "".join(sign for sign in text if sign in CHARACTERS)[:45].strip()
        return kept or self.draw()

    def _one(self, of: tuple[str, ...]) -> str:
        return of[self._rng.integers(len(of))]

    def _word(self, most: int = 14) -> str:
        while len(word := self._words[self._rng.integers(len(self._words))]) > most:
            pass
        return self._scrambled(word) if self._rng.random() < 0.2 else word

    def _scrambled(self, word: str) -> str:
        """A name of nowhere: some letters of the word are others."""
        letters = string.ascii_lowercase + "éèêïôç"
        swap = self._rng.random(len(word)) < 0.35
        return "".join(
            letters[self._rng.integers(len(letters))] if other else sign
            for sign, other in zip(word, swap, strict=True)
        )

    def _proper(self) -> str:
        word = self._word(12)
        return word[0].upper() + word[1:]

    def _digits(self, count: int) -> str:
        return "".join(str(digit) for digit in self._rng.integers(0, 10, count))

    def _street(self) -> str:
        draw = self._rng.random()
        number = f"{self._digits(int(self._rng.integers(1, 5)))}, " if draw < 0.25 else ""
        if self._rng.random() < 0.14:
            order = int(self._rng.integers(1, 120))
            way = self._one(("Avenue", "Rue", "Rang", "av.", "rue"))
            return f"{number}{order}{'re' if order == 1 else 'e'} {way}{self._one(_SIDES)}"
        joint = "-" if self._rng.random() < 0.75 else " "
        name = joint.join(self._propers(0.5, 0.38, 0.12))
        if self._rng.random() < 0.25:
            name = self._one(("Saint-", "Sainte-", "St-", "Notre-Dame-")) + name
        if self._rng.random() < 0.06:
            name = self._digits(int(self._rng.integers(2, 4)))
        flat = ""
        if self._rng.random() < 0.12:
            flat = f"{self._one(_FLATS)}{self._flat()}"
        return f"{number}{self._one(_KINDS)} {self._one(_LINKS)}{name}{self._one(_SIDES)}{flat}"

    def _flat(self) -> str:
        digits = self._digits(int(self._rng.integers(1, 5)))
        return digits + (self._one(("A", "B", "C", "")) if self._rng.random() < 0.3 else "")

    def _place(self) -> str:
        name = "-".join(self._propers(0.62, 0.3, 0.08))
        if self._rng.random() < 0.55:
            name = self._one(_BEFORE) + name
        return name + (self._one(_PROVINCE) if self._rng.random() < 0.08 else "")

    def _name(self) -> str:
        given = "-".join(self._propers(0.75, 0.25))
        family = "-".join(self._propers(0.8, 0.2))
        family = self._one(_PARTICLES) + family
        draw = self._rng.random()
        if draw < 0.6:
            return given if draw < 0.3 else family
        return f"{given} {family}" if draw < 0.9 else f"{family}, {given}"

    def _propers(self, *shares: float) -> list[str]:
        """One, two or more proper names; ``shares`` says how often each."""
        count = int(self._rng.choice(np.arange(len(shares)) + 1, p=shares))
        return [self._proper() for _ in range(count)]

    def _email(self) -> str:
        def plain(most: int) -> str:
            word = _bare(self._word(most)).lower()
            return "".join(sign for sign in word if sign.isalnum()) or "x"

        rng = self._rng
        left = plain(12) if rng.random() < 0.6 else plain(12)[0]
        if rng.random() < 0.8:
            left += self._one((".", ".", ".", "_", "-", "")) + plain(12)
        if rng.random() < 0.25:
            left += self._digits(int(rng.integers(1, 5)))
        right = plain(10)
        if rng.random() < 0.2:
            right += ("-" if rng.random() < 0.5 else ".") + plain(8)
        text = f"{left}@{right}.{self._one(_ENDINGS)}"
        return text.upper() if rng.random() < 0.12 else text

    def _free(self) -> str:
        text = " ".join(self._word() for _ in range(int(self._rng.integers(1, 6))))
        if self._rng.random() < 0.3:
            at = _SIGNS[self._rng.integers(len(_SIGNS))]
            text = text.replace(" ", f"{at} ", 1) if self._rng.random() < 0.6 else f"{text} {at}"
        return text

    def _number(self) -> str:
        d, rng = self._digits, self._rng

        def letter() -> str:
            return string.ascii_uppercase[rng.integers(26)]

        match int(rng.integers(8)):
            case 0:
                return d(int(rng.integers(1, 11)))
            case 1:
                return f"{letter()}{d(1)}{letter()} {d(1)}{letter()}{d(1)}"
            case 2:
                return f"{d(3)} {d(3)}-{d(4)}" if rng.random() < 0.5 else f"({d(3)}) {d(3)}-{d(4)}"
            case 3:
                return f"{d(4)}-{d(2)}-{d(2)}" if rng.random() < 0.5 else f"{d(2)}/{d(2)}/{d(4)}"
            case 4:
                return f"{d(3)} {d(3)} {d(3)}"
            case 5:
                return f"{letter()}{d(4)}-{d(6)}-{d(2)}"
            case 6:
                return f"{d(int(rng.integers(1, 4)))},{d(2)} $"
        return f"{int(rng.integers(1, 32))} {self._word(9)} {d(4)}"

    def _nonsense(self) -> str:
        signs = string.ascii_letters + 2 * _ACCENTED + string.digits + _SIGNS + 6 * " "
        count = int(self._rng.integers(2, 16))
        return "".join(signs[self._rng.integers(len(signs))] for _ in range(count))

    def _cased(self, text: str) -> str:
        draw = self._rng.random()
        if draw < 0.55:
            text = text.upper()
            return _bare(text) if draw < 0.12 else text
        if draw < 0.65:
            return text.lower()
        return _bare(text) if draw > 0.96 else text


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("æ", "ae"))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def load_words(path: Path) -> list[str]:
    """The words of a dictionary, one a line (Debian's ``wfrench``: 346,000 forms)."""
    return [word for word in path.read_text(encoding="utf-8").split() if word.islower()]
