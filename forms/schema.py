"""The shape of a form pack: ``form.yaml`` and the blank it describes.

A pack is data. Its fields say what is asked, its revisions say where on the paper, its
destinations say which target is told what.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from forms.calibration import Calibration, load_calibration
from greffier.errors import PackError
from greffier.words import Box

#: The packs that come with Greffier.
PACKS = Path(__file__).parent / "packs"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Part):
    """A name people see, in both languages."""

    fr: str
    en: str


class Zone(_Part):
    """Where something is on a revision: 1-based page of the form and pixels at 300 dpi."""

    page: int = Field(ge=1)
    box: Box


def _zone(value: object) -> object:
    """Packs write a zone as ``[page, x0, y0, x1, y1]``."""
    if isinstance(value, list) and len(value) == 5:
        return {"page": value[0], "box": value[1:]}
    return value


class Rule(_Part):
    """A rule over fields of the record, by its name in ``forms.rules``. It only lowers trust."""

    rule: str
    fields: tuple[str, ...]
    value: str | None = None


class Place(_Part):
    """Where a value stands beside its caption, on forms that are read by their captions.

    ``sides`` are tried in their order. ``labels`` are words printed between caption and value: the
    value is right of the first or below it, and left of the others. ``lines`` is the most it may
    have. ``pattern``, a regular expression, is what the value looks like: its first group, or all
    of the match; groups called ``y``, ``m`` and ``d`` make a date, in whatever order they stand.
    ``stamp``: where nothing is found beside a caption, the date of a received stamp at an angle is.
    """

    sides: tuple[Literal["below", "right"], ...] = ("below", "right")
    labels: tuple[str, ...] = ()
    lines: int = Field(1, ge=1)
    pattern: str | None = None
    stamp: bool = False


class FieldSpec(_Part):
    """One field of the form.

    ``type`` is a name of ``forms.types``. ``layout`` says how the paper asks for it: ``comb`` (one
    box a character, ``cells`` of them), ``line`` (free writing on a line or in a frame),
    ``checkbox`` (one box: value ``"yes"`` or ``""``), ``choice`` (one box an option: the value is
    the option's key), ``signature`` (value ``"present"`` or ``""``). ``captions`` are what the form
    prints beside the field, in all its revisions. ``lookup`` names a register that knows the value
    (see ``forms.lookups``); where it knows it under another spelling, it confirms the ``text`` or
    only who is meant, the ``bearer`` of a name.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    type: str
    layout: Literal["comb", "line", "checkbox", "choice", "signature"] = "line"
    cells: int | None = Field(None, ge=1)
    options: dict[str, Label] = Field(default_factory=dict)
    captions: tuple[str, ...] = ()
    place: Place = Place()
    required: bool = False
    lookup: str | None = None
    lookup_confirms: Literal["text", "bearer"] = "text"

    @model_validator(mode="after")
    def _complete(self) -> FieldSpec:
        if self.layout == "comb" and not self.cells:
            raise ValueError(f"{self.name}: a comb field says how many cells it has")
        if self.layout == "choice" and not self.options:
            raise ValueError(f"{self.name}: a choice field has options")
        return self

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The names this field's zones go by in a revision: ``name``, or ``name=option``."""
        if self.layout == "choice":
            return tuple(f"{self.name}={option}" for option in self.options)
        return (self.name,)


class Revision(_Part):
    """One printing of the form: its blank, its machine-readable mark and its zones.

    ``blank`` is a PDF beside ``form.yaml``. ``mark`` is what the Data Matrix or Code 39 symbol on
    each page says, ``{page}`` standing for the 1-based page number.
    """

    id: str
    blank: str | None = None
    mark: str | None = None
    pages: int = Field(1, ge=1)
    zones: dict[str, Annotated[Zone, BeforeValidator(_zone)]] = Field(default_factory=dict)


class Destination(_Part):
    """One target a record of this form goes to.

    ``when`` names the check box that sends it there (always, if absent). ``key`` are the record's
    fields that, with the normalised values, make the business key. ``values`` and ``identity``
    map the target's field names to the form's.
    """

    label: Label
    when: str | None = None
    key: tuple[str, ...]
    values: dict[str, str]
    identity: dict[str, str] = Field(default_factory=dict)


class Retention(_Part):
    """How long the dossier is kept: the rule of the approved calendar, and years."""

    rule: str
    years: int = Field(ge=0)


#: What a form may be called; its folder is called the same.
FORM_ID = r"^[a-z0-9-]+$"


class FormPack(_Part):
    """A form: everything Greffier knows of it.

    A form of which no blank is known is told by what it prints: ``titles``, each alone on its line,
    and ``signs``, phrases that no other form has, of all revisions. Its fields are read by their
    captions, its values stand where ``Place`` says.
    """

    id: str = Field(pattern=FORM_ID)
    title: Label
    language: str = "fra"
    titles: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    fields: tuple[FieldSpec, ...]
    rules: tuple[Rule, ...] = ()
    revisions: tuple[Revision, ...] = ()
    destinations: dict[str, Destination] = Field(default_factory=dict)
    accepted_error: float = Field(0.005, gt=0, lt=1)
    retention: Retention | None = None
    folder: Path = Path()
    calibration: Calibration | None = None

    @model_validator(mode="after")
    def _names_agree(self) -> FormPack:
        names = {field.name for field in self.fields}
        if len(names) != len(self.fields):
            raise ValueError("two fields have the same name")
        zone_names = {zone for field in self.fields for zone in field.zone_names}
        for revision in self.revisions:
            if unknown := set(revision.zones) - zone_names:
                raise ValueError(f"revision {revision.id}: zones of no field: {sorted(unknown)}")
        for rule in self.rules:
            if unknown := set(rule.fields) - names:
                raise ValueError(f"rule {rule.rule}: no such fields: {sorted(unknown)}")
        for target, destination in self.destinations.items():
            used = {*destination.key, *destination.values.values(), *destination.identity.values()}
            if destination.when:
                used.add(destination.when)
            if unknown := used - names:
                raise ValueError(f"destination {target}: no such fields: {sorted(unknown)}")
        return self

    def field(self, name: str) -> FieldSpec:
        """The field called ``name``; ``KeyError`` if there is none."""
        if found := self.find(name):
            return found
        raise KeyError(name)

    def find(self, name: str) -> FieldSpec | None:
        """The same, or ``None``: what was read by an older pack may name fields it has no more."""
        return next((field for field in self.fields if field.name == name), None)

    def blank_path(self, revision: Revision) -> Path | None:
        """Where the revision's blank PDF is."""
        return self.folder / revision.blank if revision.blank else None


def load_pack(folder: Path) -> FormPack:
    """The pack in ``folder``. Raises ``PackError`` with what is wrong in its ``form.yaml``."""
    path = folder / "form.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        learned = load_calibration(folder)
        return FormPack.model_validate({**data, "folder": folder, "calibration": learned})
    except (OSError, yaml.YAMLError, TypeError, ValidationError) as error:
        raise PackError("pack-invalid", path=path.name, pack=folder.name, why=error) from error


def load_packs(*folders: Path | None) -> dict[str, FormPack]:
    """All packs of ``folders`` (default: those that come with Greffier), by id."""
    found: dict[str, FormPack] = {}
    for folder in folders or (PACKS,):
        if folder is None:
            continue
        for path in sorted(folder.glob("*/form.yaml")):
            pack = load_pack(path.parent)
            found[pack.id] = pack
    return found
