"""What is refused, and how far a search goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.worktime import (
    SEARCH_DAYS,
    BadHours,
    Hours,
    NeverWorks,
    add_working,
    add_working_days,
    at_local,
    check,
    common_end,
    is_working,
    local_date,
    midpoint,
    next_digest,
    next_working,
    working_between,
)
from tests.bot.worktime.zones import (
    ALL_DAY,
    FOR_EVER,
    LONDON,
    MONDAY,
    WD,
    away,
)

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
