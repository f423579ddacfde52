"""Pictures show this entry, and nobody else: practice pages that list other people."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from bots.compare import wanted
from bots.evidence import Camera
from bots.memory import MemoryEvidence
from bots.privacy import Own

pytestmark = pytest.mark.browser

#: What is covered is painted in this colour.
COVER = (255, 0, 255)

#: Three people found by name; ours is the second.
FOUND = """<h1>Résultats</h1><table>
<tr><th>Numéro</th><th>Nom</th><th>Né le</th></tr>
<tr><td>5678</td><td>Bélanger, Zoé</td><td>1971-05-02</td></tr>
<tr><td><a href=#>1234</a></td><td>Tremblay, Anaïs</td><td>1984-03-12</td></tr>
<tr><td>9012</td><td>Œuvrard, Loïc</td><td>1990-11-30</td></tr></table>"""
#: The holder's file: who it is, two earlier moves, and the form.
FILE = """<table><tr><td>Titulaire :</td><td>TREMBLAY</td></tr><tr><td>Né le</td>
<td>1984-03-12</td></tr></table>
<table><tr><th>Date</th><th>Rue</th></tr><tr><td>2019-07-01</td><td>RANG DU NORD</td></tr>
<tr><td>2026-12-01</td><td>RUE DE L'ERABLE</td></tr></table>
<form><label>Rue* <input value="12, rang Perdu"></label><button>Enregistrer</button></form>"""


@pytest.fixture
def shown(registry_session, record) -> Callable[..., str]:
    """``shown(html, recognised=…)``: the words left in a picture of a page, and the picture."""
    session = registry_session()
    page = session.bot().screen.page
    camera = Camera(session, evidence := MemoryEvidence())
    camera.own = Own.of(record, wanted(session.kind, record))

    def words(html: str, *, recognised: bool) -> str:
        page.set_content(html)
        camera.recognised = recognised
        before = page.content()
        camera.photograph("picture")
        camera.refusal()
        camera.wait()
        assert evidence.missing == {}
        assert page.content() == before, "the page is as it was"
        words.picture = Image.open(io.BytesIO(evidence.kept["picture"][0])).convert("RGB")
        return evidence.kept["refusal"][0].decode()

    words.page = page
    return words


def test_of_a_list_of_people_only_the_row_of_this_entry_is_shown(shown):
    for recognised in (False, True):
        left = shown(FOUND, recognised=recognised)

        assert "Tremblay, Anaïs" in left
        assert "1984-03-12" in left
        for other in ("5678", "Bélanger", "1971", "9012", "Œuvrard", "1990"):
            assert other not in left
        assert "Né le" in left, "what the columns are called"


def test_what_is_covered_is_painted_and_what_is_not_is_legible(shown):
    shown(FOUND, recognised=True)
    others, ours = shown.page.locator("td").nth(1), shown.page.locator("td").nth(4)

    for place, colours in ((others, {COVER}), (ours, set())):
        box = place.bounding_box()
        corner = (box["x"] + 1, box["y"] + 1)
        area = (*corner, corner[0] + box["width"] - 2, corner[1] + box["height"] - 2)
        seen = {colour for _, colour in shown.picture.crop(area).getcolors(1 << 16)}
        assert seen == colours or not colours & seen


def test_before_the_holder_is_recognised_a_file_shows_its_labels_and_our_own_values(shown):
    left = shown(FILE.replace("TREMBLAY", "GAGNON"), recognised=False)

    assert "GAGNON" not in left
    assert "1984-03-12" not in left
    assert "RANG DU NORD" not in left
    assert "Rue" in left
    assert "Enregistrer" in left
    assert "TREMBLAY" in shown(FILE, recognised=False)


def test_once_the_holder_is_recognised_the_file_is_shown_but_not_its_other_entries(shown):
    left = shown(FILE, recognised=True)

    assert "1984-03-12" in left
    assert "RUE DE L'ERABLE" in left
    assert "RANG DU NORD" not in left


def test_a_field_that_holds_what_is_not_ours_is_covered_until_the_holder_is_recognised(shown):
    def painted() -> bool:
        box = shown.page.locator("input").bounding_box()
        return shown.picture.getpixel((int(box["x"]) + 4, int(box["y"]) + 4)) == COVER

    shown(FILE, recognised=False)
    assert painted()
    shown(FILE, recognised=True)
    assert not painted()


@pytest.mark.parametrize(
    "item", ["<li>{}</li>", "<div role=option>{}</div>", "<p class=personne>{}</p>"]
)
def test_lists_that_are_no_tables_hide_their_items_too(shown, monkeypatch, item):
    monkeypatch.setattr("tests.bots.conftest.RegistryBot.lists", ".personne", raising=False)
    listed = "".join(item.format(name) for name in ("Bélanger, Zoé", "<b>1234</b> Tremblay"))

    left = shown(f"<ul>{listed}</ul>", recognised=True)

    assert "Zoé" not in left
    assert "1234 Tremblay" in left


def test_a_menu_and_a_refusal_are_the_programs_own(shown):
    page = "<nav><ul><li>Recherche</li></ul></nav><div role=alert><ul><li>Date trop loin</li></ul>"

    assert shown(page, recognised=True) == "Recherche Date trop loin"


def test_a_frame_of_another_site_is_not_shown(shown):
    frame = "<iframe sandbox srcdoc='<body style=background:blue>Bélanger'></iframe>"
    shown(f"<p>Dossier</p>{frame}", recognised=True)

    box = shown.page.locator("iframe").bounding_box()
    middle = (int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2))
    assert shown.picture.getpixel(middle) != (0, 0, 255)


def test_a_page_longer_than_the_window_is_in_the_picture_to_its_end(shown):
    shown("<p style='height:3000px'>Dossier</p>", recognised=True)

    assert shown.picture.height > 3000
