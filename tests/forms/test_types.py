from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.dates import format_date
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from forms.schema import FieldSpec, load_packs
from forms.types import TYPES, Parsed, is_unusual, is_valid, nam_check, parse, pattern, propose
from greffier.errors import PackError
from greffier.messages import CATALOGUES

DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31))
NAS = st.text("0123456789", min_size=7, max_size=7).flatmap(
    lambda middle: st.sampled_from("12345679").map(
        lambda first: first + middle + luhn.calc_check_digit(first + middle)
    )
)


def field(**more: object) -> FieldSpec:
    label = {"fr": "Champ", "en": "Field"}
    return FieldSpec.model_validate({"name": "champ", "label": label, "type": "text", **more})


@pytest.mark.parametrize(
    ("type_name", "raw", "value"),
    [
        ("text", "  rue  de l’Église ", "rue de l'Église"),
        ("name", "Côté–Lévesque", "Côté-Lévesque"),
        ("digits", "104 233", "104233"),
        ("nas", "130-692-544", "130692544"),
        ("nas", "123 456 782", "123456782"),
        ("nam", "test 5412 2816", "TEST54122816"),
        ("saaq_licence", "T1234-567890-12", "T123456789012"),
        ("postal_code", "g1r5a5", "G1R 5A5"),
        ("phone", "(418) 643-1234", "4186431234"),
        ("phone", "+1 514 555 2345", "5145552345"),
        ("email", "Eva.Testeur@Exemple.QC.ca", "eva.testeur@exemple.qc.ca"),
        ("civic_number", "12 a", "12A"),
        ("civic_number", "12 1/2", "12 1/2"),
        ("checkbox", "/Off", ""),
        ("checkbox", "X", "yes"),
        ("signature", "Éva Testeur", "present"),
        ("date", "20240301", "2024-03-01"),
        ("date", "2024 03 01", "2024-03-01"),
        ("date", "1er mars 2024", "2024-03-01"),
        ("date", "le 15 FEVRIER 2024", "2024-02-15"),
        ("date", "13/03/2024", "2024-03-13"),
        ("date", "March 3rd, 2024", "2024-03-03"),
    ],
)
def test_a_value_takes_its_canonical_form(type_name: str, raw: str, value: str) -> None:
    assert parse(type_name, raw)[:2] == (value, ())


@pytest.mark.parametrize(
    ("type_name", "raw", "problem"),
    [
        ("name", "Tremb1ay", "not-a-name"),
        ("digits", "1O4233", "not-digits"),
        ("nas", "130 692 545", "check-digit"),
        ("nas", "046 454 286", "bad-nas"),
        ("nas", "13069254", "bad-nas"),
        ("nam", "TEST 5413 2816", "bad-nam"),
        ("nam", "TEST 5402 3016", "bad-nam"),
        ("saaq_licence", "1234567890123", "bad-licence"),
        ("postal_code", "D1R 5A5", "bad-postal-code"),
        ("phone", "418 643-123", "bad-phone"),
        ("phone", "118 643-1234", "bad-phone"),
        ("email", "eva.testeur.exemple.ca", "bad-email"),
        ("civic_number", "rue 12", "bad-civic-number"),
        ("checkbox", "peut-être", "not-a-mark"),
        ("date", "20240230", "not-a-date"),
        ("date", "03/24", "not-a-date"),
        ("date", "01/03/24", "not-a-date"),
        ("date", "30 avrll 2024", "not-a-date"),
    ],
)
def test_what_breaks_a_hard_rule_has_no_value(type_name: str, raw: str, problem: str) -> None:
    assert parse(type_name, raw) == (None, (problem,), False)


@pytest.mark.parametrize(
    ("type_name", "raw", "value", "problem"),
    [
        ("nam", "AAAA 0101 0119", "AAAA01010119", "nam-check"),
        ("postal_code", "K1A 0B1", "K1A 0B1", "outside-quebec"),
        ("date", "01/03/2024", "2024-03-01", "ambiguous-date"),
        ("date", "03-13-2024", "2024-03-13", "ambiguous-date"),
        ("text", "rue |otre-Dame", "rue |otre-Dame", "odd-signs"),
    ],
)
def test_what_is_only_strange_keeps_its_value_and_says_so(
    type_name: str, raw: str, value: str, problem: str
) -> None:
    assert parse(type_name, raw)[:2] == (value, (problem,))


@pytest.mark.parametrize("type_name", sorted(TYPES))
def test_an_empty_field_is_empty_whatever_its_type(type_name: str) -> None:
    assert parse(type_name, "  ") == ("", (), False)


def test_a_type_that_does_not_exist_is_the_packs_fault() -> None:
    with pytest.raises(PackError):
        parse("horoscope", "Lion")


def test_a_comb_of_digits_must_be_full() -> None:
    comb = field(type="digits", layout="comb", cells=6)
    assert parse("digits", "10423", spec=comb).problems == ("wrong-length",)
    assert parse("digits", "104233", spec=comb).value == "104233"


def test_a_choice_is_known_by_its_key_or_by_its_label() -> None:
    sex = field(layout="choice", options={"F": {"fr": "Féminin", "en": "Female"}})
    assert parse("choice", "féminin", spec=sex).value == "F"
    assert parse("choice", "f", spec=sex).value == "F"
    assert parse("choice", "Z", spec=sex).problems == ("no-such-choice",)


