"""Files of every kind a scan centre sends, and the ones it did not mean to send."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from extractors.files import list_pages, sniff
from greffier.errors import BadInput
from sandbox.paper.files import noise, word_file
from tests.shared import shared

TIFF_WAYS = {"g4": "group4", "g3": "group3", "lzw": "tiff_lzw", "raw": None}


def pages(count: int = 3) -> list[Image.Image]:
    """Small pages of noise with a black square at the top left: page n's is n × 40 pixels."""
    rng = np.random.default_rng(4)
    made = []
    for number in range(1, count + 1):
        dots = np.where(rng.random((900, 700)) < 0.08, 0, 255).astype(np.uint8)
        dots[: 40 * number, : 40 * number] = 0
        made.append(Image.fromarray(dots).convert("1"))
    return made


def saved(path: Path, kind: str, images: list[Image.Image], **options: object) -> Path:
    first, *others = images
    more = {"save_all": True, "append_images": others} if len(images) > 1 else {}
    first.save(path, kind, **more, **options)
    return path


def pdf(path: Path, size: tuple[float, float] = (612, 792), **options: str) -> Path:
    canvas = Canvas(str(path), pagesize=size, **options)
    canvas.drawString(72, 400, "Bonjour")
    canvas.showPage()
    canvas.save()
    return path


def refusal(path: Path, **options: int) -> str:
    with pytest.raises(BadInput) as caught:
        list(list_pages(path, **options))
    return caught.value.code


@pytest.mark.parametrize("way", TIFF_WAYS.values(), ids=TIFF_WAYS)
def test_every_page_of_a_tiff_is_opened_with_what_it_claims(tmp_path: Path, way: str) -> None:
    path = saved(tmp_path / "f", "TIFF", pages(), compression=way, dpi=(204, 98))
    found = list(list_pages(path))
    assert [page.number for page in found] == [1, 2, 3]
    assert all(page.dpi == pytest.approx((204, 98)) for page in found)
    assert [int((page.image[5] == 0).argmin()) for page in found] == [40, 80, 120]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_a_document_of_one_page(tmp_path: Path, kind: str) -> None:
    [page] = list_pages(saved(tmp_path / "f", kind, [pages(1)[0].convert("L")], dpi=(300, 300)))
    assert page.dpi == pytest.approx((300, 300), abs=0.1)
    assert page.image[20, 20] < 40


def test_a_photograph_is_as_grey_as_its_colours_are_light(tmp_path: Path) -> None:
    bands = np.repeat(
        np.array([[220, 30, 30], [30, 220, 30], [30, 30, 220]], np.uint8), 100, axis=0
    )
    colours = Image.fromarray(np.repeat(bands[:, None], 400, axis=1))
    [page] = list_pages(saved(tmp_path / "f", "JPEG", [colours], quality=95))
    assert page.image.shape == (300, 400)
    assert np.abs(page.image - np.asarray(colours.convert("L"), int))[:, 8:-8].mean() < 3


def test_a_file_is_what_its_bytes_say_whatever_its_name(tmp_path: Path) -> None:
    assert sniff(saved(tmp_path / "facture.pdf", "PNG", pages(1))) == "PNG"


def test_a_pdf_page_is_rendered_at_300_dpi(tmp_path: Path) -> None:
    [page] = list_pages(pdf(tmp_path / "f"))
    assert page.image.shape == (3300, 2550)
    assert page.image[1620:1640, 300:420].min() < 60


def test_black_on_white_stays_so_in_a_tiff_that_counts_the_other_way(tmp_path: Path) -> None:
    path = tmp_path / "f"
    pages(1)[0].save(path, "TIFF", tiffinfo={262: 0}, compression="group4")
    [page] = list_pages(path)
    assert page.image[10, 10] == 0
    assert page.image.mean() > 128


def test_transparency_is_white_paper(tmp_path: Path) -> None:
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (50, 50, 100, 100))
    [page] = list_pages(saved(tmp_path / "f", "PNG", [image]))
    assert (page.image[0, 0], page.image[75, 75]) == (255, 0)


