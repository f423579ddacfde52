"""Small files that others read: there whole or not at all, whatever is cut in the middle."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Put ``text`` (UTF-8) at ``path``, readable by its owner alone.

    It is written beside, flushed to the disk and renamed: a reader, or whoever comes back after a
    power cut, finds the old text or the new one. One writer of a path at a time. Raises
    ``OSError``; what was there is then untouched.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # of a writer that was cut off, with whatever rights it had
    new.touch(mode=0o600)
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