@given(NAS, st.integers(0, 8), st.integers(1, 9))
def test_no_nas_survives_the_change_of_one_digit(nas: str, place: int, shift: int) -> None:
    other = str((int(nas[place]) + shift) % 10)
    assert parse("nas", nas).confirmed
    assert not is_valid("nas", nas[:place] + other + nas[place + 1 :])


@given(DATES)
def test_every_way_of_writing_a_date_gives_the_same_day(day: date) -> None:
    written = [
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}",
        f"{day:%d/%m/%Y}",
        format_date(day, "long", locale="fr_CA"),
        format_date(day, "long", locale="fr_CA").upper(),
        format_date(day, "medium", locale="fr_CA"),
        format_date(day, "long", locale="en_CA"),
    ]
    assert {parse("date", way).value for way in written} == {day.isoformat()}


@given(DATES)
def test_a_date_in_figures_is_doubted_exactly_when_it_could_be_another(day: date) -> None:
    doubted = "ambiguous-date" in parse("date", f"{day:%d/%m/%Y}").problems
    assert doubted == (day.day <= 12 and day.day != day.month)


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=20))
def test_a_canonical_value_parses_to_itself(type_name: str, raw: str) -> None:
    value = parse(type_name, raw).value
    assert value is None or parse(type_name, value).value == value


def test_the_health_numbers_check_digit_depends_on_the_century() -> None:
    assert nam_check("AAAA01010112", date(1901, 1, 1)) != nam_check(
        "AAAA01010112", date(2001, 1, 1)
    )


@pytest.mark.parametrize(
    ("type_name", "raw", "proposal"),
    [
        ("nas", "13O 692 544", "130692544"),
        ("nas", "730 692 544", "130692544"),
        ("postal_code", "GIR 5A5", "G1R 5A5"),
        ("digits", "10423B", "104238"),
        ("date", "2O240301", "2024-03-01"),
    ],
)
def test_one_confused_character_is_proposed_mended(type_name: str, raw: str, proposal: str) -> None:
    assert proposal in propose(type_name, raw)


def test_nothing_is_proposed_for_what_holds_or_for_what_one_swap_cannot_mend() -> None:
    assert propose("nas", "130 692 544") == ()
    assert propose("nas", "I3O 692 5A4") == ()


@given(NAS, st.integers(0, 8), st.integers(1, 9))
def test_every_proposal_holds_and_differs_by_one_character(
    nas: str, place: int, shift: int
) -> None:
    wrong = nas[:place] + str((int(nas[place]) + shift) % 10) + nas[place + 1 :]
    for proposal in propose("nas", wrong):
        assert is_valid("nas", proposal)
        assert sum(a != b for a, b in zip(wrong, proposal, strict=True)) == 1


@pytest.mark.parametrize(
    ("type_name", "compact"),
    [
        ("nas", "130692544"),
        ("nam", "TEST54122816"),
        ("date", "20261101"),
        ("saaq_licence", "T123456789012"),
        ("postal_code", "G1R5A5"),
        ("phone", "4186431234"),
        ("digits", "104233"),
        ("name", "CÔTÉ-ROY"),
    ],
)
def test_a_valid_value_fits_the_pattern_of_its_comb(type_name: str, compact: str) -> None:
    allowed = pattern(type_name, len(compact))
    assert is_valid(type_name, compact)
    assert all(sign in signs for sign, signs in zip(compact, allowed, strict=True))


def test_a_comb_of_a_length_its_type_cannot_have_is_the_packs_fault() -> None:
    with pytest.raises(PackError):
        pattern("nas", 10)


def test_every_comb_of_every_pack_has_a_pattern_and_every_field_a_type() -> None:
    for pack in load_packs().values():
        for spec in pack.fields:
            assert spec.type in TYPES, (pack.id, spec.name)
            if spec.layout == "comb":
                assert len(pattern(spec.type, spec.cells or 0)) == spec.cells


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_code_the_room_uses_has_a_text(language: str) -> None:
    room = Path(__file__).parents[2] / "forms"
    sources = "".join(path.read_text("utf-8") for path in room.glob("*.py"))
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', sources))
    with (CATALOGUES / language / "forms.po").open("rb") as file:
        ids = {str(m.id) for m in read_po(file) if m.id and m.string}
    texts = {i.split(".")[1] for i in ids}
    # One word is not told from other strings by its look; the desk words one of ours.
    assert codes ^ texts == {"required", "pack-invalid"}


@pytest.mark.parametrize("raw", ["4", "B", "12-A", "PH 2", "101"])
def test_an_apartment_is_letters_and_digits(raw: str) -> None:
    assert parse("apartment", raw) == Parsed(raw)


@pytest.mark.parametrize("raw", ["À", "12'", "-", "4 -"])
def test_what_no_door_says_is_no_apartment(raw: str) -> None:
    assert parse("apartment", raw) == Parsed(None, ("bad-apartment",))


@pytest.mark.parametrize(
    ("type_name", "value", "unusual"),
    [
        ("email", "j.1avoie@example.org", True),
        ("email", "lavoie1@example.org", False),
        ("text", "chemin du Lac-à-1'Épaule", True),
        ("text", "chemin du Lac-à-l'Épaule", False),
        ("name", "D'Amours", False),
        ("text", "12e Avenue", False),
        ("text", "Route 138", False),
        ("digits", "10", False),
    ],
)
def test_a_figure_where_french_elides_a_letter_is_unusual(
    type_name: str, value: str, unusual: bool
) -> None:
    assert is_unusual(type_name, value) is unusual
