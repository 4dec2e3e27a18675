"""Puts Slack's side of a process together, by its settings.

One workspace by a token, or many by OAuth; over Socket Mode (no public address) or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from adapters.slack.app import HEARD, SlackApp
from adapters.slack.clients import Clients, ManyWorkspaces, OneWorkspace, web_client
from adapters.slack.deliver import SlackPlatform
from adapters.slack.oauth import add_install
from adapters.slack.routes import add_events
from adapters.slack.settings import SlackSettings
from bot.handlers.host import Host
from bot.ports import Clock, RateLimiter, Vault
from bot.ports.runner import Runner
from bot.runtime.gateway import Gateway


class Slack:
    """Slack's part of a process: `platform` for the courier, `attach` for what Slack sends."""

    def __init__(
        self,
        settings: SlackSettings,
        vault: Vault,
        clock: Clock,
        run: Runner,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self.settings, self._vault, self._clock, self._run = settings, vault, clock, run
        self.clients: Clients = self._clients()
        self.platform = SlackPlatform(
            self.clients, typed=settings.history, rate_limiter=rate_limiter
        )
        self.app: SlackApp | None = None
        self._socket: AsyncSocketModeHandler | None = None

    def _clients(self) -> Clients:
        settings = self.settings
        if settings.bot_token:
            return OneWorkspace(settings.bot_token, settings.api)
        return ManyWorkspaces(
            self._vault,
            self._clock,
            self._run,
            settings.client_id,
            settings.client_secret,
            settings.api,
        )

    def attach(self, server: web.Application, host: Host, wake_courier: Callable[[], None]) -> None:
        """Add the routes, and the socket if there is one, to the process's application."""
        settings = self.settings
        gateway = Gateway(host, self._run, self._clock, HEARD, wake_courier=wake_courier)
        app = self.app = SlackApp(
            gateway,
            self.clients,
            self.platform,
            api=settings.api,
            allowed_teams=settings.teams,
        )
        if settings.app_token:
            server.on_startup.append(self._connect)
        else:
            add_events(server, app, settings.signing_secret, self._clock)
        if isinstance(self.clients, ManyWorkspaces):
            add_install(
                server,
                self.clients,
                self._vault,
                self._clock,
                self._run,
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                api=settings.api,
                # On the API's host, because another Slack (GovSlack) has another one.
                authorize_at=settings.authorize or urljoin(settings.api, "/oauth/v2/authorize"),
                teams=settings.teams,
                history=settings.history,
            )
        server.on_cleanup.append(self._close)

    async def _connect(self, _: web.Application) -> None:
        assert self.app is not None
        client = web_client(self.settings.api, self.settings.app_token)
        self._socket = AsyncSocketModeHandler(
            self.app.bolt, self.settings.app_token, web_client=client
        )
        await self._socket.connect_async()  # type: ignore[no-untyped-call]

    async def _close(self, _: web.Application) -> None:
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        if self.app is not None:
            await self.app.gateway.drain()
