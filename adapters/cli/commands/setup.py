"""`als init`, `als migrate`, `als doctor`: set als up, and see whether it is in order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from adapters.cli.errors import StoreUnusable
from adapters.cli.wiring import Wiring
from adapters.cli.words import out, text

if TYPE_CHECKING:
    from adapters.cli.settings import Settings
    from bot.runtime.health import Check


def init() -> None:
    """Write a key to `.env`, and keep what stands there."""
    from adapters.cli.settings import new_key

    path = Path(".env")
    content = path.read_text(encoding="utf-8") if path.exists() else ""
    if any(line.strip().startswith("ALS_KEY=") for line in content.splitlines()):
        out.print(text("init.there"))
        return
    if content and not content.endswith("\n"):
        content += "\n"
    path.touch(mode=0o600)
    path.write_text(f"{content}ALS_KEY={new_key()}\n", encoding="utf-8")
    out.print(text("init.written"))
    out.print(text("init.next"), highlight=False)


def migrate(context: typer.Context) -> None:
    """Bring the tables up to date."""
    from adapters.cli.settings import read_settings

    wiring: Wiring = context.obj
    wiring.migrate(read_settings())
    out.print(text("migrate.done"))


def doctor(context: typer.Context) -> None:
    """Check everything, and exit with 1 when something is wrong."""
    from rich.table import Table

    from adapters.cli.settings import read_settings

    checks = _checks(context.obj, read_settings())
    table = Table(title=text("doctor.title"), show_header=False)
    for check in checks:
        style = "red" if check.failed else "yellow" if check.code else "green"
        finding = text(f"doctor.{check.code or 'fine'}", **check.values)
        table.add_row(text(f"doctor.{check.name}"), f"[{style}]{finding}[/]")
    out.print(table)
    raise typer.Exit(any(check.failed for check in checks))


def _checks(wiring: Wiring, settings: Settings) -> list[Check]:
    from datetime import UTC, datetime

    from adapters.cli import health
    from bot.runtime.health import Check

    now = datetime.now(UTC)
    checks = [Check("settings"), health.check_key(bool(settings.keys), settings.plaintext)]
    try:
        with wiring.open_store(settings) as store:
            beats, counts = store.maintenance.heartbeats(), store.maintenance.counts()
    except StoreUnusable as unusable:
        if unusable.code != "no_key":  # the key's own check has named it
            code = unusable.name.removeprefix("doctor.")
            checks.append(Check("database", code, {"code": unusable.code}))
        return checks
    checks += [Check("database"), health.check_scheduler(beats, now)]
    checks += wiring.check_platforms(settings, beats, now)
    return [*checks, *health.check_outbox(counts)]
