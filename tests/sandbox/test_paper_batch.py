"""A printed batch holds what mail holds, its truth is complete, and a seed gives it again."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageSequence
from reportlab.pdfgen.canvas import Canvas

from forms.rules import check
from forms.schema import load_packs
from forms.types import parse
from greffier.errors import UsageError
from sandbox.paper import print_batch
from sandbox.paper.batch import Printed
from sandbox.paper.plan import TROUBLES

PACK = load_packs()["changement-adresse"]


@pytest.fixture(scope="module")
def proving(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """The batch the demo submits."""
    return print_batch(tmp_path_factory.mktemp("proving"))


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def files(printed: Printed) -> list[dict[str, Any]]:
    return read(printed.truth)["files"]


def documents(printed: Printed) -> list[dict[str, Any]]:
    return [document for file in files(printed) for document in file["documents"]]


def hashes(printed: Printed) -> dict[str, str]:
    paths = [*printed.inbox.iterdir(), printed.truth, printed.register]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_proving_batch_is_mixed_as_mail_is(proving: Printed) -> None:
    assert len(documents(proving)) == proving.documents >= 34
    media = Counter(file["medium"] for file in files(proving))
    assert {"pdf-jpeg", "pdf-lossless", "png", "tiff-grey", "group4"} <= media.keys()
    assert {"fax-fine", "fax-standard", "acroform", "flattened"} <= media.keys()
    assert Counter(document["by"] for document in documents(proving))["hand"] >= 5
    assert any(file["turned_pages"] for file in files(proving))
    stack = max(files(proving), key=lambda file: len(file["documents"]))
    assert len(stack["documents"]) >= 5
    assert stack["blank_pages"]


def test_the_proving_batch_has_every_trouble_once(proving: Printed) -> None:
    found = Counter(d["trouble"] for d in documents(proving) if d["trouble"])
    assert found == dict.fromkeys(TROUBLES, 1)


def test_most_forms_in_order_are_clean_and_typed(proving: Printed) -> None:
    in_order = [d for d in documents(proving) if d["form"] and not d["trouble"]]
    clean = [d for d in in_order if d["clean"]]
    assert len(clean) > len(in_order) / 2
    assert all(d["by"] == "type" and d["expected"] == ["enter"] for d in clean)


def test_the_truth_accounts_for_every_file_and_every_page(proving: Printed) -> None:
    assert {file["name"] for file in files(proving)} == {p.name for p in proving.inbox.iterdir()}
    for file in files(proving):
        told = [page for document in file["documents"] for page in document["pages"]]
        assert sorted(told + file["blank_pages"]) == list(range(1, file["pages"] + 1))
        assert [d["document"] for d in file["documents"]] == [
            n + 1 for n in range(len(file["documents"]))
        ]


def test_the_truth_tells_every_field_of_every_form_in_canonical_form(proving: Printed) -> None:
    for document in documents(proving):
        if document["form"]:
            assert document["fields"].keys() == {spec.name for spec in PACK.fields}
            for spec in PACK.fields:
                value = document["fields"][spec.name]
                wrong = document["trouble"] == "nas-check-digit" and spec.type == "nas"
                parsed = parse(spec.type, value, spec=spec)
                assert parsed.value == (None if wrong else value), spec.name


def test_only_what_is_meant_to_be_wrong_is_wrong(proving: Printed) -> None:
    for document in documents(proving):
        if document["form"]:
            reasons = check(PACK, document["fields"]).reasons
            assert [r.field for r in reasons] == (
                ["signature"] if document["trouble"] == "unsigned" else []
            )


def test_every_ticked_body_and_no_other_is_told_something(proving: Printed) -> None:
    for document in documents(proving):
        refused = document["expected"] == ["quarantine"]
        ticked = {
            target
            for target, destination in PACK.destinations.items()
            if document["fields"].get(destination.when or "") and not refused
        }
        assert document["entries"].keys() == ticked
        for target, entry in document["entries"].items():
            number = PACK.destinations[target].values["file_number"]
            assert entry["values"]["file_number"] == document["fields"][number] != ""


def test_every_writer_has_a_file_at_each_body_and_strangers_have_too(proving: Printed) -> None:
    register = read(proving.register)["targets"]
    assert register.keys() == PACK.destinations.keys()
    for target, known in register.items():
        numbers = {entry["file_number"]: entry for entry in known}
        assert len(numbers) == len(known)
        entries = [d["entries"][target] for d in documents(proving) if target in d["entries"]]
        for entry in entries:
            held = numbers[entry["values"]["file_number"]]
            assert held["surname"].upper()[0] == entry["identity"]["surname"].upper()[0]
            assert held["postal_code"] != entry["values"]["postal_code"]
            assert held.keys() >= {"given_name", "birth_date", "street", "telephone"}
        assert len(known) > 1.5 * len(entries)
        names = Counter((entry["surname"], entry["given_name"]) for entry in known)
        assert max(names.values()) > 1


def test_the_same_fax_comes_again_with_the_same_words_and_other_dots(proving: Printed) -> None:
    (again,) = (file for file in files(proving) if file["documents"][0]["resend_of"])
    (first,) = (f for f in files(proving) if f["name"] == again["documents"][0]["resend_of"])
    assert first["name"] < again["name"]
    assert first["documents"][0]["fields"] == again["documents"][0]["fields"]
    assert (proving.inbox / first["name"]).read_bytes() != (
        proving.inbox / again["name"]
    ).read_bytes()


def test_the_mark_of_every_form_page_in_a_tiff_can_be_read(proving: Printed) -> None:
    for file in files(proving):
        if file["pages"] and file["name"].endswith(".tif"):
            image = Image.open(proving.inbox / file["name"])
            across, down = (float(side) for side in image.info["dpi"])
            pages = [np.array(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
            for document in file["documents"]:
                for number, page in enumerate(document["pages"] if document["form"] else [], 1):
                    square = np.repeat(pages[page - 1], round(across / down), axis=0)
                    symbols = zxingcpp.read_barcodes(
                        square, formats=zxingcpp.BarcodeFormat.DataMatrix
                    )
                    assert [s.text for s in symbols] == [f"CA-001/2026-11/{number}"], file["name"]


def test_the_same_seed_prints_the_same_bytes_in_one_process_or_several(tmp_path: Path) -> None:
    asked = {"seed": 7, "documents": 7, "degradation": "medium"}
    alone = print_batch(tmp_path / "alone", **asked, workers=0)
    shared = print_batch(tmp_path / "shared", **asked, workers=2)
    other = print_batch(tmp_path / "other", seed=8, documents=4, workers=0)
    assert hashes(alone) == hashes(shared)
    assert not set(hashes(alone).values()) & set(hashes(other).values())


def test_every_page_is_at_the_level_asked_for(tmp_path: Path) -> None:
    printed = print_batch(tmp_path, documents=3, degradation="medium", workers=0)
    assert {file["level"] for file in files(printed)} == {"medium"}
    assert not any(document["clean"] for document in documents(printed))


def test_hand_printed_digits_come_from_the_glyphs_given(tmp_path: Path) -> None:
    """Without degradation the two batches differ in the hand-printed files and nowhere else."""
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = 255
    np.savez(tmp_path / "glyphs.npz", images=images, labels=np.arange(10))
    plain = print_batch(tmp_path / "a", documents=6, degradation="none", workers=0)
    real = print_batch(
        tmp_path / "b",
        documents=6,
        degradation="none",
        workers=0,
        glyphs=tmp_path / "glyphs.npz",
    )
    differ = {name for name, digest in hashes(plain).items() if hashes(real)[name] != digest}
    hand = {f["name"] for f in files(plain) if any(d["by"] == "hand" for d in f["documents"])}
    assert differ == hand != set()


TINY = """
id: inscription
title: {fr: Inscription, en: Registration}
fields:
  - {name: nom, type: name, layout: line, required: true, label: {fr: Nom, en: Name}}
  - name: matricule
    type: digits
    layout: comb
    cells: 6
    required: true
    label: {fr: Matricule, en: Number}
  - {name: present, type: checkbox, layout: checkbox, label: {fr: Présent, en: Present}}
