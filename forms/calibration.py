"""What verified documents taught about a form's confidences: data beside the pack.

``greffier calibrate`` writes ``calibration.json``; ``load_pack`` reads it; ``forms.decide`` uses
its thresholds in place of the fixed ones. How it is learned, and what is guaranteed:
``forms.learn``.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from greffier.errors import PackError

FILE = "calibration.json"

#: ``proven``: at most the accepted share is wrong above the threshold. ``refuted``: nothing of it
#: goes through unseen. ``unproven``: too few examples to tell; the fixed threshold stays.
Verdict = Literal["proven", "refuted", "unproven"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Learned(_Part):
    """What is known of one field read by one reader.

    ``examples`` are its own. ``pool`` names the examples the threshold was proven on (its own, or
    those of fields like it): ``pooled`` of them, of which ``accepted`` reach the threshold and
    ``wrong`` of these are wrong. ``bound`` is the upper confidence bound of that share.
    """

    field: str
    reader: str
    examples: int
    verdict: Verdict
    pool: str
    pooled: int
    threshold: float | None = None
    accepted: int = 0
    wrong: int = 0
    bound: float = 1.0


class Calibration(_Part):
    """Everything learned of one form.

    ``curves`` say what a confidence is worth, by pool: steps ``(confidence, share right)``, rising.
    ``certainty`` is that of each bound; ``documents`` how many were verified.
    """

    form: str
    accepted_error: float = Field(gt=0, lt=1)
    certainty: float = Field(gt=0, lt=1)
    documents: int
    learned: tuple[Learned, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]

    def of(self, field: str, reader: str) -> Learned | None:
        """What is known of the field as that reader reads it."""
        return next(
            (one for one in self.learned if (one.field, one.reader) == (field, reader)), None
        )

    def worth(self, field: str, reader: str, confidence: float) -> float | None:
        """The share of readings like this one that were right; ``None`` when none was verified."""
        found = self.of(field, reader)
        curve = self.curves.get(found.pool, ()) if found else ()
        if not curve:
            return None
        step = bisect_right(curve, confidence, key=lambda point: point[0])
        return curve[max(step - 1, 0)][1]


def load_calibration(folder: Path) -> Calibration | None:
    """The calibration of the pack in ``folder``, if it has one. Raises ``PackError``."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise PackError("pack-invalid", path=FILE, pack=folder.name, why=error) from error
