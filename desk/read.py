"""``greffier read``: what do these files say? Needs no server and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from desk.show import COLOURS, bar, console
from flows.reading import read_confined
from flows.wording import explain, field_label
from forms.readers import fingerprint
from forms.schema import PACKS, FormPack, load_packs
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import DocumentRead, Reading


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those in the folders named. Raises ``UsageError`` for a wrong path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and p.name[0] != ".")
        elif path.exists():
            found.append(path)
        else:
            raise UsageError("no-such-file", path=path)
    return found


def as_object(read: DocumentRead) -> dict[str, Any]:
    """The JSON object of one document, as other tools rely on it."""
    return {
        "source": read.source,
        "document": read.document,
        "pages": list(read.pages),
        "form": read.form,
        "form_confidence": round(read.form_confidence, 4),
        "readers": fingerprint(),
        "fields": {
            reading.name: {
                "value": reading.value,
                "raw": reading.raw,
                "confidence": round(reading.confidence, 4),
                "page": reading.page,
                "box": list(reading.box) if reading.box else None,
                "reader": reading.reader,
                "problems": list(reading.problems),
            }
            for reading in read.readings
        },
        "decision": read.decision.value,
        "reasons": [reason.model_dump(exclude_none=True) for reason in read.reasons],
    }


def show_readings(paths: list[Path], settings: Settings, *, as_json: bool) -> None:
    """Read ``paths`` and print one line or one table a document, in the order given."""
    files = files_in(paths)
    packs = load_packs(PACKS, settings.packs)
    with ThreadPoolExecutor(settings.readers) as pool, bar() as progress:
        task = progress.add_task(t("cli.read.doing"), total=len(files), visible=not as_json)
        for file, documents in zip(files, pool.map(read_confined, files), strict=True):
            for document in documents:
                document = document.model_copy(update={"source": str(file)})
                if as_json:
                    print(json.dumps(as_object(document), ensure_ascii=False), flush=True)
                else:
                    console.print(_table(document, packs))
            progress.advance(task)


def _value(reading: Reading) -> str:
    """The value for people: a letter's theme has a name in their language."""
    if reading.value is None:
        return "—"
    known = t(f"theme.{reading.value}", default="") if reading.name == "theme" else ""
    return escape(known or reading.value)


def _table(read: DocumentRead, packs: dict[str, FormPack]) -> Table:
    pack = packs.get(read.form or "")
    colour = COLOURS[read.decision]
    decision = f"[{colour}]{t('decision.' + read.decision)}[/]"
    table = Table(
        title=" · ".join(
            (escape(read.source), str(read.document), read.form or t("form.unknown"), decision)
        ),
        title_justify="left",
        caption=explain(read.reasons, pack),
        caption_justify="left",
    )
    for heading in ("field", "value", "confidence", "reader", "problems"):
        table.add_column(t(f"cli.read.{heading}"))
    for reading in read.readings:
        table.add_row(
            field_label(pack, reading.name),
            _value(reading),
            f"{reading.confidence:.3f}",
            reading.reader,
            ", ".join(t(f"reason.{code}", default=code) for code in reading.problems),
        )
    return table
