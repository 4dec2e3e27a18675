"""When a stage ends for people with different hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.worktime import (
    Hours,
    NeverWorks,
    common_end,
    midpoint,
    next_digest,
    personal_end,
)
from tests.bot.worktime.zones import (
    AUCKLAND,
    FOR_EVER,
    LONDON,
    LOS_ANGELES,
    MONDAY,
    WD,
    away,
    on,
    wall,
)


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
