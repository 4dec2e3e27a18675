"""Instants as somebody sees them: in their own zone, with the weekday."""

from __future__ import annotations

from datetime import datetime, tzinfo

from adapters.web.words import word, words

OPENS, CLOSES = 9, 17  # the hours in which everybody here works


def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """Weekday, date and time: `Tue 3 Mar, 17:00`."""
    local = at.astimezone(zone)
    day = words("days", language)[local.weekday()]
    month = words("months", language)[local.month - 1]
    time = f"{local:%H:%M}"
    return word("moment", language, day=day, date=local.day, month=month, time=time)


def clock(at: datetime, zone: tzinfo) -> str:
    """The time of day: `17:00`."""
    return f"{at.astimezone(zone):%H:%M}"


def iso(at: datetime, zone: tzinfo) -> str:
    """For machines: the `datetime` attribute of a <time>."""
    return at.astimezone(zone).isoformat(timespec="minutes")


def at_work(at: datetime, zone: tzinfo) -> bool:
    """Whether it is a weekday between nine and five there."""
    local = at.astimezone(zone)
    return local.weekday() < 5 and OPENS <= local.hour < CLOSES
