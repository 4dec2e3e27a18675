"""Who a Slack user is: name, zone, language, guest. Asked once in a while, never in the way."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError

from adapters.slack.clients import Clients, NotFresh, NotInstalled
from adapters.slack.incoming import Profile
from bot.ports import Clock

FRESH = timedelta(hours=12)  # people travel, and change their names
AGAIN = timedelta(seconds=30)  # after Slack did not answer: until then people go by their ids
TRIES = 2  # to read is harmless, and somebody's first card should bear their name
MOST = 20_000  # users remembered
NO_TOKEN = (NotInstalled, NotFresh)
PATIENCE = 1.5  # seconds; Slack wants its answer within three


class Profiles:
    """A memory of users. What Slack does not tell in time stays "": the core keeps what it has."""

    def __init__(self, clients: Clients, clock: Clock) -> None:
        self._clients, self._clock = clients, clock
        self._known: OrderedDict[tuple[str, str], tuple[datetime, Profile]] = OrderedDict()

    async def of(self, user: str, installation: str) -> Profile:
        """The profile, from memory if it is fresh."""
        key, now = (installation, user), self._clock.now()
        until, profile = self._known.get(key, (now, Profile()))
        if until > now:
            return profile
        found = await self._asked(user, installation)
        if found is not None:
            profile, until = _profile(found, installation), now + FRESH
        else:
            until = now + AGAIN
        self._known[key] = (until, profile)
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return profile

    async def _asked(self, user: str, installation: str) -> Any:
        """What Slack says of them; None if it does not say so in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                client = await self._clients.client(installation)
                for left in reversed(range(TRIES)):
                    try:
                        return (await client.users_info(user=user, include_locale=True))["user"]
                    except (SlackClientError, aiohttp.ClientError, OSError):
                        if not left:
                            return None
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, *NO_TOKEN):
            return None
        return None

    def forget(self, user: str, installation: str) -> None:
        """Somebody has changed their profile."""
        self._known.pop((installation, user), None)


def _profile(user: Any, installation: str) -> Profile:
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
