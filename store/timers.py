"""Handing timers that are due to whoever fires them.

Rule 1: on PostgreSQL a worker leases what it is given, so that among many each timer goes to one;
        a lease that has ended is anyone's. To set a timer anew clears its lease.
Rule 2: a lease only spares work. That a timer fires once is decided by whoever takes it
        (`Tx.take_timer`), under its set's lock.
Rule 3: SQLite serves one process, which needs no lease: to look there writes nothing.
Rule 4: where nothing is due, to look is one read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, tuple_, union_all, update

from bot.ports import Timer
from store import tables
from store.columns import Instant
from store.left import Left

if TYPE_CHECKING:
    from store.transactions import SqlTx

LEASE = timedelta(seconds=60)

_t = tables.timer.c
_TIMER = (_t.owner, _t.name, _t.turn, _t.due)
_LEASED = (
    update(tables.timer)
    .where(tuple_(_t.owner, _t.name).in_(bindparam("keys", expanding=True)))
    .values(lease=bindparam("until", type_=Instant()))
)
_GIVE_BACK = (
    update(tables.timer)
    .where(
        _t.owner == bindparam("the_owner"),
        _t.name == bindparam("the_name"),
        _t.turn == bindparam("the_turn"),
        _t.due == bindparam("the_due", type_=Instant()),
    )
    .values(lease=None)
)


@cache
def _due(without: bool, lock: bool) -> Any:
    now = bindparam("now", type_=Instant())
    found = (
        select(*_TIMER)
        .where(_t.due <= now, or_(_t.lease.is_(None), _t.lease <= now))
        .order_by(_t.due, _t.owner, _t.name)
        .limit(bindparam("most"))
    )
    found = _wanted(found, without)
    return found.with_for_update(skip_locked=True) if lock else found


@cache
def _next(leases: bool, without: bool) -> Any:
    """Of those that nobody holds, the first due; of those that are held, the first lease's end."""
    if not leases:
        return _wanted(select(func.min(_t.due)), without)
    free = select(_t.due.label("at")).where(_t.lease.is_(None)).order_by(_t.due).limit(1)
    held = select(func.min(_t.lease, type_=Instant()).label("at")).where(_t.lease.is_not(None))
    first = select(_wanted(free, without).subquery().c.at)
    both = union_all(first, _wanted(held, without)).subquery()
    return select(func.min(both.c.at, type_=Instant()))


def _wanted(statement: Any, without: bool) -> Any:
    left: Any = bindparam("without", expanding=True)
    return statement.where(_t.owner.not_in(left)) if without else statement


class Timers(ABC):
    """The part of the store that says what is due."""

    postgres: bool
    left: Left

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def due_timers(
        self, now: datetime, limit: int = 100, together: str | None = None
    ) -> Sequence[Timer]:
        """The timers that are due, the longest overdue first; leased on PostgreSQL.

        Not leased are those whose owners begin with `together`.
        """
        left = self.left.names(now)
        asked = {"now": now, "most": limit, **({"without": left} if left else {})}
        with self.reading() as tx:
            rows = tx._all(_due(bool(left), False), asked)
        told = [r for r in rows if together is not None and r.owner.startswith(together)]
        if self.postgres and len(told) < len(rows):
            with self.transaction() as tx:
                rows = tx._all(_due(bool(left), True), asked)
                if together is not None:
                    rows = [row for row in rows if not row.owner.startswith(together)]
                if rows:
                    keys = [(row.owner, row.name) for row in rows]
                    tx._change(_LEASED, {"keys": keys, "until": now + LEASE})
            rows = [*told, *rows]
        return tuple(Timer(row.owner, row.name, row.turn, row.due) for row in rows)

    def next_timer(self) -> datetime | None:
        """When the next timer is due that this process can have."""
        left = self.left.names()
        with self.reading() as tx:
            row = tx._one(_next(self.postgres, bool(left)), {"without": left} if left else {})
        found: datetime | None = row[0] if row else None
        return found

    def give_back(self, timers: Sequence[Timer]) -> None:
        """Timers that were not fired: another worker may have them at once."""
        if timers and self.postgres:
            rows = [
                {"the_owner": t.owner, "the_name": t.name, "the_turn": t.turn, "the_due": t.due}
                for t in timers
            ]
            with self.transaction() as tx:
                tx._change(_GIVE_BACK, rows)

    def defer_to_newer(self, timer: Timer, now: datetime) -> None:
        """Only a newer process can fire it: it is given back, and for a while not asked for."""
        self.left.leave(timer.owner, now)
        self.give_back([timer])
