"""`als formats`: the methods that come with als, and the check of a method's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.words import out, text


def list_formats(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help=text("formats.json"))] = False,
    people: Annotated[int, typer.Option(help=text("formats.people"), min=0, max=99)] = 0,
    every: Annotated[int, typer.Option(help=text("formats.every"), min=1, max=366)] = 14,
    facilitator: Annotated[
        bool, typer.Option("--facilitator", help=text("formats.facilitator"))
    ] = False,
) -> None:
    """List the methods, compared for a set when `people` is given."""
    if context.invoked_subcommand is not None:
        return
    from adapters.cli import tables
    from bot.method import formats, recommendation

    all_formats = [formats.load(name) for name in formats.names()]
    if as_json:
        for one in all_formats:
            typer.echo(json.dumps(tables.format_as_json(one)))
        return
    out.print(tables.format_table(all_formats))
    if people:
        choices = recommendation.recommend(people, every, facilitator, all_formats)
        out.print(tables.recommendation_table(choices))
    else:
        for one in all_formats:
            out.print(tables.format_line(one))


def check_format(file: Annotated[Path, typer.Argument(help=text("formats.file"))]) -> None:
    """Refuse a file that a session cannot run, with its key and the reason."""
    from adapters.cli.words import label
    from bot.method import formats

    try:
        checked = formats.read(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError):
        raise CommandFailed("formats.no_file") from None
    except formats.BadFormat as error:
        reason = label(f"format.{error.code}", **error.values)
        place = f"{error.file}: {error.where}"
        raise CommandFailed("formats.wrong", place=place, reason=reason) from None
    out.print(text("formats.good", name=checked.name))
