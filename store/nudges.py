"""The nudges that were really sent, by the person's own day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, select, text

from bot.method.terms import PersonId
from store import models
from store.cache import Cache
from store.sql.connection import SqlConnection
from store.sql.lists import as_json_rows, table_of

_n = models.nudge_sent.c
_ON_DAY = (
    select(_n.kind)
    .where(_n.person_id == bindparam("person"), _n.day == bindparam("day"))
    .order_by(_n.number)
)
_INSERT = insert(models.nudge_sent)
_COLUMNS = {"person_id": "text", "day": "date", "kind": "text"}


@cache
def _insert_many(postgres: bool) -> Any:
    if not postgres:
        return _INSERT
    return text(
        "INSERT INTO nudge_sent (person_id, day, kind)"
        f" SELECT person_id, day, kind FROM {table_of(_COLUMNS)} ORDER BY nth"
    )


class Nudges:
    """The port's `Nudges`."""

    def __init__(self, connection: SqlConnection, cache: Cache) -> None:
        self._connection, self._cache = connection, cache

    def on_day(self, person: PersonId, day: date) -> tuple[str, ...]:
        """The kinds of nudges that were sent to the person on this day of theirs, in order."""
        known = self._cache.prefetched
        if person in known.nudges and known.nudges_since is not None and day >= known.nudges_since:
            return tuple(kind for on, kind in known.nudges[person] if on == day)
        rows = self._connection.fetch_all(_ON_DAY, {"person": person, "day": day})
        return tuple(row.kind for row in rows)

    def record(self, person: PersonId, day: date, kind: str) -> None:
        """A nudge was really sent."""
        self._cache.prefetched.nudges.pop(person, None)
        values = {"person_id": person, "day": day, "kind": kind}
        self._connection.defer(models.nudge_sent, _INSERT, values)

    def record_many(self, nudges: Iterable[tuple[PersonId, date, str]]) -> None:
        """Several nudges were really sent."""
        rows = [{"person_id": p, "day": day, "kind": kind} for p, day, kind in nudges]
        for row in rows:
            self._cache.prefetched.nudges.pop(str(row["person_id"]), None)
        if rows:
            postgres = self._connection.postgres
            self._connection.execute(
                _insert_many(postgres), as_json_rows(rows) if postgres else rows
            )
