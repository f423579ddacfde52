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

from forms.readers import fingerprint
from greffier.errors import PackError

FILE = "calibration.json"

#: ``proven``: at most the accepted share is wrong above the threshold. ``unproven``: too few
#: examples to tell; a careful threshold holds. ``refuted``: nothing of it goes through unseen.
Verdict = Literal["proven", "refuted", "unproven"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Learned(_Part):
    """What is known of one field read by one reader.

    ``threshold`` is the least confidence that goes through; ``None``: nothing does. Of the field's
    own ``examples``, ``accepted`` reach it and ``wrong`` of these are wrong. ``pool`` names the
    ``pooled`` examples, its own or those of fields like it too, that the verdict rests on; of
    theirs at the threshold at most the share ``bound`` is wrong.
    """

    field: str
    reader: str
    verdict: Verdict
    threshold: float | None
    examples: int
    accepted: int
    wrong: int
    pool: str
    pooled: int
    bound: float


class Calibration(_Part):
    """Everything learned of one form.

    ``curves`` say what a confidence is worth, by pool: steps ``(confidence, share right)``, rising.
    ``certainty`` is that of each bound; ``documents`` how many were verified; ``readers`` names
    what read them (``forms.readers``): of other readers it proves nothing.
    """

    form: str
    accepted_error: float = Field(gt=0, lt=1)
    certainty: float = Field(gt=0, lt=1)
    documents: int
    readers: str = ""
    learned: tuple[Learned, ...]
    curves: dict[str, tuple[tuple[float, float], ...]]

    def is_of_other_readers(self) -> bool:
        """Whether the readers have changed since."""
        return self.readers != fingerprint()

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
    fingerprint()  # a tenth of a second: once, and not in every child that is forked later
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise PackError("pack-invalid", path=FILE, pack=folder.name, why=error) from error
