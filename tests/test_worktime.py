"""bot/worktime: examples one can check by hand, then laws that must hold anywhere on earth."""

from __future__ import annotations

import ast
import timeit
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.worktime
from bot.worktime import (
    SEARCH_DAYS,
    WORKING_DAY,
    BadHours,
    Hours,
    NeverWorks,
    add_working,
    add_working_days,
    at_local,
    check,
    common_end,
    is_working,
    is_working_day,
    local_date,
    midpoint,
    next_digest,
    next_working,
    personal_end,
    working_between,
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


# ---- a person's week ----------------------------------------------------------------------------


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


# ---- clocks -------------------------------------------------------------------------------------


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


# ---- the end of a stage -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "auckland", "london", "los_angeles", "everyone"),
    [
        # Los Angeles goes back on Sunday, 1 November 2026, and ends last.
        ("2026-10-30 17:00", "11-03 04:00", "11-03 17:00", "11-03 18:00", "11-03 18:00"),
        # London goes back on Sunday, 25 October 2026, and ends last.
        ("2026-10-23 16:00", "10-27 04:00", "10-27 17:00", "10-27 00:00", "10-27 17:00"),
        # Auckland goes forward on Sunday, 27 September 2026, and ends last.
        ("2026-09-25 04:30", "09-29 03:30", "09-28 16:00", "09-29 00:00", "09-29 03:30"),
    ],
)
def test_the_worked_example(
    opened: str, auckland: str, london: str, los_angeles: str, everyone: str
) -> None:
    """2 wd for Auckland, London and Los Angeles; by hand, in UTC. docs/time.md tells it."""
    at = datetime.fromisoformat(opened).replace(tzinfo=UTC)
    people = (AUCKLAND, LONDON, LOS_ANGELES)
    ends = [personal_end(at, 2 * WD, who) for who in people]
    assert [f"{end:%m-%d %H:%M}" for end in ends] == [auckland, london, los_angeles]
    assert f"{common_end(at, 2 * WD, people, LONDON):%m-%d %H:%M}" == everyone


MONDAY = on(LONDON, "2026-11-02 09:00")


def away(*days: int) -> Hours:
    """London, absent from the first to the last of these days of November 2026."""
    return replace(LONDON, away=((date(2026, 11, days[0]), date(2026, 11, days[-1])),))


def end_with(*others: Hours) -> str:
    """The end of 2 wd opened on Monday, 2 November, 9:00 for London and these others."""
    return wall(common_end(MONDAY, 2 * WD, (LONDON, *others), LONDON), LONDON)


def test_nobody_waits_for_who_is_away() -> None:
    assert end_with() == "Tue 03 Nov 2026 17:00"
    assert end_with(away(1, 30)) == "Tue 03 Nov 2026 17:00"  # the whole window
    assert end_with(away(2)) == "Tue 03 Nov 2026 17:00"  # when it opens
    assert end_with(replace(LONDON, away=FOR_EVER)) == "Tue 03 Nov 2026 17:00"
    assert end_with(away(3)) == "Wed 04 Nov 2026 17:00"  # one day in it: waited for
    assert end_with(away(3, 4)) == "Thu 05 Nov 2026 17:00"  # just within twice the window
    assert end_with(away(3, 5)) == "Tue 03 Nov 2026 17:00"  # cannot be waited for
    assert end_with(away(4, 30)) == "Tue 03 Nov 2026 17:00"  # after it
    saturday = on(LONDON, "2026-10-31 12:00")  # opened when nobody works
    assert common_end(saturday, WD, (LONDON, away(2)), LONDON) == on(LONDON, "2026-11-02 17:00")


def test_an_absence_that_moves_nothing_is_none() -> None:
    """Los Angeles has Saturday marked as absent: it still counts, and ends last."""
    saturday = replace(LOS_ANGELES, away=((date(2026, 10, 31), date(2026, 10, 31)),))
    at = on(LOS_ANGELES, "2026-10-31 12:00")
    assert common_end(at, WD, (LONDON, saturday), LONDON) == on(LOS_ANGELES, "2026-11-02 17:00")


