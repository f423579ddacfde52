"""``python -m extractors.hand_train --config config.toml --digits mnist.npz``: train and ship.

Writes ``extractors/models/hand.onnx`` and prints what the model card says. See the card for the
environment.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors import hand_cells
from extractors.hand_train import glyphs, paper
from extractors.hand_train.command import options, settings

MODEL = Path(__file__).parents[1] / "models" / "hand.onnx"
log = logging.getLogger("hand_train")


def main() -> None:
    command = options(__doc__, Path(__file__).with_name("config.toml"), MODEL)
    command.add_argument("--cells", type=Path, help="npz to keep the cut cells in, or to reuse")
    given = command.parse_args()
    config = settings(given)

    if given.cells and given.cells.exists():
        with np.load(given.cells) as kept:
            cells = {name: kept[name] for name in kept.files}
    else:
        cells = {}
        for held_out in (False, True):
            images, classes = cut(config, given.digits, held_out)
            name = "held" if held_out else "train"
            cells |= {f"{name}_images": images, f"{name}_classes": classes}
            log.info("%s: %d cells", name, len(images))
        if given.cells:
            np.savez(given.cells, **cells)

    from extractors.hand_train import network  # JAX starts threads: only once the workers ended

    started = time.monotonic()
    params = network.train(cells["train_images"], cells["train_classes"], config, config["seed"])
    log.info("trained in %.0f s", time.monotonic() - started)
    z = network.scores(params, cells["held_images"])
    heat = network.temperature(z, cells["held_classes"])
    network.export(params, heat, str(config["seed"]), given.out)
    report(z / heat, cells["held_classes"], heat)


def cut(
    config: dict[str, Any], digits: Path, held_out: bool
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Print, degrade and cut combs, in ``workers`` processes: images and classes of the cells."""
    share = config["paper"]["held_strips" if held_out else "strips"]
    workers = config["paper"]["workers"]
    jobs = [(config, digits, held_out, job, share // (4 * workers)) for job in range(4 * workers)]
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_cut_some, jobs))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _cut_some(
    job: tuple[dict[str, Any], Path, bool, int, int],
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    config, digits, held_out, number, strips = job
    cv2.setNumThreads(1)
    rng = np.random.default_rng([config["seed"], number, int(held_out)])
    images, labels = glyphs.load_digits(digits, config["digits"]["train"], held_out)
    named = config["fonts"]
    names = named["held_out"] if held_out else named["hand"] + named["machine"]
    fonts = glyphs.find_fonts(names, named["folders"])
    source = glyphs.Glyphs(images, labels, fonts, stroke_share=0.0 if held_out else 0.4)
    content = config["content"]
    shares = tuple(content[kind] for kind in paper.KINDS)
    found, classes = [], []
    for _ in range(strips):
        strip = paper.comb(source, shares, rng)
        cells = hand_cells.split(strip.image, len(strip.classes))
        seen = cells.ink > 0  # no ink at all is empty without asking the network
        found.append(cells.glyphs[seen])
        classes.append(np.array(strip.classes, np.int32)[seen])
    return np.concatenate(found), np.concatenate(classes)


def report(z: NDArray[np.float64], classes: NDArray[np.int32], heat: float) -> None:
    """Log how well held-out cells are read, by kind, and how well calibrated."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    log.info("temperature %.3f, calibration error %.4f", heat, calibration_error(p, classes))
    for name, kin in (("digits", range(10)), ("capitals", range(10, 36))):
        mine = np.isin(classes, kin)
        within = np.argmax(p[mine][:, kin], axis=1) + kin[0]
        log.info(
            "%s: %d cells, right %.4f; knowing the kind %.4f",
            name,
            mine.sum(),
            np.mean(np.argmax(p[mine], axis=1) == classes[mine]),
            np.mean(within == classes[mine]),
        )


def calibration_error(p: NDArray[np.float64], classes: NDArray[np.int32], bins: int = 15) -> float:
    """Expected calibration error of the likeliest class, equal-width bins (Guo et al., 2017)."""
    sure, right = p.max(axis=1), np.argmax(p, axis=1) == classes
    at = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(sure[at == b].mean() - right[at == b].mean()) * np.mean(at == b)
            for b in range(bins)
            if np.any(at == b)
        )
    )


if __name__ == "__main__":
    main()