revisions:
  - id: a
    blank: vierge.pdf
    zones:
      nom: [1, 300, 400, 1500, 490]
      matricule: [1, 300, 600, 720, 680]
      present: [1, 300, 800, 360, 860]
"""


def test_another_pack_is_printed_from_its_folder_without_any_code(tmp_path: Path) -> None:
    folder = tmp_path / "inscription"
    folder.mkdir()
    (folder / "form.yaml").write_text(TINY, "utf-8")
    canvas = Canvas(str(folder / "vierge.pdf"), pagesize=(595, 842))
    canvas.drawString(72, 800, "INSCRIPTION")
    canvas.save()
    printed = print_batch(tmp_path / "out", pack=str(folder), documents=12, workers=0)
    forms = [d for d in documents(printed) if d["form"] == "inscription"]
    assert len(documents(printed)) == 12
    assert all(document["fields"]["nom"] for document in forms)
    assert read(printed.register) == {"targets": {}}
    name = next(f["name"] for f in files(printed) if f["medium"] == "tiff-grey")
    page = np.array(Image.open(io.BytesIO((printed.inbox / name).read_bytes())).convert("L"))
    assert page.shape == (3508, 2479)
    assert page[600:680, 300:720].min() < 100


def test_progress_is_told_file_by_file(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    printed = print_batch(
        tmp_path,
        documents=3,
        degradation="none",
        workers=0,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(n + 1, printed.files) for n in range(printed.files)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"degradation": "terrible"}, "degradation-unknown"),
        ({"documents": 0}, "documents-too-few"),
        ({"pack": "nulle-part"}, "pack-unknown"),
        ({"glyphs": Path("nulle-part.npz")}, "glyphs-invalid"),
    ],
)
def test_what_cannot_be_printed_is_said_before_anything_is_written(
    tmp_path: Path, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        print_batch(tmp_path / "out", **asked)
    assert caught.value.code == code
    assert not (tmp_path / "out").exists()


def test_a_batch_is_never_printed_over_another(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "courrier.tif").write_bytes(b"II*\0")
    with pytest.raises(UsageError) as caught:
        print_batch(tmp_path, documents=1)
    assert caught.value.code == "out-not-empty"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_refusal_says_what_happened_and_what_to_do(language: str) -> None:
    codes = [
        "font-missing",
        "sign-missing",
        "glyphs-invalid",
        "pack-without-blank",
        "pack-unknown",
        "degradation-unknown",
        "documents-too-few",
        "out-not-empty",
    ]
    for code in codes:
        what = UsageError(code).explain(language)
        assert what != f"error.{code}"
        assert what.count(".") + what.count("?") >= 2
