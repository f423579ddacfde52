"""``greffier calibrate``: from verified documents to the thresholds of a form.

A truth is either the printer's ``truth.json``, its paper in ``inbox/`` beside it, or a file of JSON
lines, one verified document each: ``form``; ``truth``, the right value of each field (``null``:
illegible, no reading of it is right; a field not named is not counted); and what was read: either
``fields`` and ``readers`` as ``greffier read --json`` prints them (unnamed: today's), or
``file`` (relative to the truth) and ``pages``, to be read now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.box import SIMPLE
from rich.table import Table

from desk.diagrams import draw_reliability, draw_risk
from desk.read import as_object
from desk.show import bar, console
from flows.reading import read_confined
from flows.wording import field_label
from forms.calibration import FILE, Calibration
from forms.decide import CAREFUL
from forms.learn import Example, learn, upper_bound
from forms.readers import fingerprint
from forms.schema import PACKS, FormPack, load_packs
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings

#: One line of a truth.
Line = dict[str, Any]
_COLOURS = {"proven": "green", "unproven": "yellow", "refuted": "red"}


class Verified(NamedTuple):
    """One document: what was read of each field, and what is written there."""

    form: str
    fields: Mapping[str, Mapping[str, Any]]
    truth: Mapping[str, str | None]

    def examples(self, pack: FormPack) -> Iterator[Example]:
        """Its readings of the pack's fields, each right or wrong."""
        for name, read in self.fields.items():
            if name in self.truth and pack.find(name):
                # What is no value never goes through, however sure its reader.
                sure = 0.0 if read["value"] is None else read["confidence"]
                right = sure > 0 and read["value"] == self.truth[name]
                yield Example(name, read["reader"], sure, right)


def calibrate_forms(
    truths: list[Path],
    settings: Settings,
    *,
    certainty: float,
    pictures: Path | None,
    keep: Path | None,
    dry_run: bool,
) -> None:
    """Learn, show, draw and, unless it is a dry run, write beside each pack what it is worth.

    Raises ``UsageError`` for a truth that is none or names no known form, and, when the other forms
    are done, for one of which it verifies no value: what was learned of that one before stays.
    """
    packs = load_packs(PACKS, settings.packs)
    documents = _verified(truths, packs, keep)
    untaught = []
    for form in dict.fromkeys(document.form for document in documents):
        ours = [document for document in documents if document.form == form]
        _tell_unknown(ours, packs[form])
        examples = [example for one in ours for example in one.examples(packs[form])]
        if not examples:
            untaught.append(form)
            continue
        learned = learn(packs[form], examples, len(ours), CAREFUL.default, certainty)
        show(learned, packs[form])
        _draw(examples, learned, (pictures or settings.home / "calibration") / form)
        if not dry_run:
            path = _write(learned, packs[form])
            console.print(t("cli.calibrate.written", details={"path": path}), markup=False)
    if untaught:
        raise UsageError("truth-without-values", form=", ".join(untaught))


def _tell_unknown(documents: Iterable[Verified], pack: FormPack) -> None:
    """Say which fields the truth verifies that the form has not, or has no more."""
    named = {name for document in documents for name in document.truth}
    if unknown := sorted(name for name in named if not pack.find(name)):
        about = {"form": pack.id, "fields": ", ".join(unknown)}
        console.print(t("cli.calibrate.unknown", details=about), markup=False)


