"""Finds the fonts the printer needs, by the names fontconfig knows them by."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from greffier.errors import UsageError


@cache
def font_path(name: str) -> Path:
    """The file of the font ``name`` (``Family`` or ``Family:style``, as fontconfig writes it).

    Raises ``UsageError("font-missing")`` when it is not installed: fontconfig would silently
    give another, and the paper would no longer be the paper of this seed.
    """
    if not shutil.which("fc-match"):
        raise UsageError("font-missing", font=name)
    answer = subprocess.run(
        ["fc-match", "--format", "%{family}\n%{file}", name],
        capture_output=True,
        text=True,
        check=True,
    )
    families, file = answer.stdout.split("\n")
    if name.partition(":")[0] not in families.replace("\\", "").split(","):
        raise UsageError("font-missing", font=name)
    return Path(file)
