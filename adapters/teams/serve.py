"""Puts Teams' side of a process together, by its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.teams.app import HEARD, MESSAGES, TeamsApp
from adapters.teams.auth import LOGIN, METADATA, Gate, Tokens
from adapters.teams.connector import Connector
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.handler import TeamsHandler
from adapters.teams.references import References
from bot.handlers.host import Host
from bot.ports import Clock, RateLimiter, Vault
from bot.runtime.gateway import Gateway
from bot.runtime.runners import Runner

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """The settings for Teams; `on` if any of them is set.

    `development`: no credentials at all, and therefore on loopback only.
    """

    app_id: str = ""
    password: str = ""
    tenant: str = ""
    tenants: frozenset[str] = frozenset()
    development: bool = False
    targeted: bool = False
    typed: bool = True
    host: str = "127.0.0.1"
    login: str = LOGIN
    transport: Any = None  # for tests: how msal reaches the login service
    metadata: str = METADATA

    @property
    def on(self) -> bool:
        """Whether to serve Teams at all."""
        return bool(self.app_id or self.password or self.tenant or self.development)

    @property
    def faults(self) -> Sequence[tuple[str, str]]:
        """What is missing: pairs of a setting and a code."""
        if not self.on:
            return ()
        if self.development:
            loopback = self.host in LOOPBACK
            return () if loopback else (("TEAMS_DEVELOPMENT", "teams_only_loopback"),)
        wanted = {
            "TEAMS_APP_ID": self.app_id,
            "TEAMS_APP_PASSWORD": self.password,
            "TEAMS_TENANT_ID": self.tenant,
        }
        return [(name, "teams_missing") for name, value in wanted.items() if not value]


class Teams:
    """Teams' part of a process: `platform` for the courier, `attach` for what Teams sends."""

    def __init__(
        self,
        settings: TeamsSettings,
        vault: Vault,
        clock: Clock,
        run: Runner,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self.settings, self._clock, self._run = settings, clock, run
        self._references = References(vault, run)
        tokens = Tokens(
            settings.app_id,
            settings.password,
            settings.tenant,
            settings.login,
            needed=not settings.development,
            transport=settings.transport,
        )
        bot = self._bot = f"28:{settings.app_id}" if settings.app_id else ""
        self._connector = Connector(tokens, bot)
        self.platform = TeamsPlatform(
            self._connector,
            self._references,
            targeted=settings.targeted,
            typed=settings.typed,
            clock=clock,
            rate_limiter=rate_limiter,
        )
        self.app: TeamsApp | None = None

    def attach(self, server: web.Application, host: Host, wake_courier: Callable[[], None]) -> None:
        """Add the route to the process's application."""
        settings = self.settings
        assert not settings.faults, "settings are checked at start"
        allowed = settings.tenants or frozenset({settings.tenant})
        gate = None
        if not settings.development:
            gate = Gate(settings.app_id, allowed, settings.metadata)
        gateway = Gateway(host, self._run, self._clock, HEARD, wake_courier=wake_courier)
        connector, references = self._connector, self._references
        handler = TeamsHandler(gateway, connector, references, self.platform, bot_id=self._bot)
        app = self.app = TeamsApp(gateway, gate, connector, references, handler)
        server.router.add_post(MESSAGES, app.messages)

        async def close(_: web.Application) -> None:
            await app.close()

        server.on_cleanup.append(close)
