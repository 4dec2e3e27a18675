"""Counts working time and working days of one person."""

from __future__ import annotations

from datetime import date, datetime, time

from bot.worktime.hours import SEARCH_DAYS, Hours, NeverWorks
from bot.worktime.places import at_wall, utc, zone_of
from bot.worktime.plan import FIRST_DAY, LAST_DAY, MINUTE, advance, between, periods_after, plan_of

# ---- instants -----------------------------------------------------------------------------------


def is_working(at: datetime, hours: Hours) -> bool:
    """Whether ``at`` lies in working time (start included, end not). Raises BadHours."""
    plan, at = plan_of(hours), utc(at)
    today = plan.ordinal(at)
    for day in (today, today + 1):  # why tomorrow: see periods_after
        period = plan.period(day)
        if period is not None and period[0] <= at < period[1]:
            return True
    return False


def next_working(at: datetime, hours: Hours) -> datetime:
    """``at`` itself if it is working time, else the next instant at which work begins.

    Raises BadHours, NeverWorks.
    """
    at = utc(at)
    opens, _ = next(periods_after(plan_of(hours), at))
    return max(opens, at)


def add_working(at: datetime, minutes: int, hours: Hours) -> datetime:
    """The instant at which ``minutes`` of working time have passed since ``at``.

    A result on the boundary is the end of the working period (17:00, not the next 9:00);
    0 minutes is ``at`` itself. Raises BadHours, NeverWorks, and ValueError if ``minutes`` < 0.
    """
    if minutes < 0:
        raise ValueError("minutes of working time cannot be negative")
    return advance(plan_of(hours), utc(at), minutes * MINUTE)


def working_between(a: datetime, b: datetime, hours: Hours) -> int:
    """Whole minutes of working time from ``a`` to ``b``; 0 if ``b`` is not later. Raises BadHours.

    ``working_between(at, add_working(at, n, hours), hours) == n``.
    """
    return between(plan_of(hours), utc(a), utc(b)) // MINUTE


def midpoint(opened: datetime, closes: datetime, hours: Hours) -> datetime:
    """When half of the person's working time between the two has passed (method.md §6, budget).

    Always an instant at which the person works and before ``closes``: if the half falls exactly
    on the end of a day, it is the next start of work, so that a message may be sent then. Without
    any working time in between it is ``closes``: nothing is left to say. Raises BadHours.
    """
    plan, opened, closes = plan_of(hours), utc(opened), utc(closes)
    total = between(plan, opened, closes)
    if not total:
        return closes
    half = advance(plan, opened, total / 2)
    opens, _ = next(periods_after(plan, half))
    return max(opens, half)


def next_digest(at: datetime, hours: Hours) -> datetime:
    """The next start of a working day strictly after ``at``: the digest's moment (method.md §6).

    Raises BadHours, NeverWorks.
    """
    at = utc(at)
    for opens, _ in periods_after(plan_of(hours), at):
        if opens > at:
            return opens
    raise AssertionError("periods_after never ends")


# ---- dates --------------------------------------------------------------------------------------


def is_working_day(day: date, hours: Hours) -> bool:
    """Whether the person works on this local date: weekday, holidays, absence. Raises BadHours."""
    return plan_of(hours).works_on(day.toordinal())


def add_working_days(day: date, n: int, hours: Hours) -> date:
    """The ``n``-th working day after ``day``, or before it if ``n`` < 0; ``day`` itself if 0.

    ``day`` need not be a working day and is not counted. Raises BadHours, NeverWorks.
    """
    plan = plan_of(hours)
    step = 1 if n > 0 else -1
    ordinal, remaining, idle = day.toordinal(), abs(n), 0
    while remaining:
        ordinal += step
        idle += 1
        if idle > SEARCH_DAYS or not FIRST_DAY <= ordinal <= LAST_DAY:
            raise NeverWorks(hours)
        if plan.works_on(ordinal):
            remaining, idle = remaining - 1, 0
    return date.fromordinal(ordinal)


def local_date(at: datetime, hours: Hours) -> date:
    """The date on the person's calendar at this instant. Raises BadHours("unknown_zone")."""
    return utc(at).astimezone(zone_of(hours.zone)).date()


def at_local(day: date, minutes: int, hours: Hours) -> datetime:
    """Wall time (``minutes`` after midnight of the local ``day``) as an instant in UTC.

    A wall time that a clock change skips is the instant at which the gap ends; one that happens
    twice is the first. So it is always the first instant at which the wall clock shows at least
    this time. A date that a zone left out altogether (Apia, 30 December 2011) is one long gap:
    every time of it is the midnight that follows, so it holds no working time, although
    ``is_working_day`` and ``add_working_days``, which know only the calendar, count it.
    Raises BadHours("unknown_zone").
    """
    return at_wall(datetime.combine(day, time.min) + minutes * MINUTE, zone_of(hours.zone))
