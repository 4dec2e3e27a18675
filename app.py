"""The command line, and the only file that sees bot, adapters and store together."""

from importlib.metadata import version
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, add_completion=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"als {version('als')}")
        raise typer.Exit


@cli.callback()
def als(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Action learning sets that work asynchronously, where the team already talks."""


def main() -> None:
    """Run the command line; the console script `als` starts here."""
    cli()
