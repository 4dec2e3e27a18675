"""The types of working time: Hours, its two errors, and the length of a working day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

WORKING_DAY = 480  # minutes; 1 wd = 8 working hours (method.md, Time)
SEARCH_DAYS = 400  # days in a row without work before a search gives up: more than any year


class BadHours(ValueError):
    """Working hours that cannot be used.

    ``code`` is a name whose words stand in prompts/: unknown_zone, hours_outside_day,
    hours_reversed, no_days, unknown_day, unknown_country, away_unreadable, away_reversed.
    ``value`` is the culprit.
    """

    def __init__(self, code: str, value: object) -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value


class NeverWorks(ValueError):
    """No working time within SEARCH_DAYS days (everything is a holiday or an absence)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The working hours of one profile, or of a set's home (method.md, Time).

    ``zone`` is an IANA name. ``start`` and ``end`` are minutes after midnight, wall time; ``end``
    may be 1440. ``days`` are weekdays, Monday = 0; Sunday to Thursday is ``(6, 0, 1, 2, 3)``.
    ``country`` is an ISO 3166 code, with its part where holidays differ inside the country
    ("GB-SCT", "DE-BY"); holidays come only from what the person or the set chose, never guessed.
    ``away`` holds first and last dates of absences, both inclusive, in the own zone.
    """

    zone: str = "UTC"
    start: int = 540
    end: int = 1020
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    country: str | None = None
    away: tuple[tuple[date, date], ...] = ()
