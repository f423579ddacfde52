"""``greffier forms``: propose a form pack from a blank, check it, try it on a file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from forms.schema import FORM_ID, PACKS, FormPack, load_pack, load_packs
from greffier.errors import UsageError
from greffier.messages import text as t
from greffier.settings import Settings

app = typer.Typer(help=t("cli.forms.help"), no_args_is_help=True, rich_markup_mode="rich")

Pack = Annotated[str, typer.Argument(help=t("cli.forms.pack"), metavar="FORMULAIRE")]
Pictures = Annotated[Path | None, typer.Option(help=t("cli.forms.pictures"), metavar="DOSSIER")]


@app.command("new", help=t("cli.forms.new.help"))
def new(
    blank: Annotated[Path, typer.Argument(help=t("cli.forms.blank"), metavar="VIERGE.pdf")],
    out: Annotated[Path, typer.Option(help=t("cli.forms.out"), metavar="DOSSIER")] = Path("packs"),
    form: Annotated[str, typer.Option("--id", help=t("cli.forms.id"))] = "",
    title: Annotated[str, typer.Option(help=t("cli.forms.title"))] = "",
    language: Annotated[str, typer.Option(help=t("cli.forms.language"))] = "fra",
    interactive: Annotated[bool, typer.Option(help=t("cli.forms.interactive"))] = True,
    pictures: Pictures = None,
) -> None:
    from extractors.files import sniff
    from extractors.propose import read_blank
    from forms.draft import Draft, form_yaml, mark_of, slug

    if not blank.is_file():
        raise UsageError("no-such-file", path=blank)
    if sniff(blank) != "PDF":
        raise UsageError("blank-not-pdf", path=blank)
    form = form or slug(blank.parent.name if blank.stem == "blank" else blank.stem).replace(
        "_", "-"
    )
    if not re.fullmatch(FORM_ID, form):
        raise UsageError("form-id", form=form)
    folder = out / form
    if (folder / "form.yaml").exists():
        raise UsageError("pack-exists", path=folder)
    found = read_blank(blank, language, interactive=interactive)
    drafts = [
        Draft(one.caption, one.layout, one.page, one.zones, one.cells, one.name)
        for one in found.asked
    ]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(blank, folder / "blank.pdf")
    mark = mark_of(found.marks)
    text = form_yaml(form, title or found.title or form, language, found.pages, mark, drafts)
    (folder / "form.yaml").write_text(text, "utf-8")
    pack = load_pack(folder)
    _show_fields(pack)
    drawn = _draw(pack, pictures)
    typer.echo(t("cli.forms.new.done", details={"folder": folder, "pictures": drawn, "form": form}))


@app.command("check", help=t("cli.forms.check.help"))
def check(pack: Pack, pictures: Pictures = None) -> None:
    found = find_pack(pack, Settings.load())
    faults = [_tell(finding) for finding in findings(found)]
    drawn = _draw(found, pictures)
    if drawn:
        typer.echo(t("cli.forms.check.drawn", details={"pictures": drawn}))
    key = "cli.forms.check.faults" if any(faults) else "cli.forms.check.sound"
    typer.echo(t(key, details={"form": pack, "count": sum(faults)}))
    raise typer.Exit(1 if any(faults) else 0)


@app.command("try", help=t("cli.forms.try.help"))
def try_(
    pack: Pack,
    file: Annotated[Path, typer.Argument(help=t("cli.forms.file"), metavar="FICHIER")],
    out: Annotated[
        Path | None, typer.Option(help=t("cli.forms.try.out"), metavar="DOSSIER")
    ] = None,
) -> None:
    from desk.trial import try_pack

    settings = Settings.load()
    if not file.is_file():
        raise UsageError("no-such-file", path=file)
    found = find_pack(pack, settings)
    try_pack(found, file, out or settings.home / "forms" / found.id / file.stem, settings)


def find_pack(name: str, settings: Settings) -> FormPack:
    """The pack in the folder ``name``, or the one of that id. Raises ``UsageError``."""
    if (Path(name) / "form.yaml").is_file():
        return load_pack(Path(name))
    packs = load_packs(PACKS, settings.packs)
    if name not in packs:
        raise UsageError("no-such-pack", pack=name, known=", ".join(sorted(packs)))
    return packs[name]


def findings(pack: FormPack) -> Iterator[tuple[str, bool, dict[str, object]]]:
    """Everything to say of the pack: its data, its blanks, its registers, its targets."""
    from bots.registry import all_bots
    from extractors.overlay import blank_pages, marks_of
    from forms.checks import check_blank, check_pack

    yield from check_pack(pack)
    for revision in pack.revisions:
        pages = blank_pages(pack, revision)
        sizes = [(page.shape[1], page.shape[0]) for page in pages]
        yield from check_blank(revision, sizes, marks_of(pages))
    bots = all_bots()
    for target, destination in pack.destinations.items():
        about: dict[str, object] = {"target": target}
        if target not in bots:
            yield "target-without-bot", False, about | {"known": ", ".join(sorted(bots))}
        elif untyped := bots[target].typed() - set(destination.values):
            yield "target-not-told", False, about | {"fields": ", ".join(sorted(untyped))}


def _tell(finding: tuple[str, bool, dict[str, object]]) -> bool:
    """Say one finding; whether it is a fault."""
    code, fault, about = finding
    head = t("cli.forms.fault" if fault else "cli.forms.advice")
    typer.secho(f"{head} ", fg="red" if fault else "yellow", nl=False)
    typer.echo(t(f"check.{code}", details=about))
    return fault


def _draw(pack: FormPack, pictures: Path | None) -> Path | None:
    """Draw the zones on every page of every blank; where, if there is any."""
    from extractors.overlay import blank_pages, draw_zones

    folder = pictures or Settings.load().home / "forms" / pack.id
    drawn = False
    for revision in pack.revisions:
        pages = draw_zones(pack, revision, blank_pages(pack, revision))
        for number, picture in enumerate(pages, start=1):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"zones-{revision.id}-{number}.png").write_bytes(picture)
            drawn = True
    return folder if drawn else None


def _show_fields(pack: FormPack) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from desk.show import console

    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("page", "name", "type", "layout", "caption"):
        table.add_column(t(f"cli.forms.column.{heading}"))
    zones = pack.revisions[-1].zones
    for spec in pack.fields:
        cells = f" × {spec.cells}" if spec.cells else ""
        options = f" ({', '.join(spec.options)})" if spec.options else ""
        page = str(zones[spec.zone_names[0]].page)
        table.add_row(page, spec.name, spec.type, spec.layout + cells + options, spec.label.fr)
    console.print(table)
