"""docs/time.md tells the worked example; this holds its tables against bot/worktime.

To write them anew after a change: ALS_REWRITE_DOCS=1 with this test.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.worktime import (
    WORKING_DAY,
    Hours,
    add_working,
    at_local,
    common_end,
    local_date,
    personal_end,
    working_between,
)

PAGE = Path(__file__).parent.parent / "docs" / "time.md"
WINDOW = 2 * WORKING_DAY
PEOPLE = {
    "Auckland": Hours("Pacific/Auckland"),
    "London": Hours("Europe/London"),
    "Los Angeles": Hours("America/Los_Angeles"),
}
HOME = PEOPLE["London"]
OPENED = {
    "los-angeles": datetime(2026, 10, 30, 17, tzinfo=UTC),
    "london": datetime(2026, 10, 23, 16, tzinfo=UTC),
    "auckland": datetime(2026, 9, 25, 4, 30, tzinfo=UTC),
}


def test_the_tables_in_the_docs_are_what_the_code_computes() -> None:
    """A stage of 2 wd with a change of clocks inside, once for each of the three places."""
    page = PAGE.read_text("utf-8")
    fresh = page
    for name, opened in OPENED.items():
        block = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert len(block.findall(page)) == 1, f"docs/time.md has no place for the table {name}"
        fresh = block.sub(rf"\g<1>{table(opened)}\g<2>", fresh)
    if os.environ.get("ALS_REWRITE_DOCS"):
        PAGE.write_text(fresh, "utf-8")
        page = fresh
    assert page == fresh, "run this test with ALS_REWRITE_DOCS=1, and read what changed"


def table(opened: datetime) -> str:
    """One row a person, then when the stage ends for all, on each clock."""
    ends = {name: personal_end(opened, WINDOW, hours) for name, hours in PEOPLE.items()}
    closes = common_end(opened, WINDOW, PEOPLE.values(), HOME)
    rows = [
        "| | it opens | working time | own end | own end in UTC |",
        "|---|---|---|---|---|",
    ]
    for name, hours in PEOPLE.items():
        mark = "**" if ends[name] == closes else ""
        rows.append(
            f"| {name} | {clock(opened, hours)} | {days(opened, ends[name], hours)}"
            f" | {clock(ends[name], hours)} | {mark}{ends[name]:%a %d %b %H:%M}{mark} |"
        )
    shown = " · ".join(f"{clock(closes, hours)} in {name}" for name, hours in PEOPLE.items())
    limit = add_working(opened, 2 * WINDOW, HOME)
    return (
        "\n".join(rows)
        + f"\n\nIt ends for all at **{closes:%a %d %b %H:%M} UTC**: {shown}.\n"
        + f"The limit, twice the window in London, would be {clock(limit, HOME)}.\n"
    )


def clock(at: datetime, hours: Hours) -> str:
    """Wall time with the zone's name of that moment, in which the change can be seen."""
    return at.astimezone(ZoneInfo(hours.zone)).strftime("%a %d %b %H:%M %Z")


def days(opened: datetime, closes: datetime, hours: Hours) -> str:
    """The window, day by day: "Fri 7 h, Mon 8 h, Tue 1 h"."""
    parts = []
    day = local_date(opened, hours)
    while day <= local_date(closes, hours):
        begin = max(opened, at_local(day, 0, hours))
        minutes = working_between(begin, min(closes, at_local(day, 1440, hours)), hours)
        if minutes:
            parts.append(f"{day:%a} {minutes / 60:g} h")
        day += timedelta(days=1)
    return ", ".join(parts)
