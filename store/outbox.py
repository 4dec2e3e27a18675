"""Writing outbox messages: what is to be delivered once the transaction is committed.

Rule 1: a waiting message of the same card in the same lane is overwritten where it stands: a
        thread's first card must not fall behind the posts in its thread.
Rule 2: a message that a worker has taken or tried is not overwritten, because it may be drawn or
        even posted already; a new one waits behind it.
Rule 3: lanes are written last, in the order of their names: two transactions that write to the
        same people then queue, and cannot deadlock.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, insert, or_, select, text, update

from bot.method.effects import Effect
from bot.method.terms import SetId
from store import codec, models
from store.sql.connection import SqlConnection
from store.sql.lists import as_json_rows, table_of
from store.sql.statements import new_row

MANY = 8  # rows from which on one statement for all is cheaper than one for each
_COLUMNS = {
    "lane": "text",
    "card": "text",
    "set_id": "text",
    "effect": "text",
    "schema": "integer",
    "not_before": "timestamptz",
    "created": "timestamptz",
}
_DUE_COLUMNS = {"lane": "text", "due": "timestamptz"}
_NEW = {"state": "waiting", "taken": False, "attempts": 0, "code": ""}
_INSERT = insert(models.outbox)
_SUSPENSION = select(models.lane.c.suspended).where(models.lane.c.lane == bindparam("the_lane"))
_RESUME = (
    update(models.lane)
    .where(models.lane.c.lane == bindparam("the_lane"), models.lane.c.suspended != "")
    .values(suspended="", held=None)
)


class Outbox:
    """The port's `Outbox`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection
        self._due: dict[str, datetime] = {}  # when each lane is due, at the latest
        self._messages: list[dict[str, Any]] = []
        self._by_card: dict[tuple[str, str], dict[str, Any]] = {}

    def enqueue(
        self,
        effect: Effect,
        lane: str,
        set: SetId | None,
        card: str,
        not_before: datetime,
        at: datetime,
    ) -> None:
        """Write a message. A waiting message with the same card key takes this one's content."""
        self._connection.require_writes()
        content, schema = codec.dump_effect(effect)
        values = {
            "lane": lane,
            "card": card,
            "set_id": set,
            "effect": content,
            "schema": schema,
            "not_before": not_before,
            "created": at,
        }
        self.wake(lane, not_before)
        before = self._by_card.get((lane, card)) if card else None
        if before is not None:
            before |= values | {"not_before": min(before["not_before"], not_before)}
            return
        self._messages.append(values)
        if card:
            self._by_card[lane, card] = values

    def suspension(self, lane: str) -> str:
        """Why nothing goes out in this lane; "" if nothing is in the way."""
        row = self._connection.fetch_one(_SUSPENSION, {"the_lane": lane})
        return str(row.suspended) if row is not None else ""

    def resume(self, lane: str) -> None:
        """Send in this lane again, from the oldest message on."""
        self._connection.defer(models.lane, _RESUME, {"the_lane": lane})

    def wake(self, lane: str, not_before: datetime) -> None:
        """Remember that the lane is due then, if not earlier; written by `defer_lanes`."""
        self._due[lane] = min(not_before, self._due.get(lane, not_before))

    def defer_messages(self) -> None:
        """Defer the writes of what was enqueued: a few one by one, many as one statement."""
        messages, self._messages = self._messages, []
        self._by_card.clear()
        postgres = self._connection.postgres
        if postgres and len(messages) >= MANY:
            self._connection.defer(models.outbox, _INSERT_MANY, as_json_rows(messages))
            return
        for row in messages:
            statement = _insert_or_collapse(postgres) if row["card"] else _INSERT
            self._connection.defer(models.outbox, statement, {**row, **_NEW})

    def defer_lanes(self) -> None:
        """Defer the writes that say when the lanes are due; the last ones before the commit."""
        if not self._due:
            return
        due = [{"lane": lane, "due": self._due[lane]} for lane in sorted(self._due)]
        self._due.clear()
        postgres = self._connection.postgres
        if postgres and len(due) >= MANY:
            self._connection.defer(models.lane, _WAKE_MANY, as_json_rows(due))
        else:
            rows = [{**row, "worker": "", "suspended": ""} for row in due]
            self._connection.defer(models.lane, _wake(postgres), rows)


@cache
def _insert_or_collapse(postgres: bool) -> Any:
    new, old = new_row(models.outbox, postgres), models.outbox.c
    earlier = func.least if postgres else func.min
    return new.on_conflict_do_update(
        index_elements=["lane", "card"],
        index_where=text(models.FREE),
        set_={
            "effect": new.excluded.effect,
            "schema": new.excluded.schema,
            "set_id": new.excluded.set_id,
            "created": new.excluded.created,
            "not_before": earlier(old.not_before, new.excluded.not_before),
        },
    )


@cache
def _wake(postgres: bool) -> Any:
    new, old = new_row(models.lane, postgres), models.lane.c
    sooner = or_(old.due.is_(None), new.excluded.due < old.due)
    return new.on_conflict_do_update(
        index_elements=["lane"],
        set_={"due": case((sooner, new.excluded.due), else_=old.due)},
    )


# The same for many rows, on PostgreSQL

_INSERT_MANY = text(
    f"INSERT INTO letter ({', '.join(_COLUMNS)}, state, taken, attempts, code)"
    f" SELECT {', '.join(_COLUMNS)}, 'waiting', false, 0, '' FROM {table_of(_COLUMNS)} ORDER BY nth"
    f" ON CONFLICT (lane, card) WHERE {models.FREE} DO UPDATE SET"
    " effect = excluded.effect, schema = excluded.schema, set_id = excluded.set_id,"
    " created = excluded.created, not_before = least(letter.not_before, excluded.not_before)"
)
_WAKE_MANY = text(
    "INSERT INTO lane (lane, due, worker, suspended)"
    f" SELECT lane, due, '', '' FROM {table_of(_DUE_COLUMNS)} ORDER BY nth"
    " ON CONFLICT (lane) DO UPDATE SET due ="
    " CASE WHEN lane.due IS NULL OR excluded.due < lane.due THEN excluded.due ELSE lane.due END"
)
