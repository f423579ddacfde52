"""The text a classifier is given."""

from __future__ import annotations

import pytest

from extractors.files import RawPage
from extractors.pages import clean, upright
from extractors.printed import orientation, read_line
from extractors.text import page_text
from greffier.errors import GreffierError
from sandbox.paper.strays import stray
from tests.extractors.conftest import paper


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_letter_is_read_whichever_way_it_was_fed(upside_down: bool) -> None:
    image = stray("letter", 3)
    raw = RawPage(1, image[::-1, ::-1].copy() if upside_down else image, (300, 300))
    words = page_text(upright(clean(raw))).text.lower().split()
    assert len(words) > 30
    assert {"de", "vous"} <= set(words)


def test_white_paper_has_no_text_and_no_orientation() -> None:
    assert orientation(paper()) == 0
    assert page_text(clean(RawPage(1, paper(), (300, 300)))).text.strip() == ""


def test_a_language_that_is_not_installed_is_named() -> None:
    with pytest.raises(GreffierError) as caught:
        read_line(paper(60, 200), "xxx")
    assert (caught.value.code, caught.value.details) == (
        "ocr-language-missing",
        {"language": "xxx"},
    )
