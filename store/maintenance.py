"""Signs of life, the daily round, key rotation, counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, bindparam, func, literal, select, text, union_all, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select as select_rows

from store import models
from store.crypt import Cipher
from store.errors import translated
from store.models import HeartbeatRow
from store.retention import BATCH, Retention
from store.transaction import Transactions

ROUND = 0x616C7374  # "alst": PostgreSQL's advisory lock of the daily round
_TRY_LOCK = text("SELECT pg_try_advisory_lock(:lock)")
_UNLOCK = text("SELECT pg_advisory_unlock(:lock)")

_t = models.user_text.c
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
_PAGE = (
    select(_t.kind, _t.about, _t.data)
    .where(text("(kind, about) > (:kind, :about)"))
    .order_by(_t.kind, _t.about)
    .limit(bindparam("n"))
    .with_for_update()
)
_SET_DATA = (
    update(models.user_text)
    .where(_t.kind == bindparam("k"), _t.about == bindparam("a"))
    .values(data=bindparam("data"))
)
_COUNTS = union_all(
    *(
        select(literal(name).label("name"), func.count().label("n")).select_from(
            models.metadata.tables[name]
        )
        for name in _ROWS
    ),
    select(literal("suspended"), func.count())
    .select_from(models.lane)
    .where(models.lane.c.suspended != ""),
)
_NO_MESSAGES = tuple(f"letters_{s}" for s in ("waiting", "sending", "sent", "parked", "dropped"))
_MESSAGES = select(models.outbox.c.state, func.count().label("n")).group_by(models.outbox.c.state)


class Maintenance:
    """The port's `Maintenance`, and the rotation of keys."""

    def __init__(
        self, transactions: Transactions, engine: Engine, cipher: Cipher, wal: bool
    ) -> None:
        self._transactions, self._engine, self._cipher = transactions, engine, cipher
        self._wal = wal  # whether it is a SQLite file, with a write-ahead log
        self._retention = Retention(transactions)

    def heartbeat(self, name: str, at: datetime) -> None:
        """Record a sign of life of this part of the process."""
        with self._transactions.transaction() as tx, tx.connection.session() as session:
            session.merge(HeartbeatRow(name=name, at=at))

    def heartbeats(self) -> Mapping[str, datetime]:
        """The last sign of life by name (UTC)."""
        with self._transactions.reading() as tx, tx.connection.session() as session:
            return {row.name: row.at for row in session.exec(select_rows(HeartbeatRow))}

    def run_retention(self, now: datetime) -> Mapping[str, int]:
        """The daily round; how many rows of each kind it erased. One process at a time runs it."""
        with self._round_lock() as acquired:
            if not acquired:
                return {}
            erased = self._retention.run(now)
            if self._wal:
                self._truncate_wal()
            return erased

    @contextmanager
    def _round_lock(self) -> Iterator[bool]:
        """Whether no other process runs the round. PostgreSQL itself forgets a holder that dies."""
        if self._engine.dialect.name != "postgresql":
            yield True
            return
        failed: Exception | None = None
        try:
            with self._engine.connect() as connection:
                acquired = bool(connection.execute(_TRY_LOCK, {"lock": ROUND}).scalar_one())
                connection.commit()  # the lock is the connection's, not the transaction's
                try:
                    yield acquired
                finally:
                    if acquired:
                        connection.execute(_UNLOCK, {"lock": ROUND})
                        connection.commit()
        except SQLAlchemyError as error:
            failed = translated(error)
        if failed is not None:
            raise failed from None

    def _truncate_wal(self) -> None:
        """Empty the write-ahead log: what was erased still stands in there."""
        with self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def rotate_keys(self, limit: int = BATCH) -> int:
        """Encrypt all texts anew under the first key; how many there were. Batches of `limit`."""
        cipher, rotated, last = self._cipher, 0, ("", "")
        while True:
            values = {"kind": last[0], "about": last[1], "n": limit}
            with self._transactions.transaction() as tx:
                rows = tx.connection.fetch_all(_PAGE, values)
                new = [
                    {"k": row.kind, "a": row.about, "data": cipher.again(row.data)}
                    for row in rows
                    if not cipher.is_current(row.data)
                ]
                if new:
                    tx.connection.execute(_SET_DATA, new)
            rotated += len(new)
            if len(rows) < limit:
                return rotated
            last = (rows[-1].kind, rows[-1].about)

    def counts(self) -> Mapping[str, int]:
        """Rows by table, outbox messages by state, suspended lanes: for doctor and metrics."""
        with self._transactions.reading() as tx:
            rows = {row.name: int(row.n) for row in tx.connection.fetch_all(_COUNTS, {})}
            by_state = tx.connection.fetch_all(_MESSAGES, {})
        states = {f"letters_{row.state}": int(row.n) for row in by_state}
        return {**rows, **dict.fromkeys(_NO_MESSAGES, 0), **states}
