"""Letters held against their height."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.letters import letters
from extractors.stature import holds
from sandbox.paper.fonts import font_path


def ink(text: str, font: str = "Liberation Mono", size: int = 52) -> np.ndarray:
    image = Image.new("L", (40 * len(text) + 40, 90), 0)
    face = ImageFont.truetype(str(font_path(font)), size)
    ImageDraw.Draw(image).text((20, 62), text, font=face, fill=255, anchor="ls")
    return (np.asarray(image) > 128).astype(np.uint8)


@pytest.mark.parametrize(
    "text",
    [
        "Val-d'Or",
        "avenue des Érables",
        "Trois-Rivières",
        "QUÉBEC",
        "Saint-Jérôme",
        "12",
        "j.roy",
        "j-roy",
    ],
)
def test_what_is_read_as_written_holds(text: str) -> None:
    assert holds(text, letters(ink(text)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Val-d'Or", "Val-d'or"),
        ("Sorel", "sorel"),
        ("QUÉBEC", "QUEBEC"),
        ("QUEBEC", "QUÉBEC"),
        ("Gaspé", "Gaspe"),
        ("Sept-Îles", "Sept-iles"),
        ("j.roy", "j-roy"),
        ("j-roy", "j.roy"),
    ],
)
def test_a_capital_or_an_accent_that_was_missed_or_invented_does_not(
    written: str, read: str
) -> None:
    assert not holds(read, letters(ink(written)))


@pytest.mark.parametrize("font", ["Liberation Mono", "Liberation Sans", "Liberation Serif"])
@pytest.mark.parametrize("size", [34, 52])
def test_a_small_letter_is_told_from_its_capital_in_any_typeface(font: str, size: int) -> None:
    for written, read in (
        ("Val-d'Or", "Val-d'or"),
        ("Sorel", "sorel"),
        ("rue du Cap", "rue du cap"),
    ):
        assert holds(written, letters(ink(written, font, size)))
        assert not holds(read, letters(ink(written, font, size)))
        assert not holds(written, letters(ink(read, font, size)))


@pytest.mark.parametrize(("written", "read"), [("ZOË", "ZOÉ"), ("CHLOÉ", "CHLOË")])
def test_one_accent_is_not_taken_for_another(written: str, read: str) -> None:
    assert holds(written, letters(ink(written)))
    assert not holds(read, letters(ink(written)))


@pytest.mark.parametrize("text", ["ZOÉ", "CÔU"])
def test_an_accent_grown_into_its_letter_is_seen_beside_capitals_that_show_no_size(
    text: str,
) -> None:
    written = ink(text)
    marks = letters(written)
    accented = next(n for n, sign in enumerate(text) if sign in "ÉÔ")
    left, right, top, bottom, _ = marks[accented]
    written[top + 2 : bottom, (left + right) // 2] = 1  # a fax joins the accent to its letter
    assert holds(text, letters(written))
    assert not holds(text, letters(ink(text.replace("É", "E").replace("Ô", "O"))))


def test_letters_that_touch_prove_nothing() -> None:
    joined = ink("Val-d'Or")
    joined[50] = 1
    assert holds("Val-d'or", letters(joined))


def test_a_single_letter_is_not_given_an_accent_it_does_not_show() -> None:
    assert not holds("À", letters(ink("A")))
    assert holds("À", letters(ink("À")))
