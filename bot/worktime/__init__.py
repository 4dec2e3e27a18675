"""Working hours, zones and daylight saving as pure functions (method.md, Time).

The rules of this package:

1. Wall time + zone is the truth. "Nine o'clock on this date in this zone" is worked out first and
   turned into UTC last, so that neither clock change nor half-hour zones need a special case.
2. Every instant, in and out, is an aware ``datetime`` in UTC. A naive one is a bug: ValueError.
   (Python compares two datetimes of one zone by their wall time, which is wrong in the repeated
   hour; in UTC it cannot happen.)
3. Nobody reads the clock here; ``at`` is passed in.
4. A working period is [start, end) of one local date. 17:00 is no longer working time, but it is
   where working time *ends*: a window that is used up exactly then ends at 17:00, not next morning.
5. Minutes are minutes that pass. If a clock change falls into the working hours of a day (night
   work only), that day is longer or shorter by it.
6. A search gives up after SEARCH_DAYS days in a row without work: NeverWorks.

Holidays come from the library of that name, which is imported only in places.py.
"""

from bot.worktime.counting import (
    add_working,
    add_working_days,
    at_local,
    is_working,
    is_working_day,
    local_date,
    midpoint,
    next_digest,
    next_working,
    working_between,
)
from bot.worktime.ends import common_end, personal_end
from bot.worktime.hours import SEARCH_DAYS, WORKING_DAY, BadHours, Hours, NeverWorks
from bot.worktime.plan import check

__all__ = [
    "SEARCH_DAYS",
    "WORKING_DAY",
    "BadHours",
    "Hours",
    "NeverWorks",
    "add_working",
    "add_working_days",
    "at_local",
    "check",
    "common_end",
    "is_working",
    "is_working_day",
    "local_date",
    "midpoint",
    "next_digest",
    "next_working",
    "personal_end",
    "working_between",
]
