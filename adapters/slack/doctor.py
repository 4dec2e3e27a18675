"""What `als doctor` checks of Slack: tokens, their scopes, the clock, and received events.

Each finding is what was looked at and a code, "" when it is fine; the words stand in prompts/
(cli.doctor).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.clients import web_client
from adapters.slack.manifest import scopes
from adapters.slack.settings import SlackSettings
from bot.runtime.health import Check

CLOCK_OFF = 60  # seconds; Slack's signatures are good for five minutes
REFUSALS = frozenset(  # codes of auth.test and apps.connections.open that no retry can change
    (
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    )
)
START_SECONDS = 5  # that the start of a process waits for Slack
QUIET = 7 * 24 * 3600  # seconds without an event after which doctor warns


async def look(settings: SlackSettings, heard: datetime | None, now: datetime) -> list[Check]:
    """Run every check; nothing is changed."""
    checks = [Check("slack", code, {"setting": name}) for name, code in settings.faults]
    if checks:
        return checks
    if settings.bot_token:
        checks += await _bot(settings, now)
    else:
        checks.append(Check("slack_token"))
    if settings.app_token:
        checks.append(await _socket(settings))
    checks.append(_events(heard, now))
    return checks


async def refused(settings: SlackSettings) -> list[Check]:
    """The tokens that Slack refuses for good; none when it cannot be reached in time."""
    checks = []
    with suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            if settings.bot_token:
                checks += await _bot(settings, datetime.now(UTC))
            if settings.app_token:
                checks.append(await _socket(settings))
    return [check for check in checks if check.values.get("code") in REFUSALS]


async def _bot(settings: SlackSettings, now: datetime) -> list[Check]:
    try:
        answer = await web_client(settings.api, settings.bot_token).auth_test()
    except SlackApiError as error:
        return [Check("slack_token", "slack_token_bad", {"code": _code(error)})]
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
        return [Check("slack_token", "slack_unreachable", {"address": settings.api})]
    granted = {s.strip() for s in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
    missing = [s for s in scopes(history=settings.history) if s not in granted]
    checks = [Check("slack_token")]
    if missing:
        checks.append(Check("slack_permissions", "slack_scopes", {"scopes": ", ".join(missing)}))
    else:
        checks.append(Check("slack_permissions"))
    return [*checks, _clock(answer.headers, now)]


def _clock(headers: Mapping[str, Any], now: datetime) -> Check:
    """Compare clocks: with a wrong one every signature looks too old."""
    try:
        there = parsedate_to_datetime(str(headers.get("date") or headers.get("Date") or ""))
    except (TypeError, ValueError):
        return Check("slack_clock")
    off = abs((there.astimezone(UTC) - now).total_seconds())
    if off > CLOCK_OFF:
        return Check("slack_clock", "clock_off_slack", {"seconds": round(off)})
    return Check("slack_clock")


async def _socket(settings: SlackSettings) -> Check:
    try:
        await web_client(settings.api, settings.app_token).apps_connections_open(
            app_token=settings.app_token
        )
    except SlackApiError as error:
        return Check("slack_socket", "slack_socket_bad", {"code": _code(error)})
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
        return Check("slack_socket", "slack_unreachable", {"address": settings.api})
    return Check("slack_socket")


def _events(heard: datetime | None, now: datetime) -> Check:
    """Slack does not tell which events an app is subscribed to, so look at what has come."""
    if heard is None:
        return Check("slack_events", "slack_never_heard", warns=True)
    quiet = (now - heard).total_seconds()
    if quiet > QUIET:
        return Check("slack_events", "slack_quiet", {"days": int(quiet // 86400)}, warns=True)
    return Check("slack_events")


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error") or "unknown")[:80]
