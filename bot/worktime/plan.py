"""Prepares Hours for counting: which dates are worked, from which instant to which.

Two caches keep it fast for thousands of people: one plan per distinct Hours, and one table of wall
periods per zone and times of day, shared by all who have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.worktime.hours import SEARCH_DAYS, BadHours, Hours, NeverWorks
from bot.worktime.places import at_wall, is_known_country, public_holidays, zone_of

MINUTE = timedelta(minutes=1)
FIRST_DAY = 3
LAST_DAY = date.max.toordinal() - 2  # room for the zone's offset
_NOTHING = timedelta(0)


def check(hours: Hours) -> None:
    """Refuse hours that cannot be used, also those that a careless parser filled wrongly.

    Raises BadHours(code, value); the codes are listed there.
    """
    if type(hours.zone) is not str:
        raise BadHours("unknown_zone", hours.zone)
    zone_of(hours.zone)
    for minute in (hours.start, hours.end):
        if type(minute) is not int or not 0 <= minute <= 1440:
            raise BadHours("hours_outside_day", minute)
    if hours.start >= hours.end:
        raise BadHours("hours_reversed", (hours.start, hours.end))
    if not hours.days:
        raise BadHours("no_days", hours.days)
    # Not a tuple: a string, a list (Hours could not be looked up), a lone number.
    if type(hours.days) is not tuple or any(type(d) is not int for d in hours.days):
        raise BadHours("unknown_day", hours.days)
    if not all(0 <= day <= 6 for day in hours.days):
        raise BadHours("unknown_day", hours.days)
    country = hours.country
    if country is not None and (type(country) is not str or not is_known_country(country)):
        raise BadHours("unknown_country", country)
    if type(hours.away) is not tuple:
        raise BadHours("away_unreadable", hours.away)
    for span in hours.away:
        # Exactly dates: a datetime is a date to Python, but does not compare with one.
        if type(span) is not tuple or [type(day) for day in span] != [date, date]:
            raise BadHours("away_unreadable", span)
        if span[0] > span[1]:
            raise BadHours("away_reversed", span)


Period = tuple[datetime, datetime]


class WallPeriods(dict[int, Period | None]):
    """Date ordinal -> that date's [start, end) in UTC, or None if a gap swallowed it; a cache.

    It knows the wall clock only, neither weekdays nor holidays, so that people with the same zone
    and hours share one.
    """

    def __init__(self, zone: ZoneInfo, start: int, end: int) -> None:
        super().__init__()
        self._zone, self._start, self._end = zone, start * MINUTE, end * MINUTE

    def __missing__(self, ordinal: int) -> Period | None:
        if len(self) > 4000:  # about ten years; a long-lived process must not collect more
            self.clear()
        midnight = datetime.fromordinal(ordinal)
        opens = at_wall(midnight + self._start, self._zone)
        closes = at_wall(midnight + self._end, self._zone)
        period = self[ordinal] = (opens, closes) if opens < closes else None
        return period


class Plan:
    """Hours prepared for counting; one per distinct Hours, cached by plan_of."""

    __slots__ = ("_away", "_country", "_days", "_periods", "hours", "zone")

    def __init__(self, hours: Hours) -> None:
        check(hours)
        self.hours = hours
        self.zone = zone_of(hours.zone)
        self._days = frozenset(hours.days)
        self._country = hours.country
        self._away = tuple((a.toordinal(), b.toordinal()) for a, b in hours.away)
        self._periods = _cached_periods(hours.zone, hours.start, hours.end)

    def ordinal(self, at: datetime) -> int:
        """The local date as date.toordinal() counts: numbers are quicker to step than dates."""
        return at.astimezone(self.zone).toordinal()

    def works_on(self, ordinal: int) -> bool:
        """Whether this date is a working day."""
        if (ordinal - 1) % 7 not in self._days:  # ordinal 1 was a Monday
            return False
        for first, last in self._away:
            if first <= ordinal <= last:
                return False
        if self._country is None:
            return True
        return ordinal not in public_holidays(self._country, date.fromordinal(ordinal).year)

    def period(self, ordinal: int) -> Period | None:
        """The date's working period, or None."""
        return self._periods[ordinal] if self.works_on(ordinal) else None


def periods_after(plan: Plan, at: datetime) -> Iterator[Period]:
    """The working periods that end after ``at``, in order, for ever. Raises NeverWorks.

    No period of an earlier date than today's can still run, but tomorrow's may have begun: where
    clocks go back across midnight (St. John's did, at 00:01), today comes back for an hour.
    """
    ordinal, idle = plan.ordinal(at), 0
    while idle <= SEARCH_DAYS and ordinal <= LAST_DAY:
        period = plan.period(ordinal)
        if period is not None and period[1] > at:
            idle = 0
            yield period
        ordinal += 1
        idle += 1
    raise NeverWorks(plan.hours)


def advance(plan: Plan, at: datetime, amount: timedelta) -> datetime:
    """The instant at which ``amount`` of working time has passed. Raises NeverWorks."""
    if not amount:
        return at
    for opens, closes in periods_after(plan, at):
        begin = max(opens, at)
        room = closes - begin
        if amount <= room:  # "<=", not "<": the boundary is the end of this period
            return begin + amount
        amount -= room
    raise AssertionError("periods_after never ends")


def between(plan: Plan, a: datetime, b: datetime) -> timedelta:
    """The exact working time from ``a`` to ``b``; none if ``b`` is not later."""
    total = _NOTHING
    if b <= a:
        return total
    for ordinal in range(plan.ordinal(a), plan.ordinal(b) + 2):
        period = plan.period(ordinal)
        if period is not None and period[1] > a and period[0] < b:
            total += min(period[1], b) - max(period[0], a)
    return total


@lru_cache(maxsize=8192)
def plan_of(hours: Hours) -> Plan:
    """The plan of these hours, made once. Raises BadHours."""
    return Plan(hours)


@lru_cache(maxsize=2048)
def _cached_periods(zone: str, start: int, end: int) -> WallPeriods:
    return WallPeriods(zone_of(zone), start, end)
