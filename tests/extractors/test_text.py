"""The text a classifier is given."""

from __future__ import annotations

import pytest

from extractors import printed
from extractors.files import RawPage
from extractors.pages import clean, straight, turned
from extractors.printed import orientation, read_line
from extractors.text import page_text
from greffier.errors import GreffierError
from sandbox.paper.strays import stray
from tests.extractors.conftest import paper


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_letter_is_read_whichever_way_it_was_fed(upside_down: bool) -> None:
    image = stray("letter", 3)
    raw = RawPage(1, image[::-1, ::-1].copy() if upside_down else image, (300, 300))
    words = page_text(straight(turned(clean(raw)))).text.lower().split()
    assert len(words) > 30
    assert {"de", "vous"} <= set(words)


class _Misled:
    """Tesseract's guesser of orientation, sure that every page is upside down."""

    def SetImage(self, image: object) -> None: ...  # noqa: N802
    def SetSourceResolution(self, dpi: int) -> None: ...  # noqa: N802
    def Clear(self) -> None: ...  # noqa: N802
    def DetectOrientationScript(self) -> dict[str, float]:  # noqa: N802
        return {"orient_deg": 180, "orient_conf": 22.0}


def test_a_page_is_not_turned_so_that_it_can_be_read_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, page = printed._engine, stray("letter", 3)
    monkeypatch.setattr(
        printed, "_engine", lambda name, *mode: _Misled() if name == "osd" else real(name, *mode)
    )
    assert orientation(page) == 0
    assert orientation(page[::-1, ::-1].copy()) == 2


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
