"""Which token to use: that of one workspace from the settings, or of many from the vault.

Rule 1: a token is read where it is used and never logged; nobody outside this file sees one.
Rule 2: a token that expires is renewed here, whoever asks (an event or the scheduler), and of
        two processes that would renew it one does: its refresh token serves once.
Rule 3: SDK retries are off. The courier is the only one that tries again.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import API
from bot.ports import Clock, Vault
from bot.ports.runner import Runner

PREFIX = "slack/install/"
ORG = "slack/org/"  # + workspace: the id of the organisation whose installation serves it
CLAIM = 30  # seconds for which a process that has begun a renewal has it to itself
EARLY = 2 * 3600  # seconds before its expiry at which a token is renewed
TIMEOUT = 10  # seconds a call may take


class NotInstalled(Exception):
    """There is no token for this workspace: the app is not installed there (any more)."""


class NotFresh(Exception):
    """The token has expired and could not be renewed now: try again."""


@dataclass(frozen=True, slots=True)
class Install:
    """An installation. `expires` is seconds since 1970, 0 for never.

    `team` is "" for an installation in a whole organisation (`enterprise`).
    """

    team: str
    token: str
    bot_user: str
    bot: str = ""
    enterprise: str = ""
    refresh: str = ""
    expires: int = 0
    scopes: str = ""
    app: str = ""
    installer: str = ""
    renewing: int = 0  # when somebody began to renew it, in seconds since 1970

    @property
    def name(self) -> str:
        """Its name in the vault."""
        return PREFIX + (self.team or self.enterprise)


class Clients(Protocol):
    """Where a client for an installation comes from."""

    async def install(self, team: str, enterprise: str = "") -> Install:
        """The installation, with a token that is valid. Raises NotInstalled."""
        ...

    async def client(self, team: str, enterprise: str = "") -> AsyncWebClient:
        """A client with the workspace's token. Raises NotInstalled."""
        ...

    def revoked(self, team: str) -> None:
        """Drop what is cached of a workspace."""
        ...


def web_client(api: str, token: str = "") -> AsyncWebClient:
    """A client without retries of its own (platforms.md: they repeat, sleep and hide)."""
    return AsyncWebClient(token=token or None, base_url=api, timeout=TIMEOUT, retry_handlers=[])


class OneWorkspace:
    """A token from the settings."""

    def __init__(self, token: str, api: str = API) -> None:
        self._client, self._install = web_client(api, token), None  # type: Any, Install | None
        self._token, self._asked = token, asyncio.Lock()

    async def install(self, team: str = "", enterprise: str = "") -> Install:
        """The installation that the token belongs to; Slack is asked once."""
        async with self._asked:
            if self._install is None:
                identity = await self._client.auth_test()
                self._install = Install(
                    team=str(identity["team_id"]),
                    token=self._token,
                    bot_user=str(identity["user_id"]),
                    bot=str(identity.get("bot_id") or ""),
                    enterprise=str(identity.get("enterprise_id") or ""),
                    scopes=str(identity.headers.get("x-oauth-scopes", "")),
                )
            return self._install

    async def client(self, team: str = "", enterprise: str = "") -> AsyncWebClient:
        """The client of the one workspace."""
        client: AsyncWebClient = self._client
        return client

    def revoked(self, team: str) -> None:
        """Ask Slack again next time: the settings may hold another token by then."""
        self._install = None