def test_at_most_twice_the_window_at_home() -> None:
    two_hours_a_day = replace(LONDON, end=660)
    assert end_with(two_hours_a_day) == "Thu 05 Nov 2026 17:00"
    assert end_with(two_hours_a_day, away(3, 5)) == "Thu 05 Nov 2026 17:00"
    # An absence excuses nobody from being waited for who would pass the limit without it too.
    a_day_off = replace(two_hours_a_day, away=away(4).away)
    assert end_with(a_day_off) == "Thu 05 Nov 2026 17:00"


def test_nobody_left_is_the_end_at_home() -> None:
    expected = personal_end(MONDAY, WD, AUCKLAND)
    assert common_end(MONDAY, WD, (), AUCKLAND) == expected
    assert common_end(MONDAY, WD, (away(1, 30),), AUCKLAND) == expected
    with pytest.raises(NeverWorks):
        common_end(MONDAY, WD, (), replace(LONDON, away=FOR_EVER))


def test_a_traveller_moves_only_later_results() -> None:
    """Who flies from London to Auckland keeps the stage's end; the rest follows the new zone."""
    closes = common_end(MONDAY, 2 * WD, (LONDON, LONDON), LONDON)
    at = on(LONDON, "2026-11-02 15:00")
    before, after = replace(LONDON), replace(LONDON, zone="Pacific/Auckland")
    assert wall(next_digest(at, before), before) == "Tue 03 Nov 2026 09:00"
    assert wall(next_digest(at, after), after) == "Tue 03 Nov 2026 09:00"
    assert next_digest(at, after) == next_digest(at, before) - timedelta(hours=13)
    assert midpoint(at, closes, after) != midpoint(at, closes, before)
    assert closes == common_end(MONDAY, 2 * WD, (LONDON, before), LONDON)


# ---- refusals and bounds ------------------------------------------------------------------------

JUNK: list[tuple[str, dict[str, Any]]] = [
    *(
        ("unknown_zone", {"zone": zone})
        for zone in (
            "", " ", "GMT+25", "Europe/Nowhere", "Europe", "../../etc/passwd", "/etc/passwd",
            "localtime", "posixrules", "Factory", "right/UTC", "posix/UTC", "zone.tab", "a\0b",
            "x" * 500, "\ud800", None, 0,
        )
    ),
    ("hours_outside_day", {"start": -1}),
    ("hours_outside_day", {"end": 1441}),
    ("hours_outside_day", {"start": 9.0}),
    ("hours_outside_day", {"end": "1020"}),
    ("hours_outside_day", {"start": True}),
    ("hours_reversed", {"start": 1020, "end": 540}),
    ("hours_reversed", {"start": 540, "end": 540}),
    ("no_days", {"days": ()}),
    ("unknown_day", {"days": (7,)}),
    ("unknown_day", {"days": (0, -1)}),
    ("unknown_day", {"days": ("Mon",)}),
    ("unknown_day", {"days": [0, 1]}),
    ("unknown_day", {"days": 3}),
    *(
        ("unknown_country", {"country": code})
        for code in ("", "XX", "gb", "GB-", "GB-XXX", "GB-ENG-1", "-ENG", 44)
    ),
    ("away_reversed", {"away": ((date(2026, 2, 2), date(2026, 2, 1)),)}),
    ("away_unreadable", {"away": (date(2026, 2, 2), date(2026, 2, 3))}),
    ("away_unreadable", {"away": [(date(2026, 2, 2), date(2026, 2, 3))]}),
    ("away_unreadable", {"away": (("2026-02-02", "2026-02-03"),)}),
    ("away_unreadable", {"away": ((date(2026, 2, 2), datetime(2026, 2, 3, tzinfo=UTC)),)}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "junk"), JUNK)
