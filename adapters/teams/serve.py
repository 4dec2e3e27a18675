"""Puts Teams' side of a process together, by its settings."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from adapters.teams.app import HEARD, MESSAGES, TeamsApp
from adapters.teams.auth import Gate, Tokens
from adapters.teams.connector import Connector
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.handler import TeamsHandler
from adapters.teams.references import References
from adapters.teams.settings import TeamsSettings
from bot.handlers.host import Host
from bot.ports import Clock, RateLimiter, Vault
from bot.ports.runner import Runner
from bot.runtime.gateway import Gateway


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
