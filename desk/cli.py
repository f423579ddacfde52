"""The command ``greffier``: each command's own work is in a module of its own.

Exit codes: 0 done; 1 an error, told on standard error; 2 the command was asked for something it
does not do; 3 work is left unaccounted for; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.bots import app as bots
from desk.forms import app as forms
from greffier.errors import GreffierError
from greffier.messages import text as t
from greffier.settings import Settings

app = typer.Typer(
    name="greffier",
    help=t("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sandbox = typer.Typer(help=t("cli.sandbox.help"), no_args_is_help=True)
app.add_typer(sandbox, name="sandbox")
app.add_typer(bots, name="bots")
app.add_typer(forms, name="forms")

Files = Annotated[list[Path], typer.Argument(help=t("cli.files"), metavar="FICHIER…")]


@app.command(help=t("cli.doctor.help"))
def doctor() -> None:
    from desk.doctor import examine

    raise typer.Exit(examine(Settings.load()))


@app.command(help=t("cli.read.help"))
def read(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help=t("cli.read.json"))] = False,
) -> None:
    from desk.read import show_readings

    show_readings(files, Settings.load(), as_json=as_json)


@app.command(help=t("cli.submit.help"))
def submit(
    files: Files,
    ministry: Annotated[str, typer.Option(help=t("cli.submit.ministry"))] = "PRATIQUE",
    wait: Annotated[bool, typer.Option("--wait", help=t("cli.submit.wait"))] = False,
    take: Annotated[bool, typer.Option("--take", help=t("cli.submit.take"))] = False,
) -> None:
    settings = running_settings()
    from desk.submit import submit_files

    raise typer.Exit(submit_files(files, settings, ministry, wait=wait, take=take))


@app.command(help=t("cli.status.help"))
def status(
    batch: Annotated[str | None, typer.Argument(help=t("cli.batch"), metavar="[LOT]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("cli.status.json"))] = False,
) -> None:
    from desk.status import show_status

    show_status(Settings.load(), batch, as_json=as_json)


@app.command(help=t("cli.review.help"))
def review(
    batch: Annotated[str | None, typer.Argument(help=t("cli.batch"), metavar="[LOT]")] = None,
    who: Annotated[str, typer.Option("--who", help=t("cli.review.who"))] = "",
    listing: Annotated[bool, typer.Option("--list", help=t("cli.review.list"))] = False,
) -> None:
    settings = running_settings()
    from desk.review import review_batch

    review_batch(settings, batch, who or os.environ.get("USER", ""), listing=listing)


@app.command(help=t("cli.audit.help"))
def audit(
    head: Annotated[
        str | None, typer.Option(help=t("cli.audit.head"), metavar="N:EMPREINTE")
    ] = None,
    archive: Annotated[bool, typer.Option("--archive", help=t("cli.audit.with-archive"))] = False,
) -> None:
    from desk.audit import audit_home

    audit_home(Settings.load(), head, archive=archive)


@app.command(help=t("cli.calibrate.help"))
def calibrate(
    truths: Annotated[
        list[Path], typer.Argument(help=t("cli.calibrate.truths"), metavar="VÉRITÉ…")
    ],
    certainty: Annotated[
        float, typer.Option(min=0.5, max=0.999, help=t("cli.calibrate.certainty"))
    ] = 0.95,
    pictures: Annotated[Path | None, typer.Option(help=t("cli.calibrate.pictures"))] = None,
    keep: Annotated[Path | None, typer.Option(help=t("cli.calibrate.keep"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.calibrate.dry-run"))] = False,
) -> None:
    from desk.calibrate import calibrate_forms

    calibrate_forms(
        truths,
        Settings.load(),
        certainty=certainty,
        pictures=pictures,
        keep=keep,
        dry_run=dry_run,
    )


@app.command(help=t("cli.separator.help"))
def separator(
    out: Annotated[Path, typer.Argument(help=t("cli.separator.out"), metavar="FEUILLE.pdf")],
) -> None:
    from desk.separator import print_separator

    print_separator(out)


@app.command(help=t("cli.up.help"))
def up() -> None:
    from desk.demo import stay_up

    stay_up()


@app.command(help=t("cli.demo.help"))
def demo(
    seed: Annotated[int, typer.Option(help=t("cli.demo.seed"))] = 2026,
    home: Annotated[Path, typer.Option(help=t("cli.demo.home"))] = Path("var/demo"),
    documents: Annotated[int, typer.Option(min=1, help=t("cli.print.documents"))] = 36,
    fresh: Annotated[bool, typer.Option("--fresh", help=t("cli.demo.fresh"))] = False,
) -> None:
    from desk.demo import run_demo

    raise typer.Exit(run_demo(home, seed, documents, fresh=fresh))


@sandbox.command("print", help=t("cli.print.help"))
def sandbox_print(
    out: Annotated[Path, typer.Argument(help=t("cli.print.out"), metavar="DOSSIER")],
    seed: Annotated[int, typer.Option(help=t("cli.demo.seed"))] = 2026,
    pack: Annotated[str, typer.Option(help=t("cli.print.pack"))] = "changement-adresse",
    degradation: Annotated[str, typer.Option(help=t("cli.print.degradation"))] = "mixed",
    glyphs: Annotated[
        Path | None,
        typer.Option(help=t("cli.print.glyphs"), exists=True, dir_okay=False, metavar="G.npz"),
    ] = None,
    documents: Annotated[int, typer.Option(min=1, help=t("cli.print.documents"))] = 36,
) -> None:
    from desk.practice import print_paper

    print_paper(out, seed, pack, degradation, glyphs, documents)


@sandbox.command("serve", help=t("cli.serve.help"))
def sandbox_serve(
    register: Annotated[
        Path, typer.Argument(help=t("cli.serve.register"), exists=True, metavar="REGISTRE.json")
    ],
    state: Annotated[Path, typer.Option(help=t("cli.serve.state"))] = Path("var/targets"),
    only: Annotated[list[str] | None, typer.Option(help=t("cli.serve.only"))] = None,
) -> None:
    from desk.practice import serve_targets

    serve_targets(register, state, only)


def running_settings() -> Settings:
    """Settings of a home whose services run. Raises ``GreffierError`` when they do not."""
    settings = Settings.load()
    if not settings.prefect_api_url:
        raise GreffierError("services-down", home=settings.home)
    # Prefect reads its own variables when it is imported: say so before anything imports it.
    os.environ.setdefault("PREFECT_API_URL", settings.prefect_api_url)
    os.environ.setdefault("PREFECT_HOME", str(settings.home / "prefect"))
    return settings


def main() -> None:
    """The entry point: errors are told in the reader's language, without a traceback."""
    try:
        app()
    except GreffierError as error:
        typer.secho(error.explain(), err=True, fg="red")
        sys.exit(error.exit_code)
