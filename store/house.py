"""Keeping house: timers that are due, heartbeats, the daily round, counts (method.md §8).

Rule 1: the daily round goes in small transactions, so that nobody waits for it.
Rule 2: a machine does not know when it ended, so the first round that sees it over notes the day;
        its words go that many days later.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Engine,
    Table,
    bindparam,
    delete,
    func,
    literal,
    select,
    text,
    union_all,
    update,
)

from bot.ports import Timer
from store import tables
from store.columns import Instant

if TYPE_CHECKING:
    from store.base import Shared
    from store.transactions import SqlTx

SEEN_DAYS = 8  # dedupe keys, letters that are done, sent nudges
PARKED_DAYS = 90  # letters that could not be delivered, for doctor
WORDS_DAYS = 90  # after a session or meeting closed
ACTION_DAYS = 30  # after an action was settled
SET_DAYS = 30  # after a set ended
LEDGER_DAYS = 400  # what was erased; a backup older than this must not be restored
BATCH = 500

_t, _w, _c = tables.timer.c, tables.words.c, tables.contribution.c
_DUE = (
    select(_t.owner, _t.name, _t.turn, _t.due)
    .where(_t.due <= bindparam("now", type_=Instant()))
    .order_by(_t.due, _t.owner, _t.name)
    .limit(bindparam("most"))
)
_NEXT = select(func.min(_t.due))
_BEATS = select(tables.heartbeat.c.name, tables.heartbeat.c.at)

# What is wiped so many days after it was over.
_AFTER: Mapping[Table, int] = {
    tables.session: WORDS_DAYS,
    tables.meeting: WORDS_DAYS,
    tables.action: ACTION_DAYS,
    tables.learning_set: SET_DAYS,
}
_ROWS = (
    "person",
    "learning_set",
    "meeting",
    "session",
    "action",
    "contribution",
    "words",
    "posted",
    "timer",
    "seen",
)


class House(ABC):
    """The part of the store that the scheduler and doctor work with."""

    postgres: bool
    memory: bool
    engine: Engine
    shared: Shared

    @abstractmethod
    def transaction(self) -> AbstractContextManager[SqlTx]:
        """A write transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[SqlTx]:
        """One for reading only."""

    def due_timers(self, now: datetime, limit: int = 100) -> Sequence[Timer]:
        """The timers that are due, the longest overdue first."""
        with self.reading() as tx:
            rows = tx._all(_DUE, {"now": now, "most": limit})
        return tuple(Timer(row.owner, row.name, row.turn, row.due) for row in rows)

    def next_timer(self) -> datetime | None:
        """When the next timer is due."""
        with self.reading() as tx:
            row = tx._one(_NEXT, {})
        found: datetime | None = row[0] if row else None
        return found

    def beat(self, name: str, at: datetime) -> None:
        """Note that this part of the house is alive."""
        with self.transaction() as tx:
            tx._upsert(tables.heartbeat, ("name",), {"name": name, "at": at})

    def beats(self) -> Mapping[str, datetime]:
        """When each part of the house was last alive."""
        with self.reading() as tx:
            return {row.name: row.at for row in tx._all(_BEATS, {})}

    def tidy(self, now: datetime) -> Mapping[str, int]:
        """The daily round; how many rows of each kind it erased."""
        done: Counter[str] = Counter()
        old = now - timedelta(days=SEEN_DAYS)
        done["seen"] = self._sweep(_OLD_SEEN, {"before": old})
        done["letters"] = self._sweep(_OLD_LETTERS, {"before": old})
        done["parked"] = self._sweep(_OLD_PARKED, {"before": now - timedelta(days=PARKED_DAYS)})
        done["erased"] = self._sweep(_OLD_ERASED, {"before": now - timedelta(days=LEDGER_DAYS)})
        with self.transaction() as tx:
            tx._change(_NOTE_ERASED, {"now": now})
        done["nudges"] = self._sweep(_OLD_NUDGES, {"before": old.date()})
        for table, days in _AFTER.items():
            self._note_ends(table, now)
            done["words"] += self._wipe(table, now - timedelta(days=days))
        if not self.postgres and not self.memory:
            self._truncate()
        return done

    def _sweep(self, statement: Any, values: Mapping[str, Any]) -> int:
        found = 0
        while True:
            with self.transaction() as tx:
                here = tx._change(statement, values)
            found += here
            if here < BATCH:
                return found

    def _note_ends(self, table: Table, now: datetime) -> None:
        """Note the day on everything that is newly over; a closed session's nudges are let go."""
        c = table.c
        ended = select(c.id).where(c.over, ~c.wiped, c.closed_at.is_(None)).limit(BATCH)
        note = (
            update(table)
            .where(c.id.in_(bindparam("ids", expanding=True)))
            .values(closed_at=bindparam("now", type_=Instant()))
        )
        while True:
            with self.transaction() as tx:
                ids = [row.id for row in tx._all(ended, {})]
                if ids:
                    tx._change(note, {"ids": ids, "now": now})
                if ids and table is tables.session:
                    tx._change(_FORGET_NUDGES, {"ids": ids})
            if len(ids) < BATCH:
                return

    def _wipe(self, table: Table, before: datetime) -> int:
        """Erase the words of what was over before then, one owner at a time."""
        c = table.c
        ready = (
            select(c.id)
            .where(c.over, ~c.wiped, c.closed_at <= bindparam("before", type_=Instant()))
            .order_by(c.closed_at)
            .limit(1)
        )
        wiped = update(table).where(c.id == bindparam("the_id")).values(wiped=True)
        statements = _WIPE[table]
        found = 0
        while True:
            with self.transaction() as tx:
                row = tx._one(ready, {"before": before})
                if row is None:
                    return found
                found += sum(tx._change(statement, {"owner": row.id}) for statement in statements)
                tx._change(wiped, {"the_id": row.id})

    def _truncate(self) -> None:
        """Empty the write-ahead log: what was erased stands in there still."""
        with self.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def rotate(self, limit: int = BATCH) -> int:
        """Write all words anew under the first key; how many there were. Batches of `limit`."""
        cipher, found, after = self.shared.cipher, 0, ("", "")
        while True:
            with self.transaction() as tx:
                rows = tx._all(_BATCH_OF_WORDS, {"kind": after[0], "about": after[1], "n": limit})
                old = [row for row in rows if not cipher.is_current(row.data)]
                if old:
                    tx._change(
                        _NEW_DATA,
                        [
                            {"k": row.kind, "a": row.about, "data": cipher.again(row.data)}
                            for row in old
                        ],
                    )
            found += len(old)
            if len(rows) < limit:
                return found
            after = (rows[-1].kind, rows[-1].about)

    def counts(self) -> Mapping[str, int]:
        """Rows by kind, letters by state, suspended lanes: for doctor and metrics. No words."""
        with self.reading() as tx:
            found = {row.name: int(row.n) for row in tx._all(_COUNTS, {})}
            states = {f"letters_{row.state}": int(row.n) for row in tx._all(_LETTERS, {})}
        return {**found, **dict.fromkeys(_NO_LETTERS, 0), **states}


