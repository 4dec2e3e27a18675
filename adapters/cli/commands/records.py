"""`als ledger` and `als insights`: what the database says of erasures, and of a programme."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.wiring import Wiring
from adapters.cli.words import out, text


def ledger(
    context: typer.Context,
    replay: Annotated[Path | None, typer.Option(help=text("ledger.replay"))] = None,
) -> None:
    """Print what was erased, or erase it again after a restore."""
    from adapters.cli import ledger
    from adapters.cli.settings import read_settings

    wiring: Wiring = context.obj
    with wiring.open_store(read_settings()) as store:
        if replay is None:
            for entry in store.ledger.entries():
                typer.echo(ledger.line(entry))
            return
        try:
            with replay.open(encoding="utf-8") as lines:
                count = store.ledger.erase_again(ledger.read(lines))
        except (OSError, UnicodeDecodeError):
            raise CommandFailed("ledger.no_file") from None
        except ledger.BadLedger as error:
            raise CommandFailed("ledger.bad_line", line=error.line) from None
        out.print(text("ledger.done", count=count))


def insights(context: typer.Context) -> None:
    """Print what a programme may see of its sets: sums only."""
    from adapters.cli import tables
    from adapters.cli.settings import read_settings
    from bot.method import policy
    from bot.queries.insights import of_programme

    wiring: Wiring = context.obj
    with wiring.open_store(read_settings()) as store, store.reading() as tx:
        sums = of_programme(tx)
    if sums is None:
        least = {
            "sets": policy.PROGRAMME_SETS_LEAST,
            "people": policy.PROGRAMME_PEOPLE_LEAST,
        }
        out.print(text("insights.too_few", **least), highlight=False)
        return
    out.print(tables.programme_table(sums))
    rated = sums.ratings.people
    name = "insights.rated" if rated else "insights.no_ratings"
    out.print(text(name, people=rated), style="dim")
