"""What the commands need from the rest of als, as a protocol that app.py implements.

An adapter may import neither the store nor another adapter, and `als --help` must not wait for
SQLAlchemy and two SDKs. So a command asks for what it needs here, and app.py imports it then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # imported by whoever builds or uses one
    from aiohttp import web

    from adapters.cli.settings import Settings
    from bot.delivery.courier import Courier
    from bot.handlers.host import Host
    from bot.ports import Erased, Platform, Tx
    from bot.ports.runner import Runner
    from bot.ports.store import Maintenance
    from bot.runtime.health import Check
    from bot.runtime.scheduler import Scheduler


class Ledger(Protocol):
    """The ledger of erasures."""

    def entries(self) -> Iterator[Erased]:
        """All entries, the oldest first."""

    def erase_again(self, ledger: Iterable[Erased]) -> int:
        """Erase what a ledger names; how many texts were still there."""


class CommandStore(Protocol):
    """What commands ask of the store."""

    @property
    def maintenance(self) -> Maintenance:
        """Heartbeats and counts."""

    @property
    def ledger(self) -> Ledger:
        """The erasures."""

    def reading(self) -> AbstractContextManager[Tx]:
        """A transaction for reading only."""

    def close(self) -> None:
        """Close all connections."""


class PlatformPart(Protocol):
    """A platform in a process: how to deliver, and the routes by which it calls us."""

    @property
    def platform(self) -> Platform:
        """What the courier delivers through."""

    def attach(self, app: web.Application, host: Host, poke: Callable[[], None], /) -> None:
        """Add its routes. `poke` wakes the scheduler after something was enqueued."""


class MetricsServer(Protocol):
    """Metrics that can be served on a port."""

    def serve(self, port: int) -> Callable[[], None]:
        """Serve them; returns the function that stops it. Raises OSError for a taken port."""


@dataclass
class AppContext:
    """Everything that one process of als consists of."""

    store: CommandStore
    host: Host
    courier: Courier
    scheduler: Scheduler
    run: Runner
    platforms: tuple[PlatformPart, ...] = ()
    metrics: MetricsServer | None = None
    store_errors: tuple[type[Exception], ...] = ()  # raised when the database cannot be used


@dataclass(frozen=True)
class Demo:
    """A playground, ready to be served: its pages, the path to open, and how to start the play."""

    app: web.Application
    path: str
    play: Callable[[], None]


class Wiring(Protocol):
    """What app.py provides. A store that cannot be used raises StoreUnusable throughout."""

    def open_store(self, settings: Settings) -> AbstractContextManager[CommandStore]:
        """The store that the settings name, closed at the end."""

    def migrate(self, settings: Settings) -> None:
        """Bring the tables of the database up to date."""

    def process_lock(self, settings: Settings) -> AbstractContextManager[None]:
        """Be the only process that serves this SQLite file."""

    def process(self, settings: Settings) -> AbstractContextManager[AppContext]:
        """A whole process. Raises CommandFailed when an extra is missing."""

    def setting_faults(self, settings: Settings) -> list[tuple[str, str]]:
        """What is missing in the settings of the platforms: pairs of a setting and a code."""

    def refused_credentials(self, settings: Settings) -> AsyncIterator[Check]:
        """The tokens and secrets that a platform refuses; none for one that is out of reach."""

    def check_platforms(
        self, settings: Settings, beats: Mapping[str, datetime], now: datetime
    ) -> Iterator[Check]:
        """What `als doctor` finds on each platform that is switched on."""

    def demo(self, method: str) -> AbstractContextManager[Demo]:
        """A playground on a database of its own, deleted at the end."""

    def simulate(
        self, database: str | None, tick: Callable[[int], None], **plan: Any
    ) -> dict[str, Any]:
        """Play meetings in an empty database, in memory for None, and report what was seen."""

    def slack_manifest(self, *, history: bool, address: str, name: str) -> dict[str, Any]:
        """The manifest of the Slack app; without an address for Socket Mode."""

    def teams_package(
        self, settings: Settings, *, app_id: str, address: str, history: bool, name: str
    ) -> bytes:
        """The zip file of the Teams app. Raises CommandFailed."""
