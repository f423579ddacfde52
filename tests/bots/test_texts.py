"""Every trouble a bot can meet has its words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bots
from greffier.messages import translations

RAISED = re.compile(
    r"(?:BusinessError|ScreenError|UnknownOutcome|TargetStopped|_fail|_note|_compare)"
    r'\([^"()]*"([a-z-]+)"|otherwise="([a-z-]+)"'
)
SOURCE = "\n".join(path.read_text() for path in Path(bots.__path__[0]).glob("*.py"))
CODES = sorted({first or second for first, second in RAISED.findall(SOURCE)})


def test_the_codes_are_found_in_the_source():
    assert {"wrong-holder", "no-such-option", "target-error", "saved-otherwise"} <= set(CODES)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", CODES)
def test_a_trouble_has_its_text_its_hint_and_its_reason(code, language):
    known = translations(language)
    for key in (f"error.{code}", f"error.{code}.hint", f"reason.{code}"):
        assert known.gettext(key) != key


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", ["absent", "confirmed-but-absent"])
def test_what_a_reconciler_finds_missing_has_its_reason(code, language):
    assert translations(language).gettext(f"reason.{code}") != f"reason.{code}"
