"""``greffier forms try``: what would be read of a file, with a picture a field."""

from __future__ import annotations

from html import escape
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from desk.show import COLOURS, console
from extractors.confined import Confinement, Limits
from extractors.pages import crop, load
from flows.reading import FileReader, field_picture, page_picture
from flows.wording import explain, field_label
from forms.decide import Thresholds, doubtful
from forms.schema import FormPack
from greffier.messages import text as t
from greffier.settings import Settings
from greffier.words import DocumentRead, Reading


def try_pack(pack: FormPack, file: Path, folder: Path, settings: Settings) -> None:
    """Read ``file`` as the pack would have it, and show the readings here and in ``folder``.

    ``folder`` receives ``index.html``, a picture of each page and one of each field.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    limits = Limits(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb)
    with Confinement(limits=limits) as warden:
        documents = warden.run(_read, pack, file, folder, settings.read_pages)
    known = [document for document in documents if document.readings]
    if not known:
        console.print(
            t("cli.forms.try.unknown", details={"file": file, "form": pack.id}), markup=False
        )
        return
    for document in known:
        for reading in document.readings:
            if reading.page and reading.box:
                page = load(page_picture(folder, reading.page))
                field_picture(folder, reading).write_bytes(crop(page, reading.box))
        console.print(_table(pack, document))
    (folder / "index.html").write_text(_html(pack, file, known), "utf-8")
    console.print(t("cli.forms.try.done", details={"path": folder / "index.html"}), markup=False)


def _read(pack: FormPack, file: Path, folder: Path, most_pages: int) -> list[DocumentRead]:
    return FileReader({pack.id: pack}, most_pages).read(file, folder)


def _cells(pack: FormPack, reading: Reading, doubts: set[str]) -> list[str]:
    """What the table and the page say of a reading."""
    learned = pack.calibration and pack.calibration.worth(
        reading.name, reading.reader, reading.confidence
    )
    needed = Thresholds.of(pack).needed(reading)
    return [
        field_label(pack, reading.name),
        "—" if reading.value is None else reading.value,
        f"{reading.confidence:.3f}",
        f"{learned:.3f}" if learned else "",
        f"{needed:.3f}" if needed <= 1 else t("cli.calibrate.never"),
        t("cli.forms.try.person") if reading.name in doubts else "",
        ", ".join(t(f"reason.{code}", default=code) for code in reading.problems),
    ]


def _headings() -> list[str]:
    names = ("field", "value", "confidence", "worth", "needed", "person", "problems")
    return [t(f"cli.forms.try.{name}") for name in names]


def _table(pack: FormPack, document: DocumentRead) -> Table:
    colour = COLOURS[document.decision]
    decision = f"[{colour}]{t('decision.' + document.decision)}[/]"
    pages = ", ".join(map(str, document.pages))
    table = Table(
        box=SIMPLE,
        title=f"{pack.id} · p. {pages} · {decision}",
        caption=explain(document.reasons, pack),
        title_justify="left",
        caption_justify="left",
    )
    for heading in _headings():
        table.add_column(heading)
    doubts = set(doubtful(pack, document.readings))
    for reading in document.readings:
        table.add_row(*(cell.replace("[", "\\[") for cell in _cells(pack, reading, doubts)))
    return table


def _html(pack: FormPack, file: Path, documents: list[DocumentRead]) -> str:
    body = "".join(_document_html(pack, document) for document in documents)
    title = escape(f"{pack.title.fr} · {file.name}")
    return (
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{body}</html>"
    )


_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}"
    "td img{max-width:34em;max-height:5em}.doubt{background:#fff3d6}"
)


def _document_html(pack: FormPack, document: DocumentRead) -> str:
    doubts = set(doubtful(pack, document.readings))
    heads = "".join(
        f"<th>{escape(head)}</th>" for head in (t("cli.forms.try.picture"), *_headings())
    )
    rows = []
    for reading in document.readings:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in _cells(pack, reading, doubts))
        name = escape(field_picture(Path(), reading).name)
        mark = ' class="doubt"' if reading.name in doubts else ""
        rows.append(f'<tr{mark}><td><img src="{name}" alt=""></td>{cells}</tr>')
    pages = "".join(
        f'<a href="{page_picture(Path(), page)}">p. {page}</a> ' for page in document.pages
    )
    said = escape(t(f"decision.{document.decision}")), escape(explain(document.reasons, pack))
    return f"<p>{pages}· {said[0]} · {said[1]}</p><table><tr>{heads}</tr>{''.join(rows)}</table>"
