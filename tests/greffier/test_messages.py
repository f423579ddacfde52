"""Texts exist in both languages, with the same placeholders."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from greffier.messages import CATALOGUES, LANGUAGES, text


def messages(language: str) -> dict[str, str]:
    found: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        for message in read_po(path.open("rb")):
            if message.id:
                found[message.id] += 1
                texts[message.id] = message.string
    assert not [key for key, times in found.items() if times > 1], "said in two catalogues"
    return texts


def placeholders(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_both_languages_say_the_same_things_with_the_same_placeholders() -> None:
    french, english = (messages(language) for language in LANGUAGES)
    assert french.keys() == english.keys()
    differing = [k for k in french if placeholders(french[k]) != placeholders(english[k])]
    assert differing == []
    assert [key for key, value in {**french, **english}.items() if not value] == []


def test_every_code_that_is_raised_has_a_text() -> None:
    import re

    code = re.compile(
        r"\b(?:UsageError|BadInput|StoreError|PackError|BusinessError|ScreenError|UnknownOutcome|"
        r"LeaseLost|TargetStopped|GreffierError|IllegalTransition|DocumentClosed)\(\s*\"([a-z0-9-]+)\""
    )
    root = Path(__file__).resolve().parents[2]
    rooms = ("forms", "extractors", "classifiers", "bots", "storage", "flows", "desk", "sandbox")
    raised = {
        found
        for room in rooms
        for path in (root / room).rglob("*.py")
        for found in code.findall(path.read_text(encoding="utf-8"))
    }
    known = messages("fr")
    assert raised, "the pattern finds nothing any more"
    missing = [
        c for c in sorted(raised) if f"error.{c}" not in known and f"reason.{c}" not in known
    ]
    assert missing == []


def test_a_missing_key_shows_itself_rather_than_nothing() -> None:
    assert text("no.such.key") == "no.such.key"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_can_be_asked_for(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREFFIER_LANGUAGE", language)
    assert text("decision.review") == {"fr": "en révision", "en": "in review"}[language]
