"""Stamps and holes over the fields of a known form: told from print and writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from extractors.fields import read_fields
from extractors.files import list_pages
from extractors.intruders import foreign, punched_through
from extractors.pages import clean
from extractors.register import Register, Registered
from forms.decide import decide
from forms.schema import FormPack
from greffier.words import Box
from sandbox.paper.office import Handled
from sandbox.paper.press import Filled, Job, print_job
from tests.extractors.conftest import ANSWERS

Laid = Callable[..., Registered]


@pytest.fixture
def laid(tmp_path: Path, pack: FormPack, register: Register) -> Laid:
    """The first page of a form in the mail, laid over its blank."""

    def laid(medium: str, level: str, by: str, handled: Handled | None = None) -> Registered:
        form = Filled(ANSWERS, by, 7, None, handled)
        path = tmp_path / "form"
        path.write_bytes(print_job(Job(medium, (form,), level, 7), pack, None))
        found = register.find(clean(next(list_pages(path))))
        assert found
        return found

    return laid


def zones_on(page: Registered) -> dict[str, Box]:
    return {n: z.box for n, z in page.revision.zones.items() if z.page == page.form_page}


def covered(page: Registered) -> set[str]:
    found = foreign(page)
    return {name for name, box in zones_on(page).items() if found.is_over(box)}


@pytest.mark.parametrize(
    ("medium", "level", "by"),
    [
        ("tiff-grey", "light", "hand"),
        ("group4", "medium", "type"),
        ("fax-standard", "light", "hand"),
    ],
)
def test_print_writing_specks_and_lost_lines_are_nothing_foreign(
    laid: Laid, medium: str, level: str, by: str
) -> None:
    assert covered(laid(medium, level, by)) == set()


@pytest.mark.parametrize(
    ("medium", "ink"), [("tiff-grey", 110), ("group4", 20), ("fax-standard", 40)]
)
def test_a_stamp_across_a_field_is_seen_there_and_not_far_from_it(
    laid: Laid, medium: str, ink: int
) -> None:
    found = covered(laid(medium, "light", "type", Handled(7, stamped=("given_name",), ink=ink)))
    assert "given_name" in found
    assert found.isdisjoint({"old_street", "new_street", "telephone", "email"})


def test_a_hole_through_a_field_is_known_to_be_there_and_only_there(laid: Laid) -> None:
    # Four holes, the sheet pushed 5 mm too far: one goes through the left end of the birth date.
    page = laid("group4", "light", "type", Handled(7, holes="left-4", inward=5))
    through = {name for name, box in zones_on(page).items() if punched_through(page, box)}
    assert "birth_date" in through
    assert through <= {name for name, box in zones_on(page).items() if box.x0 < 200}
    x0, y0, _, y1 = zones_on(page)["birth_date"]
    assert page.warped[y0 + 10 : y1 - 10, x0 + 10 : x0 + 50].mean() > 200


def test_fields_under_a_stamp_or_a_hole_wait_for_a_person(laid: Laid, pack: FormPack) -> None:
    handled = Handled(7, holes="left-4", inward=5, stamped=("new_street",))
    page = laid("pdf-jpeg", "light", "type", handled)
    readings = {reading.name: reading for reading in read_fields([page], pack)}
    assert "stamped-over" in readings["new_street"].problems
    assert "punched" in readings["birth_date"].problems
    assert readings["surname"].problems == ()
    assert readings["surname"].value == ANSWERS["surname"]
    _, reasons = decide(pack, readings.values())
    assert {("new_street", "stamped-over"), ("birth_date", "punched")} <= {
        (reason.field, reason.code) for reason in reasons
    }