def _batch(table: Table, key: Any, *conditions: Any) -> Any:
    ids = select(key).where(*conditions).limit(BATCH)
    return delete(table).where(key.in_(ids))


_before = bindparam("before", type_=Instant())
_OLD_SEEN = _batch(tables.seen, tables.seen.c.key, tables.seen.c.at < _before)
_OLD_LETTERS = _batch(
    tables.letter,
    tables.letter.c.number,
    tables.letter.c.state.in_(("sent", "dropped")),
    tables.letter.c.created < _before,
)
_OLD_PARKED = _batch(
    tables.letter,
    tables.letter.c.number,
    tables.letter.c.state == "parked",
    tables.letter.c.created < _before,
)
_OLD_ERASED = _batch(tables.erased, tables.erased.c.number, tables.erased.c.at < _before)
_NOTE_ERASED = (
    update(tables.erased)
    .where(tables.erased.c.at.is_(None))
    .values(at=bindparam("now", type_=Instant()))
)
_OLD_NUDGES = _batch(
    tables.nudge_sent, tables.nudge_sent.c.number, tables.nudge_sent.c.day < bindparam("before")
)
_FORGET_NUDGES = (
    update(tables.contribution)
    .where(_c.session_id.in_(bindparam("ids", expanding=True)), _c.nudged > 0)
    .values(nudged=0, acted=False)
)
_OWNED = delete(tables.words).where(_w.owner == bindparam("owner"))
_SAID_IN = delete(tables.words).where(
    _w.owner.in_(select(_c.id).where(_c.session_id == bindparam("owner")))
)
_OF_SET = delete(tables.words).where(_w.set_id == bindparam("owner"))
_WIPE: Mapping[Table, tuple[Any, ...]] = {
    tables.session: (_OWNED, _SAID_IN),
    tables.meeting: (_OWNED, _SAID_IN),
    tables.action: (_OWNED,),
    tables.learning_set: (_OWNED, _OF_SET),
}
_BATCH_OF_WORDS = (
    select(_w.kind, _w.about, _w.data)
    .where(text("(kind, about) > (:kind, :about)"))
    .order_by(_w.kind, _w.about)
    .limit(bindparam("n"))
    .with_for_update()
)
_NEW_DATA = (
    update(tables.words)
    .where(_w.kind == bindparam("k"), _w.about == bindparam("a"))
    .values(data=bindparam("data"))
)
_COUNTS = union_all(
    *(
        select(literal(name).label("name"), func.count().label("n")).select_from(
            tables.metadata.tables[name]
        )
        for name in _ROWS
    ),
    select(literal("suspended"), func.count())
    .select_from(tables.lane)
    .where(tables.lane.c.suspended != ""),
)
_NO_LETTERS = tuple(f"letters_{s}" for s in ("waiting", "sending", "sent", "parked", "dropped"))
_LETTERS = select(tables.letter.c.state, func.count().label("n")).group_by(tables.letter.c.state)
