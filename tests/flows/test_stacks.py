"""Several documents in one file, from its pages to what is decided of each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desk.separator import print_separator, sheet
from extractors.files import list_pages
from extractors.images import Grey
from flows.reading import FileReader
from forms.schema import load_packs
from greffier.errors import UsageError
from greffier.words import Decision, DocumentRead
from sandbox.paper.fill import fill_paper
from tests.extractors.conftest import ANSWERS, paper
from tests.extractors.test_beside import drawn


@pytest.fixture(scope="module")
def reader() -> FileReader:
    return FileReader({"changement-adresse": load_packs()["changement-adresse"]}, 30)


@pytest.fixture(scope="module")
def forms() -> list[list[Grey]]:
    """Two people's forms, two pages each."""
    pack = load_packs()["changement-adresse"]
    other = ANSWERS | {"surname": "OUELLET", "nas": "130692544", "nam": "", "email": ""}
    return [fill_paper(pack, a, by="type", seed=3, glyphs=None) for a in (ANSWERS, other)]


def read(folder: Path, reader: FileReader, *pages: Grey) -> list[DocumentRead]:
    path = folder / "stack.tif"
    first, *others = (Image.fromarray(page) for page in pages)
    first.save(path, save_all=True, append_images=others, dpi=(300, 300), compression="tiff_lzw")
    pictures = folder / "pictures"
    pictures.mkdir()
    found = reader.read(path, pictures)
    assert len(list(pictures.glob("page-*.png"))) == len(pages), "a page has no picture"
    return found


def values(document: DocumentRead, name: str) -> list[str | None]:
    return [reading.value for reading in document.readings if reading.name == name]


def test_between_separator_sheets_every_document_has_its_own_pages_and_numbers(
    tmp_path: Path, reader: FileReader, forms: list[list[Grey]]
) -> None:
    between = np.array(sheet().convert("L"))
    letter = drawn((300, 400, "Attachment: the names of those who sat by the fire"))
    stack = (between, paper(), *forms[0], letter, between, paper(), forms[1][0], paper())
    first, second = read(tmp_path, reader, *stack)
    assert (first.pages, first.blanks, first.separators) == ((1, 2, 3, 4, 5), (2,), (1,))
    assert (second.pages, second.blanks, second.separators) == ((6, 7, 8, 9), (7, 9), (6,))
    assert values(first, "nas") == ["932144561"]
    assert values(second, "nas") == ["130692544"]
    for document in (first, second):
        assert {reading.page for reading in document.readings} <= set(document.pages)
    assert "attachment" in {reason.code for reason in first.reasons}
    assert first.decision is Decision.REVIEW


def test_a_stack_of_separator_sheets_is_told_as_what_it_is(
    tmp_path: Path, reader: FileReader
) -> None:
    [document] = read(tmp_path, reader, np.array(sheet().convert("L")), paper())
    assert document.decision is Decision.QUARANTINE
    assert [reason.code for reason in document.reasons] == ["separator-alone"]
    assert document.pages == (1, 2)


def test_the_printed_sheet_is_one_page_and_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    print_separator(path)
    [page] = list_pages(path)
    assert page.image.shape == (3300, 2550)
    with pytest.raises(UsageError):
        print_separator(path)
