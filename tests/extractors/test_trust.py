"""Several readers of one field, weighed."""

from __future__ import annotations

from extractors.trust import Verdict, weigh
from forms.schema import FieldSpec, Label

ACCEPTED = 0.95
NUMBER = FieldSpec(name="n", label=Label(fr="n", en="n"), type="digits", layout="comb", cells=4)
NAS = FieldSpec(name="n", label=Label(fr="n", en="n"), type="nas", layout="comb", cells=9)
TEXT = FieldSpec(name="t", label=Label(fr="t", en="t"), type="text")


def sure(text: str, chance: float = 0.97) -> list[dict[str, float]]:
    """What a reader of cells sees that takes each sign for the one in ``text``."""
    return [{sign: chance, "?": 1 - chance} for sign in text]


def both(tesseract: str, rapidocr: str) -> dict[str, str]:
    return {"tesseract": tesseract, "rapidocr": rapidocr}


def test_three_readers_who_agree_are_believed() -> None:
    verdict = weigh(["1234"], both("1234", "1234"), NUMBER, sure("1234"))
    assert verdict.text == "1234"
    assert verdict.confidence > 0.99


def test_two_readers_carry_a_third_who_sees_nothing_of_it() -> None:
    verdict = weigh(["1234", "77"], both("77", "1234"), NUMBER, sure("1234"))
    assert verdict.text == "1234"
    assert verdict.confidence > ACCEPTED


def test_two_readers_of_words_who_agree_are_believed_on_a_line() -> None:
    said = both("rue du Parc", "rue du Parc")
    assert weigh(said.values(), said, TEXT).confidence > ACCEPTED


def test_readers_who_differ_are_not_believed() -> None:
    said = both("rue du Pare", "rue du Parc")
    assert weigh(said.values(), said, TEXT).confidence < 0.8
    three = weigh(["1234", "1284", "1294"], both("1284", "1294"), NUMBER, sure("1234", 0.8))
    assert three.confidence < ACCEPTED


EMAIL = FieldSpec(name="e", label=Label(fr="e", en="e"), type="email")


def test_an_l_that_one_reader_took_for_a_one_is_believed_where_people_write_no_one() -> None:
    for said in (both("l.roy@example.org", "1.roy@example.org"), both("e1ise@a.ca", "elise@a.ca")):
        verdict = weigh(said.values(), said, EMAIL)
        assert verdict.text in ("l.roy@example.org", "elise@a.ca")
        assert verdict.confidence > ACCEPTED


def test_a_one_where_people_write_no_one_is_doubted_though_both_readers_see_it() -> None:
    said = both("1.roy@example.org", "1.roy@example.org")
    assert weigh(said.values(), said, EMAIL).confidence < ACCEPTED


def test_a_one_at_the_end_of_a_name_is_as_good_as_an_l() -> None:
    agreed, differing = both("marc1@a.ca", "marc1@a.ca"), both("marc1@a.ca", "marcl@a.ca")
    assert weigh(agreed.values(), agreed, EMAIL).confidence > ACCEPTED
    assert weigh(differing.values(), differing, EMAIL).confidence < ACCEPTED


def test_one_reader_alone_is_never_enough() -> None:
    assert weigh(["Gaspé"], {"rapidocr": "Gaspé"}, TEXT).confidence < ACCEPTED
    assert weigh(["1234"], {}, NUMBER, sure("1234", 0.999)).confidence < ACCEPTED


def test_an_accent_one_reader_is_known_to_lose_is_kept() -> None:
    said = both("avenue des Érables", "avenue des Erables")
    verdict = weigh(said.values(), said, TEXT)
    assert verdict.text == "avenue des Érables"
    assert 0.8 < verdict.confidence < ACCEPTED  # unless the height of the letter confirms it


def test_a_check_digit_speaks_for_the_candidate_it_fits() -> None:
    cells = sure("130692544")
    cells[3] = {"6": 0.5, "8": 0.5}
    said = both("130892544", "130692544")
    assert weigh(said.values(), said, NAS, cells).text == "130692544"


def test_nothing_read_is_no_confidence() -> None:
    assert weigh([], {}, TEXT) == Verdict("", 0.0)


def test_how_tall_letters_are_decides_between_readers_who_differ_in_an_accent_alone() -> None:
    said = both("ST-PIÈRRE", "ST-PIERRE")
    bare = weigh(said.values(), said, TEXT, shape=lambda text: 0.05 if "È" in text else 1.0)
    assert bare.text == "ST-PIERRE"
    dressed = weigh(said.values(), said, TEXT, shape=lambda text: 1.0 if "È" in text else 0.05)
    assert dressed.text == "ST-PIÈRRE"
