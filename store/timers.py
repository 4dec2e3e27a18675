"""Setting, clearing and taking timers."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, tuple_

from bot.ports import Timer
from store import models
from store.columns import Instant
from store.outbox import MANY
from store.sql.connection import SqlConnection
from store.sql.lists import as_json_rows, table_of

_t = models.timer.c
_COLUMNS = {"owner": "text", "name": "text", "turn": "integer", "due": "timestamptz"}
_GET = select(_t.turn, _t.due).where(_t.owner == bindparam("owner"), _t.name == bindparam("name"))
_TAKE = delete(models.timer).where(
    _t.owner == bindparam("owner"),
    _t.name == bindparam("name"),
    _t.turn == bindparam("turn"),
    _t.due == bindparam("due", type_=Instant()),
)
_CLEAR = delete(models.timer).where(_t.owner == bindparam("owner"), _t.name == bindparam("name"))
_CLEAR_ALL = delete(models.timer).where(_t.owner == bindparam("owner"))
_SET_MANY = text(  # on PostgreSQL
    f"INSERT INTO timer ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)}"
    f" FROM {table_of(_COLUMNS)} ORDER BY nth ON CONFLICT (owner, name) DO UPDATE SET"
    " turn = excluded.turn, due = excluded.due, lease = NULL"
)


@cache
def _take_due(postgres: bool) -> Any:
    now = bindparam("now", type_=Instant())
    due = (
        select(_t.owner, _t.name)
        .where(
            _t.due <= now,
            or_(_t.lease.is_(None), _t.lease <= now),
            # Not by an index: those that are due are few.
            func.substr(_t.owner, 1, func.length(bindparam("first"))) == bindparam("first"),
        )
        .order_by(_t.due)
        .limit(bindparam("most"))
    )
    if postgres:
        due = due.with_for_update(skip_locked=True)
    taken = delete(models.timer).where(tuple_(_t.owner, _t.name).in_(due))
    return taken.returning(_t.owner, _t.name, _t.turn, _t.due)


class Timers:
    """The port's `Timers`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection
        self._new: dict[tuple[str, str], dict[str, Any]] = {}

    def set(self, timer: Timer) -> None:
        """Wake its owner then; replaces the owner's timer of that name."""
        self._connection.require_writes()
        self._new[timer.owner, timer.name] = _values(timer)

    def clear(self, owner: str, name: str) -> None:
        """Delete a timer, if there is one."""
        self._new.pop((owner, name), None)
        self._connection.defer(models.timer, _CLEAR, {"owner": owner, "name": name})

    def clear_all(self, owner: str) -> None:
        """Delete all timers of an owner."""
        self._new = {key: timer for key, timer in self._new.items() if key[0] != owner}
        self._connection.defer(models.timer, _CLEAR_ALL, {"owner": owner})

    def get(self, owner: str, name: str) -> Timer | None:
        """The timer of that name."""
        row = self._connection.fetch_one(_GET, {"owner": owner, "name": name})
        return Timer(owner, name, row.turn, row.due) if row else None

    def take(self, timer: Timer) -> bool:
        """Delete this very timer; False if it is gone, or was set anew. Of two, one gets it."""
        return self._connection.execute(_TAKE, _values(timer)) > 0

    def take_due(self, prefix: str, now: datetime, limit: int) -> tuple[Timer, ...]:
        """Delete timers that are due, to fire them together; of owners that begin with `prefix`.

        Timers that another transaction is just taking or setting are skipped.
        """
        self._connection.require_writes()
        values = {"first": prefix, "now": now, "most": limit}
        rows = self._connection.fetch_all(_take_due(self._connection.postgres), values)
        taken = (Timer(row.owner, row.name, row.turn, row.due) for row in rows)
        return tuple(sorted(taken, key=lambda timer: (timer.due, timer.owner, timer.name)))

    def defer_new(self) -> None:
        """Defer the writes of what was set: a few one by one, many as one statement."""
        timers, self._new = self._new, {}
        # In the order of their keys: two transactions that set the same timers queue.
        rows = [timers[key] for key in sorted(timers)]
        if self._connection.postgres and len(rows) >= MANY:
            self._connection.defer(models.timer, _SET_MANY, as_json_rows(rows))
            return
        for row in rows:
            self._connection.upsert(models.timer, ("owner", "name"), {**row, "lease": None})


def _values(timer: Timer) -> dict[str, Any]:
    return {"owner": timer.owner, "name": timer.name, "turn": timer.turn, "due": timer.due}
