"""`als demo`, `als serve`, `als worker`: the commands that run until they are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.errors import CommandFailed
from adapters.cli.wiring import AppContext, Demo, Wiring
from adapters.cli.words import err, out, text

if TYPE_CHECKING:
    from adapters.cli.settings import Settings


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option(help=text("demo.port"), min=0, max=65535)] = 8917,
    browser: Annotated[bool, typer.Option(help=text("demo.browser"))] = True,
    format: Annotated[str, typer.Option(help=text("demo.format"))] = "one_problem",
    play: Annotated[bool, typer.Option("--play", help=text("demo.play"))] = False,
) -> None:
    """Open the playground."""
    from adapters.cli.process import run_until_stopped
    from bot.method import formats

    wiring: Wiring = context.obj
    if format not in formats.names():
        known = ", ".join(formats.names())
        raise CommandFailed("demo.one_format", format=format, known=known)
    with wiring.demo(format) as playground:
        run_until_stopped(_serve_demo(playground, port, browser=browser, play=play), port)


async def _serve_demo(demo: Demo, port: int, *, browser: bool, play: bool) -> None:
    import asyncio
    import webbrowser

    from adapters.cli.process import build_judge_in_background, listen

    async with listen(demo.app, "127.0.0.1", port, grace=1) as address:
        out.print(text("demo.ready"))
        out.print(f"  {address}{demo.path}", highlight=False, soft_wrap=True)
        out.print(text("demo.leave"), style="dim")
        build_judge_in_background()
        if play:
            demo.play()
        if browser:
            await asyncio.to_thread(webbrowser.open, f"{address}{demo.path}")
        await asyncio.Event().wait()


def serve(
    context: typer.Context,
    worker: Annotated[bool, typer.Option(help=text("serve.worker"))] = True,
) -> None:
    """Serve what the settings switch on."""
    from adapters.cli.process import observed, run_until_stopped

    wiring: Wiring = context.obj
    settings = _complete_settings(wiring)
    with (
        wiring.process_lock(settings),
        wiring.process(settings) as process,
        observed(settings, process),
    ):
        run_until_stopped(_serve(wiring, settings, process, worker), settings.port)


async def _serve(wiring: Wiring, settings: Settings, process: AppContext, worker: bool) -> None:
    from adapters.cli.process import build_judge_in_background, listen, stop_requested
    from adapters.cli.web import make_app
    from bot.runtime.runners import ENDING

    stop = stop_requested()
    await _require_accepted_credentials(wiring, settings)
    app = make_app(process, worker=worker)
    async with listen(app, settings.host, settings.port, grace=ENDING) as address:
        err.print(f"{text('serve.ready')} {address}", highlight=False)
        if not process.platforms:
            err.print(text("serve.no_platform"), style="dim")
        build_judge_in_background()
        await stop.wait()


def worker(context: typer.Context) -> None:
    """Run scheduler and courier only."""
    from adapters.cli.process import observed, run_until_stopped

    wiring: Wiring = context.obj
    settings = _complete_settings(wiring)
    with (
        wiring.process_lock(settings),
        wiring.process(settings) as process,
        observed(settings, process),
    ):
        run_until_stopped(_work(wiring, settings, process), 0)


async def _work(wiring: Wiring, settings: Settings, process: AppContext) -> None:
    from adapters.cli.process import stop_requested

    stop = stop_requested()
    await _require_accepted_credentials(wiring, settings)
    process.scheduler.start()
    err.print(text("worker.ready"))
    try:
        await stop.wait()
    finally:
        await process.scheduler.stop()


def _complete_settings(wiring: Wiring) -> Settings:
    """The settings. Raises BadSettings also for what a platform still needs."""
    from adapters.cli.settings import BadSettings, read_settings

    settings = read_settings()
    if faults := wiring.setting_faults(settings):
        raise BadSettings(faults)
    return settings


async def _require_accepted_credentials(wiring: Wiring, settings: Settings) -> None:
    """Raise CommandFailed for a token or secret that its platform refuses."""
    async for check in wiring.refused_credentials(settings):
        raise CommandFailed(f"doctor.{check.code}", **check.values)
