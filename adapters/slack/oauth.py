"""Installing in many workspaces (`/slack/install`), on the vault.

Bolt's flow leads through it: a state that serves once, bound to the browser by a cookie.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.clients import Install, ManyWorkspaces, web_client
from adapters.slack.manifest import scopes
from bot.cards.wording import wording
from bot.method.policy import DEFAULT_LANGUAGE
from bot.ports import Clock, Vault
from bot.ports.errors import describe_error
from bot.ports.runner import Runner

INSTALL, BACK = "/slack/install", "/slack/oauth_redirect"
STATE = "slack/state/"
STATE_LIVES = 600  # seconds

log = logging.getLogger("als.slack")


class States(AsyncOAuthStateStore):
    """OAuth states, in the vault: each serves once, for ten minutes, in any process."""

    def __init__(self, vault: Vault, clock: Clock, run: Runner) -> None:
        self._vault, self._clock, self._run = vault, clock, run

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """Issue a state."""
        state = secrets.token_urlsafe(24)
        now = str(self._clock.now().timestamp())
        await self._run(self._vault.keep_secret, STATE + state, now)
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued here, not long ago, and not used before."""
        issued = await self._run(self._vault.take_secret, STATE + state[:100])
        return issued is not None and self._clock.now().timestamp() - float(issued) < STATE_LIVES


class Installations(AsyncInstallationStore):
    """Bolt's installation store, on the vault. Saves only workspaces that are allowed."""

    def __init__(self, clients: ManyWorkspaces, teams: frozenset[str]) -> None:
        self._clients, self._teams = clients, teams

    @property
    def logger(self) -> logging.Logger:
        """Where Bolt logs; its messages carry no secret."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Save an installation. Raises NotAllowed if its workspace is not allowed."""
        whole = bool(installation.is_enterprise_install)
        team = "" if whole else str(installation.team_id or "")
        enterprise = str(installation.enterprise_id or "")
        if self._teams and not {team, enterprise} & self._teams:
            raise NotAllowed
        await self._clients.keep(
            Install(
                team=team,
                token=str(installation.bot_token or ""),
                bot_user=str(installation.bot_user_id or ""),
                bot=str(installation.bot_id or ""),
                enterprise=enterprise,
                refresh=str(installation.bot_refresh_token or ""),
                expires=int(installation.bot_token_expires_at or 0),
                scopes=",".join(installation.bot_scopes or ()),
                app=str(installation.app_id or ""),
                installer=str(installation.user_id or ""),
            )
        )

    async def async_save_bot(self, bot: Bot) -> None:
        """Never called: tokens are renewed in clients.py."""
        raise NotImplementedError


class NotAllowed(BoltError):
    """A workspace that SLACK_ALLOWED_TEAMS does not name."""


def add_install(
    app: web.Application,
    clients: ManyWorkspaces,
    vault: Vault,
    clock: Clock,
    run: Runner,
    *,
    client_id: str,
    client_secret: str,
    api: str,
    authorize_at: str,
    teams: frozenset[str],
    history: bool,
) -> None:
    """Add `/slack/install` and the callback that Slack redirects to."""
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(scopes(history=history)),
        installation_store=Installations(clients, teams),
        state_store=States(vault, clock, run),
        state_expiration_seconds=STATE_LIVES,
        install_page_rendering_enabled=False,
        authorization_url=authorize_at or None,
        callback_options=AsyncCallbackOptions(success=_welcome, failure=_sorry),
    )
    flow = AsyncOAuthFlow(settings=settings, client=web_client(api), logger=log)

    async def begin(request: web.Request) -> web.Response:
        return await to_aiohttp_response(
            await flow.handle_installation(await to_bolt_request(request))
        )

    async def back(request: web.Request) -> web.Response:
        try:
            answer = await flow.handle_callback(await to_bolt_request(request))
        except Exception as error:
            # Slack or the store did not answer: whoever installs may try again.
            log.error("an installation failed: %s", describe_error(error))
            answer = _page(503, "slack.not_installed")
        return await to_aiohttp_response(answer)

    app.router.add_get(INSTALL, begin)
    app.router.add_get(BACK, back)


async def _welcome(args: AsyncSuccessArgs) -> BoltResponse:
    return _page(200, "slack.installed")


async def _sorry(args: AsyncFailureArgs) -> BoltResponse:
    log.warning("an installation failed: %s", args.reason[:80])
    if isinstance(args.error, NotAllowed):
        return _page(403, "slack.not_here")
    return _page(args.suggested_status_code, "slack.not_installed")


def _page(status: int, label: str) -> BoltResponse:
    words = wording(DEFAULT_LANGUAGE)  # nobody is known yet who could have chosen one
    page = (
        f'<!doctype html><html lang="{words.language}"><meta charset="utf-8"><title>als</title>'
        f"<p>{words.label(label)}</p>"
    )
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
    }
    return BoltResponse(status=status, body=page, headers=headers)
