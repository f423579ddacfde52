"""Data with truth that is never part of the project: real filings, hostile files."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"


def shared(part: str) -> Path:
    """A file or folder of the data beside the checkout.

    Skips where there is none: it holds papers of real people and files that are not ours to give
    away. Where there is some, a part that is missing is a failure.
    """
    if not DATA.is_dir():
        pytest.skip(
            "no data beside the checkout: papers of real people are never part of the project"
        )
    found = DATA / part
    assert found.exists(), f"{part} is missing from the data"
    return found
