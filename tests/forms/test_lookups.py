"""Registers that confirm or contradict, and never invent. All bodies are invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.lookups import consult, propose
from forms.schema import FormPack
from greffier.errors import PackError
from greffier.words import Reading


def field(name: str, kind: str, lookup: str) -> dict[str, object]:
    return {"name": name, "type": kind, "label": {"fr": name, "en": name}, "lookup": lookup}


PACK = FormPack.model_validate(
    {
        "id": "essai",
        "title": {"fr": "Essai", "en": "Trial"},
        "fields": [
            field("number", "digits", "bodies"),
            field("body", "text", "bodies"),
            field("old_postal_code", "postal_code", "places"),
            field("old_municipality", "text", "places"),
            field("new_postal_code", "postal_code", "places"),
            field("new_municipality", "text", "places"),
        ],
    }
)
BODIES = """number,body
1787,Arvania Government House
1787,Arvania Government Office
4069,"Kestria Trade Center, Norville"
4533,"Harbour & Pine, LLP"
2244,Meridia Tourist Office
2247,Lumenia Airways
"""
PLACES = """postal_code,municipality
G1R 5A5,Québec
J7K 0A1,Mascouche
"""


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    (tmp_path / "bodies.csv").write_text(BODIES, "utf-8")
    (tmp_path / "places.csv").write_text(PLACES, "utf-8")
    return tmp_path


def reading(name: str, value: str | None, sure: float = 0.97, *others: str) -> Reading:
    return Reading(
        name=name, value=value, raw=value or "", confidence=sure, reader="captions",
        alternatives=others,
    )  # fmt: skip


def judged(registers: Path | None, *readings: Reading) -> dict[str, Reading]:
    return {found.name: found for found in consult(PACK, readings, registers)}


@pytest.mark.parametrize(
    "body", ["Arvania Government House", "ARVANIA GOVT. OFFICE", "Arvania Government Office Inc."]
)
def test_a_number_and_its_name_old_or_new_are_confirmed(registers: Path, body: str) -> None:
    found = judged(registers, reading("number", "1787", 0.9), reading("body", body, 0.9))
    assert found["number"].confidence == found["body"].confidence == 0.995
    assert (found["number"].value, found["body"].value) == ("1787", body)
    assert found["number"].reader == "captions+register"


def test_a_name_that_is_only_alike_confirms_the_number_and_not_itself(registers: Path) -> None:
    found = judged(
        registers, reading("number", "4533", 0.8), reading("body", "Harbonr & Pime LLP", 0.6)
    )
    assert found["number"].confidence == 0.995
    assert found["body"].confidence == 0.6
    assert found["body"].value == "Harbonr & Pime LLP"


def test_where_the_bearer_is_meant_a_name_that_is_only_alike_is_confirmed_too(
    registers: Path,
) -> None:
    fields = [
        f.model_copy(update={"lookup_confirms": "bearer"}) if f.name == "body" else f
        for f in PACK.fields
    ]
    pack = PACK.model_copy(update={"fields": tuple(fields)})
    read = (reading("number", "4533", 0.8), reading("body", "Harbonr & Pime LLP", 0.6))
    assert [r.confidence for r in consult(pack, read, registers)] == [0.995, 0.995]
    assert consult(pack, read, registers)[1].value == "Harbonr & Pime LLP"


def test_a_doubtful_number_is_less_sure_when_the_next_number_bears_a_like_name(
    tmp_path: Path,
) -> None:
    twins = "number,body\n4533,Harbour House\n4538,Harbour House Annex\n4539,Harbour House\n"
    (tmp_path / "bodies.csv").write_text(twins, "utf-8")
    read = (reading("number", "4533", 0.3), reading("body", "Harbour House", 0.9))
    sure = judged(tmp_path, *read)["number"].confidence
    (tmp_path / "bodies.csv").write_text("number,body\n4533,Harbour House\n", "utf-8")
    assert sure < 0.95 < judged(tmp_path, *read)["number"].confidence


def test_a_number_only_another_reader_saw_is_not_sure_where_names_are_common(
    tmp_path: Path,
) -> None:
    rows = "".join(f"{n},Arvania Government House\n" for n in range(1000, 2000))
    (tmp_path / "bodies.csv").write_text(f"number,body\n{rows}", "utf-8")
    body = reading("body", "Arvania Government House", 0.9)
    found = judged(tmp_path, reading("number", "9787", 0.7, "1787"), body)["number"]
    assert (found.value, found.problems) == ("1787", ("chosen-by-register",))
    assert found.confidence < 0.5


def test_what_another_reader_saw_is_taken_when_the_register_has_it_and_said(
    registers: Path,
) -> None:
    found = judged(
        registers,
        reading("number", "2247", 0.7, "2244"),
        reading("body", "Meridia Tourist Office"),
    )
    assert found["number"].value == "2244"
    assert found["number"].problems == ("chosen-by-register",)
    assert found["number"].raw == "2247"


def test_a_number_only_another_reader_saw_is_surer_the_more_strangers_there_are(
    tmp_path: Path,
) -> None:
    def sure(strangers: int, of_itself: float) -> float:
        numbers = (n for n in range(2200, 2200 + strangers) if n != 2244)
        rows = "".join(f"{n},Stranger {n}\n" for n in numbers)
        (tmp_path / "bodies.csv").write_text(f"number,body\n2244,Meridia House\n{rows}", "utf-8")
        number = reading("number", "2294", of_itself, "2244")
        return judged(tmp_path, number, reading("body", "Meridia House"))["number"].confidence

    assert sure(150, 0.5) < 0.95 < 0.99 < sure(4000, 0.5)
    assert sure(4000, 0.995) < 0.99  # a reader so sure leaves others little chance


def test_of_two_readings_of_a_name_the_one_without_odd_signs_is_confirmed(
    registers: Path,
) -> None:
    body = reading("body", "Harbour § Pine", 0.9, "Harbour & Pine").model_copy(
        update={"problems": ("odd-signs",)}
    )
    found = judged(registers, reading("number", "4533"), body)["body"]
    assert (found.value, found.problems) == ("Harbour & Pine", ("chosen-by-register",))


def test_no_value_comes_from_the_register_alone(registers: Path) -> None:
    found = judged(
        registers, reading("number", "2247", 0.99), reading("body", "Meridia Tourist Office", 0.99)
    )
    assert found["number"].value == "2247"
    assert found["number"].problems == ("register-contradicts", "register-proposes")
    assert max(r.confidence for r in found.values()) <= 0.5


def test_a_near_row_is_proposed_to_a_person(registers: Path) -> None:
    said = {"number": "2247", "body": "Meridia Tourist Office"}
    assert propose(PACK, said, "number", registers) == ("2244",)
    assert propose(PACK, {**said, "body": "Nobody & Sons"}, "number", registers) == ()


def test_a_number_the_register_lacks_is_doubted(registers: Path) -> None:
    found = judged(registers, reading("number", "9999"), reading("body", "Nobody & Sons"))
    assert found["number"].problems == ("not-in-register",)


def test_a_field_that_was_not_read_is_not_filled_in(registers: Path) -> None:
    found = judged(registers, reading("number", None, 0.0), reading("body", "Harbour & Pine, LLP"))
    assert found["number"] == reading("number", None, 0.0)
    assert found["body"].confidence == 0.97


def test_old_and_new_addresses_are_looked_up_apart(registers: Path) -> None:
    found = judged(
        registers,
        reading("old_postal_code", "G1R 5A5", 0.9), reading("old_municipality", "QUEBEC", 0.9),
        reading("new_postal_code", "J7K 0A1", 0.9), reading("new_municipality", "Québec", 0.9),
    )  # fmt: skip
    assert found["old_postal_code"].confidence == 0.995
    assert "register-contradicts" in found["new_postal_code"].problems


@pytest.mark.parametrize(
    ("read", "spelt"),
    [("MONTRE AL", "MONTRÉAL"), ("Montreal", "Montréal"), ("MONTREAL", "MONTRÉAL")],
)
def test_a_name_with_the_letters_of_its_row_is_spelt_like_it_and_said_so(
    registers: Path, read: str, spelt: str
) -> None:
    (registers / "places.csv").write_text("postal_code,municipality\nH2X 1A1,Montréal\n", "utf-8")
    place = judged(
        registers, reading("new_postal_code", "H2X 1A1"), reading("new_municipality", read, 0.6)
    )["new_municipality"]
    assert (place.value, place.problems) == (spelt, ("spelt-by-register",))
    assert (place.raw, place.confidence) == (read, 0.995)


@pytest.mark.parametrize("read", ["MONTRÉAL", "montréal", "Montréal"])
def test_capitals_are_no_other_spelling(registers: Path, read: str) -> None:
    (registers / "places.csv").write_text("postal_code,municipality\nH2X 1A1,Montréal\n", "utf-8")
    place = judged(
        registers, reading("new_postal_code", "H2X 1A1"), reading("new_municipality", read, 0.6)
    )["new_municipality"]
    assert (place.value, place.problems, place.confidence) == (read, (), 0.995)


@pytest.mark.parametrize("read", ["MONTRE", "SAINT", "MONTREALL"])
def test_a_name_that_lacks_letters_or_words_of_its_row_is_no_surer(
    registers: Path, read: str
) -> None:
    (registers / "places.csv").write_text(
        "postal_code,municipality\nH2X 1A1,Montréal\nJ7Z 1A1,Saint-Jérôme\n", "utf-8"
    )
    code = "J7Z 1A1" if read == "SAINT" else "H2X 1A1"
    place = judged(
        registers, reading("new_postal_code", code), reading("new_municipality", read, 0.6)
    )["new_municipality"]
    assert place.value == read
    assert place.confidence <= 0.6


def test_a_pack_that_asks_for_the_bearer_keeps_the_spelling_of_the_paper(registers: Path) -> None:
    body = PACK.field("body").model_copy(update={"lookup_confirms": "bearer"})
    fields = tuple(body if spec.name == "body" else spec for spec in PACK.fields)
    pack = PACK.model_copy(update={"fields": fields})
    said = (reading("number", "1787"), reading("body", "Arvania Government-House"))
    found = {one.name: one for one in consult(pack, said, registers)}["body"]
    assert (found.value, found.problems) == ("Arvania Government-House", ())


def test_without_a_register_nothing_changes(tmp_path: Path) -> None:
    readings = (reading("number", "1787"), reading("body", "Nobody & Sons"))
    assert consult(PACK, readings, None) == consult(PACK, readings, tmp_path) == readings


@pytest.mark.parametrize("bad", [b"", b"one column\n1\n", b"number,body\n\xff\xfe,x\n"])
def test_a_file_that_is_no_register_is_named(registers: Path, bad: bytes) -> None:
    (registers / "bodies.csv").write_bytes(bad)
    with pytest.raises(PackError) as caught:
        judged(registers, reading("number", "1787"), reading("body", "Arvania"))
    assert (caught.value.code, caught.value.details) == (
        "register-unusable",
        {"register": "bodies"},
    )
