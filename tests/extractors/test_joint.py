"""Two readers' chances together: texts that neither read, and accents that one leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.joint import Witness, likeliest
from extractors.lines import Seen

SIGNS = "ABEÉLRS -"


def saw(*columns: dict[str, float]) -> Seen:
    """What a reader saw, a column a sign with nothing between; the rest of each goes to all."""
    rows = []
    for column in columns:
        chances = np.full(1 + len(SIGNS), 1e-5)
        for sign, chance in column.items():
            chances[1 + SIGNS.index(sign)] = chance
        rows += [chances / chances.sum(), np.eye(1, 1 + len(SIGNS))[0] * 0.999 + 1e-5]
    return Seen(np.log(np.array(rows, np.float32)), SIGNS)


def spelt(text: str, **odd: dict[str, float]) -> Seen:
    """``text`` seen for sure; ``odd`` (at0, at3, …) says otherwise of some of its signs."""
    return saw(*(odd.get(f"at{n}", {sign: 1.0}) for n, sign in enumerate(text)))


def test_what_one_reader_doubts_the_other_settles() -> None:
    one = spelt("ERABLE", at3={"R": 0.6, "B": 0.4})
    other = spelt("ERABLE", at1={"B": 0.7, "R": 0.3})
    assert (one.text, other.text) == ("ERARLE", "EBABLE")
    best, *_ = likeliest([Witness(one, 0.1), Witness(other, 0.1)], [one.text, other.text])
    assert best == "ERABLE"


def test_a_reader_that_leaves_accents_out_does_not_outvote_one_that_sees_them() -> None:
    sees, bare = spelt("LÉS"), spelt("LES")
    read = [sees.text, bare.text]
    best, *_ = likeliest([Witness(sees, 0.1), Witness(bare, 0.25)], read)
    assert best == "LÉS"
    deaf, *_ = likeliest([Witness(sees, 1e-6), Witness(bare, 1e-6)], [*read, "LES"])
    assert deaf == "LES"


def test_an_accent_is_tried_only_where_somebody_thinks_of_it() -> None:
    sure, doubting = spelt("LES"), spelt("LES", at1={"E": 0.95, "É": 0.05})
    assert "LÉS" not in likeliest([Witness(sure, 0.1)], ["LES"])
    assert "LÉS" in likeliest([Witness(sure, 0.1), Witness(doubting, 0.1)], ["LES"])


@pytest.mark.parametrize("words", [True, False])
def test_signs_between_words_are_tried_in_words_alone(words: bool) -> None:
    seen = spelt("A-B", at1={"-": 0.985, " ": 0.015})
    assert ("A B" in likeliest([Witness(seen, 0.1)], ["A-B"], words=words)) == words


def test_where_nobody_read_anything_there_is_no_text() -> None:
    nothing = Seen(np.log(np.array([[0.99, *[1e-4] * len(SIGNS)]], np.float32)), SIGNS)
    assert likeliest([Witness(nothing, 0.1)], [""]) == {}
