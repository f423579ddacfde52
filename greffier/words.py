"""The words of the design as types: what the rooms hand to one another.

Everything here is a frozen value. Boxes are in pixels at 300 dpi of the upright page, origin at
the top left; page numbers are 1-based; confidences are probabilities between 0 and 1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

#: Every page is brought to this resolution before a box on it means anything.
DPI = 300


class Box(NamedTuple):
    """A rectangle on an upright page, in pixels at 300 dpi; x1 and y1 lie just outside it."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


class Decision(StrEnum):
    """What becomes of a document once it is read."""

    ENTER = "enter"
    REVIEW = "review"
    QUARANTINE = "quarantine"


class EntryState(StrEnum):
    """The states of the entry ledger, in the order an undisturbed entry goes through them.

    The last three are ends or halts outside that order: ``UNKNOWN`` (only a reconciler may act),
    ``WITH_PERSON`` (somebody must look) and ``REFUSED`` (a person or the target said no).
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    LOOKED_UP = "looked-up"
    FILLED = "filled"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"
    WITH_PERSON = "with-person"
    REFUSED = "refused"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Reason(_Value):
    """Why something was decided: a code of the message catalogues and what it is about.

    ``code`` is looked up as ``reason.<code>``. ``field`` names the field concerned, if any. Never
    put a value read from paper in here: reasons reach logs and the Prefect UI.
    """

    code: str
    field: str | None = None


class Reading(_Value):
    """One field as read from paper.

    ``value`` is the normalised value (ISO dates, digits without spaces) or ``None`` when what was
    read is no value of the field's type; an empty field has the value ``""``. ``problems`` holds
    reason codes. ``alternatives`` are other texts that one of the readers made of the same pixels.
    """

    name: str
    value: str | None
    raw: str = ""
    confidence: float = Field(ge=0.0, le=1.0)
    page: int | None = None
    box: Box | None = None
    reader: str
    problems: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


class DocumentRead(_Value):
    """One document found in a file, with its readings and what was decided of it.

    ``pages`` are the numbers of its pages within the file; of these, ``blanks`` hold nothing and
    ``separators`` only stood before it: both are kept and nobody reads them. ``form`` is the id of
    a form pack or of another kind known to the classifier, or ``None`` when nothing recognised it.
    """

    source: str
    document: int
    pages: tuple[int, ...] = ()
    blanks: tuple[int, ...] = ()
    separators: tuple[int, ...] = ()
    form: str | None = None
    form_confidence: float = 0.0
    readings: tuple[Reading, ...] = ()
    decision: Decision
    reasons: tuple[Reason, ...] = ()


class Record(_Value):
    """What one target is to be told about one document: its own field names, canonical values.

    Canonical: ISO dates, postal codes as ``G1R 5A5``, numbers without spaces, ``""`` for nothing.
    ``identity`` holds what the file found on the screen must show before anything is typed in it.
    """

    target: str
    form: str
    values: dict[str, str]
    identity: dict[str, str] = Field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values[name]
