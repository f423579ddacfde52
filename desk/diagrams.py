"""The two pictures of a calibration: is a confidence worth what it says, and what does it cost?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from forms.calibration import Calibration
from forms.learn import Example, cuts, lower_bound, upper_bound, worth
from greffier.messages import text as t

#: Edges of the reliability diagram's bins: narrow where decisions fall.
_EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0001)
#: Panels beside one another.
_ACROSS = 3
#: The smallest doubt shown; smaller ones are drawn there.
_LEAST = 2e-4
_SEEN, _BOUND, _RULE = "#17334d", "#8fa8b8", "#b3541e"


def draw_reliability(examples: Sequence[Example], learned: Calibration, path: Path) -> None:
    """One panel a reader: share wrong by doubt (one less the confidence), with its bounds.

    Both scales are logarithmic: decisions fall where a plain one shows a single point. The steps
    are the worth learned; on the dotted line a confidence means what it says, above it less.
    """
    with _panels(examples, learned, t("diagram.reliability"), path) as panels:
        for axes, ours in panels:
            for low, high in pairwise(_EDGES):
                inside = [one for one in ours if low <= one.confidence < high]
                if inside:
                    _draw_bin(axes, inside, learned.certainty)
            confidences, shares = np.array(worth(ours)).T
            axes.step(_doubt(confidences), _doubt(shares), where="post", color=_RULE, linewidth=1)
            axes.plot([_LEAST, 1], [_LEAST, 1], ":", color="grey", linewidth=1)
            axes.set(xscale="log", yscale="log", xlim=(1, _LEAST), ylim=(_LEAST, 1))
            axes.set(xlabel=t("diagram.doubt"), ylabel=t("diagram.wrong"))


def _draw_bin(axes: Axes, inside: list[Example], certainty: float) -> None:
    count, wrong = len(inside), sum(not one.right for one in inside)
    at = max(1 - sum(one.confidence for one in inside) / count, _LEAST)
    ends = lower_bound(wrong, count, certainty), upper_bound(wrong, count, certainty)
    axes.plot([at, at], np.maximum(ends, _LEAST), color=_BOUND, linewidth=2)
    axes.plot(at, max(wrong / count, _LEAST), "o", color=_SEEN)


def _doubt(shares: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    return [float(doubt) for doubt in np.maximum(1 - shares, _LEAST)]


def draw_risk(examples: Sequence[Example], learned: Calibration, path: Path) -> None:
    """One panel a reader: share wrong, and its upper bound (dashed), by share accepted."""
    with _panels(examples, learned, t("diagram.risk"), path) as panels:
        for axes, ours in panels:
            found = cuts(ours, learned.certainty)
            shares = [cut.accepted / len(ours) for cut in found]
            axes.plot(shares, [cut.wrong / cut.accepted for cut in found], ".-", color=_SEEN)
            axes.plot(shares, [cut.bound for cut in found], "--", color=_BOUND)
            axes.axhline(learned.accepted_error, color=_RULE, linewidth=1)
            axes.set(xlim=(0, 1), ylim=(0, 10 * learned.accepted_error))
            axes.set(xlabel=t("diagram.accepted"), ylabel=t("diagram.wrong"))


@contextmanager
def _panels(
    examples: Sequence[Example], learned: Calibration, title: str, path: Path
) -> Iterator[list[tuple[Axes, list[Example]]]]:
    """A panel and its examples for each reader; the picture is written at the end."""
    readers = sorted({example.reader for example in examples})
    rows = -(-len(readers) // _ACROSS)
    figure = Figure(figsize=(4 * _ACROSS, 4 * rows), dpi=110, layout="constrained")
    figure.suptitle(f"{title} · {learned.form}")
    panels = []
    for place, reader in enumerate(readers, start=1):
        axes = figure.add_subplot(rows, _ACROSS, place)
        ours = [example for example in examples if example.reader == reader]
        axes.set_title(f"{reader} ({len(ours)})")
        panels.append((axes, ours))
    yield panels
    figure.savefig(path, format="png")
