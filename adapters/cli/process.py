"""How a process runs: its web server, its log and metrics, the judge, and how it stops."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from aiohttp import web

from adapters.cli import hooks, logs
from adapters.cli.errors import CommandFailed
from adapters.cli.settings import Settings
from adapters.cli.wiring import AppContext
from adapters.cli.words import err, text
from bot.judge import prepare


def freeze_garbage() -> None:
    """Exempt what is loaded now from garbage collection.

    A full collection takes a tenth of a second in which no event is handled. Most of what an event
    leaves is freed by its reference count.
    """
    gc.collect()
    gc.freeze()


def build_judge_in_background() -> None:
    """Build the default judge in a thread, because it takes a second and nobody should wait.

    A message that comes earlier waits for the same judge (bot.judge.judge_for).
    """

    def build() -> None:
        prepare()
        freeze_garbage()

    threading.Thread(target=build, name="judge", daemon=True).start()


@asynccontextmanager
async def listen(app: web.Application, host: str, port: int, *, grace: float) -> AsyncIterator[str]:
    """Serve an application; yields its address. `grace`: seconds for open requests at the end."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@contextmanager
def observed(settings: Settings, process: AppContext) -> Iterator[None]:
    """Begin the log, and what the settings switch on of error reports and metrics."""
    logs.begin(settings.log, as_json=settings.log_json)
    if settings.sentry:
        hooks.sentry(settings.sentry)
    if process.metrics is None:
        yield
        return
    try:
        stop = process.metrics.serve(settings.metrics_port)
    except OSError:
        # Two processes on one machine need a port each.
        raise CommandFailed("address_in_use", port=settings.metrics_port) from None
    try:
        yield
    finally:
        stop()


def stop_requested() -> asyncio.Event:
    """An event that is set on SIGTERM.

    The loop's own handler, because it wakes a sleeping loop: a handler of `signal` may run just
    before the loop falls asleep, and an idle process would never stop.
    """
    requested = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, requested.set)
    return requested


def run_until_stopped(main: Coroutine[Any, Any, None], port: int) -> None:
    """Run it until it ends, or Ctrl-C. Raises CommandFailed when the port is taken."""
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandFailed("address_in_use", port=port) from None
        raise
    err.print(text("stopped"), style="dim")
