"""What pages say of where documents begin."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from extractors.separators import labels, separates
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
