from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from desk.calibrate import calibrate_forms, lines_of
from forms.readers import fingerprint
from forms.schema import PACKS, load_pack
from greffier.errors import UsageError
from greffier.settings import Settings

FORM = "changement-adresse"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An office with its own copy of the form, to write beside."""
    shutil.copytree(PACKS / FORM, tmp_path / "packs" / FORM)
    (tmp_path / "packs" / FORM / "calibration.json").unlink(missing_ok=True)
    return Settings(home=tmp_path / "home", packs=tmp_path / "packs")


def verified(path: Path, documents: int = 60, readers: str | None = None) -> Path:
    """Documents whose combs are read right, their lines one time in ten wrong."""
    readers = readers or fingerprint()
    rng, pack = random.Random(3), load_pack(PACKS / FORM)
    with path.open("w", encoding="utf-8") as out:
        for _ in range(documents):
            truth = {spec.name: "12" for spec in pack.fields if spec.layout in ("comb", "line")}
            lines = {spec.name for spec in pack.fields if spec.layout == "line"}
            fields = {
                name: {
                    "value": "13" if name in lines and rng.random() < 0.1 else value,
                    "confidence": round(rng.uniform(0.8, 1.0), 3),
                    "reader": "print",
                }
                for name, value in truth.items()
            }
            line = {"form": FORM, "readers": readers, "truth": truth, "fields": fields}
            out.write(json.dumps(line) + "\n")
    return path


def calibrate(truth: Path, settings: Settings, **options: object) -> None:
    usual = {"certainty": 0.95, "pictures": None, "keep": None, "dry_run": False}
    calibrate_forms([truth], settings, **{**usual, **options})


def test_verified_documents_teach_thresholds_that_the_pack_then_carries(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate(verified(tmp_path / "truth.jsonl"), settings)
    learned = load_pack(settings.packs / FORM).calibration
    assert learned is not None
    assert learned.of("nas", "print").verdict == "proven"
    assert learned.of("email", "print").verdict == "refuted"
    assert learned.of("email", "print").threshold is None
    assert "Courriel" in capsys.readouterr().out
    for picture in ("reliability.png", "risk.png"):
        drawn = settings.home / "calibration" / FORM / picture
        assert drawn.read_bytes().startswith(b"\x89PNG")


def test_what_other_readers_read_teaches_nothing(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UsageError) as error:
        calibrate(verified(tmp_path / "truth.jsonl", readers="others"), settings)
    assert error.value.code == "truth-read-otherwise"
    assert load_pack(settings.packs / FORM).calibration is None


def test_a_dry_run_leaves_the_pack_as_it_was(tmp_path: Path, settings: Settings) -> None:
    calibrate(verified(tmp_path / "truth.jsonl"), settings, dry_run=True)
    assert load_pack(settings.packs / FORM).calibration is None


def test_the_printers_truth_names_its_files_and_leaves_out_what_cannot_be_read(
    tmp_path: Path,
) -> None:
    document = {"form": FORM, "pages": [1, 2], "fields": {"nas": "1", "email": "x"}}
    files = [
        {"name": "a.tif", "documents": [{**document, "illegible": ["email"]}]},
        {"name": "b.tif", "documents": [{**document, "illegible": [], "pages": []}]},
        {"name": "c.tif", "documents": [{"form": None, "pages": [1], "fields": {}}]},
    ]
    (tmp_path / "truth.json").write_text(json.dumps({"files": files}, indent=1), "utf-8")
    assert lines_of(tmp_path / "truth.json") == [
        {
            "form": FORM,
            "file": "inbox/a.tif",
            "pages": [1, 2],
            "truth": {"nas": "1", "email": None},
        }
    ]


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"form": "x"}',
        "[1, 2]",
        '{"form": "x", "truth": {}, "nothing": "read"}',
        '{"form": "x", "truth": {"a": "1"}, "fields": {"a": {"value": "1"}}}',
        '{"form": "x", "truth": {"a": "1"}, "fields": {"a": "1"}}',
    ],
)
def test_what_is_no_truth_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "truth").write_text(text, "utf-8")
    with pytest.raises(UsageError) as error:
        lines_of(tmp_path / "truth")
    assert error.value.code == "truth-invalid"


def test_a_form_nobody_knows_and_an_empty_truth_are_told(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "other").write_text('{"form": "x", "truth": {}, "fields": {}}', "utf-8")
    (tmp_path / "empty").write_text("", "utf-8")
    for name, code in (("other", "truth-unknown-form"), ("empty", "truth-empty")):
        with pytest.raises(UsageError) as error:
            calibrate(tmp_path / name, settings)
        assert error.value.code == code


READ = {"value": "12", "confidence": 0.99, "reader": "print"}


@pytest.mark.parametrize(
    ("truth", "fields"),
    [({}, {"nas": READ}), ({"nas": "12"}, {}), ({"gone": "12"}, {"gone": READ})],
    ids=["no truth", "nothing read", "no field of the form"],
)
def test_a_truth_that_verifies_no_value_is_told_and_changes_nothing(
    tmp_path: Path, settings: Settings, truth: dict[str, str], fields: dict[str, object]
) -> None:
    calibrate(verified(tmp_path / "truth.jsonl"), settings)
    before = load_pack(settings.packs / FORM).calibration
    line = {"form": FORM, "truth": truth, "fields": fields}
    (tmp_path / "nothing").write_text(json.dumps(line), "utf-8")
    with pytest.raises(UsageError) as error:
        calibrate(tmp_path / "nothing", settings)
    assert error.value.code == "truth-without-values"
    assert FORM in error.value.explain()
    assert load_pack(settings.packs / FORM).calibration == before


def test_a_form_without_values_keeps_no_other_from_being_learned(
    tmp_path: Path, settings: Settings
) -> None:
    truth = verified(tmp_path / "truth.jsonl")
    other = {"form": "fara-short-form", "truth": {}, "fields": {}}
    truth.write_text(json.dumps(other) + "\n" + truth.read_text("utf-8"), "utf-8")
    with pytest.raises(UsageError) as error:
        calibrate(truth, settings)
    assert error.value.details == {"form": "fara-short-form"}
    assert load_pack(settings.packs / FORM).calibration is not None


def test_a_field_the_form_has_no_more_is_told_and_does_not_count(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.loads(line) for line in verified(tmp_path / "truth.jsonl").open()]
    for line in lines:
        line["truth"]["fax"], line["fields"]["fax"] = "12", READ
    (tmp_path / "older").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    calibrate(tmp_path / "older", settings)
    learned = load_pack(settings.packs / FORM).calibration
    assert learned is not None
    assert learned.of("fax", "print") is None
    assert learned.of("nas", "print") is not None
    assert "n’a plus : fax" in capsys.readouterr().out.replace("\n", " ")