def test_junk_is_refused_by_name(code: str, junk: dict[str, Any]) -> None:
    with pytest.raises(BadHours) as refused:
        check(Hours(**junk))
    assert refused.value.code == code
    assert code in (BadHours.__doc__ or "")


def test_good_hours_pass() -> None:
    for hours in (Hours(), LONDON, ALL_DAY, replace(LONDON, country="GB-SCT"), away(1, 30)):
        check(hours)


@pytest.mark.parametrize(
    "call",
    [
        lambda at, hours: next_working(at, hours),
        lambda at, hours: add_working(at, 1, hours),
        lambda at, hours: next_digest(at, hours),
        lambda at, hours: add_working_days(at.date(), 1, hours),
        lambda at, hours: add_working_days(at.date(), -1, hours),
    ],
)
def test_a_search_without_work_ends(call: Callable[[datetime, Hours], object]) -> None:
    with pytest.raises(NeverWorks):
        call(MONDAY, replace(LONDON, away=((date(2024, 1, 1), date(2028, 12, 31)),)))
    near_the_end = datetime(9999, 12, 29, tzinfo=UTC)
    with pytest.raises(NeverWorks):
        call(near_the_end, Hours(days=(2,), away=((date(9990, 1, 1), date(9999, 12, 31)),)))


def test_how_far_a_search_goes() -> None:
    first = date(2026, 11, 2)

    def gone(days: int) -> Hours:
        return replace(ALL_DAY, away=((first, first + timedelta(days=days - 1)),))

    at = at_local(first, 0, ALL_DAY)
    assert next_working(at, gone(SEARCH_DAYS)) == at + timedelta(days=SEARCH_DAYS)
    with pytest.raises(NeverWorks):
        next_working(at, gone(SEARCH_DAYS + 1))


def test_the_bound_is_days_in_a_row_not_days_in_all() -> None:
    mondays = Hours(days=(0,))
    end = add_working(MONDAY, 70 * WD, mondays)
    assert end == MONDAY + timedelta(weeks=69, hours=8)
    assert end - MONDAY > timedelta(days=SEARCH_DAYS)


def test_without_work_the_questions_have_answers() -> None:
    never = replace(LONDON, away=FOR_EVER)
    assert not is_working(MONDAY, never)
    assert working_between(MONDAY, MONDAY + timedelta(days=9), never) == 0
    assert midpoint(MONDAY, MONDAY + timedelta(days=9), never) == MONDAY + timedelta(days=9)


def test_bugs_of_a_caller_are_loud() -> None:
    naive = MONDAY.replace(tzinfo=None)
    for call in (is_working, next_working, next_digest, local_date):
        with pytest.raises(ValueError, match="aware"):
            call(naive, LONDON)
    with pytest.raises(ValueError, match="negative"):
        add_working(MONDAY, -1, LONDON)
    with pytest.raises(BadHours):
        is_working(MONDAY, Hours("Europe/Nowhere"))


def test_other_zones_than_utc_are_understood_and_utc_comes_out() -> None:
    at = MONDAY.astimezone(ZoneInfo("Asia/Kathmandu"))
    for result in (
        next_working(at, LONDON),
        add_working(at, 0, LONDON),
        next_digest(at, LONDON),
        common_end(at, 0, [LONDON], LONDON),
        midpoint(at, at + timedelta(hours=1), LONDON),
        midpoint(at - timedelta(hours=2), at - timedelta(hours=1), LONDON),
    ):
        assert result.tzinfo is UTC


# ---- laws ---------------------------------------------------------------------------------------

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


def test_it_is_quick_enough_for_thousands_of_people() -> None:
    hours = replace(LOS_ANGELES, country="US", away=((date(2026, 1, 1), date(2026, 1, 9)),))
    best = min(timeit.repeat(lambda: add_working(MONDAY, 2 * WD, hours), number=500, repeat=7))
    assert best / 500 < 20e-6
