"""Teams in a process: what the settings switch on, put together."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from adapters.teams.app import MESSAGES, TeamsSide
from adapters.teams.auth import Gate, Tokens
from adapters.teams.connector import Connector
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.references import References
from adapters.teams.settings import TeamsSettings
from bot.handlers.host import Host
from bot.ports import Clock, RateLimiter, Vault
from bot.runtime.runners import Runner


class Teams:
    """Teams' part of a process: `platform` for the courier, `attach` for what Teams sends."""

    def __init__(
        self,
        settings: TeamsSettings,
        vault: Vault,
        clock: Clock,
        run: Runner,
        paces: RateLimiter | None = None,
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
            paces=paces,
        )
        self.side: TeamsSide | None = None

    def attach(self, app: web.Application, host: Host, poke: Callable[[], None]) -> None:
        """Add the route to the process's application."""
        settings = self.settings
        assert not settings.faults, "settings are checked at start"
        allowed = settings.tenants or frozenset({settings.tenant})
        gate = None
        if not settings.development:
            gate = Gate(settings.app_id, allowed, settings.metadata)
        side = self.side = TeamsSide(
            host,
            gate,
            self._connector,
            self._references,
            self.platform,
            self._clock,
            self._run,
            bot=self._bot,
            poke=poke,
        )
        app.router.add_post(MESSAGES, side.messages)

        async def close(_: web.Application) -> None:
            await side.finish()

        app.on_cleanup.append(close)
