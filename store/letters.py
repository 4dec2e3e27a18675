"""Writing letters and timers: the part of a transaction that says what is to happen later.

Rule 1: a waiting letter of the same card in the same lane is overwritten where it stands: a
        thread's first card must not fall behind the posts in its thread.
Rule 2: a letter that a worker has taken or tried is not overwritten; what is new waits behind it.
        (It may be drawn, or even posted, already: what is put into it then would never be seen.)
Rule 3: lanes are touched last, in the order of their names: two transactions that write to the
        same people then queue, and cannot wait for each other.
Rule 4: letters and timers are written together, before whatever in this transaction looks at them
        again and at its end: one statement for all, however many there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.effects import Effect
from bot.ports import Timer
from bot.terms import SetId
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
_t = tables.timer.c
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

    def put_out(
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
            first = min(before["not_before"], not_before)
            before |= values | {"not_before": first}
            return
        self._letters.append(values)
        if card:
            self._same[lane, card] = values

    def write(self) -> None:
        """Write the letters and timers that were put out so far."""
        if self._letters:
            rows, self._letters = self._letters, []
            self._same.clear()
            self._change(_collapse(self._postgres), self._many(rows, _WRITTEN))
        if self._timers:
            rows = [self._timers[key] for key in sorted(self._timers)]
            self._timers.clear()
            self._change(_set(self._postgres), self._many(rows, {"lease": None}))

    def _many(self, rows: list[dict[str, Any]], more: Mapping[str, Any]) -> Any:
        return rows_of(rows) if self._postgres else [{**row, **more} for row in rows]

    def suspended(self, lane: str) -> str:
        """Why nothing goes out in this lane; "" if nothing is in the way."""
        row = self._one(_SUSPENDED, {"the_lane": lane})
        return str(row.suspended) if row is not None else ""

    def resume(self, lane: str) -> None:
        """Send in this lane again, from the oldest letter on."""
        self._change(_RESUME, {"the_lane": lane})

    def wake(self, lane: str, not_before: datetime) -> None:
        """Remember that the lane is due then, if not earlier; written by `finish`."""
        self._due[lane] = min(not_before, self._due.get(lane, not_before))

    def finish(self) -> None:
        """Write what is left, and tell the lanes, before the commit, when they are next due."""
        self.write()
        if self._due:
            rows = [{"lane": lane, "due": self._due[lane]} for lane in sorted(self._due)]
            self._due.clear()
            more = {"worker": "", "suspended": ""}
            self._change(_wake(self._postgres), self._many(rows, more))

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
        self._change(_CLEAR, {"owner": owner, "name": name})

    def clear_timers(self, owner: str) -> None:
        """Take all timers of an owner back."""
        self.write()
        self._change(_CLEAR_ALL, {"owner": owner})

    def take_timer(self, timer: Timer) -> bool:
        """Forget this very timer; False if it is gone, or was set anew. Of two, one gets it."""
        self.write()
        asked = {"owner": timer.owner, "name": timer.name, "turn": timer.turn, "due": timer.due}
        return self._change(_TAKE, asked) > 0

    def take_timers(self, timers: Sequence[Timer]) -> tuple[Timer, ...]:
        """The same for several; those that this transaction got.

        What another transaction is just taking or setting is passed over, not waited for.
        """
        self.write()
        if not self._postgres:
            return tuple(timer for timer in timers if self.take_timer(timer))
        rows = [{name: getattr(timer, name) for name in _SET} for timer in timers]
        self._may_write()
        got = {tuple(row) for row in self._all(_TAKE_MANY, rows_of(rows))} if rows else set()
        return tuple(timer for timer in timers if (timer.owner, timer.name) in got)

    def timer(self, owner: str, name: str) -> Timer | None:
        """The timer of that name."""
        self.write()
        row = self._one(_TIMER, {"owner": owner, "name": name})
        return Timer(owner, name, row.turn, row.due) if row else None


def new_row(table: Any, postgres: bool) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if postgres else sqlite.insert(table)


_TAKE_MANY = text(
    "DELETE FROM timer USING (SELECT timer.owner, timer.name FROM timer JOIN"
    f" {table_of(_SET)} ON timer.owner = new.owner AND timer.name = new.name"
    " AND timer.turn = new.turn AND timer.due = new.due"
    " FOR UPDATE OF timer SKIP LOCKED) AS mine"
    " WHERE timer.owner = mine.owner AND timer.name = mine.name"
    " RETURNING timer.owner, timer.name"
)


@cache
def _collapse(postgres: bool) -> Any:
    if postgres:
        names = ", ".join(_LETTER)
        return text(
            f"INSERT INTO letter ({names}, state, taken, attempts, code)"
            f" SELECT {names}, 'waiting', false, 0, '' FROM {table_of(_LETTER)} ORDER BY nth"
            f" ON CONFLICT (lane, card) WHERE {tables.FREE} DO UPDATE SET"
            " effect = excluded.effect, schema = excluded.schema, set_id = excluded.set_id,"
            " created = excluded.created,"
            " not_before = least(letter.not_before, excluded.not_before)"
        )
    new, old = sqlite.insert(tables.letter), tables.letter.c
    return new.on_conflict_do_update(
        index_elements=["lane", "card"],
        index_where=text(tables.FREE),
        set_={
            "effect": new.excluded.effect,
            "schema": new.excluded.schema,
            "set_id": new.excluded.set_id,
            "created": new.excluded.created,
            "not_before": func.min(old.not_before, new.excluded.not_before),
        },
    )


@cache
def _set(postgres: bool) -> Any:
    if postgres:
        names = ", ".join(_SET)
        return text(
            f"INSERT INTO timer ({names}) SELECT {names} FROM {table_of(_SET)} ORDER BY nth"
            " ON CONFLICT (owner, name) DO UPDATE SET"
            " turn = excluded.turn, due = excluded.due, lease = NULL"
        )
    new = sqlite.insert(tables.timer)
    return new.on_conflict_do_update(
        index_elements=["owner", "name"],
        set_={name: new.excluded[name] for name in ("turn", "due", "lease")},
    )


@cache
def _wake(postgres: bool) -> Any:
    if postgres:
        return text(
            "INSERT INTO lane (lane, due, worker, suspended)"
            f" SELECT lane, due, '', '' FROM {table_of(_DUE)} ORDER BY nth"
            " ON CONFLICT (lane) DO UPDATE SET due ="
            " CASE WHEN lane.due IS NULL OR excluded.due < lane.due"
            " THEN excluded.due ELSE lane.due END"
        )
    new, old = sqlite.insert(tables.lane), tables.lane.c
    sooner = or_(old.due.is_(None), new.excluded.due < old.due)
    return new.on_conflict_do_update(
        index_elements=["lane"],
        set_={"due": case((sooner, new.excluded.due), else_=old.due)},
    )
