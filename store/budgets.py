"""What all processes together may call of a platform in a span of time (bot.ports.Paces).

Rule 1: a documented limit counts any span of its length, not those that begin with a minute. So a
        span is cut into pieces with a share each, small enough that as many pieces as a span can
        touch, and one more for clocks and calls that are late, stay within the limit together.
Rule 2: a process takes a few calls at once, for the piece that runs; what it does not use of them
        is nobody's.
Rule 3: one statement decides, so that of two processes one gets the last.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, or_
from sqlalchemy.dialects import postgresql

from store import tables

if TYPE_CHECKING:
    from store.transactions import SqlTx

PIECES, FEW = 8, 2  # of a long span, and of one shorter than LONG
LONG = 8.0  # seconds
HANDFUL = 4  # takings that use a piece up

_new = postgresql.insert(tables.budget)
_old, _here = tables.budget.c, _new.excluded
_later = _old.began < _here.began
_TAKE = _new.on_conflict_do_update(
    index_elements=["key"],
    set_={"began": _here.began, "used": case((_later, _here.used), else_=_old.used + _here.used)},
    where=or_(
        _later,
        and_(
            _old.began == _here.began,
            _old.used + _here.used <= bindparam("share"),
        ),
    ),
).returning(_old.used)


class Budgets(ABC):
    """The part of the store that processes on one PostgreSQL share budgets by."""

    granted: dict[str, tuple[datetime, int]]

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    def grant(self, key: str, most: int, seconds: float, now: datetime) -> datetime:
        """Take one of `most` calls in any `seconds`; `now` if it may go, else when to ask again."""
        pieces = PIECES if seconds >= LONG else FEW
        length = timedelta(seconds=seconds / pieces)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        began = epoch + (now - epoch) // length * length
        known, left = self.granted.get(key, (began, 0))
        if known != began or not left:
            left = self._taken(key, max(1, most // (pieces + 2)), began)
        if not left:
            return began + length
        self.granted[key] = (began, left - 1)
        return now

    def _taken(self, key: str, share: int, began: datetime) -> int:
        handful = max(1, share // HANDFUL)
        values = {"key": key, "began": began, "used": handful, "share": share}
        with self.transaction() as tx:
            tx._may_write()
            return handful if tx._one(_TAKE, values) is not None else 0
