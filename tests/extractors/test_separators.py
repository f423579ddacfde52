"""What pages say of where documents begin."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from extractors.separators import begins_letter, labels, separates
from extractors.symbols import marks_on
from tests.extractors.conftest import paper


def bearing(text: str, kind: str) -> set[str]:
    """What is read off a page with that symbol."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat[kind])
    printed = Image.fromarray(np.array(symbol.to_image()))
    scale = 600 / max(printed.size)
    size = (round(printed.width * scale), max(120, round(printed.height * scale)))
    page = Image.fromarray(paper())
    page.paste(printed.resize(size, Image.Resampling.NEAREST), (700, 900))
    return marks_on(np.array(page))


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Code128"])
@pytest.mark.parametrize("text", ["GREFFIER:DOC", "PATCHT"])
def test_separator_symbols_are_read_in_every_kind_of_bar_code(kind: str, text: str) -> None:
    assert separates(bearing(text, kind))


def test_code_39_which_has_no_colon_says_the_other_word() -> None:
    assert separates(bearing("PATCHT", "Code39"))


def test_the_label_of_a_first_page_is_no_separator_sheet() -> None:
    marks = bearing("ASN00042", "Code128")
    assert labels(marks)
    assert not separates(marks)


@pytest.mark.parametrize("mark", ["GREFFIER", "ASN", "PATCHTE", "DOC", "SASN12", "CA-1 1/2"])
def test_other_symbols_tell_nothing(mark: str) -> None:
    assert not separates([mark])
    assert not labels([mark])


@pytest.mark.parametrize(
    "text",
    [
        "Lévis, le 3 mars 2026\n\nObjet : mon dossier\nMadame, Monsieur,\nJe vous écris.\nMerci.",
        "Madame la Directrice,\nJe vous écris au sujet de ma rente.\nMerci.",
        "12 May 1978\nDear Sir:\nPlease find enclosed our report.\nYours truly,",
    ],
)
def test_a_letter_is_known_by_its_head(text: str) -> None:
    assert begins_letter(text)


@pytest.mark.parametrize(
    "text",
    [
        "suite de ma lettre, page 2, où j'explique encore\nMerci.\nVeuillez agréer, Madame, "
        "mes salutations.",
        "Madame, Monsieur, mes salutations distinguées.\nJean Essai",
        "Relevé de compte\nMonsieur Jean Essai 12 rue des Pins. Solde : 30 $\n",
        "",
    ],
)
def test_second_pages_and_statements_do_not_begin_like_letters(text: str) -> None:
    assert not begins_letter(text)
