"""The web application of `als serve`: the platforms' routes, /healthz and /readyz."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from adapters.cli.health import scheduler_is_alive
from adapters.cli.wiring import AppContext


def make_app(process: AppContext, *, worker: bool = True) -> web.Application:
    """The application. With `worker` its start and end are the scheduler's, too."""
    app = web.Application()
    for part in process.platforms:
        part.attach(app, process.host, process.scheduler.poke if worker else _poke_nobody)

    async def healthz(_: web.Request) -> web.Response:
        beats = await process.run(process.store.maintenance.heartbeats)
        alive = scheduler_is_alive(beats, datetime.now(UTC))
        return web.json_response({"scheduler": alive}, status=200 if alive else 503)

    async def readyz(_: web.Request) -> web.Response:
        """Whether requests may be sent here: not while it stops, nor without a database."""
        ready = not process.courier.draining
        if ready:
            try:
                await process.run(process.store.maintenance.heartbeats)
            except process.store_errors:
                ready = False
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def drain(_: web.Application) -> None:
        process.courier.draining = True

    async def start_scheduler(_: web.Application) -> None:
        process.scheduler.start()

    async def stop_scheduler(_: web.Application) -> None:
        await process.scheduler.stop()

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.on_shutdown.append(drain)
    if worker:
        app.on_startup.append(start_scheduler)
        app.on_cleanup.append(stop_scheduler)
    return app


def _poke_nobody() -> None:
    """Another process runs the scheduler, and polls by itself."""
