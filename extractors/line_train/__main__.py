"""``python -m extractors.line_train --digits mnist.npz --fonts FOLDER``: train and ship.

Writes ``extractors/models/lines.onnx`` and prints what the model card says. See the card for the
environment.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors import lines
from extractors.hand_train.command import options, settings
from extractors.hand_train.glyphs import find_fonts, load_digits
from extractors.line_train import paper, texts

log = logging.getLogger("line_train")


class Strips(NamedTuple):
    """Strips side by side: ``pixels`` (HEIGHT, sum of ``widths``), and the text of each."""

    pixels: NDArray[np.uint8]
    widths: NDArray[np.int64]
    texts: list[str]

    def separate(self) -> list[NDArray[np.uint8]]:
        """Each by itself: (HEIGHT, its width)."""
        return np.split(self.pixels, np.cumsum(self.widths)[:-1], axis=1)


def main() -> None:
    command = options(__doc__, Path(__file__).with_name("config.toml"), lines.MODEL)
    command.add_argument("--strips", type=Path, help="folder to keep the lines in, or to reuse")
    given = command.parse_args()
    config = settings(given)

    train, held = (
        _kept(given.strips, config, given.digits, held_out) for held_out in (False, True)
    )
    from extractors.line_train import network  # TensorFlow starts threads: not before the workers

    started = time.monotonic()
    model = network.train(train, held, config)
    log.info("trained in %.0f s", time.monotonic() - started)
    network.export(model, held, str(config["seed"]), given.out)


def _kept(folder: Path | None, config: dict[str, Any], digits: Path, held_out: bool) -> Strips:
    path = folder / f"{'held' if held_out else 'train'}.npz" if folder else None
    if path and path.exists():
        with np.load(path) as data:
            return Strips(data["pixels"], data["widths"], data["texts"].tolist())
    made = _write(config, digits, held_out)
    log.info("%d lines", len(made.texts))
    if path:
        np.savez(path, pixels=made.pixels, widths=made.widths, texts=np.array(made.texts))
    return made


def _write(config: dict[str, Any], digits: Path, held_out: bool) -> Strips:
    """Write, degrade and cut lines in ``workers`` processes."""
    share = config["paper"]["held_lines" if held_out else "lines"]
    jobs = 8 * config["paper"]["workers"]
    with ProcessPoolExecutor(config["paper"]["workers"]) as pool:
        parts = list(
            pool.map(partial(_write_some, config, digits, held_out, share // jobs), range(jobs))
        )
    return Strips(
        np.concatenate([part.pixels for part in parts], axis=1),
        np.concatenate([part.widths for part in parts]),
        [text for part in parts for text in part.texts],
    )


def _write_some(
    config: dict[str, Any], digits: Path, held_out: bool, count: int, number: int
) -> Strips:
    cv2.setNumThreads(1)
    rng = np.random.default_rng([config["seed"], number, int(held_out)])
    images, labels = load_digits(digits, config["digits"]["train"], held_out)
    named, prefix = config["fonts"], "held_out_" if held_out else ""
    hands, machines = (
        find_fonts(named[prefix + kind], named["folders"]) for kind in ("hand", "machine")
    )
    pens = paper.Pens(hands, machines, images, labels)
    source = texts.Texts(texts.load_words(Path(config["texts"]["dictionary"])), rng)
    found: list[NDArray[np.uint8]] = []
    said: list[str] = []
    while len(found) < count:
        line = paper.line(pens, source.draw(), rng.random() < config["paper"]["hand_share"], rng)
        if line.ink.any():
            found.append(lines.strip(line.writing, line.ink))
            said.append(line.text)
    return Strips(np.concatenate(found, axis=1), np.array([s.shape[1] for s in found]), said)


if __name__ == "__main__":
    main()