def test_a_page_scanned_sideways_with_a_tag_that_says_so_is_turned(tmp_path: Path) -> None:
    path = saved(tmp_path / "f", "TIFF", pages(1), tiffinfo={274: 6}, dpi=(204, 98))
    [page] = list_pages(path)
    assert page.image.shape == (700, 900)
    assert page.dpi == pytest.approx((98, 204))
    assert page.image[10, -10] == 0


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("way", TIFF_WAYS.values(), ids=TIFF_WAYS)
def test_a_truncated_tiff_is_never_read_as_if_whole(tmp_path: Path, way: str, share: float) -> None:
    whole = saved(tmp_path / "whole", "TIFF", pages(), compression=way).read_bytes()
    path = tmp_path / "f"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path) == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "PDF"])
def test_other_files_are_refused_when_their_end_is_missing(tmp_path: Path, kind: str) -> None:
    whole = tmp_path / "whole"
    if kind == "PDF":
        pdf(whole)
    else:
        saved(whole, kind, [pages(1)[0].convert("L")])
    data = whole.read_bytes()
    for share in (0.5, 0.8, 0.95):
        (tmp_path / "f").write_bytes(data[: int(len(data) * share)])
        assert refusal(tmp_path / "f") == "truncated"


def test_each_bad_file_has_its_own_name(tmp_path: Path) -> None:
    bad = {
        "empty": b"",
        "not-a-document": noise(3),
        "encrypted": pdf(tmp_path / "locked", encrypt="secret").read_bytes(),
        "damaged": b"%PDF-1.7\n" + noise(3)[:4000] + b"\n%%EOF\n",
    }
    found = {}
    for code, data in bad.items():
        (tmp_path / code).write_bytes(data)
        found[code] = refusal(tmp_path / code)
    assert found == {code: code for code in bad}
    (tmp_path / "word").write_bytes(word_file("Bonjour"))
    assert refusal(tmp_path / "word") == "not-a-document"


def test_a_directory_chain_that_bites_its_tail_is_damaged(tmp_path: Path) -> None:
    path = saved(tmp_path / "f", "TIFF", pages(1))
    data = bytearray(path.read_bytes())
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    at = first + 2 + 12 * count
    data[at : at + 4] = data[4:8]
    path.write_bytes(data)
    assert refusal(path) == "damaged"


def test_too_many_pages_are_refused_before_any_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "f", "TIFF", pages(3))
    with pytest.raises(BadInput) as caught:
        next(list_pages(path, limit=2))
    assert caught.value.code == "too-many-pages"
    assert caught.value.details == {"pages": 3, "limit": 2}


def test_a_page_the_size_of_a_house_is_refused(tmp_path: Path) -> None:
    assert refusal(pdf(tmp_path / "f", (14400, 14400))) == "page-too-large"
    huge = io.BytesIO()
    Image.new("1", (40_000, 40_000), 1).save(huge, "TIFF", compression="group4")
    (tmp_path / "g").write_bytes(huge.getvalue())
    assert refusal(tmp_path / "g") == "page-too-large"


def test_pages_come_one_at_a_time(tmp_path: Path) -> None:
    """The second page is damaged; the first is handed out before anybody finds out."""
    images = [page.convert("L") for page in pages(2)]
    path = saved(tmp_path / "f", "TIFF", images, compression="jpeg")
    with Image.open(path) as tiff:
        tiff.seek(1)
        start, length = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
    data = bytearray(path.read_bytes())
    data[start : start + length] = bytes(length)
    path.write_bytes(data)
    found = list_pages(path)
    assert next(found).number == 1
    with pytest.raises(BadInput) as caught:
        next(found)
    assert caught.value.details == {"page": 2}


def test_the_healthy_but_unusual_sample_files_are_all_read() -> None:
    folder = shared("poison/sample-files")
    refused = {}
    for path in sorted(folder.iterdir()):
        try:
            for _ in itertools.islice(list_pages(path), 3):
                pass
        except BadInput as error:
            refused[path.name] = error.code
    assert refused == {"libreoffice-writer-password.pdf": "encrypted"}
