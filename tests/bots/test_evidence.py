"""Pictures of an entry: of every window, and never of a password."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bots.evidence import Camera
from bots.memory import MemoryEvidence

pytestmark = pytest.mark.browser

#: Playwright paints what is covered in this colour.
COVER = (255, 0, 255)


@pytest.fixture
def camera(registry_session):
    session = registry_session()
    session.bot()
    evidence = MemoryEvidence()
    camera = Camera(session, evidence)
    camera.evidence, camera.screen = evidence, session.bot().screen
    camera.page = camera.screen.page
    return camera


def covered(camera: Camera, kind: str) -> int:
    """How many pixels of the picture are covered."""
    camera.wait()
    assert camera.evidence.missing == {}
    picture = Image.open(io.BytesIO(camera.evidence.kept[kind][0])).convert("RGB")
    return sum(count for count, colour in picture.getcolors(1 << 24) if colour == COVER)


@pytest.mark.parametrize(
    "password", ["<input type=password>", "<label>Mot de passe <input></label>"]
)
def test_a_password_is_covered_whether_or_not_the_page_hides_it(camera, password):
    camera.page.set_content(f"<p>Bonjour</p><iframe srcdoc='{password}'></iframe>{password}")
    camera.screen.look()

    camera.photograph("failure")

    box = camera.page.locator("input").bounding_box()
    assert covered(camera, "failure") > 1.5 * box["width"] * box["height"]


def test_a_page_without_secrets_is_shown_whole(camera):
    camera.page.set_content("<label>Rue <input></label>")

    camera.photograph("filled")

    assert covered(camera, "filled") == 0


def test_every_open_window_is_photographed(camera):
    with camera.page.expect_popup():
        camera.page.evaluate("open('about:blank')")

    camera.photograph("confirmation")

    camera.wait()
    assert camera.evidence.missing == {}
    assert set(camera.evidence.kept) == {"confirmation", "confirmation-2"}
