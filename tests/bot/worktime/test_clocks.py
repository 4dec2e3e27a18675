"""Changes of clocks, zones off the hour, the date line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.worktime import (
    Hours,
    add_working,
    at_local,
    is_working,
    is_working_day,
    local_date,
    next_digest,
    next_working,
    working_between,
)
from tests.bot.worktime.zones import (
    ALL_DAY,
    LONDON,
    WD,
    on,
    wall,
)


@pytest.mark.parametrize(
    ("zone", "friday", "hours_passed"),
    [
        ("Europe/London", "2026-03-27", 73),
        ("Europe/London", "2026-10-23", 75),
        ("America/Los_Angeles", "2027-03-12", 73),
        ("America/Los_Angeles", "2026-10-30", 75),
        ("Pacific/Auckland", "2026-09-25", 73),
        ("Pacific/Auckland", "2027-04-02", 75),
        ("Europe/London", "2026-11-06", 74),
    ],
)
def test_a_weekend_with_a_change_of_clocks(zone: str, friday: str, hours_passed: int) -> None:
    """10 h from Friday 15:00 end on Monday 17:00, 74 hours later, or one fewer, or one more."""
    hours = Hours(zone)
    opened = on(hours, f"{friday} 15:00")
    end = add_working(opened, 10 * 60, hours)
    assert end - opened == timedelta(hours=hours_passed)
    assert wall(end, hours).endswith("17:00")
    assert wall(add_working(opened, 2 * WD, hours), hours).endswith("15:00")
    assert working_between(opened, end, hours) == 600


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 10, 4), 1410), (date(2027, 4, 4), 1470)])
def test_lord_howe_changes_by_half_an_hour(day: date, minutes: int) -> None:
    lord_howe = replace(ALL_DAY, zone="Australia/Lord_Howe")
    start, end = at_local(day, 0, lord_howe), at_local(day, 1440, lord_howe)
    assert working_between(start, end, lord_howe) == minutes
    assert add_working(start, minutes, lord_howe) == end


def test_wall_times_that_do_not_exist_or_come_twice() -> None:
    gap_ends = datetime(2027, 3, 28, 1, tzinfo=UTC)  # 01:00 GMT is 02:00 BST
    assert [at_local(date(2027, 3, 28), m, LONDON) for m in (60, 90, 119, 120)] == [gap_ends] * 4
    assert at_local(date(2026, 10, 25), 90, LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at_local(date(2026, 10, 25), 120, LONDON) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
    havana = replace(ALL_DAY, zone="America/Havana")  # its day begins at one
    assert at_local(date(2027, 3, 14), 0, havana) == datetime(2027, 3, 14, 5, tzinfo=UTC)
    assert wall(at_local(date(2027, 3, 14), 0, havana), havana) == "Sun 14 Mar 2027 01:00"
    lord_howe = replace(ALL_DAY, zone="Australia/Lord_Howe")
    assert wall(at_local(date(2026, 10, 4), 130, lord_howe), lord_howe) == "Sun 04 Oct 2026 02:30"


def test_hours_that_begin_in_a_gap_or_end_in_a_repeated_hour() -> None:
    night = replace(ALL_DAY, zone="Europe/London", start=90, end=300)
    assert working_between(
        at_local(date(2027, 3, 28), 0, night), at_local(date(2027, 3, 28), 720, night), night
    ) == 180  # 01:30 was skipped, work began at 02:00  # fmt: skip
    early = replace(ALL_DAY, zone="Europe/London", start=0, end=90)
    first = at_local(date(2026, 10, 25), 90, early)
    assert add_working(at_local(date(2026, 10, 25), 0, early), 90, early) == first
    assert not is_working(first + timedelta(minutes=45), early)  # 01:15 again: done for today


def test_a_date_that_comes_back_for_an_hour() -> None:
    """In St. John's, on 7 November 2010 at 00:01, Saturday came back: 23:01."""
    sunday = Hours("America/St_Johns", 0, 1440, (6,))
    begins = at_local(date(2010, 11, 7), 0, sunday)
    assert wall(begins + timedelta(minutes=30), sunday) == "Sat 06 Nov 2010 23:30"
    assert is_working(begins + timedelta(minutes=30), sunday)
    assert working_between(begins - timedelta(days=1), begins + timedelta(days=2), sunday) == 1500
    early, late = begins + timedelta(minutes=10), begins + timedelta(minutes=30)
    assert working_between(early, late, sunday) == 20


@pytest.mark.parametrize(("zone", "utc"), [("Asia/Kolkata", "03:30"), ("Asia/Kathmandu", "03:15")])
def test_zones_off_the_hour(zone: str, utc: str) -> None:
    hours = Hours(zone)
    digest = next_digest(datetime(2026, 11, 3, tzinfo=UTC), hours)
    assert digest.strftime("%H:%M") == utc
    assert add_working(digest, WD, hours) == digest + timedelta(hours=8)


def test_both_sides_of_the_date_line() -> None:
    kiritimati, honolulu = Hours("Pacific/Kiritimati"), Hours("Pacific/Honolulu")
    at = datetime(2026, 11, 8, 20, tzinfo=UTC)  # the same wall time, a day apart
    assert local_date(at, kiritimati) == date(2026, 11, 9)
    assert local_date(at, honolulu) == date(2026, 11, 8)
    assert is_working(at, kiritimati)
    assert not is_working(at, honolulu)
    assert next_working(at, honolulu) == at + timedelta(hours=23)


def test_apia_left_out_a_friday() -> None:
    apia = Hours("Pacific/Apia")
    skipped = date(2011, 12, 30)
    assert at_local(skipped, 540, apia) == at_local(date(2011, 12, 31), 0, apia)
    thursday = on(apia, "2011-12-29 16:00")
    assert wall(add_working(thursday, 120, apia), apia) == "Mon 02 Jan 2012 10:00"
    assert wall(next_digest(thursday, apia), apia) == "Mon 02 Jan 2012 09:00"
    assert is_working_day(skipped, apia)  # as documented: dates know only the calendar