class ManyWorkspaces:
    """Installations in the vault, each by its own OAuth; tokens that expire are renewed."""

    def __init__(
        self,
        vault: Vault,
        clock: Clock,
        run: Runner,
        client_id: str,
        client_secret: str,
        api: str = API,
    ) -> None:
        self._vault, self._clock, self._run = vault, clock, run
        self._id, self._secret, self._api = client_id, client_secret, api
        self._plain = web_client(api)
        self._clients: dict[str, AsyncWebClient] = {}
        self._renewing: dict[str, asyncio.Lock] = {}

    async def keep(self, install: Install) -> None:
        """Save an installation, new or renewed."""
        await self._run(self._vault.keep_secret, install.name, json.dumps(asdict(install)))

    async def forget(
        self, team: str, enterprise: str = "", *, whole: bool = False
    ) -> tuple[str, ...]:
        """Erase an installation's token; return the workspaces that it served.

        `whole`: the organisation's installation is meant, if the workspace has none of its own.
        """
        own = bool(team) and await self._run(self._vault.secret, PREFIX + team) is not None
        if own or not whole:
            await self._run(self._vault.forget_secret, PREFIX + team)
            return (team,)
        enterprise = enterprise or await self._run(self._vault.secret, ORG + team) or ""
        served = [team] if team else []
        for name in await self._run(self._vault.secrets, ORG):
            if await self._run(self._vault.secret, name) == enterprise:
                served.append(name.removeprefix(ORG))
                await self._run(self._vault.forget_secret, name)
        await self._run(self._vault.forget_secret, PREFIX + enterprise)
        return tuple(dict.fromkeys(served))

    async def install(self, team: str, enterprise: str = "") -> Install:
        """By workspace, else by its organisation, which is kept because messages do not name it.

        Raises NotInstalled, or NotFresh when its token is over and cannot be renewed just now.
        """
        text = await self._run(self._vault.secret, PREFIX + team) if team else None
        if text is not None:
            return await self._fresh(text)
        known = await self._run(self._vault.secret, ORG + team) if team else None
        text = await self._run(self._vault.secret, PREFIX + (enterprise or known or "-"))
        if text is None:
            raise NotInstalled(team)
        if team and enterprise and known != enterprise:
            await self._run(self._vault.keep_secret, ORG + team, enterprise)
        return await self._fresh(text)

    async def client(self, team: str, enterprise: str = "") -> AsyncWebClient:
        """A client with the workspace's current token."""
        token = (await self.install(team, enterprise)).token
        if token not in self._clients:
            self._clients[token] = web_client(self._api, token)
        return self._clients[token]

    def revoked(self, team: str) -> None:
        """Drop all clients, which are cached by token."""
        self._clients.clear()

    async def _fresh(self, text: str) -> Install:
        install = Install(**json.loads(text))
        if not self._is_old(install):
            return install
        async with self._renewing.setdefault(install.name, asyncio.Lock()):
            # Another task may have renewed it in the meantime.
            newest = await self._run(self._vault.secret, install.name)
            install = Install(**json.loads(newest or text))
            return await self._renew(install, newest or text) if self._is_old(install) else install

    def _is_old(self, install: Install) -> bool:
        return bool(install.expires) and install.expires - EARLY < self._clock.now().timestamp()

    async def _renew(self, install: Install, text: str) -> Install:
        """Renew a token. A refresh token serves once, so only one process may ask Slack."""
        now = int(self._clock.now().timestamp())
        if now - install.renewing < CLAIM:
            return self._still(install)
        claimed = json.dumps(asdict(replace(install, renewing=now)))
        if not await self._run(self._vault.swap_secret, install.name, text, claimed):
            newest = await self._run(self._vault.secret, install.name)
            if newest is None:
                raise NotInstalled(install.team)
            return self._still(Install(**json.loads(newest)))
        try:
            answer = await self._plain.oauth_v2_access(
                client_id=self._id,
                client_secret=self._secret,
                grant_type="refresh_token",
                refresh_token=install.refresh,
            )
        except Exception as error:
            await self._run(self._vault.swap_secret, install.name, claimed, text)
            if install.expires <= now and _refused(error):
                raise NotInstalled(install.team) from None
            return self._still(install)
        renewed = replace(
            install,
            token=str(answer["access_token"]),
            refresh=str(answer["refresh_token"]),
            expires=now + int(answer["expires_in"]),
        )
        if await self._run(
            self._vault.swap_secret, install.name, claimed, json.dumps(asdict(renewed))
        ):
            return renewed
        # It was reinstalled or removed in the meantime: do not overwrite that.
        newest = await self._run(self._vault.secret, install.name)
        if newest is None:
            raise NotInstalled(install.team)
        return Install(**json.loads(newest))

    def _still(self, install: Install) -> Install:
        """The installation, if its token is still valid. Raises NotFresh."""
        if install.expires and install.expires <= self._clock.now().timestamp():
            raise NotFresh(install.team)
        return install


def _refused(error: Exception) -> bool:
    """Whether Slack refused for good, and not only for now."""
    if not isinstance(error, SlackApiError):
        return False
    status = getattr(error.response, "status_code", 200)
    return status < 400 and error.response.get("error") not in ("ratelimited", "internal_error")


def install_of(answer: Any, now: datetime) -> Install:
    """What `oauth.v2.access` answered, as an installation."""
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    org_wide = bool(answer.get("is_enterprise_install"))
    expires = answer.get("expires_in")
    return Install(
        team="" if org_wide else str(team.get("id") or ""),
        token=str(answer["access_token"]),
        bot_user=str(answer.get("bot_user_id") or ""),
        enterprise=str(enterprise.get("id") or ""),
        refresh=str(answer.get("refresh_token") or ""),
        expires=int(now.timestamp()) + int(expires) if expires else 0,
        scopes=str(answer.get("scope") or ""),
        app=str(answer.get("app_id") or ""),
        installer=str((answer.get("authed_user") or {}).get("id") or ""),
    )
