"""Who a Slack user is: name, zone, language, guest. Looked up rarely, and never for long."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError

from adapters.slack import incoming
from adapters.slack.clients import Clients, NotFresh, NotInstalled
from adapters.slack.incoming import Profile
from bot.handlers.inputs import Actor

FRESH = timedelta(hours=12)  # people travel and change their names
AGAIN = timedelta(seconds=30)  # after a failed look-up, until the next one
TRIES = 2  # reading twice is harmless, and a first card should show a name
MOST = 20_000  # users in the cache
NO_TOKEN = (NotInstalled, NotFresh)
PATIENCE = 1.5  # seconds; Slack wants its answer within three


class Profiles:
    """Cached profiles. What Slack does not tell in time stays "": the core keeps what it has."""

    def __init__(self, clients: Clients, now: Callable[[], datetime]) -> None:
        self._clients, self._now = clients, now
        self._cache: OrderedDict[tuple[str, str], tuple[datetime, Profile]] = OrderedDict()

    async def actor(self, user: str, team: str) -> Actor:
        """A user as the core knows people."""
        return incoming.actor(user, team, await self._profile(user, team))

    async def people(self, users: Iterable[str], team: str) -> dict[str, Actor]:
        """The same for several, by user id; robots are left out."""
        profiles = {user: await self._profile(user, team) for user in sorted(users)}
        return {
            user: incoming.actor(user, team, profile)
            for user, profile in profiles.items()
            if not profile.robot
        }

    async def names(self, users: Iterable[str], team: str) -> dict[str, str]:
        """The names of users, by user id; "" where Slack tells none."""
        return {user: (await self._profile(user, team)).name for user in users}

    async def _profile(self, user: str, team: str) -> Profile:
        """The profile, from the cache if it is fresh."""
        key, now = (team, user), self._now()
        until, profile = self._cache.get(key, (now, Profile()))
        if until > now:
            return profile
        info = await self._fetch(user, team)
        if info is not None:
            profile, until = _profile_of(info, team), now + FRESH
        else:
            until = now + AGAIN
        self._cache[key] = (until, profile)
        self._cache.move_to_end(key)
        while len(self._cache) > MOST:
            self._cache.popitem(last=False)
        return profile

    async def _fetch(self, user: str, team: str) -> Any:
        """What Slack says of a user; None if it does not say so in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                client = await self._clients.client(team)
                for remaining in reversed(range(TRIES)):
                    try:
                        return (await client.users_info(user=user, include_locale=True))["user"]
                    except (SlackClientError, aiohttp.ClientError, OSError):
                        if not remaining:
                            return None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, *NO_TOKEN):
            return None
        return None


def _profile_of(user: Any, installation: str) -> Profile:
    about = user.get("profile") or {}
    name = about.get("display_name") or about.get("real_name") or user.get("real_name") or ""
    team = user.get("team_id")
    return Profile(
        name=str(name or user.get("name") or ""),
        zone=str(user.get("tz") or ""),
        language=str(user.get("locale") or "").partition("-")[0],
        guest=None if not team else team != installation and not user.get("enterprise_user"),
        robot=bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
    )
