"""Every file is of the kind its name and its tags say."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageSequence
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError

from forms.schema import PACKS, load_pack
from sandbox.paper import files
from sandbox.paper.degrade import bitonal, faxed
from sandbox.paper.fill import fill_screen, rendered
from sandbox.paper.ink import Page
from sandbox.paper.press import Filled, Job, print_job

FOLDER = PACKS / "changement-adresse"
COMPRESSION, T4_OPTIONS = 259, 292


@pytest.fixture(scope="module")
def pages() -> tuple[Page, ...]:
    return rendered(FOLDER / "blank.pdf")


def frames(data: bytes) -> tuple[Image.Image, list[Page]]:
    image = Image.open(io.BytesIO(data))
    return image, [np.array(frame.convert("L")) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize(("fine", "dpi", "options"), [(True, (204, 196), 0), (False, (204, 98), 1)])
def test_a_fax_is_group_3_at_its_own_resolution(
    pages: tuple[Page, ...], fine: bool, dpi: tuple[int, int], options: int
) -> None:
    sent = [faxed(page, "light", 1, fine=fine, header="DE 418 555-0101") for page in pages]
    image, received = frames(files.tiff_fax(sent, fine=fine))
    assert image.tag_v2[COMPRESSION] == 3
    assert image.tag_v2.get(T4_OPTIONS, 0) & 1 == options
    assert image.info["dpi"] == dpi
    assert all(np.array_equal(a, b) for a, b in zip(sent, received, strict=True))


def test_a_black_and_white_scan_is_group_4_at_300_dpi(pages: tuple[Page, ...]) -> None:
    sent = [bitonal(page, "none", 1) for page in pages]
    image, received = frames(files.tiff_group4(sent))
    assert image.tag_v2[COMPRESSION] == 4
    assert image.info["dpi"] == (300, 300)
    assert all(np.array_equal(a, b) for a, b in zip(sent, received, strict=True))


def test_a_grey_tiff_has_its_pages_at_300_dpi(pages: tuple[Page, ...]) -> None:
    image, received = frames(files.tiff_grey(pages))
    assert image.info["dpi"] == (300, 300)
    assert image.mode == "L"
    assert len(received) == len(pages)
    assert np.abs(received[1].astype(int) - pages[1]).mean() < 2


@pytest.mark.parametrize("bind", [files.pdf_of_jpegs, files.pdf_lossless])
def test_a_scanned_pdf_holds_its_pages_as_grey_images_at_300_dpi(pages, bind) -> None:
    reader = PdfReader(io.BytesIO(bind(pages)))
    assert len(reader.pages) == len(pages)
    for page, sheet in zip(reader.pages, pages, strict=True):
        assert page.extract_text() == ""
        assert [float(side) for side in page.mediabox[2:]] == pytest.approx([612, 792], abs=0.1)
        (image,) = page.images
        assert np.abs(np.array(image.image.convert("L")).astype(int) - sheet).mean() < 2


def test_a_locked_pdf_opens_with_its_password_only(pages: tuple[Page, ...]) -> None:
    reader = PdfReader(io.BytesIO(files.pdf_locked(pages, "exercice")))
    with pytest.raises(FileNotDecryptedError):
        len(reader.pages)
    assert reader.decrypt("autre") == 0
    assert reader.decrypt("exercice") != 0
    assert len(reader.pages) == 2


def test_a_truncated_tiff_still_begins_like_one_and_cannot_be_read_to_its_end() -> None:
    pack = load_pack(FOLDER)
    form = Filled({"surname": "ROY", "nas": "930692544"}, "type", 1)
    data = print_job(Job("truncated-tiff", (form,), "none", 1), pack, None)
    assert data.startswith(b"II*\0")
    # Pillow has a different complaint for every place the end can fall on.
    with pytest.raises((OSError, SyntaxError, ValueError, EOFError, TypeError)):
        frames(data)


def test_what_is_no_document_is_none() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(files.noise(1)))
    with zipfile.ZipFile(io.BytesIO(files.word_file("Bonjour"))) as archive:
        assert archive.testzip() is None
        assert b"Bonjour" in archive.read("word/document.xml")


VALUES = {
    "surname": "BÉLANGER-L'HEUREUX",
    "birth_date": "1980-04-12",
    "sex": "F",
    "new_postal_code": "G1R 5A5",
    "new_street": "rue de l'Église",
    "notify_ramq": "yes",
    "signature": "present",
}


def test_a_form_filled_on_a_screen_holds_its_values_in_its_fields() -> None:
    data = fill_screen(load_pack(FOLDER), VALUES, "Zoé Bélanger", flat=False)
    fields = PdfReader(io.BytesIO(data)).get_fields() or {}
    held = {name: field.value for name, field in fields.items()}
    assert held["surname"] == "BÉLANGER-L'HEUREUX"
    assert held["birth_date"] == "19800412"
    assert held["new_postal_code"] == "G1R5A5"
    assert held["sex"] == "/F"
    assert held["notify_ramq"] == "/Yes"
    assert held["notify_saaq"] == "/Off"
    assert held["signature"] == "Zoé Bélanger"


def test_a_flattened_form_has_no_fields_and_shows_its_values_as_text() -> None:
    data = fill_screen(load_pack(FOLDER), VALUES, "Zoé Bélanger", flat=True)
    reader = PdfReader(io.BytesIO(data))
    assert not any("/Annots" in page and len(page["/Annots"]) for page in reader.pages)
    assert "rue de l'Église" in reader.pages[0].extract_text()
    assert "Zoé Bélanger" in reader.pages[1].extract_text()
    assert data == fill_screen(load_pack(FOLDER), VALUES, "Zoé Bélanger", flat=True)
