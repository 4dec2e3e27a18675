"""Writing letters and timers: the part of a transaction that says what is to happen later.

Rule 1: a waiting letter of the same card in the same lane is overwritten where it stands: a
        thread's first card must not fall behind the posts in its thread.
Rule 2: a letter that a worker has taken or tried is not overwritten; what is new waits behind it.
        (It may be drawn, or even posted, already: what is put into it then would never be seen.)
Rule 3: lanes are touched last, in the order of their names: two transactions that write to the
        same people then queue, and cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.method.effects import Effect
from bot.method.terms import SetId
from bot.ports import Timer
from store import codec, tables
from store.base import Base, Shared
from store.columns import Instant
from store.lists import rows_of, table_of

_LETTER = {
    "lane": "text",
    "card": "text",
    "set_id": "text",
    "effect": "text",
    "schema": "integer",
    "not_before": "timestamptz",
    "created": "timestamptz",
}
_DUE = {"lane": "text", "due": "timestamptz"}
_SET = {"owner": "text", "name": "text", "turn": "integer", "due": "timestamptz"}
_WRITTEN = {"state": "waiting", "taken": False, "attempts": 0, "code": ""}
MANY = 8  # rows from which on one statement is cheaper than one for each
_t = tables.timer.c
_WRITE = insert(tables.letter)
_TIMERS = (_t.owner, _t.name, _t.turn, _t.due)
_TIMER = select(_t.turn, _t.due).where(_t.owner == bindparam("owner"), _t.name == bindparam("name"))
_TAKE = delete(tables.timer).where(
    _t.owner == bindparam("owner"),
    _t.name == bindparam("name"),
    _t.turn == bindparam("turn"),
    _t.due == bindparam("due", type_=Instant()),
)
_CLEAR = delete(tables.timer).where(_t.owner == bindparam("owner"), _t.name == bindparam("name"))
_SUSPENDED = select(tables.lane.c.suspended).where(tables.lane.c.lane == bindparam("the_lane"))
_RESUME = (
    update(tables.lane)
    .where(tables.lane.c.lane == bindparam("the_lane"), tables.lane.c.suspended != "")
    .values(suspended="", held=None)
)
_CLEAR_ALL = delete(tables.timer).where(_t.owner == bindparam("owner"))


class Letters(Base):
    """The part of a transaction that keeps the outbox and the timers."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        super().__init__(connection, shared, writes)
        self._due: dict[str, datetime] = {}
        self._letters: list[dict[str, Any]] = []
        self._same: dict[tuple[str, str], dict[str, Any]] = {}
        self._timers: dict[tuple[str, str], dict[str, Any]] = {}

    def enqueue(
        self,
        effect: Effect,
        lane: str,
        set: SetId | None,
        card: str,
        not_before: datetime,
        at: datetime,
    ) -> None:
        """Write a letter. A waiting letter with the same card key takes this one's content."""
        self._may_write()
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
        before = self._same.get((lane, card)) if card else None
        if before is not None:
            before |= values | {"not_before": min(before["not_before"], not_before)}
            return
        self._letters.append(values)
        if card:
            self._same[lane, card] = values

    def _send(self, commit: bool = False) -> None:
        """Carry out what waits."""
        self._put()
        super()._send(commit)

    def _put(self) -> None:
        """Letters and timers join what waits: a few one by one, many as one statement."""
        letters, self._letters = self._letters, []
        timers, self._timers = self._timers, {}
        self._same.clear()
        if self._many(letters):
            self._later(tables.letter, _WRITE_MANY, rows_of(letters))
        else:
            for row in letters:
                statement = _collapse(self._postgres) if row["card"] else _WRITE
                self._later(tables.letter, statement, {**row, **_WRITTEN})
        # In the order of their keys: two transactions that set the same timers queue.
        rows = [timers[key] for key in sorted(timers)]
        if self._many(rows):
            self._later(tables.timer, _SET_MANY, rows_of(rows))
        else:
            for row in rows:
                self._upsert(tables.timer, ("owner", "name"), {**row, "lease": None})

    def _many(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        return self._postgres and len(rows) >= MANY

    def suspended(self, lane: str) -> str:
        """Why nothing goes out in this lane; "" if nothing is in the way."""
        row = self._one(_SUSPENDED, {"the_lane": lane})
        return str(row.suspended) if row is not None else ""

    def resume(self, lane: str) -> None:
        """Send in this lane again, from the oldest letter on."""
        self._later(tables.lane, _RESUME, {"the_lane": lane})

    def wake(self, lane: str, not_before: datetime) -> None:
        """Remember that the lane is due then, if not earlier; written by `finish`."""
        self._due[lane] = min(not_before, self._due.get(lane, not_before))

    def finish(self) -> None:
        """Tell the lanes, before the commit, when they are next due."""
        if self._due:
            self._put()
            due = [{"lane": lane, "due": self._due[lane]} for lane in sorted(self._due)]
            self._due.clear()
            if self._many(due):
                self._later(tables.lane, _WAKE_MANY, rows_of(due))
            else:
                rows = [{**row, "worker": "", "suspended": ""} for row in due]
                self._later(tables.lane, _wake(self._postgres), rows)
        super().finish()

    def set_timer(self, timer: Timer) -> None:
        """Wake its owner then; replaces the owner's timer of that name."""
        self._may_write()
        self._timers[timer.owner, timer.name] = {
            "owner": timer.owner,
            "name": timer.name,
            "turn": timer.turn,
            "due": timer.due,
        }

    def clear_timer(self, owner: str, name: str) -> None:
        """Take a timer back, if there is one."""
        self._timers.pop((owner, name), None)
        self._later(tables.timer, _CLEAR, {"owner": owner, "name": name})

    def clear_timers(self, owner: str) -> None:
        """Take all timers of an owner back."""
        self._timers = {key: timer for key, timer in self._timers.items() if key[0] != owner}
        self._later(tables.timer, _CLEAR_ALL, {"owner": owner})

    def take_timer(self, timer: Timer) -> bool:
        """Forget this very timer; False if it is gone, or was set anew. Of two, one gets it."""
        asked = {"owner": timer.owner, "name": timer.name, "turn": timer.turn, "due": timer.due}
        return self._change(_TAKE, asked) > 0

    def take_due(self, beginning: str, now: datetime, limit: int) -> tuple[Timer, ...]:
        """Forget timers that are due, to fire them together; of owners that begin so.

        What another transaction is just taking or setting is passed over, not waited for.
        """
        self._may_write()
        asked = {"first": beginning, "now": now, "most": limit}
        rows = self._all(_take_due(self._postgres), asked)
        taken = (Timer(row.owner, row.name, row.turn, row.due) for row in rows)
        return tuple(sorted(taken, key=lambda timer: (timer.due, timer.owner, timer.name)))

    def timer(self, owner: str, name: str) -> Timer | None:
        """The timer of that name."""
        row = self._one(_TIMER, {"owner": owner, "name": name})
        return Timer(owner, name, row.turn, row.due) if row else None


def new_row(table: Any, postgres: bool) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if postgres else sqlite.insert(table)


@cache
def _collapse(postgres: bool) -> Any:
    new, old = new_row(tables.letter, postgres), tables.letter.c
    earlier = func.least if postgres else func.min
    return new.on_conflict_do_update(
        index_elements=["lane", "card"],
        index_where=text(tables.FREE),
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
    new, old = new_row(tables.lane, postgres), tables.lane.c
    sooner = or_(old.due.is_(None), new.excluded.due < old.due)
    return new.on_conflict_do_update(
        index_elements=["lane"],
        set_={"due": case((sooner, new.excluded.due), else_=old.due)},
    )


@cache
def _take_due(postgres: bool) -> Any:
    now = bindparam("now", type_=Instant())
    due = (
        select(_t.owner, _t.name)
        .where(
            _t.due <= now,
            or_(_t.lease.is_(None), _t.lease <= now),
            # By no index: those that are due are few, and those that begin so are everyone's.
            func.substr(_t.owner, 1, func.length(bindparam("first"))) == bindparam("first"),
        )
        .order_by(_t.due)
        .limit(bindparam("most"))
    )
    if postgres:
        due = due.with_for_update(skip_locked=True)
    return delete(tables.timer).where(tuple_(_t.owner, _t.name).in_(due)).returning(*_TIMERS)


# The same for many rows, on PostgreSQL

_WRITE_MANY = text(
    f"INSERT INTO letter ({', '.join(_LETTER)}, state, taken, attempts, code)"
    f" SELECT {', '.join(_LETTER)}, 'waiting', false, 0, '' FROM {table_of(_LETTER)} ORDER BY nth"
    f" ON CONFLICT (lane, card) WHERE {tables.FREE} DO UPDATE SET"
    " effect = excluded.effect, schema = excluded.schema, set_id = excluded.set_id,"
    " created = excluded.created, not_before = least(letter.not_before, excluded.not_before)"
)
_SET_MANY = text(
    f"INSERT INTO timer ({', '.join(_SET)}) SELECT {', '.join(_SET)} FROM {table_of(_SET)}"
    " ORDER BY nth ON CONFLICT (owner, name) DO UPDATE SET"
    " turn = excluded.turn, due = excluded.due, lease = NULL"
)
_WAKE_MANY = text(
    "INSERT INTO lane (lane, due, worker, suspended)"
    f" SELECT lane, due, '', '' FROM {table_of(_DUE)} ORDER BY nth"
    " ON CONFLICT (lane) DO UPDATE SET due ="
    " CASE WHEN lane.due IS NULL OR excluded.due < lane.due THEN excluded.due ELSE lane.due END"
)
