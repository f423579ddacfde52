"""A first ``form.yaml`` from what is printed on a blank: names, types and zones, to be corrected.

Types are guessed from the caption, in French or English, and from the number of boxes; a guess that
the boxes contradict is not made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from forms.types import pattern
from greffier.errors import PackError
from greffier.words import Box


class Draft(NamedTuple):
    """One field to be: what its caption says, how the paper asks for it, and where.

    ``zones`` has one box, or one an option by the option's caption; ``page`` is the form's.
    ``name`` is the field's name in an interactive form, else empty.
    """

    caption: str
    layout: str
    page: int
    zones: Mapping[str, Box]
    cells: int | None = None
    name: str = ""


#: The first whose words the caption holds wins: what is more particular comes first.
_TYPES = (
    ("nas", r"assurance sociale|\bn\.?a\.?s\b|social insurance|\bs\.?i\.?n\b"),
    ("nam", r"assurance maladie|\bn\.?a\.?m\b|health insurance|carte soleil"),
    ("saaq_licence", r"permis de conduire|driver.?s licen[cs]e"),
    ("postal_code", r"code postal|postal code"),
    ("email", r"courriel|e-?mail|courrier electronique|adresse electronique"),
    ("phone", r"telephone|cellulaire|\btel\b|\bphone\b|telecopieur|\bfax\b"),
    ("date", r"\bdate\b|\ba{4}\b|\by{4}\b|\bdob\b|\bne\(?e?\)? le\b"),
    ("apartment", r"appartement|\bapp\b|\bapt\b|apartment|\bunit\b|\bsuite\b"),
    ("civic_number", r"numero civique|civic number|street number|^(ancien |nouveau )?numero$"),
    ("digits", r"numero|number|\bno\b|\bn°|dossier|matricule|\bfile\b|montant|amount"),
    ("name", r"\bnom\b|prenom|\bsurname\b|\b(first|last|given|family)? ?name\b|patronyme"),
)
_SIGNED = r"signature|signe"
#: A name is written of a person, not of a street or a firm.
_NOT_A_NAME = r"\brue\b|\bstreet\b|municipal|\bville\b|entreprise|compan|organis|employ"
#: Types that fill any number of boxes, and types made of figures alone.
_FREE = frozenset({"text", "name", "email", "civic_number", "apartment", "digits"})
_FIGURES = frozenset({"date", "nas", "phone"})


def guess_type(caption: str, layout: str, cells: int | None = None) -> str:
    """The name of ``forms.types`` the caption suggests."""
    if layout in ("checkbox", "choice", "signature"):
        return layout
    plain = _plain(caption)
    for kind, words in _TYPES:
        if not re.search(words, plain) or (kind == "name" and re.search(_NOT_A_NAME, plain)):
            continue
        if kind == "digits" and layout != "comb":
            continue
        if layout != "comb" or kind in _FREE or _fills(kind, cells or 0):
            return kind
        if kind in _FIGURES:
            return "digits"  # a part of it: the year, the day
    return "text"


def _fills(kind: str, cells: int) -> bool:
    try:
        pattern(kind, cells)
    except PackError:
        return False
    return True


def field_of(draft: Draft, taken: Iterable[str] = ()) -> dict[str, Any]:
    """The field as ``form.yaml`` writes it, under a name that is not ``taken``."""
    layout = draft.layout
    if layout == "line" and re.search(_SIGNED, _plain(draft.caption)):
        is_date = "date" in _plain(draft.caption)
        layout = "line" if is_date else "signature"
    own = draft.name if re.fullmatch(r"[a-z][a-z0-9_]*", draft.name) else ""
    caption = draft.caption or draft.name or "?"
    found: dict[str, Any] = {
        "name": _free(own or slug(caption), set(taken)),
        "type": guess_type(draft.caption, layout, draft.cells),
        "layout": layout,
    }
    if draft.cells and layout == "comb":
        found["cells"] = draft.cells
    found["label"] = {"fr": caption, "en": caption}
    if layout == "choice":
        options: dict[str, dict[str, str]] = {}
        for option in draft.zones:
            key = option if re.fullmatch(r"[A-Za-z0-9]{1,4}", option) else slug(option)
            options[_free(key, set(options))] = {"fr": option, "en": option}
        found["options"] = options
    return found


def zones_of(draft: Draft, field: Mapping[str, Any]) -> dict[str, list[int]]:
    """The field's zones as a revision writes them."""
    names = [field["name"]]
    if field["layout"] == "choice":
        names = [f"{field['name']}={option}" for option in field["options"]]
    return {name: [draft.page, *box] for name, box in zip(names, draft.zones.values(), strict=True)}


def mark_of(marks: Mapping[int, Iterable[str]]) -> str | None:
    """The pages' symbols as a revision's ``mark``, if they differ by the page number alone."""
    first = sorted(marks.get(1, ()))
    for text in first:
        head, found, tail = text.rpartition("1")
        mark = f"{head}{{page}}{tail}"
        if found and all(mark.format(page=page) in said for page, said in marks.items()):
            return mark
    return first[0] if len(marks) == 1 and first else None


def form_yaml(
    form: str, title: str, language: str, pages: int, mark: str | None, drafts: Sequence[Draft]
) -> str:
    """A whole ``form.yaml``, with a word to its author where a guess was made."""
    fields: list[dict[str, Any]] = []
    zones: dict[str, list[int]] = {}
    for draft in drafts:
        field = field_of(draft, [field["name"] for field in fields])
        fields.append(field)
        zones |= zones_of(draft, field)
    lines = [
        "# Proposed from the blank. Correct names, labels (fr and en), types and zones, say which",
        "# fields are required, then: greffier forms check FOLDER.",
        f"id: {form}",
        f"title: {_flow({'fr': title, 'en': title})}",
        f"language: {language}",
        "accepted_error: 0.005",
        "",
        "fields:",
        *(f"  - {_flow(field)}" for field in fields),
        "",
        "revisions:",
        '  - id: "1"',
        "    blank: blank.pdf",
        *([f"    mark: {_flow(mark)}"] if mark else []),
        f"    pages: {pages}",
        "    zones:",
        *(f"      {_flow(name)}: {_flow(zone)}" for name, zone in zones.items()),
        "",
    ]
    return "\n".join(lines)


def slug(text: str, most: int = 40) -> str:
    """``text`` as a name that a pack may use: ``Nom de l’élève`` → ``nom_de_l_eleve``."""
    plain = re.sub(r"\(.*?\)", " ", _plain(text))
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    cut = words if len(words) <= most else words[:most].rpartition("_")[0] or words[:most]
    return cut if cut[:1].isalpha() else f"field_{cut}".strip("_")


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(other for n in range(2, 1000) if (other := f"{name}_{n}") not in taken)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("’", "'").lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).strip(" :.*")


def _flow(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    )
    return text.removesuffix("...\n").strip()
