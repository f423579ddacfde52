"""Text as a reader gives it back from a bad scan or a fax: for training, and for measuring."""

from __future__ import annotations

import random
import unicodedata

#: What Tesseract makes of letters on faxes, seen often.
_MISREAD = {
    "a": "aoeu4", "b": "bh6", "c": "ceo(", "d": "dcl", "e": "eco", "f": "ft", "g": "gq9",
    "h": "hbn", "i": "ilj1", "l": "l1I|", "m": ("rn", "in", "nn"), "n": "nru", "o": "o0ce",
    "p": "pn", "q": "qg", "r": "rnt", "s": "s5a", "t": "tfl", "u": "uno", "v": "vy", "w": ("vv",),
    "é": "eéè6", "è": "eê", "ê": "eé", "à": "aä", "ç": "cg", "'": ("", " ", "`"), ",": (".", ""),
}  # fmt: skip
_JUNK = "|_.,:;-~'°*/\\[]{}=«»<>il1IrnoO0 "


def damaged(text: str, amount: float, rng: random.Random) -> str:
    """``text`` with a share ``amount`` (0 to about 0.2) of its signs misread.

    Some texts come back all in capitals or without accents; the worst lose lines, gain junk, and
    have words broken and run together.
    """
    if rng.random() < 0.25:
        text = _without_accents(text)
    if rng.random() < 0.15:
        text = text.upper()
    lines = [line for line in text.split("\n") if rng.random() > amount or len(line) > 200]
    noisy = ["".join(_sign(c, amount, rng) for c in line) for line in lines]
    junk = sum(rng.random() < amount for _ in range(len(lines) + 3))
    for _ in range(junk):
        noisy.insert(rng.randint(0, len(noisy)), _scribble(rng))
    if rng.random() < amount * 2:
        noisy.insert(0, _fax_header(rng))
    return "\n".join(noisy)


def comb_junk(rng: random.Random) -> str:
    """What a reader makes of a row of boxes with something printed in them."""
    signs = rng.choice(["ABCDEFGHILMNOPRSTUV", "0123456789", "|_[]"])
    between = rng.choice([" ", "|", "", " | ", "_"])
    return between.join(rng.choice(signs) for _ in range(rng.randint(2, 20)))


def _sign(sign: str, amount: float, rng: random.Random) -> str:
    if rng.random() >= amount:
        return sign
    if sign == " ":
        return rng.choice(["", "  ", " "])
    kind = rng.random()
    if kind < 0.15:
        return ""
    if kind < 0.25:
        return f"{sign} "
    if kind < 0.30:
        return sign + rng.choice(_JUNK)
    return rng.choice(_MISREAD.get(sign.lower(), sign))


def _scribble(rng: random.Random) -> str:
    return "".join(rng.choice(_JUNK) for _ in range(rng.randint(3, 50)))


def _fax_header(rng: random.Random) -> str:
    number = f"{rng.randint(200, 999)} {rng.randint(200, 999)}-{rng.randint(0, 9999):04}"
    when = f"{rng.randint(1, 28)}-11-2026 {rng.randint(8, 18)}:05"
    return f"{when} DE: {number} P. 0{rng.randint(1, 9)}/09"


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
