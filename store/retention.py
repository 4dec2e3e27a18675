"""The daily round: what is kept only for a time is erased (bot.method.policy, method.md §8).

Rule 1: the round goes in small transactions, so that no event waits for it.
Rule 2: a machine's state does not say when it ended, so the first round that sees it over notes
        the day; its texts are erased that many days later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update

from bot.method.policy import (
    ACTION_DAYS,
    LEDGER_DAYS,
    PARKED_DAYS,
    SEEN_DAYS,
    SET_DAYS,
    WORDS_DAYS,
)
from store import models
from store.columns import Instant
from store.transaction import Transactions

BATCH = 500

_t, _c = models.user_text.c, models.contribution.c

# The texts of what is over are erased so many days later.
_DAYS_AFTER: Mapping[Table, int] = {
    models.session: WORDS_DAYS,
    models.meeting: WORDS_DAYS,
    models.action: ACTION_DAYS,
    models.learning_set: SET_DAYS,
}


class Retention:
    """Erases what has been kept long enough."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def run(self, now: datetime) -> Mapping[str, int]:
        """One round; how many rows of each kind it erased."""
        erased: Counter[str] = Counter()
        old = now - timedelta(days=SEEN_DAYS)
        parked, ledger = now - timedelta(days=PARKED_DAYS), now - timedelta(days=LEDGER_DAYS)
        erased["seen"] = self._delete_all(_OLD_EVENTS, {"before": old})
        erased["letters"] = self._delete_all(_OLD_MESSAGES, {"before": old})
        erased["parked"] = self._delete_all(_OLD_PARKED, {"before": parked})
        erased["erased"] = self._delete_all(_OLD_ERASED, {"before": ledger})
        with self._transactions.transaction() as tx:
            tx.connection.execute(_NOTE_ERASED, {"now": now})
        erased["nudges"] = self._delete_all(_OLD_NUDGES, {"before": old.date()})
        for table, days in _DAYS_AFTER.items():
            self._note_ends(table, now)
            erased["words"] += self._erase_texts(table, now - timedelta(days=days))
        return erased

    def _delete_all(self, statement: Any, values: Mapping[str, Any]) -> int:
        deleted = 0
        while True:
            with self._transactions.transaction() as tx:
                batch = tx.connection.execute(statement, values)
            deleted += batch
            if batch < BATCH:
                return deleted

    def _note_ends(self, table: Table, now: datetime) -> None:
        """Note the day on everything that is newly over; a closed session's nudges are deleted."""
        c = table.c
        ended = select(c.id).where(c.over, ~c.wiped, c.closed_at.is_(None)).limit(BATCH)
        note = (
            update(table)
            .where(c.id.in_(bindparam("ids", expanding=True)))
            .values(closed_at=bindparam("now", type_=Instant()))
        )
        while True:
            with self._transactions.transaction() as tx:
                ids = [row.id for row in tx.connection.fetch_all(ended, {})]
                if ids:
                    tx.connection.execute(note, {"ids": ids, "now": now})
                if ids and table is models.session:
                    tx.connection.execute(_FORGET_NUDGES, {"ids": ids})
            if len(ids) < BATCH:
                return

    def _erase_texts(self, table: Table, before: datetime) -> int:
        """Erase the texts of what was over before then, one owner at a time."""
        c = table.c
        ready = (
            select(c.id)
            .where(c.over, ~c.wiped, c.closed_at <= bindparam("before", type_=Instant()))
            .order_by(c.closed_at)
            .limit(1)
        )
        mark = update(table).where(c.id == bindparam("the_id")).values(wiped=True)
        erased = 0
        while True:
            with self._transactions.transaction() as tx:
                row = tx.connection.fetch_one(ready, {"before": before})
                if row is None:
                    return erased
                for statement in _ERASE[table]:
                    erased += tx.connection.execute(statement, {"owner": row.id})
                tx.connection.execute(mark, {"the_id": row.id})


def _batch(table: Table, key: Any, *conditions: Any) -> Any:
    ids = select(key).where(*conditions).limit(BATCH)
    return delete(table).where(key.in_(ids))


_before = bindparam("before", type_=Instant())
_OLD_EVENTS = _batch(
    models.processed_event, models.processed_event.c.key, models.processed_event.c.at < _before
)
_OLD_MESSAGES = _batch(
    models.outbox,
    models.outbox.c.number,
    models.outbox.c.state.in_(("sent", "dropped")),
    models.outbox.c.created < _before,
)
_OLD_PARKED = _batch(
    models.outbox,
    models.outbox.c.number,
    models.outbox.c.state == "parked",
    models.outbox.c.created < _before,
)
_OLD_ERASED = _batch(models.erased, models.erased.c.number, models.erased.c.at < _before)
_NOTE_ERASED = (
    update(models.erased)
    .where(models.erased.c.at.is_(None))
    .values(at=bindparam("now", type_=Instant()))
)
_OLD_NUDGES = _batch(
    models.nudge_sent, models.nudge_sent.c.number, models.nudge_sent.c.day < bindparam("before")
)
_FORGET_NUDGES = (
    update(models.contribution)
    .where(_c.session_id.in_(bindparam("ids", expanding=True)), _c.nudged > 0)
    .values(nudged=0, acted=False)
)
_OWNED = delete(models.user_text).where(_t.owner == bindparam("owner"))
_OF_CONTRIBUTIONS = delete(models.user_text).where(
    _t.owner.in_(select(_c.id).where(_c.session_id == bindparam("owner")))
)
_OF_SET = delete(models.user_text).where(_t.set_id == bindparam("owner"))
_ERASE: Mapping[Table, tuple[Any, ...]] = {
    models.session: (_OWNED, _OF_CONTRIBUTIONS),
    models.meeting: (_OWNED, _OF_CONTRIBUTIONS),
    models.action: (_OWNED,),
    models.learning_set: (_OWNED, _OF_SET),
}
