"""`als simulate`: whole meetings with simulated members, on a virtual clock."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.wiring import Wiring
from adapters.cli.words import text


def simulate(
    context: typer.Context,
    format: Annotated[str, typer.Option(help=text("simulate.format"))] = "one_problem",
    members: Annotated[int, typer.Option(help=text("simulate.members"), min=2, max=12)] = 6,
    meetings: Annotated[int, typer.Option(help=text("simulate.meetings"), min=1, max=24)] = 2,
    sets: Annotated[int, typer.Option(help=text("simulate.sets"), min=1, max=5000)] = 1,
    seed: Annotated[int, typer.Option(help=text("simulate.seed"))] = 1,
    database: Annotated[str | None, typer.Option(help=text("simulate.database"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=text("simulate.json"))] = False,
    faults: Annotated[bool, typer.Option("--faults", help=text("simulate.faults"))] = False,
) -> None:
    """Simulate meetings, and exit with 1 when the observer saw something go wrong."""
    from adapters.cli import tables
    from bot.method import formats

    wiring: Wiring = context.obj
    if format not in formats.names():
        raise CommandFailed("simulate.unknown_format", known=", ".join(formats.names()))
    method = formats.load(format)
    least, most = method.size.least + method.coach, method.size.most + method.coach
    if not least <= members <= most:
        raise CommandFailed("simulate.small", format=format, least=least, most=most)
    with tables.progress(sets * meetings) as tick:
        report = wiring.simulate(
            database,
            tick,
            format=format,
            members=members,
            meetings=meetings,
            sets=sets,
            seed=seed,
            faults=faults,
        )
    if as_json:
        typer.echo(json.dumps(report))
    else:
        tables.print_report(report)
    raise typer.Exit(bool(report["violations"]))
