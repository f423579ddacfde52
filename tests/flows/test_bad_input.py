"""Files that nobody should have sent: each ends with a reason, within its limits, and the next one
is read as if nothing had happened.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from extractors.confined import Confinement, Limits
from flows.reading import FileReader
from forms.schema import load_packs
from greffier.errors import BadInput
from greffier.words import DocumentRead
from sandbox.paper.press import Filled, Job, print_job
from tests.extractors.conftest import ANSWERS
from tests.extractors.test_pages import text_page
from tests.shared import shared

MOST_PAGES = 120
FORM = load_packs()["changement-adresse"]
reader = FileReader({FORM.id: FORM}, MOST_PAGES)


def read(path: Path, pictures: Path | None = None) -> list[DocumentRead]:
    return reader.read(path, pictures)


@pytest.fixture(scope="module")
def confinement() -> Iterator[Confinement]:
    """As a worker has it, with less patience."""
    limits = Limits(seconds=60, memory_mb=4096)
    with Confinement((__name__, "flows.reading:warm"), limits) as warden:
        yield warden


def reasons(confinement: Confinement, path: Path) -> set[str]:
    """What is said of the file: why it was refused, or of the documents that were found in it."""
    try:
        found = confinement.run(read, path)
    except BadInput as error:
        return {error.code}
    assert sorted(page for document in found for page in document.pages) == list(
        range(1, 1 + sum(len(document.pages) for document in found))
    )
    return {reason.code for document in found for reason in document.reasons}


def page() -> Image.Image:
    return Image.fromarray(text_page()).convert("1")


def a3(path: Path, mode: str, **options: object) -> Path:
    """A full A3 page at 600 dpi."""
    page().convert(mode).resize((7016, 9921)).save(path, dpi=(600, 600), **options)
    return path


def pages_of_tiff(path: Path, count: int) -> Path:
    """An empty page ``count`` times, in a file of the size one scanned page has."""
    small = Image.new("1", (850, 1100), 1)
    small.save(path, "TIFF", save_all=True, append_images=[small] * (count - 1),
               compression="group4", dpi=(100, 100))  # fmt: skip
    return path


def pages_of_pdf(path: Path, count: int) -> Path:
    canvas = Canvas(str(path))
    for number in range(count):
        canvas.drawString(72, 700, f"Page {number}")
        canvas.showPage()
    canvas.save()
    return path


def lying_tiff(path: Path, **tags: int) -> Path:
    """A page of 1,700 × 2,200 dots whose tags say something else."""
    raw = np.asarray(page().resize((1700, 2200))).astype(np.uint8) * 255
    entries = {
        "width": (256, 1700), "height": (257, 2200), "bits": (258, 8), "compression": (259, 1),
        "photometric": (262, 1), "offset": (273, 8), "samples": (277, 1), "rows": (278, 2200),
        "length": (279, raw.size),
    }  # fmt: skip
    table = b"".join(
        struct.pack("<HHII", tag, 4, 1, tags.get(name, value))
        for name, (tag, value) in entries.items()
    )
    directory = struct.pack("<H", len(entries)) + table + bytes(4)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + raw.size) + raw.tobytes() + directory)
    return path


def pdf_bomb(path: Path) -> Path:
    """Two kilobytes that want to be four gigabytes: a page's content, deflated twice."""
    thin = zlib.compressobj(9)
    inner = b"".join(thin.compress(b"0 0 m 9 9 l S " * 75_000) for _ in range(400)) + thin.flush()
    content = zlib.compress(inner, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream"
        % (len(content), content),
    ]
    data = b"%PDF-1.7\n"
    places = []
    for number, thing in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 5\n0000000000 65535 f \n" + table
    tail = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    path.write_bytes(data + tail % data.index(b"xref\n"))
    return path


def huge_sheet(path: Path) -> Path:
    canvas = Canvas(str(path), pagesize=(14400, 14400))
    canvas.drawString(72, 700, "Bonjour")
    canvas.save()
    return path


def truncated(path: Path) -> Path:
    page().save(path, "TIFF", compression="group4")
    path.write_bytes(path.read_bytes()[:-2000])
    return path


