"""Writing letters and timers: the part of a transaction that says what is to happen later.

Rule 1: a waiting letter of the same card in the same lane is overwritten where it stands: a
        thread's first card must not fall behind the posts in its thread.
Rule 2: a letter that a worker has taken or tried is not overwritten; what is new waits behind it.
        (It may be drawn, or even posted, already: what is put into it then would never be seen.)
Rule 3: lanes are touched last, in the order of their names: two transactions that write to the
        same people then queue, and cannot wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.effects import Effect
from bot.ports import Timer
from bot.terms import SetId
from store import codec, tables
from store.base import Base, Shared
from store.columns import Instant

_t = tables.timer.c
_WRITE = insert(tables.letter)
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
        content, schema = codec.dump_effect(effect)
        values = {
            "lane": lane,
            "card": card,
            "set_id": set,
            "effect": content,
            "schema": schema,
            "not_before": not_before,
            "created": at,
            "state": "waiting",
            "taken": False,
            "attempts": 0,
            "code": "",
        }
        self._later(tables.letter, _collapse(self._postgres) if card else _WRITE, values)
        self.wake(lane, not_before)

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
            due = [{"lane": lane, "due": self._due[lane]} for lane in sorted(self._due)]
            self._due.clear()
            rows = [{**row, "worker": "", "suspended": ""} for row in due]
            self._later(tables.lane, _wake(self._postgres), rows)
        super().finish()

    def set_timer(self, timer: Timer) -> None:
        """Wake its owner then; replaces the owner's timer of that name."""
        values = {
            "owner": timer.owner,
            "name": timer.name,
            "turn": timer.turn,
            "due": timer.due,
            "lease": None,
        }
        self._upsert(tables.timer, ("owner", "name"), values)

    def clear_timer(self, owner: str, name: str) -> None:
        """Take a timer back, if there is one."""
        self._later(tables.timer, _CLEAR, {"owner": owner, "name": name})

    def clear_timers(self, owner: str) -> None:
        """Take all timers of an owner back."""
        self._later(tables.timer, _CLEAR_ALL, {"owner": owner})

    def take_timer(self, timer: Timer) -> bool:
        """Forget this very timer; False if it is gone, or was set anew. Of two, one gets it."""
        asked = {"owner": timer.owner, "name": timer.name, "turn": timer.turn, "due": timer.due}
        return self._change(_TAKE, asked) > 0

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
