"""Time zones (zoneinfo) and public holidays of a place.

This is the only file that knows the holidays library. Everything is cached; the tables are read
once a process, so newer tzdata or holidays count after a restart (method.md, Time: due_utc).
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.worktime.hours import BadHours

# Names that open as zones but mean this machine, a placeholder, or clocks with leap seconds.
_NOT_A_PLACE = ("localtime", "posixrules", "Factory", "posix/", "right/")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises BadHours("unknown_zone")."""
    if name.startswith(_NOT_A_PLACE):
        raise BadHours("unknown_zone", name)
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError) as error:
        # No such file, a directory, not a zone's file, a path that leaves the data.
        raise BadHours("unknown_zone", name) from error


def utc(at: datetime) -> datetime:
    """The instant in UTC. Raises ValueError if it is naive, which is a bug of the caller."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError("an instant must be aware (UTC)")
    return at.astimezone(UTC)


def at_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clocks show ``wall`` (naive) or later."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    # In a gap. Read with the offset after the change, the time lies before the change; read with
    # the offset before it, at or after. The change is the second in between where offsets differ.
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    seconds = range((at - low) // timedelta(seconds=1) + 1)

    def changed(second: int) -> bool:
        return (low + timedelta(seconds=second)).astimezone(zone).utcoffset() != before

    return low + timedelta(seconds=bisect_left(seconds, True, key=changed))


@lru_cache(maxsize=1024)
def is_known_country(code: str) -> bool:
    """Whether holidays are known for "GB" or, with its part, "GB-SCT"."""
    import holidays  # late: a tenth of a second that nobody without a country pays

    country, _, part = code.partition("-")
    parts = holidays.list_supported_countries().get(country)
    return parts is not None and (part in parts if part else "-" not in code)


@lru_cache(maxsize=8192)
def public_holidays(code: str, year: int) -> frozenset[int]:
    """Ordinals of the public holidays, those moved to a working day included."""
    import holidays  # late, as above

    country, _, part = code.partition("-")
    days = holidays.country_holidays(country, subdiv=part or None, years=year)
    return frozenset(day.toordinal() for day in days)
