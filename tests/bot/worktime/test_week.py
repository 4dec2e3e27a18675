"""A person's week: when they work, count and are reminded; by examples one can check by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.worktime import (
    Hours,
    add_working,
    add_working_days,
    is_working,
    is_working_day,
    midpoint,
    next_digest,
    next_working,
    personal_end,
    working_between,
)
from tests.bot.worktime.zones import (
    ALL_DAY,
    AUCKLAND,
    LONDON,
    WD,
    on,
    wall,
)


def test_the_working_day_has_its_start_and_not_its_end() -> None:
    assert not is_working(on(LONDON, "2026-11-03 08:59:59"), LONDON)
    assert is_working(on(LONDON, "2026-11-03 09:00"), LONDON)
    assert is_working(on(LONDON, "2026-11-03 16:59:59"), LONDON)
    assert not is_working(on(LONDON, "2026-11-03 17:00"), LONDON)
    assert not is_working(on(LONDON, "2026-11-07 12:00"), LONDON)  # a Saturday


def test_next_working_is_now_or_the_next_start() -> None:
    noon = on(LONDON, "2026-11-03 12:00")
    assert next_working(noon, LONDON) == noon
    assert next_working(on(LONDON, "2026-11-06 17:00"), LONDON) == on(LONDON, "2026-11-09 09:00")
    assert next_working(on(LONDON, "2026-11-06 03:00"), LONDON) == on(LONDON, "2026-11-06 09:00")


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-03 09:00", WD, "2026-11-03 17:00"),  # the boundary is the end of the day
        ("2026-11-03 09:00", WD + 1, "2026-11-04 09:01"),
        ("2026-11-03 17:00", WD, "2026-11-04 17:00"),
        ("2026-11-06 16:00", 2 * WD, "2026-11-10 16:00"),
        ("2026-11-07 12:00", WD // 2, "2026-11-09 13:00"),
        ("2026-11-07 12:00", 0, "2026-11-07 12:00"),
        ("2026-11-03 09:00:30", 60, "2026-11-03 10:00:30"),
    ],
)
def test_add_working(start: str, minutes: int, end: str) -> None:
    assert add_working(on(LONDON, start), minutes, LONDON) == on(LONDON, end)


def test_a_short_day_takes_more_days() -> None:
    mornings = replace(LONDON, end=780)
    assert add_working(on(LONDON, "2026-11-03 09:00"), WD, mornings) == on(
        LONDON, "2026-11-04 13:00"
    )


def test_working_between_counts_whole_minutes() -> None:
    a = on(LONDON, "2026-11-06 16:00")
    assert working_between(a, on(LONDON, "2026-11-09 10:00"), LONDON) == 120
    assert working_between(a, a + timedelta(seconds=59), LONDON) == 0
    assert working_between(a + timedelta(days=1), a, LONDON) == 0
    # Seconds are cut off once, at the end, not once a day.
    half_past = on(LONDON, "2026-11-06 16:59:30")
    assert working_between(half_past, on(LONDON, "2026-11-09 09:00:30"), LONDON) == 1


def test_a_week_from_sunday_to_thursday() -> None:
    cairo = Hours("Africa/Cairo", days=(6, 0, 1, 2, 3))
    assert [is_working_day(date(2026, 11, day), cairo) for day in range(1, 8)] == [
        True, True, True, True, True, False, False,
    ]  # fmt: skip
    assert wall(add_working(on(cairo, "2026-11-05 13:00"), WD, cairo), cairo) == (
        "Sun 08 Nov 2026 13:00"
    )


def test_holidays_only_from_a_chosen_country() -> None:
    christmas = date(2026, 12, 25)
    assert is_working_day(christmas, LONDON)  # a zone is not a country
    assert not is_working_day(christmas, replace(LONDON, country="GB"))
    scottish, english = replace(LONDON, country="GB-SCT"), replace(LONDON, country="GB-ENG")
    assert not is_working_day(date(2026, 11, 30), scottish)
    assert is_working_day(date(2026, 11, 30), english)
    auckland = replace(AUCKLAND, country="NZ")
    assert wall(personal_end(on(auckland, "2026-10-23 17:00"), WD, auckland), auckland) == (
        "Tue 27 Oct 2026 17:00"  # Monday was Labour Day
    )
    # Boxing Day 2026 is a Saturday: the Monday is given for it.
    assert not is_working_day(date(2026, 12, 28), english)


def test_away_is_whole_dates_in_the_own_zone() -> None:
    away = replace(AUCKLAND, away=((date(2026, 11, 3), date(2026, 11, 4)),))
    assert is_working(on(away, "2026-11-02 16:59"), away)
    assert not is_working(on(away, "2026-11-03 09:00"), away)
    assert not is_working(on(away, "2026-11-04 16:59"), away)
    assert wall(add_working(on(away, "2026-11-02 16:00"), 120, away), away) == (
        "Thu 05 Nov 2026 10:00"
    )


def test_working_days_forward_and_back() -> None:
    friday = date(2026, 11, 6)
    assert add_working_days(friday, 0, LONDON) == friday
    assert add_working_days(friday, 1, LONDON) == date(2026, 11, 9)
    assert add_working_days(date(2026, 11, 7), 1, LONDON) == date(2026, 11, 9)
    assert add_working_days(date(2026, 11, 9), -1, LONDON) == friday
    assert add_working_days(date(2026, 11, 8), -1, LONDON) == friday
    assert add_working_days(friday, 10, LONDON) == date(2026, 11, 20)
    assert add_working_days(friday, 5 * 200, LONDON) == friday + timedelta(weeks=200)


def test_the_digest_is_strictly_later() -> None:
    nine = on(LONDON, "2026-11-06 09:00")
    assert next_digest(nine - timedelta(microseconds=1), LONDON) == nine
    assert next_digest(nine, LONDON) == on(LONDON, "2026-11-09 09:00")
    round_the_clock = replace(ALL_DAY, zone="Europe/London")
    assert next_digest(nine, round_the_clock) == on(LONDON, "2026-11-07 00:00")


def test_the_midpoint_is_half_of_the_own_working_time() -> None:
    opened, closes = on(LONDON, "2026-11-06 13:00"), on(LONDON, "2026-11-09 17:00")
    assert midpoint(opened, closes, LONDON) == on(LONDON, "2026-11-09 11:00")
    # Half falls on 17:00, when nothing may be sent: the next start of work instead.
    assert midpoint(on(LONDON, "2026-11-03 09:00"), on(LONDON, "2026-11-04 17:00"), LONDON) == on(
        LONDON, "2026-11-04 09:00"
    )
    # Nothing of the window lies in this person's hours.
    night = on(LONDON, "2026-11-03 18:00")
    assert midpoint(night, night + timedelta(hours=4), LONDON) == night + timedelta(hours=4)
