"""`als manifest`: what a platform needs to know to make the app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.wiring import Wiring
from adapters.cli.words import out, text


def slack(
    context: typer.Context,
    history: Annotated[bool, typer.Option(help=text("manifest.history"))] = True,
    http: Annotated[str, typer.Option("--http", help=text("manifest.http"))] = "",
    name: Annotated[str, typer.Option(help=text("manifest.name"))] = "",
) -> None:
    """Print the manifest to make the Slack app from."""
    wiring: Wiring = context.obj
    if http and not http.startswith("https://"):
        raise CommandFailed("manifest.https")
    manifest = wiring.slack_manifest(history=history, address=http, name=name)
    typer.echo(json.dumps(manifest, indent=2))


def teams(
    context: typer.Context,
    address: Annotated[str, typer.Option("--http", help=text("manifest.address"))],
    app_id: Annotated[str, typer.Option(help=text("manifest.app_id"))] = "",
    file: Annotated[Path, typer.Option("--out", help=text("manifest.out"))] = Path("als.zip"),
    history: Annotated[bool, typer.Option(help=text("manifest.rsc"))] = True,
    name: Annotated[str, typer.Option(help=text("manifest.name"))] = "",
) -> None:
    """Write the package of the Teams app."""
    from adapters.cli.settings import read_settings

    wiring: Wiring = context.obj
    package = wiring.teams_package(
        read_settings(), app_id=app_id, address=address, history=history, name=name
    )
    file.write_bytes(package)
    out.print(text("manifest.written", file=file.name))
