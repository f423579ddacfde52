"""What the commands that train a reader have in common."""

from __future__ import annotations

import argparse
import logging
import tomllib
from pathlib import Path
from typing import Any


def options(of: str | None, config: Path, out: Path) -> argparse.ArgumentParser:
    """The options of the command whose module says ``of`` itself what it does."""
    found = argparse.ArgumentParser(description=(of or "").partition("\n")[0])
    found.add_argument("--config", type=Path, default=config)
    found.add_argument("--digits", type=Path, required=True, help="npz: images, labels")
    found.add_argument("--fonts", type=Path, action="append", default=[], help="more folders")
    found.add_argument("--out", type=Path, default=out)
    return found


def settings(given: argparse.Namespace) -> dict[str, Any]:
    """The configuration that was asked for, with the folders of fonts; from now on it is told what
    is done."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = tomllib.loads(given.config.read_text(encoding="utf-8"))
    config["fonts"]["folders"] += [str(folder) for folder in given.fonts]
    return config
