"""Whose token: one workspace from the settings, or many from the vault.

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
from bot.runtime.runners import Runner

PREFIX = "slack/install/"
ORG = "slack/org/"  # + workspace: the organisation whose installation serves it
CLAIM = 30  # seconds in which a renewal that somebody has begun is left to them
EARLY = 2 * 3600  # seconds before its end at which a token is renewed
TIMEOUT = 10  # seconds a call may take


class NotInstalled(Exception):
    """No token for this workspace: it was never installed there, or has been taken out."""


class NotFresh(Exception):
    """Its token is over, and could not be renewed just now: try again."""


@dataclass(frozen=True, slots=True)
class Install:
    """What an installation consists of. `expires` is seconds since 1970, 0 for never.

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
        """The installation, its token fresh. Raises NotInstalled."""
        ...

    async def client(self, team: str, enterprise: str = "") -> AsyncWebClient:
        """A client that acts there. Raises NotInstalled."""
        ...

    def revoked(self, team: str) -> None:
        """Forget what is remembered of it."""
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
        """Asked of Slack once; the team that is meant is not looked at: there is one."""
        async with self._asked:
            if self._install is None:
                found = await self._client.auth_test()
                self._install = Install(
                    team=str(found["team_id"]),
                    token=self._token,
                    bot_user=str(found["user_id"]),
                    bot=str(found.get("bot_id") or ""),
                    enterprise=str(found.get("enterprise_id") or ""),
                    scopes=str(found.headers.get("x-oauth-scopes", "")),
                )
            return self._install

    async def client(self, team: str = "", enterprise: str = "") -> AsyncWebClient:
        """The one client there is."""
        found: AsyncWebClient = self._client
        return found

    def revoked(self, team: str) -> None:
        """It comes from the settings, so it is asked again next time."""
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
        """A new installation, or one made anew."""
        await self._run(self._vault.keep_secret, install.name, json.dumps(asdict(install)))

    async def forget(
        self, team: str, enterprise: str = "", *, whole: bool = False
    ) -> tuple[str, ...]:
        """Its token is erased for good; the workspaces that it served.

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
        """By workspace, else by its organisation (which is remembered: a letter names no such).

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
        """A client with the token of today."""
        token = (await self.install(team, enterprise)).token
        if token not in self._clients:
            self._clients[token] = web_client(self._api, token)
        return self._clients[token]

    def revoked(self, team: str) -> None:
        """Nothing is remembered here but clients by token."""
        self._clients.clear()

    async def _fresh(self, text: str) -> Install:
        found = Install(**json.loads(text))
        if not self._is_old(found):
            return found
        async with self._renewing.setdefault(found.name, asyncio.Lock()):
            # Somebody else may have renewed it while this one waited.
            now = await self._run(self._vault.secret, found.name)
            found = Install(**json.loads(now or text))
            return await self._renew(found, now or text) if self._is_old(found) else found

    def _is_old(self, found: Install) -> bool:
        return bool(found.expires) and found.expires - EARLY < self._clock.now().timestamp()

    async def _renew(self, found: Install, text: str) -> Install:
        """Its refresh token serves once: of all processes, the first to say so asks Slack."""
        now = int(self._clock.now().timestamp())
        if now - found.renewing < CLAIM:
            return self._still(found)
        claimed = json.dumps(asdict(replace(found, renewing=now)))
        if not await self._run(self._vault.swap_secret, found.name, text, claimed):
            later = await self._run(self._vault.secret, found.name)
            if later is None:
                raise NotInstalled(found.team)
            return self._still(Install(**json.loads(later)))
        try:
            got = await self._plain.oauth_v2_access(
                client_id=self._id,
                client_secret=self._secret,
                grant_type="refresh_token",
                refresh_token=found.refresh,
            )
        except Exception as error:
            await self._run(self._vault.swap_secret, found.name, claimed, text)
            if found.expires <= now and _refused(error):
                raise NotInstalled(found.team) from None
            return self._still(found)
        new = replace(
            found,
            token=str(got["access_token"]),
            refresh=str(got["refresh_token"]),
            expires=now + int(got["expires_in"]),
        )
        if await self._run(self._vault.swap_secret, found.name, claimed, json.dumps(asdict(new))):
            return new
        # Meanwhile it was installed anew, or taken out: what was renewed must not come back.
        later = await self._run(self._vault.secret, found.name)
        if later is None:
            raise NotInstalled(found.team)
        return Install(**json.loads(later))

    def _still(self, found: Install) -> Install:
        """It serves for a while yet. Raises NotFresh when it does not."""
        if found.expires and found.expires <= self._clock.now().timestamp():
            raise NotFresh(found.team)
        return found


def _refused(error: Exception) -> bool:
    """Whether Slack said no, and not merely "not now"."""
    if not isinstance(error, SlackApiError):
        return False
    status = getattr(error.response, "status_code", 200)
    return status < 400 and error.response.get("error") not in ("ratelimited", "internal_error")


def install_of(got: Any, now: datetime) -> Install:
    """What `oauth.v2.access` answered, as an installation."""
    team, enterprise = got.get("team") or {}, got.get("enterprise") or {}
    whole = bool(got.get("is_enterprise_install"))
    expires = got.get("expires_in")
    return Install(
        team="" if whole else str(team.get("id") or ""),
        token=str(got["access_token"]),
        bot_user=str(got.get("bot_user_id") or ""),
        enterprise=str(enterprise.get("id") or ""),
        refresh=str(got.get("refresh_token") or ""),
        expires=int(now.timestamp()) + int(expires) if expires else 0,
        scopes=str(got.get("scope") or ""),
        app=str(got.get("app_id") or ""),
        installer=str((got.get("authed_user") or {}).get("id") or ""),
    )
