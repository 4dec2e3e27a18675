"""Hours in a few places, and wall times there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.worktime import (
    WORKING_DAY,
    Hours,
)

LONDON = Hours("Europe/London")
AUCKLAND = Hours("Pacific/Auckland")
LOS_ANGELES = Hours("America/Los_Angeles")
ALL_DAY = Hours(start=0, end=1440, days=(0, 1, 2, 3, 4, 5, 6))
WD = WORKING_DAY
FOR_EVER = ((date(2020, 1, 1), date(2060, 1, 1)),)


def on(hours: Hours, text: str) -> datetime:
    """The instant of a wall time such as "2026-10-30 17:00" for this person."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(hours.zone)).astimezone(UTC)


def wall(at: datetime, hours: Hours) -> str:
    return at.astimezone(ZoneInfo(hours.zone)).strftime("%a %d %b %Y %H:%M")


MONDAY = on(LONDON, "2026-11-02 09:00")


def away(*days: int) -> Hours:
    """London, absent from the first to the last of these days of November 2026."""
    return replace(LONDON, away=((date(2026, 11, days[0]), date(2026, 11, days[-1])),))
