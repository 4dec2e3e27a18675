"""Wires bot, adapters and store together, and nothing else. It is the only file that sees all.

The commands stand in adapters/cli. They get a `Wiring` from here, whose methods import what they
need when they are called: `als --help` loads neither SQLAlchemy nor an SDK.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.cli.errors import CommandFailed, StoreUnusable
from adapters.cli.main import make_cli
from adapters.cli.wiring import AppContext, Demo
from adapters.slack.settings import SlackSettings
from adapters.teams.settings import TeamsSettings

if TYPE_CHECKING:
    from adapters.cli.settings import Settings
    from adapters.web.playground import Playground
    from bot.ports import Clock, Platform
    from bot.ports.runner import Runner
    from bot.runtime.health import Check
    from store import SqlStore

PACKAGE_VERSION = "1.0.0"  # of the Teams app package: raise it when its manifest changes
APART = timedelta(seconds=2)  # between two workers in one conversation: Slack's 1 s, Teams' 2 s
HANDS = 3  # lanes that one worker serves at the same time on PostgreSQL
GC_THRESHOLDS = (10_000, 20, 50)  # collect seldom: what is loaded stays, and events leave little
POOL = 6  # threads for transactions on PostgreSQL, fewer than store.engine's connections


def runner(store: SqlStore) -> Runner:
    """Where this store's transactions run: off the event loop."""
    from bot.runtime.runners import WriterThread, thread_pool

    return thread_pool(POOL) if store.postgres else WriterThread(store.group_commit)


def open_store(settings: Settings) -> SqlStore:
    """The store that the settings name. Raises StoreRefused, StoreFailed or StoreBusy."""
    from store import SqlStore, StoreRefused

    try:
        return SqlStore(settings.database, keys=settings.keys, plaintext=settings.plaintext).open()
    except OSError as error:
        # The folder is missing or not writable. The path stays out of the message.
        raise StoreRefused(error.strerror or "cannot_open") from None


def build(settings: Settings, clock: Clock | None = None) -> AppContext:
    """Wire one process from its settings. Raises as open_store does, and hooks.Missing."""
    import secrets

    from adapters.cli import hooks
    from adapters.cli.metrics import PrometheusMetrics
    from adapters.cli.system import RandomIds, RealClock
    from bot.delivery.courier import NO_TIME, Courier
    from bot.handlers.host import Host
    from bot.runtime.scheduler import AMONG_MANY, SAFETY, Scheduler
    from store import StoreBusy, StoreFailed

    store, clock = open_store(settings), clock or RealClock()
    run = runner(store)
    prometheus = PrometheusMetrics(clock.now) if settings.metrics_port else None
    traces = hooks.traces(settings.traces) if settings.traces else None
    metrics = hooks.Several(*(sink for sink in (prometheus, traces) if sink))
    host = Host(store, RandomIds(), metrics=metrics)
    parts = platform_parts(settings, store, clock, run)
    platforms: dict[str, Platform] = {part.platform.name: part.platform for part in parts}
    apart, hands = (APART, HANDS) if store.postgres else (NO_TIME, 1)
    courier = Courier(store, platforms, clock, secrets.token_hex(4), run, metrics, apart, hands)
    every = AMONG_MANY if store.postgres else SAFETY
    scheduler = Scheduler(host, courier, clock, run, every)
    return AppContext(
        store, host, courier, scheduler, run, parts, prometheus, (StoreBusy, StoreFailed)
    )


def platform_parts(
    settings: Settings, store: SqlStore, clock: Clock, run: Runner
) -> tuple[Any, ...]:
    """The platforms that are switched on; only their SDKs are imported."""
    parts: list[Any] = []
    limits = (
        store.rate_limiter if store.postgres else None
    )  # one process alone needs no shared rate limits
    if (slack := slack_settings(settings)).on:
        from adapters.slack.serve import Slack

        parts.append(Slack(slack, store.vault, clock, run, limits))
    if (teams := teams_settings(settings)).on:
        from adapters.teams.serve import Teams

        parts.append(Teams(teams, store.vault, clock, run, limits))
    return tuple(parts)


def platform_doctors(settings: Settings) -> Iterator[tuple[Any, Any, str]]:
    """For each platform that is switched on: its settings, its doctor, its heartbeat's name."""
    if (slack := slack_settings(settings)).on:
        from adapters.slack import app as slack_app
        from adapters.slack import doctor as slack_doctor

        yield slack, slack_doctor, slack_app.HEARD
    if (teams := teams_settings(settings)).on:
        from adapters.teams import app as teams_app
        from adapters.teams import doctor as teams_doctor

        yield teams, teams_doctor, teams_app.HEARD


def slack_settings(settings: Settings) -> SlackSettings:
    """The settings of Slack."""
    return SlackSettings(**settings.of_platform("slack"))


def teams_settings(settings: Settings) -> TeamsSettings:
    """The settings of Teams."""
    return TeamsSettings(host=settings.host, **settings.of_platform("teams"))


