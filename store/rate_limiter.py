"""How many calls of a platform all processes together may make in a span of time.

Rule 1: a documented limit counts any span of its length, not those that begin with a minute. So a
        span is cut into pieces with a share each, small enough that as many pieces as a span can
        touch, and one more for clocks and calls that are late, stay within the limit together.
Rule 2: a process takes a few calls at once, for the current piece; unused calls are lost.
Rule 3: one statement decides, so that of two processes one gets the last call.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, bindparam, case, or_
from sqlalchemy.dialects import postgresql

from store import models
from store.transaction import Transactions

PIECES, FEW = 8, 2  # of a long span, and of one shorter than LONG
LONG = 8.0  # seconds
BATCHES = 4  # batches that use a piece up

_new = postgresql.insert(models.rate_limit)
_old, _here = models.rate_limit.c, _new.excluded
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


class RateLimiter:
    """The port's `RateLimiter`, on PostgreSQL."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._granted: dict[str, tuple[datetime, int]] = {}  # piece and calls left, by key

    def acquire(self, key: str, most: int, seconds: float, now: datetime) -> datetime:
        """Take one of `most` calls in any `seconds`; `now` if it may go, else when to ask again."""
        pieces = PIECES if seconds >= LONG else FEW
        length = timedelta(seconds=seconds / pieces)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        began = epoch + (now - epoch) // length * length
        piece, remaining = self._granted.get(key, (began, 0))
        if piece != began or not remaining:
            remaining = self._take(key, max(1, most // (pieces + 2)), began)
        if not remaining:
            return began + length
        self._granted[key] = (began, remaining - 1)
        return now

    def _take(self, key: str, share: int, began: datetime) -> int:
        batch = max(1, share // BATCHES)
        values = {"key": key, "began": began, "used": batch, "share": share}
        with self._transactions.transaction() as tx:
            return batch if tx.connection.fetch_one(_TAKE, values) is not None else 0
