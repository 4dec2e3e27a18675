"""Handing timers that are due to whoever fires them.

Rule 1: on PostgreSQL a worker leases what it is given, so that among many each timer goes to one;
        a lease that has ended is anyone's. Setting a timer anew clears its lease.
Rule 2: a lease only saves work. `Timers.take`, under the set's lock, decides that a timer fires
        once.
Rule 3: SQLite serves one process, which needs no lease: polling there writes nothing.
Rule 4: where nothing is due, a poll is one read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select, tuple_, union_all, update

from bot.ports import Timer
from store import models
from store.columns import Instant
from store.skip_list import SkipList
from store.transaction import Transactions

LEASE = timedelta(seconds=60)

_t = models.timer.c
_TIMER = (_t.owner, _t.name, _t.turn, _t.due)
_SET_LEASE = (
    update(models.timer)
    .where(tuple_(_t.owner, _t.name).in_(bindparam("keys", expanding=True)))
    .values(lease=bindparam("until", type_=Instant()))
)
_GIVE_BACK = (
    update(models.timer)
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
    due = (
        select(*_TIMER)
        .where(_t.due <= now, or_(_t.lease.is_(None), _t.lease <= now))
        .order_by(_t.due, _t.owner, _t.name)
        .limit(bindparam("most"))
    )
    due = _except_skipped(due, without)
    return due.with_for_update(skip_locked=True) if lock else due


@cache
def _next(leases: bool, without: bool) -> Any:
    """The first due timer that nobody has leased, or the end of the first lease."""
    if not leases:
        return _except_skipped(select(func.min(_t.due)), without)
    free = select(_t.due.label("at")).where(_t.lease.is_(None)).order_by(_t.due).limit(1)
    held = select(func.min(_t.lease, type_=Instant()).label("at")).where(_t.lease.is_not(None))
    first = select(_except_skipped(free, without).subquery().c.at)
    both = union_all(first, _except_skipped(held, without)).subquery()
    return select(func.min(both.c.at, type_=Instant()))


def _except_skipped(statement: Any, without: bool) -> Any:
    skipped: Any = bindparam("without", expanding=True)
    return statement.where(_t.owner.not_in(skipped)) if without else statement


class TimerQueue:
    """The port's `TimerQueue`."""

    def __init__(self, transactions: Transactions, postgres: bool, skipped: SkipList) -> None:
        self._transactions, self._postgres, self._skipped = transactions, postgres, skipped

    def due(
        self, now: datetime, limit: int = 100, shared_prefix: str | None = None
    ) -> Sequence[Timer]:
        """The timers that are due, the longest overdue first; leased on PostgreSQL.

        Not leased are those whose owners begin with `shared_prefix`.
        """
        skipped = self._skipped.names(now)
        values = {"now": now, "most": limit, **({"without": skipped} if skipped else {})}
        with self._transactions.reading() as tx:
            rows = tx.connection.fetch_all(_due(bool(skipped), False), values)

        def is_shared(owner: str) -> bool:
            return shared_prefix is not None and owner.startswith(shared_prefix)

        shared = [row for row in rows if is_shared(row.owner)]
        if self._postgres and len(shared) < len(rows):
            with self._transactions.transaction() as tx:
                rows = tx.connection.fetch_all(_due(bool(skipped), True), values)
                own = [row for row in rows if not is_shared(row.owner)]
                if own:
                    keys = [(row.owner, row.name) for row in own]
                    tx.connection.execute(_SET_LEASE, {"keys": keys, "until": now + LEASE})
            rows = [*shared, *own]
        return tuple(Timer(row.owner, row.name, row.turn, row.due) for row in rows)

    def next_due(self) -> datetime | None:
        """When the next timer is due that this process can have."""
        skipped = self._skipped.names()
        statement = _next(self._postgres, bool(skipped))
        with self._transactions.reading() as tx:
            row = tx.connection.fetch_one(statement, {"without": skipped} if skipped else {})
        due: datetime | None = row[0] if row else None
        return due

    def give_back(self, timers: Sequence[Timer]) -> None:
        """Timers that were not fired: another worker may have them at once."""
        if timers and self._postgres:
            rows = [
                {"the_owner": t.owner, "the_name": t.name, "the_turn": t.turn, "the_due": t.due}
                for t in timers
            ]
            with self._transactions.transaction() as tx:
                tx.connection.execute(_GIVE_BACK, rows)

    def defer_to_newer(self, timer: Timer, now: datetime) -> None:
        """Only a newer process can fire it: give it back, and skip it for a while."""
        self._skipped.add(timer.owner, now)
        self.give_back([timer])
