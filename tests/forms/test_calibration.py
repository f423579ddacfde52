from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forms.calibration import FILE, Calibration, Learned
from forms.checks import check_pack
from forms.decide import Thresholds, decide
from forms.readers import fingerprint
from forms.schema import PACKS, FormPack, load_pack
from greffier.errors import PackError
from greffier.words import Decision, Reading

Read = Callable[..., list[Reading]]


def calibration(pack: FormPack, **thresholds: float | None) -> Calibration:
    """As if verified documents had taught these thresholds of the fields that ``trial`` read."""
    learned = tuple(
        Learned(
            field=name,
            reader="trial",
            verdict="refuted" if threshold is None else "proven",
            threshold=threshold,
            examples=900,
            accepted=0 if threshold is None else 800,
            wrong=0,
            pool="trial/line",
            pooled=900,
            bound=0.004,
        )
        for name, threshold in thresholds.items()
    )
    curve = ((0.5, 0.7), (0.9, 0.98))
    return Calibration(
        form=pack.id,
        accepted_error=pack.accepted_error,
        certainty=0.95,
        documents=300,
        readers=fingerprint(),
        learned=learned,
        curves={"trial/line": curve},
    )


def calibrated(pack: FormPack, **thresholds: float | None) -> FormPack:
    return pack.model_copy(update={"calibration": calibration(pack, **thresholds)})


def test_a_proven_threshold_takes_the_place_of_the_fixed_one(pack: FormPack, read: Read) -> None:
    readings = read(surname={"confidence": 0.9})
    assert decide(pack, readings)[0] is Decision.REVIEW
    assert decide(calibrated(pack, surname=0.88), readings)[0] is Decision.ENTER
    assert decide(calibrated(pack, surname=0.92), readings)[0] is Decision.REVIEW


def test_a_refuted_field_always_waits_for_a_person(pack: FormPack, read: Read) -> None:
    found = decide(calibrated(pack, surname=None), read(surname={"confidence": 1.0}))
    assert [(r.code, r.field) for r in found[1]] == [("low-confidence", "surname")]


def test_what_was_learned_of_one_reader_says_nothing_of_another(pack: FormPack) -> None:
    limits = Thresholds.of(calibrated(pack, surname=0.6))
    other = Reading(name="surname", value="Roy", confidence=0.9, reader="another")
    assert limits.needed(other) == 0.95


def test_a_pack_that_accepts_less_error_than_was_proven_falls_back_on_the_fixed_thresholds(
    pack: FormPack,
) -> None:
    stricter = calibrated(pack, surname=0.6).model_copy(update={"accepted_error": 0.001})
    assert Thresholds.of(stricter) == Thresholds()


def test_what_was_learned_before_the_readers_changed_is_not_trusted_and_is_told(
    pack: FormPack,
) -> None:
    learned = calibration(pack, surname=0.6).model_copy(update={"readers": "older"})
    stale = pack.model_copy(update={"calibration": learned})
    assert Thresholds.of(stale) == Thresholds()
    assert "calibrated-otherwise" in {finding.code for finding in check_pack(stale)}
    fresh = calibrated(pack, surname=0.6)
    assert Thresholds.of(fresh) != Thresholds()
    assert "calibrated-otherwise" not in {finding.code for finding in check_pack(fresh)}


@pytest.mark.parametrize(("confidence", "worth"), [(0.3, 0.7), (0.89, 0.7), (0.9, 0.98), (1, 0.98)])
def test_a_confidence_is_worth_what_the_step_below_it_says(
    pack: FormPack, confidence: float, worth: float
) -> None:
    learned = calibration(pack, surname=0.9)
    assert learned.worth("surname", "trial", confidence) == worth
    assert learned.worth("surname", "nobody", confidence) is None


def test_a_pack_is_loaded_with_the_calibration_beside_it(pack: FormPack, tmp_path: Path) -> None:
    source = PACKS / "changement-adresse" / "form.yaml"
    (tmp_path / "form.yaml").write_bytes(source.read_bytes())
    assert load_pack(tmp_path).calibration is None
    (tmp_path / FILE).write_text(calibration(pack, surname=0.8).model_dump_json(), "utf-8")
    assert load_pack(tmp_path).calibration == calibration(pack, surname=0.8)


def test_a_damaged_calibration_is_an_error_and_not_a_pack_without_one(tmp_path: Path) -> None:
    source = PACKS / "changement-adresse" / "form.yaml"
    (tmp_path / "form.yaml").write_bytes(source.read_bytes())
    (tmp_path / FILE).write_text('{"form": "essai"', "utf-8")
    with pytest.raises(PackError) as error:
        load_pack(tmp_path)
    assert error.value.details["path"] == FILE
