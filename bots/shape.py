"""The known shape of a target's screens, and what has changed against it.

A page's shape is one line a control, in the page's order: kind, label, and what bounds it. It holds
no value, so it names nobody. The shape of every page that the bot types in, and of the page it is
about to submit, is compared with what a person has approved: ``bots/<target>.yaml``, beside the
bot. Only a person writes that file, through ``greffier bots doctor``.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from greffier.errors import TargetStopped

if TYPE_CHECKING:
    from bots.contract import Bot

Lines = tuple[str, ...]

#: Name of the page that ``submit`` begins on.
SUBMIT = "submit"
#: How like two labels must be for one to be proposed in place of the other (0 to 1) when nothing
#: else speaks for it. Chosen by eye: « Rue » and « Nom de la rue » are 0.38 alike, capitals aside.
ALIKE = 0.35


@dataclass(frozen=True)
class Known:
    """What a person has approved of a target's screens.

    ``pages``: the first label typed in on a page (or ``SUBMIT``) → its lines. ``used``: the labels
    that the bot found there. ``renamed``: the bot's label → the screen's label now.
    """

    pages: Mapping[str, Lines]
    used: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    on: str = ""


@dataclass(frozen=True)
class Change:
    """How one page differs: lines with ``-`` (gone), ``+`` (new) or two blanks (as known).

    ``proposed``: a label that the bot asks for and no longer finds → the one that seems to have
    taken its place. A guess for a person to approve, and never acted on by itself.
    """

    page: str
    lines: Lines
    proposed: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = [f"[{self.page}]", *self.lines]
        return "\n".join([*told, *(f"? {old} → {new}" for old, new in self.proposed.items())])


def shape_file(kind: type[Bot]) -> Path:
    """Where the known shape of the target of ``kind`` is kept: beside its bot."""
    return Path(inspect.getfile(kind)).with_suffix(".yaml")


def load(kind: type[Bot]) -> Known | None:
    """What is known of the target of ``kind``; ``None`` when nobody has approved anything yet.

    Raises ``TargetStopped("not-a-shape")``: with a file that cannot be read nothing is entered.
    """
    path = shape_file(kind)
    if not path.exists():
        return None
    try:
        kept = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Known(
            pages={name: tuple(lines) for name, lines in kept["pages"].items()},
            used=frozenset(kept["used"]),
            renamed=kept.get("renamed") or {},
            by=kept["approved"]["by"],
            on=str(kept["approved"]["on"]),
        )
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise TargetStopped("not-a-shape", path=path, target=kind.target) from None


def approve(kind: type[Bot], known: Known, by: str) -> Path:
    """Keep ``known`` as what ``by`` approved today; where."""
    path = shape_file(kind)
    kept = {
        "approved": {"by": by, "on": date.today().isoformat()},
        "renamed": dict(known.renamed),
        "pages": {name: list(lines) for name, lines in known.pages.items()},
        "used": sorted(known.used),
    }
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")
    return path


def changes(known: Known, seen: Mapping[str, Lines]) -> list[Change]:
    """How the pages ``seen`` differ from the known ones. An unknown page is new from top to end."""
    return [
        Change(page, _difference(known.pages.get(page, ()), lines))
        for page, lines in seen.items()
        if known.pages.get(page, ()) != lines
    ]


def change_that_explains(
    known: Known, now: Lines, label: str | None, captions: Iterable[str] = ()
) -> Change | None:
    """What has changed on a screen (its lines ``now``) where the bot could not go on.

    ``label`` is what was looked for, if anything; ``captions`` are those of the tables there.
    ``None`` when the trouble is another one: a label that was never there, or a screen that shows
    nothing unknown.
    """
    common = {line for lines in known.pages.values() for line in lines}
    gone = label is not None and label in known.used
    if not gone and not any(line not in common for line in now):
        return None
    page, before = _likest(known, now, label)
    told = _difference(before, now)
    proposed = {}
    if gone and label is not None:
        fresh = [name for name in captions if name not in known.used]
        if not before:
            told = (f'- "{label}"', *told, *(f'+ "{name}"' for name in fresh))
        if taken := _in_place_of(label, before, now, fresh):
            proposed = {label: taken}
    return Change(page, told, proposed)


def _likest(known: Known, now: Lines, label: str | None) -> tuple[str, Lines]:
    """The known page most like ``now``; of those that have ``label``, if any has.

    A page like none of them is called ``?`` and was empty before.
    """
    having = {
        page: lines
        for page, lines in known.pages.items()
        if any(label_of(line) == label for line in lines)
    } or known.pages
    return max(
        [(page, lines) for page, lines in having.items() if set(lines) & set(now)],
        key=lambda page: difflib.SequenceMatcher(None, page[1], now, autojunk=False).ratio(),
        default=("?", ()),
    )


def _in_place_of(label: str, before: Lines, now: Lines, captions: list[str]) -> str | None:
    """The new label most likely to be what ``label`` was: where it stood, else most like it."""
    matcher = difflib.SequenceMatcher(None, before, now, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "replace" and j - i == m - k:
            for old, new in zip(before[i:j], now[k:m], strict=True):
                if label_of(old) == label and old.split()[0] == new.split()[0]:
                    return label_of(new)
    fresh = [label_of(line) for line in now if line not in before]
    if not any(label_of(line) == label for line in before):
        fresh += captions  # it was no control's
    alike = {name.casefold(): name for name in fresh}
    best = difflib.get_close_matches(label.casefold(), alike, n=1, cutoff=ALIKE)
    return alike[best[0]] if best else None


def label_of(line: str) -> str:
    """The label within one line of a shape."""
    found = re.search(r'"(.*)"', line)
    return found.group(1) if found else ""


def _difference(before: Iterable[str], after: Iterable[str]) -> Lines:
    lines = difflib.ndiff(list(before), list(after))
    return tuple(line for line in lines if not line.startswith("?"))
