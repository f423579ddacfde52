"""From a file to its documents, for forms that are told by their captions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

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


def test_a_form_fed_upside_down_is_told_at_a_glance_once_it_is_turned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "paper.tif"
    page = Image.fromarray(drawn(*FRAME, *REVISIONS["below"]))
    page.rotate(180).save(path, dpi=(300, 300))
    monkeypatch.setattr("flows.reading.page_text", lambda page: pytest.fail("read as a whole"))
    assert said(path)["permit"] == ("4417", "captions")


def test_a_page_of_which_a_caption_was_read_is_not_turned_even_if_its_title_is_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "paper.tif"
    title, *signs = FRAME
    below = (title[0], 2400, title[2])
    Image.fromarray(drawn(below, *signs, *REVISIONS["below"])).save(path, dpi=(300, 300))
    monkeypatch.setattr("flows.reading.turned", lambda page: pytest.fail("asked which way is up"))
    (document,) = FileReader({LISTED.id: LISTED}, 10).read(path)
    assert document.form == LISTED.id
    assert {r.name: r.raw for r in document.readings}["permit"] == "4417"


def test_a_register_that_says_otherwise_sends_it_to_a_person_with_the_values_as_read(
    paper: Path,
) -> None:
    document = read(paper, LISTED, "4417,Kestria Airways")
    assert document.decision is Decision.REVIEW
    assert {reason.code for reason in document.reasons} >= {"register-contradicts"}
    assert [r.value for r in document.readings] == ["4417", "Arvania Chamber of Commerce"]


def filed(path: Path, *texts: tuple[int, int, str], scan: bool = False, mode: int = 0) -> Path:
    """An electronic filing with the texts at their places (300 dpi); ``scan``: over a picture of
    the form as it is; ``mode`` 3 is text that is not shown."""
    canvas = Canvas(str(path), pagesize=(612, 792))
    if scan:
        picture = Image.fromarray(drawn(*FRAME, *REVISIONS["below"]))
        canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
    for x, y, text in texts:
        line = canvas.beginText(x * 0.24, 792 - (y + 45) * 0.24)
        line.setFont("Helvetica", 12)
        line.setTextRenderMode(mode)
        line.textOut(text)
        canvas.drawText(line)
    canvas.save()
    return path


def said(path: Path) -> dict[str, tuple[str | None, str]]:
    (document,) = FileReader({PACK.id: PACK}, 10).read(path)
    assert document.form == PACK.id
    return {reading.name: (reading.value, reading.reader) for reading in document.readings}


def test_an_electronic_filing_is_read_from_its_text_by_its_captions(tmp_path: Path) -> None:
    """Signs that no reader of pixels tells apart come out as they were typed."""
    named = ("1. Name of holder", "Ilse Öberg & Søn")
    below = ((200, 500, named[0]), (260, 580, named[1]), *REVISIONS["below"][2:])
    found = said(filed(tmp_path / "f", *FRAME, *below))
    assert found["holder"] == (named[1], "captions+text")
    assert found["permit"] == ("4417", "captions+text")


def test_a_text_layer_that_lies_over_a_scan_changes_nothing(tmp_path: Path) -> None:
    lies = ((1560, 580, "9999"), (260, 580, "Kestria Airways"))
    plain = said(filed(tmp_path / "plain", scan=True))
    assert plain["permit"] == ("4417", "captions")
    assert said(filed(tmp_path / "hidden", *lies, scan=True, mode=3)) == plain


LETTER = (
    (1500, 300, "Québec, le 3 mars 2026"),
    (300, 500, "Objet : demande de copie"),
    (300, 700, "Madame, Monsieur,"),
    (300, 850, "Je vous prie de me faire parvenir une copie de mon permis de feu,"),
    (300, 930, "que j'ai perdu. Je demande aussi un duplicata de ma carte."),
    (300, 1100, "Veuillez agréer mes salutations distinguées."),
)
AGAIN = (*FRAME, (200, 500, "1. Name of holder"), (260, 580, "Kestria Airways"),
         (1500, 500, "2. Permit No."), (1560, 580, "5502"))  # fmt: skip


#: A letter of which the top says nothing.
LOW = ((300, 300, "Madame,"), *((x, y + 1300, text) for x, y, text in LETTER[1:]))


@pytest.mark.parametrize(
    ("behind", "permits"),
    [(LETTER, ["4417"]), (LOW, ["4417"]), (AGAIN, ["4417", "5502"])],
    ids=["letter", "low letter", "form"],
)
def test_what_begins_behind_a_form_is_a_document_of_its_own(
    tmp_path: Path, behind: tuple[tuple[int, int, str], ...], permits: list[str]
) -> None:
    sheets = [Image.fromarray(drawn(*texts)) for texts in ((*FRAME, *REVISIONS["below"]), behind)]
    path = tmp_path / "stack.tif"
    sheets[0].save(path, save_all=True, append_images=sheets[1:], dpi=(300, 300))
    documents = FileReader({PACK.id: PACK}, 10).read(path)
    assert [document.pages for document in documents] == [(1,), (2,)]
    numbers = [r.value for d in documents for r in d.readings if r.name == "permit"]
    assert numbers == permits


#: What a letter says on its second page sounds like a letter of another kind, or of none.
SECOND = (
    (300, 300, "J'ajoute que la facture jointe a été payée par chèque le mois passé,"),
    (300, 380, "et que mon nouveau logement se trouve au 12 de la rue Inventée."),
    (300, 460, "Merci de votre patience."),
    (300, 620, "Rita Fictive"),
)
OTHER = (
    (300, 300, "Objet : dossier 5582-33"),
    (300, 600, "Monsieur,"),
    (300, 750, "Je me plains du service reçu au comptoir : une heure d'attente, puis un refus"),
    (300, 830, "sans explication. C'est inacceptable et je demande qu'on y remédie."),
    (300, 1000, "Paul Inventé"),
)
FORM = (*FRAME, *REVISIONS["below"])


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ((LETTER, SECOND), [(1, 2)]),
        ((LETTER, SECOND, OTHER), [(1, 2), (3,)]),
        ((OTHER, SECOND, FORM), [(1, 2), (3,)]),
        ((FORM, OTHER, SECOND), [(1,), (2, 3)]),
    ],
    ids=["two pages", "then a letter", "then a form", "behind a form"],
)
def test_a_letter_s_second_page_goes_with_it_and_numbers_stay_where_they_were_written(
    tmp_path: Path, stack: tuple[tuple[tuple[int, int, str], ...], ...], expected: list[object]
) -> None:
    sheets = [Image.fromarray(drawn(*texts)) for texts in stack]
    path = tmp_path / "stack.tif"
    sheets[0].save(path, save_all=True, append_images=sheets[1:], dpi=(300, 300))
    documents = FileReader({PACK.id: PACK}, 10).read(path)
    assert [document.pages for document in documents] == expected
    for document in documents:
        papers = [stack[page - 1] for page in document.pages]
        written = {r.name: r.value for r in document.readings if r.name in ("permit", "file")}
        assert written.get("permit") == ("4417" if FORM in papers else None)
        assert written.get("file") == ("5582-33" if OTHER in papers else None)
