"""From a file to its documents, for forms that are told by their captions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from flows.reading import FileReader
from forms.schema import FormPack
from greffier.words import Decision, DocumentRead
from tests.extractors.test_beside import FRAME, PACK, REVISIONS, drawn

LISTED = PACK.model_copy(
    update={
        "fields": tuple(
            spec.model_copy(update={"lookup": "permits", "required": True}) for spec in PACK.fields
        )
    }
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A form, and a page that somebody attached to it."""
    pages = [
        Image.fromarray(drawn(*FRAME, *REVISIONS["below"])),
        Image.fromarray(drawn((300, 400, "Attachment: the names of those who sat by the fire"))),
    ]
    path = tmp_path / "paper.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(300, 300))
    return path


def read(paper: Path, pack: FormPack, register: str) -> DocumentRead:
    (paper.parent / "permits.csv").write_text(f"permit,holder\n{register}\n", "utf-8")
    (document,) = FileReader({pack.id: pack}, 10, paper.parent).read(paper)
    return document


def test_a_form_and_its_attachment_are_one_document_that_the_register_lets_through(
    paper: Path,
) -> None:
    document = read(paper, LISTED, "4417,Arvania Chamber of Commerce Inc.")
    assert (document.form, document.pages) == ("camp-fire", (1, 2))
    assert document.decision is Decision.ENTER
    assert {reading.reader for reading in document.readings} == {"captions+register"}


def test_a_register_that_says_otherwise_sends_it_to_a_person_with_the_values_as_read(
    paper: Path,
) -> None:
    document = read(paper, LISTED, "4417,Kestria Airways")
    assert document.decision is Decision.REVIEW
    assert {reason.code for reason in document.reasons} >= {"register-contradicts"}
    assert [r.value for r in document.readings] == ["4417", "Arvania Chamber of Commerce"]
