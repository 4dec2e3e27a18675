"""Laws that must hold anywhere on earth; and what the package may look at."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

import bot.worktime
from bot.worktime import (
    Hours,
    add_working,
    add_working_days,
    at_local,
    common_end,
    is_working,
    is_working_day,
    midpoint,
    next_digest,
    next_working,
    personal_end,
    working_between,
)
from tests.bot.worktime.zones import (
    WD,
)

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/London",
        "Europe/Dublin",
        "America/Los_Angeles",
        "America/St_Johns",
        "America/Havana",
        "America/Sao_Paulo",
        "Pacific/Auckland",
        "Pacific/Chatham",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Gaza",
        "Asia/Tehran",
        "Asia/Pyongyang",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Antarctica/Troll",
    ]
)
DATES = st.dates(date(2006, 1, 1), date(2040, 12, 31))
FIRST = datetime(2006, 1, 1, tzinfo=UTC)
INSTANTS = st.builds(
    lambda seconds: FIRST + timedelta(seconds=seconds), st.integers(0, 35 * 366 * 86400)
) | st.builds(  # near the changes of clocks more often than chance would have it
    lambda year, month, day, minutes: (
        FIRST.replace(year=year, month=month) + timedelta(days=day, minutes=minutes)
    ),
    st.integers(2006, 2040),
    st.sampled_from((3, 4, 9, 10, 11)),
    st.integers(0, 30),
    st.integers(0, 1440),
)
MINUTES = st.integers(0, 5 * WD)


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    start = draw(st.integers(0, 1380))
    absences = draw(st.lists(st.tuples(DATES, st.integers(0, 60)), max_size=3))
    return Hours(
        zone=draw(ZONES),
        start=start,
        end=draw(st.integers(start + 60, 1440)),
        days=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
        country=draw(st.sampled_from((None, None, "NZ", "GB-ENG", "US", "SA", "IL"))),
        away=tuple((first, first + timedelta(days=days)) for first, days in absences),
    )


HOURS = any_hours()
TICK = timedelta(microseconds=1)


@given(INSTANTS, MINUTES, HOURS)
def test_counting_takes_back_what_adding_gave(at: datetime, n: int, hours: Hours) -> None:
    assert working_between(at, add_working(at, n, hours), hours) == n


@given(INSTANTS, st.integers(1, 5 * WD), HOURS)
def test_a_result_lies_in_working_time_or_on_its_end(at: datetime, n: int, hours: Hours) -> None:
    end = add_working(at, n, hours)
    assert end >= at + n * timedelta(minutes=1)
    assert is_working(end - TICK, hours)


@given(INSTANTS, INSTANTS, MINUTES, MINUTES, HOURS)
def test_later_and_longer_never_end_earlier(
    a: datetime, b: datetime, n: int, m: int, hours: Hours
) -> None:
    a, b, n, m = min(a, b), max(a, b), min(n, m), max(n, m)
    assert add_working(a, n, hours) <= add_working(b, n, hours)
    assert add_working(a, n, hours) <= add_working(a, m, hours)
    assert next_working(a, hours) <= next_working(b, hours)
    assert next_digest(a, hours) <= next_digest(b, hours)


@given(INSTANTS, MINUTES, MINUTES, HOURS)
def test_two_parts_are_the_whole(at: datetime, n: int, m: int, hours: Hours) -> None:
    """A pause keeps the remaining working time."""
    assert add_working(add_working(at, n, hours), m, hours) == add_working(at, n + m, hours)


@given(INSTANTS, HOURS)
def test_work_begins_where_it_says(at: datetime, hours: Hours) -> None:
    begins = next_working(at, hours)
    assert is_working(begins, hours)
    assert is_working(at, hours) == (begins == at)
    assert working_between(at, begins, hours) == 0
    digest = next_digest(at, hours)
    assert digest > at
    assert is_working(digest, hours)


@given(INSTANTS, st.integers(1, 5 * WD), HOURS, HOURS)
def test_the_midpoint_can_be_written_at(
    opened: datetime, n: int, hours: Hours, home: Hours
) -> None:
    closes = add_working(opened, n, home)
    middle = midpoint(opened, closes, hours)
    if next_working(opened, hours) >= closes:
        assert middle == closes
    else:
        assert opened <= middle < closes
        assert is_working(middle, hours)
        halves = working_between(opened, middle, hours), working_between(middle, closes, hours)
        assert abs(halves[0] - halves[1]) <= 1


@given(st.dates(date(2006, 1, 1), date(2040, 1, 1)), st.integers(0, 1440), ZONES)
def test_wall_time_is_the_first_instant_that_shows_it(day: date, minutes: int, name: str) -> None:
    zone, hours = ZoneInfo(name), Hours(name)
    at = at_local(day, minutes, hours)
    shown = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    assert at.astimezone(zone).replace(tzinfo=None) >= shown
    assert (at - TICK).astimezone(zone).replace(tzinfo=None) < shown


@given(INSTANTS, st.integers(0, 4000), ZONES)
def test_counting_agrees_with_looking_at_the_clock_each_minute(
    a: datetime, length: int, name: str
) -> None:
    """A slow second opinion, for hours outside every repeated or skipped one."""
    hours, zone = Hours(name, 5 * 60, 20 * 60, (0, 2, 3, 6)), ZoneInfo(name)
    a = a.replace(second=0, microsecond=0)
    seen = 0
    for minute in range(length):
        local = (a + timedelta(minutes=minute)).astimezone(zone)
        seen += local.weekday() in hours.days and 5 <= local.hour < 20
    assert working_between(a, a + timedelta(minutes=length), hours) == seen


@given(DATES, st.integers(-30, 30), HOURS)
def test_working_days_can_be_counted_back(day: date, n: int, hours: Hours) -> None:
    end = add_working_days(day, n, hours)
    low, high = min(day, end), max(day, end)
    between = [low + timedelta(days=i) for i in range((high - low).days + 1)]
    worked = sum(is_working_day(d, hours) for d in between if d != day)
    assert worked == abs(n)
    if n:
        assert is_working_day(end, hours)


@given(INSTANTS, st.integers(1, 3 * WD), st.lists(HOURS, max_size=5), HOURS)
def test_everyone_present_has_the_window_or_the_limit_is_reached(
    opened: datetime, n: int, everyone: list[Hours], home: Hours
) -> None:
    end = common_end(opened, n, everyone, home)
    limit = add_working(opened, 2 * n, home)
    assert opened < end <= limit
    assert end == common_end(opened, n, reversed(everyone), home)
    for hours in everyone:
        if not hours.away:
            assert end == limit or working_between(opened, end, hours) >= n
    present = [hours for hours in everyone if not hours.away]
    if present and len(present) == len(everyone):
        assert end == min(limit, max(personal_end(opened, n, hours) for hours in everyone))


# ---- the package itself -------------------------------------------------------------------------


def test_nothing_reads_the_clock_and_one_file_knows_the_holidays() -> None:
    asks = {"now", "today", "utcnow", "monotonic", "perf_counter", "time_ns"}
    importing = set()
    for file in Path(bot.worktime.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in asks, f"{file.name}:{node.lineno}"
            if isinstance(node, ast.Import) and any(a.name == "holidays" for a in node.names):
                importing.add(file.name)
            if isinstance(node, ast.ImportFrom):
                assert node.module not in ("time", "holidays")
    assert importing == {"places.py"}
