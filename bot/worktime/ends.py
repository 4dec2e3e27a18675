"""The end of a stage: one instant for all (method.md, Time)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.worktime.counting import add_working, local_date, next_working
from bot.worktime.hours import Hours, NeverWorks


def personal_end(opened: datetime, minutes: int, hours: Hours) -> datetime:
    """When a stage of ``minutes`` ends for one person: the whole window in their own hours.

    This alone is the end of presenter-only stages and of the presenter's forms (method.md, Time).
    Raises BadHours, NeverWorks, ValueError.
    """
    return add_working(opened, minutes, hours)


def common_end(opened: datetime, minutes: int, everyone: Iterable[Hours], home: Hours) -> datetime:
    """The one instant at which a stage of ``minutes`` ends for all (method.md, Time).

    The latest of the personal ends of those who are not away, and at most twice the window in the
    set's ``home`` hours. Freeze the result: it is computed when the stage opens, is extended or
    resumed. A person is *away*, and nobody waits for them, when their absence would move their
    end and either

    - they are absent on the first day on which they would have worked, or
    - waiting for them would pass the limit only because of the absence.

    A shorter absence later in the window is waited for: they have begun, and the whole window is
    theirs. Who does not work at all within SEARCH_DAYS counts as away. With nobody left it is the
    home's end. Raises BadHours, ValueError, and NeverWorks if the home itself never works.
    """
    limit = add_working(opened, 2 * minutes, home)
    latest: datetime | None = None
    for hours in everyone:
        end = _end_if_awaited(opened, minutes, hours, limit)
        if end is not None and (latest is None or end > latest):
            latest = end
    if latest is None:
        return add_working(opened, minutes, home)
    return min(latest, limit)


def _end_if_awaited(
    opened: datetime, minutes: int, hours: Hours, limit: datetime
) -> datetime | None:
    """The person's end, or None if nobody waits for them (see common_end)."""
    try:
        end = add_working(opened, minutes, hours)
    except NeverWorks:
        return None
    if not hours.away:
        return end
    present = replace(hours, away=())
    undisturbed = add_working(opened, minutes, present)
    first_day = local_date(next_working(opened, present), hours)
    if any(first <= first_day <= last for first, last in hours.away):
        return None
    return None if end > limit >= undisturbed else end
