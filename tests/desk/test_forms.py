"""From a blank to readings with the three commands, as a newcomer does it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from desk.forms import app
from forms.schema import PACKS, load_pack
from greffier.errors import GreffierError
from sandbox.paper.press import Filled, Job, print_job

OURS = PACKS / "changement-adresse"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GREFFIER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GREFFIER_LANGUAGE", "fr")
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def test_a_blank_becomes_a_pack_that_reads_a_filled_form(run, tmp_path: Path) -> None:
    shutil.copy(OURS / "blank.pdf", tmp_path / "Avis de déménagement.pdf")
    made = run("new", tmp_path / "Avis de déménagement.pdf", "--out", tmp_path / "packs")
    assert made.exit_code == 0, made.output
    folder = tmp_path / "packs" / "avis-de-demenagement"
    pack = load_pack(folder)
    assert len(pack.fields) == 34
    assert pack.revisions[0].mark == "CA-001/2026-11/{page}"
    assert (tmp_path / "home" / "forms" / pack.id / "zones-1-1.png").stat().st_size > 10_000

    checked = run("check", folder)
    assert checked.exit_code == 0, checked.output
    assert "obligatoire" in checked.output

    truth = {"surname": "ROY", "given_name": "EVE", "nas": "932144561", "sex": "F"}
    job = Job("pdf-jpeg", (Filled(truth, "type", 5),), "light", 5)
    (tmp_path / "rempli.pdf").write_bytes(print_job(job, load_pack(OURS), None))
    tried = run("try", folder, tmp_path / "rempli.pdf", "--out", tmp_path / "essai")
    assert tried.exit_code == 0, tried.output
    assert "932144561" in tried.output
    page = (tmp_path / "essai" / "index.html").read_text("utf-8")
    assert "932144561" in page
    assert (tmp_path / "essai" / "1-nas.png").stat().st_size > 500


def test_a_file_of_another_form_is_told_and_not_read(run, tmp_path: Path) -> None:
    from bench.propose import other_blank

    other_blank(tmp_path / "autre.pdf")
    tried = run("try", OURS, tmp_path / "autre.pdf", "--out", tmp_path / "essai")
    assert tried.exit_code == 0
    assert "reconnue" in tried.output


def test_a_fault_is_explained_and_ends_the_check_with_1(run, tmp_path: Path) -> None:
    shutil.copytree(OURS, tmp_path / "pack")
    form = yaml.safe_load((tmp_path / "pack" / "form.yaml").read_text("utf-8"))
    del form["revisions"][0]["zones"]["telephone"]
    form["fields"][1]["type"] = "prénom"
    (tmp_path / "pack" / "form.yaml").write_text(yaml.safe_dump(form), "utf-8")
    checked = run("check", tmp_path / "pack")
    assert checked.exit_code == 1
    assert "« telephone » : pas de zone" in checked.output
    assert "le type « prénom » n’existe pas" in checked.output


def test_a_form_is_never_written_over(run, tmp_path: Path) -> None:
    shutil.copytree(OURS, tmp_path / "packs" / "blank")
    shutil.copy(OURS / "blank.pdf", tmp_path / "autre.pdf")
    again = run("new", tmp_path / "autre.pdf", "--out", tmp_path / "packs", "--id", "blank")
    assert isinstance(again.exception, GreffierError)
    assert again.exception.code == "pack-exists"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("new", "absent.pdf"), "no-such-file"),
        (("new", OURS / "form.yaml"), "not-a-document"),
        (("check", "inconnu"), "no-such-pack"),
        (("try", OURS, "absent.tif"), "no-such-file"),
    ],
)
def test_what_cannot_be_done_is_told_by_its_code(run, arguments, code: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, GreffierError)
    assert done.exception.code == code
