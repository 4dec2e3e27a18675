"""What `als doctor` checks of Teams: credentials, signing keys, and received calls.

Each finding is what was looked at and a code, "" when it is fine; the words stand in prompts/
(cli.doctor).
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from adapters.teams.auth import SigningKeys, Tokens
from adapters.teams.settings import TeamsSettings
from bot.runtime.health import Check

START_SECONDS = 5  # that the start of a process waits for Microsoft
QUIET = 7 * 24 * 3600  # seconds without a call after which doctor warns


async def look(settings: TeamsSettings, heard: datetime | None, now: datetime) -> list[Check]:
    """Run every check; nothing is changed."""
    faults = [Check("teams", code, {"setting": name}) for name, code in settings.faults]
    if faults:
        return faults
    if settings.development:
        return [Check("teams", "teams_open", warns=True)]
    return [await _token(settings), await _keys(settings), _heard(heard, now)]


async def refused(settings: TeamsSettings) -> list[Check]:
    """The refusal of id, secret or tenant; none when Microsoft cannot be reached in time."""
    if settings.development:
        return []
    try:
        async with asyncio.timeout(START_SECONDS):
            check = await _token(settings)
    except TimeoutError:
        return []
    return [check] if check.code == "teams_token_bad" else []


async def _token(settings: TeamsSettings) -> Check:
    """Ask Microsoft's login for a token, with the id, secret and tenant."""
    tokens = Tokens(
        settings.app_id,
        settings.password,
        settings.tenant,
        settings.login,
        transport=settings.transport,
    )
    try:
        await tokens.get()
    except PermissionError:
        return Check("teams_token", "teams_token_bad")
    except Exception:
        return Check("teams_token", "teams_unreachable", {"address": settings.login})
    return Check("teams_token")


async def _keys(settings: TeamsSettings) -> Check:
    """Fetch the keys that Teams signs with: without them nobody is let in."""
    keys = SigningKeys(settings.metadata)
    if await keys.are_published():
        return Check("teams_keys")
    return Check("teams_keys", "teams_unreachable", {"address": settings.metadata})


def _heard(heard: datetime | None, now: datetime) -> Check:
    """Only a received call shows that the endpoint is right."""
    if heard is None:
        return Check("teams_calls", "teams_never_heard", warns=True)
    quiet = (now - heard).total_seconds()
    if quiet > QUIET:
        return Check("teams_calls", "teams_quiet", {"days": int(quiet // 86400)}, warns=True)
    return Check("teams_calls")
