"""``greffier bots``: write a bot, try it, and see whether its screens are as it knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from greffier.messages import text as t
from greffier.settings import Settings

app = typer.Typer(help=t("cli.bots.help"), no_args_is_help=True)

Target = Annotated[str, typer.Argument(help=t("cli.bots.target"), metavar="DESTINATION")]
Url = Annotated[str, typer.Option("--url", help=t("cli.bots.url"))]
Headed = Annotated[bool, typer.Option("--headed", help=t("cli.bots.headed"))]


@app.command(help=t("cli.bots.new.help"))
def new(
    target: Target,
    into: Annotated[Path | None, typer.Option(help=t("cli.bots.new.into"))] = None,
) -> None:
    from desk.bot_new import write_scaffold

    write_scaffold(target, into)


@app.command("try", help=t("cli.bots.try.help"))
def try_(
    target: Target,
    records: Annotated[
        Path, typer.Argument(help=t("cli.bots.records"), exists=True, metavar="FICHES.json")
    ],
    url: Url = "",
    headed: Headed = False,
    submit: Annotated[
        bool, typer.Option("--submit/--no-submit", help=t("cli.bots.try.submit"))
    ] = True,
    out: Annotated[Path, typer.Option(help=t("cli.bots.try.out"))] = Path("var/try"),
) -> None:
    from desk.bot_try import try_records

    settings = Settings.load()
    raise typer.Exit(try_records(settings, target, records, url, out, headed=headed, submit=submit))


@app.command(help=t("cli.bots.doctor.help"))
def doctor(
    target: Target,
    record: Annotated[
        Path | None,
        typer.Argument(help=t("cli.bots.doctor.record"), exists=True, metavar="[FICHE.json]"),
    ] = None,
    url: Url = "",
    headed: Headed = False,
    approve: Annotated[bool, typer.Option("--approve", help=t("cli.bots.doctor.approve"))] = False,
    who: Annotated[str, typer.Option("--who", envvar="USER", help=t("cli.review.who"))] = "",
) -> None:
    from desk.bot_doctor import examine_target

    settings = Settings.load()
    raise typer.Exit(
        examine_target(settings, target, record, url, who, approve=approve, headed=headed)
    )


@app.command(help=t("cli.bots.record.help"))
def record(
    url: Annotated[str, typer.Argument(help=t("cli.bots.record.url"), metavar="ADRESSE")],
    target: Annotated[str, typer.Option(help=t("cli.bots.target"))] = "nouvelle-destination",
    source: Annotated[
        Path | None,
        typer.Option("--from", help=t("cli.bots.record.from"), exists=True, dir_okay=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help=t("cli.bots.record.out"))] = None,
) -> None:
    from desk.bot_record import record_bot

    record_bot(Settings.load(), url, target, source, out)