HOSTILE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "nothing": (lambda p: p.write_bytes(b""), {"empty"}),
    "no document": (lambda p: p.write_bytes(b"PK\3\4" + bytes(900)), {"not-a-document"}),
    "half a TIFF": (truncated, {"truncated"}),
    "500 pages of TIFF": (lambda p: pages_of_tiff(p, 500), {"too-many-pages"}),
    "500 pages of PDF": (lambda p: pages_of_pdf(p, 500), {"too-many-pages"}),
    "a sheet of 5 m": (huge_sheet, {"page-too-large"}),
    "tags: a million dots wide": (
        lambda p: lying_tiff(p, width=10**6, height=10**6, rows=10**6), {"page-too-large"}),
    "tags: more rows than there are": (
        lambda p: lying_tiff(p, height=9_000), {"truncated", "damaged"}),
    "tags: longer than the file": (
        lambda p: lying_tiff(p, length=1 << 30), {"truncated"}),
    "tags: 77 bits a dot": (lambda p: lying_tiff(p, bits=77), {"unsupported", "damaged"}),
    "tags: no such compression": (
        lambda p: lying_tiff(p, compression=31_000), {"unsupported", "damaged"}),
    "tags: no width": (lambda p: lying_tiff(p, width=0), {"damaged", "unsupported"}),
    "a bomb": (pdf_bomb, {"out-of-memory", "timed-out", "crashed", "damaged"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_every_hostile_file_ends_named(confinement: Confinement, tmp_path: Path, name: str) -> None:
    make, allowed = HOSTILE[name]
    make(tmp_path / "f")
    said = reasons(confinement, tmp_path / "f")
    assert said
    assert said <= allowed


def test_after_all_of_them_a_form_is_read_as_if_nothing_had_happened(
    confinement: Confinement, tmp_path: Path
) -> None:
    path = tmp_path / "form"
    path.write_bytes(
        print_job(Job("group4", (Filled(ANSWERS, "type", 7),), "light", 7), FORM, None)
    )
    [before] = confinement.run(read, path)
    for number, name in enumerate(("a bomb", "half a TIFF", "tags: more rows than there are")):
        HOSTILE[name][0](tmp_path / f"{number}")
        reasons(confinement, tmp_path / f"{number}")
    [after] = confinement.run(read, path)
    assert after == before
    assert {r.name: r.value for r in after.readings}["nas"] == ANSWERS["nas"]


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("1", {"format": "TIFF", "compression": "group4"}),
        ("RGB", {"format": "JPEG", "quality": 80}),
        ("L", {"format": "PDF", "resolution": 600}),
    ],
    ids=["group4", "colour", "pdf"],
)
def test_a3_at_600_dpi_is_read_in_time_and_memory(
    tmp_path: Path, mode: str, options: dict[str, object]
) -> None:
    path = a3(tmp_path / "f", mode, **options)
    limits = Limits(seconds=90, memory_mb=3072)
    with Confinement((__name__,), limits) as warden:
        text = warden.run(_words, path)
    assert text.count("dossier") > 10


def _words(path: Path) -> str:
    from extractors.files import list_pages
    from extractors.pages import clean, straight, turned
    from extractors.text import page_text

    texts = (page_text(straight(turned(clean(raw)))).text for raw in list_pages(path))
    return "".join(texts)


def test_many_pages_are_read_one_by_one_and_none_is_lost(
    confinement: Confinement, tmp_path: Path
) -> None:
    """Blank ones, which cost little: what counts is that they come, and in which order."""
    [document] = confinement.run(read, pages_of_tiff(tmp_path / "f", 40))
    assert document.pages == tuple(range(1, 41))
    assert document.blanks == document.pages


@pytest.mark.parametrize(
    ("suffix", "kind"), [("pdf", "TIFF"), ("tif", "PNG"), ("docx", "JPEG"), ("png", "PDF")]
)
def test_a_wrong_extension_is_of_no_consequence(
    confinement: Confinement, tmp_path: Path, suffix: str, kind: str
) -> None:
    paths = [tmp_path / f"facture.{ending}" for ending in (suffix, kind.lower())]
    for path in paths:
        page().convert("L").save(path, kind, dpi=(300, 300))
    wrong, right = (reasons(confinement, path) for path in paths)
    assert wrong == right <= {"unknown-form", "no-pack"}


def test_pages_of_many_sizes_turned_and_of_lying_resolution_are_all_read(
    confinement: Confinement, tmp_path: Path
) -> None:
    """One file: letter, A4 sideways with a tag of 1 dpi, a slip, a fax of every second line."""
    letter = page()
    sizes = ((2550, 3300), (1240, 1754), (900, 500), (1728, 1078))
    sheets = [letter.resize(size) for size in sizes]
    sheets[1] = sheets[1].rotate(90, expand=True)
    path = tmp_path / "f"
    sheets[0].save(path, "TIFF", save_all=True, append_images=sheets[1:], dpi=(1, 1))
    found = confinement.run(read, path)
    assert sorted(page for document in found for page in document.pages) == [1, 2, 3, 4]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("folder", ["image-tiff", "qpdf", "twelvemonkeys", "sample-files"])
def test_known_poison_ends_named_and_the_healthy_is_opened(
    confinement: Confinement, folder: str
) -> None:
    poison = shared(f"poison/{folder}")
    said = {
        path.name: reasons(confinement, path)
        for path in sorted(poison.rglob("*"))
        if path.is_file()
    }
    assert said
    assert [name for name, why in said.items() if not why] == []
    opened = {"unknown-form", "blank-page", "no-pack"}
    if folder == "sample-files":
        closed = {name for name, why in said.items() if not why <= opened}
        assert closed == {"libreoffice-writer-password.pdf"}
        assert said["libreoffice-writer-password.pdf"] == {"encrypted"}
