"""What `als doctor` asks of Teams: do id, secret and tenant fit, are the keys there, who called?

Each finding is what was looked at and a code, "" when it is fine; the words stand in prompts/
(cli.doctor).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from adapters.teams.auth import Keys, Tokens
from adapters.teams.serve import TeamsSettings

QUIET = 7 * 24 * 3600  # seconds without a call after which it is said


class Finding(NamedTuple):
    """One thing looked at; `warns`: worth saying, but no failure."""

    name: str
    code: str = ""
    values: Mapping[str, object] = {}
    warns: bool = False


async def look(settings: TeamsSettings, heard: datetime | None, now: datetime) -> list[Finding]:
    """Everything that can be seen from here; nothing is changed."""
    found = [Finding("teams", code, {"setting": name}) for name, code in settings.faults]
    if found:
        return found
    if settings.development:
        return [Finding("teams", "teams_open", warns=True)]
    return [await _token(settings), await _keys(settings), _heard(heard, now)]


async def _token(settings: TeamsSettings) -> Finding:
    """Microsoft's login says whether id, secret and tenant belong together."""
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
        return Finding("teams_token", "teams_token_bad")
    except Exception:
        return Finding("teams_token", "teams_unreachable", {"address": settings.login})
    return Finding("teams_token")


async def _keys(settings: TeamsSettings) -> Finding:
    """Without the keys that Teams signs with nobody could be let in."""
    keys = Keys(settings.metadata)
    if await keys.are_there():
        return Finding("teams_keys")
    return Finding("teams_keys", "teams_unreachable", {"address": settings.metadata})


def _heard(heard: datetime | None, now: datetime) -> Finding:
    """Whether the endpoint is right can only be seen from who has called."""
    if heard is None:
        return Finding("teams_calls", "teams_never_heard", warns=True)
    quiet = (now - heard).total_seconds()
    if quiet > QUIET:
        return Finding("teams_calls", "teams_quiet", {"days": int(quiet // 86400)}, warns=True)
    return Finding("teams_calls")