def _draw(examples: list[Example], learned: Calibration, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw_reliability(examples, learned, folder / "reliability.png")
    draw_risk(examples, learned, folder / "risk.png")
    console.print(t("cli.calibrate.drawn", details={"folder": folder}), markup=False)


def _write(learned: Calibration, pack: FormPack) -> Path:
    path = pack.folder / FILE
    try:
        path.write_text(learned.model_dump_json(indent=1) + "\n", "utf-8")
    except OSError as error:
        raise UsageError("pack-not-writable", path=path) from error
    return path


# -- truths ----------------------------------------------------------------------------------------


def _verified(
    truths: Iterable[Path], packs: dict[str, FormPack], keep: Path | None
) -> list[Verified]:
    """All documents of the truths that could be matched with what was read."""
    entries = [(path, line) for path in truths for line in lines_of(path)]
    found: list[Line] = []
    with bar() as progress:
        task = progress.add_task(t("cli.calibrate.doing"), total=len(entries))
        reading = _Reading()
        for path, line in entries:
            if line["form"] not in packs:
                raise UsageError("truth-unknown-form", path=path, form=line["form"])
            if "fields" in line and line.get("readers", fingerprint()) != fingerprint():
                raise UsageError("truth-read-otherwise", path=path)
            if known := line if "fields" in line else reading.of(path.parent, line):
                found.append(known)
            progress.advance(task)
    if missing := len(entries) - len(found):
        console.print(t("cli.calibrate.missing", details={"count": missing}))
    if not found:
        raise UsageError("truth-empty")
    if keep:
        kept = (json.dumps(line, ensure_ascii=False) + "\n" for line in found)
        keep.touch(mode=0o600)
        keep.write_text("".join(kept), "utf-8")
    return [Verified(line["form"], line["fields"], line["truth"]) for line in found]


class _Reading:
    """Reads the files of a truth, one after the other, each once."""

    def __init__(self, read: Callable[[Path], list[Any]] = read_confined) -> None:
        self._read = read
        self._last: tuple[Path, list[Line]] | None = None

    def of(self, folder: Path, line: Line) -> Line | None:
        """The line with what was read of its document; ``None`` when it was not found."""
        path = folder / line["file"]
        if not path.is_file():
            raise UsageError("no-such-file", path=path)
        if self._last is None or self._last[0] != path:
            self._last = path, [as_object(document) for document in self._read(path)]
        pages = set(line.get("pages") or [])
        for document in self._last[1]:
            same = not pages or pages == set(document["pages"])
            if same and document["form"] == line["form"]:
                return {**document, "truth": line["truth"]}
        return None


def lines_of(path: Path) -> list[Line]:
    """The verified documents of one truth. Raises ``UsageError`` when it is none."""
    try:
        text = path.read_text("utf-8")
        if text.startswith("{") and "files" in (whole := _whole(text)):
            return _printed(whole)
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        for line in lines:
            _check_shape(line)
    except OSError as error:
        raise UsageError("no-such-file", path=path) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("truth-invalid", path=path) from error
    return lines


def _check_shape(line: Line) -> None:
    """Raises ``KeyError``, ``ValueError``, ``TypeError`` or ``AttributeError`` for another one."""
    _ = str(line["form"]), dict(line["truth"]), line["fields"] if "fields" in line else line["file"]
    for read in line.get("fields", {}).values():
        _ = read["value"], float(read["confidence"]), read["reader"]


def _whole(text: str) -> dict[str, Any]:
    """The one JSON object that ``text`` is; an empty one when it is several lines of them."""
    try:
        whole = json.loads(text)
    except ValueError:
        return {}
    return whole if isinstance(whole, dict) else {}


def _printed(truth: dict[str, Any]) -> list[Line]:
    """The documents of a printed batch that somebody filled in and that can be read."""
    return [
        {
            "form": document["form"],
            "file": f"inbox/{file['name']}",
            "pages": document["pages"],
            "truth": document["fields"] | dict.fromkeys(document["illegible"]),
        }
        for file in truth["files"]
        for document in file["documents"]
        if document["form"] and document["pages"]
    ]


# -- showing ---------------------------------------------------------------------------------------


def show(learned: Calibration, pack: FormPack) -> None:
    """The table, one row a field and reader, and the sum of it."""
    about = {
        "form": pack.id,
        "documents": learned.documents,
        "error": f"{learned.accepted_error:.2%}",
        "certainty": f"{learned.certainty:.0%}",
    }
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), title=t("cli.calibrate.title", details=about))
    table.title_justify = "left"
    for heading in ("field", "reader"):
        table.add_column(t(f"cli.calibrate.{heading}"), no_wrap=True, max_width=30)
    for heading in ("examples", "threshold", "share", "wrong", "bound"):
        table.add_column(t(f"cli.calibrate.{heading}"), justify="right", no_wrap=True)
    table.add_column(t("cli.calibrate.pool"), no_wrap=True)
    for one in learned.learned:
        table.add_row(
            field_label(pack, one.field),
            one.reader,
            str(one.examples),
            t("cli.calibrate.never") if one.threshold is None else f"{one.threshold:.4f}",
            f"{one.accepted / one.examples:.1%}",
            str(one.wrong),
            f"{one.bound:.2%}",
            f"[{_COLOURS[one.verdict]}]{t(f'calibration.{one.verdict}')}[/]"
            f" {one.pool} ({one.pooled})",
        )
    console.print(table)
    console.print(t("cli.calibrate.sum", details=_sum(learned)))


def _sum(learned: Calibration) -> dict[str, object]:
    """What these thresholds do on the very examples they were learned on."""
    every = learned.learned
    examples, accepted, wrong = (
        sum(getattr(one, count) for one in every) for count in ("examples", "accepted", "wrong")
    )
    proven = sum(one.accepted for one in every if one.verdict == "proven")
    return {
        "examples": examples,
        "share": f"{accepted / examples:.1%}",
        "proven": f"{proven / max(accepted, 1):.1%}",
        "wrong": wrong,
        "bound": f"{upper_bound(wrong, accepted, learned.certainty):.2%}",
    }
