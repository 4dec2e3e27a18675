"""The command line `als`: which commands there are, and the one place where they fail.

Each command stands in adapters/cli/commands/ and imports what it needs when it runs. It gets a
Wiring as Typer's context object, because only app.py may import the store and other adapters.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from adapters.cli.commands import formats, judge, manifest, records, serve, setup, simulate
from adapters.cli.errors import CommandFailed
from adapters.cli.wiring import Wiring
from adapters.cli.words import err, text


class CommandGroup(TyperGroup):
    """Runs a command. What it raises as CommandFailed is printed in one line, and exits with 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the options; an unknown command is named before Typer loads pydantic for them."""
        if args and not args[0].startswith("-"):
            self.resolve_command(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was chosen."""
        try:
            return super().invoke(ctx)
        except CommandFailed as failure:
            err.print(str(failure), highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(1) from None


def make_cli(wiring: Wiring) -> typer.Typer:
    """The command line over the given wiring."""
    cli = typer.Typer(
        cls=CommandGroup, no_args_is_help=True, add_completion=False, help=text("about")
    )

    @cli.callback()
    def als(
        context: typer.Context,
        _version: Annotated[
            bool,
            typer.Option("--version", callback=show_version, is_eager=True, help=text("version")),
        ] = False,
    ) -> None:
        context.obj = wiring

    for name, command in (
        ("demo", serve.demo),
        ("serve", serve.serve),
        ("worker", serve.worker),
        ("init", setup.init),
        ("migrate", setup.migrate),
        ("doctor", setup.doctor),
        ("ledger", records.ledger),
        ("insights", records.insights),
        ("judge", judge.judge),
        ("simulate", simulate.simulate),
    ):
        cli.command(name, help=text(f"{name}.help"))(command)

    formats_cli = typer.Typer(invoke_without_command=True, help=text("formats.help"))
    formats_cli.callback()(formats.list_formats)
    formats_cli.command("check", help=text("formats.check_help"))(formats.check_format)
    cli.add_typer(formats_cli, name="formats")

    manifest_cli = typer.Typer(no_args_is_help=True, help=text("manifest.help"))
    manifest_cli.command("slack", help=text("manifest.slack"))(manifest.slack)
    manifest_cli.command("teams", help=text("manifest.teams"))(manifest.teams)
    cli.add_typer(manifest_cli, name="manifest")
    return cli


def show_version(wanted: bool) -> None:
    """Print the version and exit, when asked for."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"als {version('als')}")
        raise typer.Exit