@contextmanager
def open_demo(*, pace: float = 1.0, method: str | None = None) -> Iterator[Playground]:
    """A playground with a database of its own, deleted at the end.

    `method` is the format of the sets made in it; `pace` is how fast *Play it for me* goes on:
    1.0 can be read along, 0 does not wait.
    """
    import tempfile

    from adapters.cli.system import RandomIds
    from adapters.web.cast import load_cast
    from adapters.web.chat import Chat
    from adapters.web.playground import Playground
    from bot.delivery.courier import Courier
    from bot.handlers.host import Host
    from bot.method import formats
    from bot.runtime.virtual_clock import ClockRunner, VirtualClock
    from store import SqlStore, new_key

    with tempfile.TemporaryDirectory(prefix="als-demo-", ignore_cleanup_errors=True) as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'demo.db'}", keys=(new_key(),)).open()
        try:
            clock = VirtualClock(next_monday(datetime.now(UTC)))
            chat, people = Chat(clock.now), load_cast()
            host = Host(store, RandomIds(), method or formats.DEFAULT)
            courier = Courier(store, {chat.name: chat}, clock)
            clock_runner = ClockRunner(clock, host, courier)
            yield Playground(host, clock_runner, chat, people, pace=pace)
        finally:
            store.close()


def next_monday(now: datetime) -> datetime:
    """Nine o'clock (UTC) on the Monday to come: the playground's week begins there."""
    day = now + timedelta(days=7 - now.weekday())
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the errors of the store into StoreUnusable, which the command line prints."""
    from store import StoreBusy, StoreFailed, StoreRefused

    try:
        yield
    except (StoreRefused, StoreFailed) as error:
        raise StoreUnusable(error.code) from error
    except StoreBusy as error:
        raise StoreUnusable("no_connection") from error


class Wiring:
    """What the commands get; adapters.cli.wiring.Wiring says what each method is for."""

    @contextmanager
    def open_store(self, settings: Settings) -> Iterator[SqlStore]:
        with store_errors():
            store = open_store(settings)
            try:
                yield store
            finally:
                store.close()

    def migrate(self, settings: Settings) -> None:
        from store import migrate

        with store_errors():
            migrate(settings.database)

    @contextmanager
    def process_lock(self, settings: Settings) -> Iterator[None]:
        from store import process_lock

        with store_errors(), process_lock(settings.database):
            yield

    @contextmanager
    def process(self, settings: Settings) -> Iterator[AppContext]:
        with store_errors():
            process = build(settings)
            try:
                yield process
            finally:
                process.store.close()

    def setting_faults(self, settings: Settings) -> list[tuple[str, str]]:
        return [*slack_settings(settings).faults, *teams_settings(settings).faults]

    async def refused_credentials(self, settings: Settings) -> AsyncIterator[Check]:
        for own, doctor, _ in platform_doctors(settings):
            for check in await doctor.refused(own):
                yield check

    def check_platforms(
        self, settings: Settings, beats: Mapping[str, datetime], now: datetime
    ) -> Iterator[Check]:
        import asyncio

        for own, doctor, heartbeat in platform_doctors(settings):
            yield from asyncio.run(doctor.look(own, beats.get(heartbeat), now))

    @contextmanager
    def demo(self, method: str) -> Iterator[Demo]:
        from adapters.web.app import PLAY, make_app, start_path

        with open_demo(method=method) as playground:
            page = make_app(playground)
            yield Demo(page, start_path(playground), page[PLAY].start)

    def simulate(
        self, database: str | None, tick: Callable[[int], None], **plan: Any
    ) -> dict[str, Any]:
        import asyncio

        from adapters.simulate.run import Plan, simulate
        from store import SqlStore, migrate

        with store_errors():
            if database is not None:
                migrate(database)
            store = SqlStore(database or "sqlite://", plaintext=True).open()
            try:
                if any(store.maintenance.counts().values()):
                    raise CommandFailed("simulate.not_empty")
                return asyncio.run(simulate(Plan(**plan), store, tick))
            finally:
                store.close()

    def slack_manifest(self, *, history: bool, address: str, name: str) -> dict[str, Any]:
        from adapters.slack.manifest import manifest

        return manifest(history=history, socket=not address, address=address, name=name)

    def teams_package(
        self, settings: Settings, *, app_id: str, address: str, history: bool, name: str
    ) -> bytes:
        from adapters.teams.manifest import BadPackage, package

        try:
            return package(
                app_id or settings.teams_app_id,
                address,
                version=PACKAGE_VERSION,
                name=name,
                history=history,
                targeted=settings.teams_targeted,
            )
        except BadPackage as bad:
            raise CommandFailed(f"manifest.{bad}") from None


cli = make_cli(Wiring())


def main() -> None:
    """Run the command line; the console script `als` starts here."""
    gc.set_threshold(*GC_THRESHOLDS)
    cli()
