"""SqlStore: the core's port `Store` on SQLite or PostgreSQL (design.md, Store).

Rule 1: everything here is synchronous; threads are around it.
Rule 2: SQLite has one writer, and threads queue for it here; on PostgreSQL they queue at the row of
        their set.
Rule 3: what leaves is StoreBusy, StoreFull, or an error of ours without anyone's words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, get_ident
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.ports import StoreBusy
from store import models
from store.cache import Shared
from store.crypt import Cipher
from store.engine import BEGIN, WAIT, address, engine_for, is_memory
from store.errors import driver_error, opening_error, translated
from store.group_commit import GroupCommit
from store.ledger import Ledger
from store.maintenance import Maintenance
from store.migrate import check, upgrade
from store.outbox_queue import OutboxQueue
from store.rate_limiter import RateLimiter
from store.skip_list import SkipList
from store.timer_queue import TimerQueue
from store.transaction import SqlTransaction, open_transaction
from store.vault import Vault


class SqlStore:
    """The store. `keys` encrypt people's texts, the newest first; `plaintext` keeps them readable.

    `open` it before use. Raises StoreRefused: bad_url, no_key, bad_key.
    """

    def __init__(self, url: str, *, keys: Sequence[str] = (), plaintext: bool = False) -> None:
        cipher = Cipher(keys, plaintext)
        self.shared = Shared(cipher)
        where = address(url)
        self.memory = is_memory(where)
        self.postgres = where.get_backend_name() == "postgresql"
        self.engine = engine_for(where)
        self._readers = self._writers = self.engine
        if self.postgres:
            self._readers = self.engine.execution_options(postgresql_readonly=True)
        else:
            self._writers = self.engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self._writer_lock, self._writer_thread = Lock(), 0
        self._group: GroupCommit | None = None
        self._kept: Connection | None = None  # SQLite's writer between two transactions
        self.outbox = OutboxQueue(self, self.postgres, SkipList())
        self.timers = TimerQueue(self, self.postgres, SkipList())
        self.rate_limiter = RateLimiter(self)
        self.vault = Vault(self, cipher)
        self.ledger = Ledger(self)
        wal = not (self.postgres or self.memory)
        self.maintenance = Maintenance(self, self.engine, cipher, wal)

    def open(self) -> Self:
        """Create SQLite's schema or migrate it; on PostgreSQL only check it.

        Raises StoreRefused: schema_behind (PostgreSQL: run `als migrate`), schema_ahead;
        StoreFailed when the database cannot be used ("no_connection": not reached).
        """
        failed: Exception | None = None
        try:
            if self.memory:
                # The same tables, without Alembic: a simulation makes thousands of these.
                # A test compares the migrations with the tables.
                with self._writers.begin() as connection:
                    models.metadata.create_all(connection, checkfirst=False)
            elif self.postgres:
                with self._readers.begin() as connection:
                    check(connection)
            else:
                with self._writers.begin() as connection:
                    upgrade(connection)
        except SQLAlchemyError as error:
            failed = opening_error(error)
        if failed is not None:
            raise failed
        return self

    def close(self) -> None:
        """Close all connections."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """A write transaction. Raises StoreBusy if it could not begin, StoreFull on a full disk.

        Transactions do not nest. An exception in the body leaves nothing of it behind.
        """
        if self._group is not None and self._writer_thread == get_ident():
            with self._group.transaction() as tx:
                yield tx
            return
        with (
            self._exclusive(not self.postgres),
            self._connected(True) as connection,
            open_transaction(connection, self.shared, True) as tx,
        ):
            yield tx
            tx.finish()
        tx.committed()

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """The same for reading only: it takes no lock and keeps nothing.

        A database in memory has one connection, so there it waits for a transaction to end.
        """
        if self._group is not None and self._writer_thread == get_ident():
            with open_transaction(self._group.connection, self.shared, False) as tx:
                yield tx
            return
        with (
            self._exclusive(self.memory),
            self._connected(False) as connection,
            open_transaction(connection, self.shared, False) as tx,
        ):
            yield tx

    @contextmanager
    def group_commit(self) -> Iterator[None]:
        """One commit for all transactions that this thread makes in its body. Only on SQLite.

        A commit waits for the disk; that is most of what a small transaction costs. Each
        transaction is still whole or not there at all. Raises StoreBusy or StoreFull when the
        database failed one of them or the commit: then none of them is kept.
        """
        assert not self.postgres, "there transactions commit side by side"
        with self._exclusive(True):
            with self._connected(True) as connection:
                group = self._group = GroupCommit(connection, self.shared)
                try:
                    yield
                finally:
                    self._group = None
                if group.failure is not None:
                    raise group.failure
            for tx in group.kept:
                tx.committed()

    @contextmanager
    def _exclusive(self, needed: bool) -> Iterator[None]:
        """Hold SQLite's one writer. Raises StoreBusy after WAIT seconds."""
        if not needed:
            yield
            return
        assert self._writer_thread != get_ident(), "transactions do not nest"
        if not self._writer_lock.acquire(timeout=WAIT):
            raise StoreBusy("writer")
        self._writer_thread = get_ident()
        try:
            yield
        finally:
            self._writer_thread = 0
            self._writer_lock.release()

    @contextmanager
    def _connected(self, writes: bool) -> Iterator[Connection]:
        """A connection in a transaction; it is committed if all went well.

        Reading too: after a rollback psycopg discards the server's prepared statements.
        """
        connection: Connection | None = None
        failed: Exception | None = None
        keep = False
        try:
            connection = self._connect(writes)
            connection.begin()
            yield connection
            connection.commit()
            keep = writes and connection is self._kept
        except SQLAlchemyError as error:
            failed = translated(error)
        except sqlite3.Error as error:
            failed = driver_error(error)
        finally:
            if connection is not None and not keep:
                self._kept = None if connection is self._kept else self._kept
                with suppress(SQLAlchemyError):  # a lost connection rolls back by itself
                    connection.close()
        if failed is not None:
            raise failed from None

    def _connect(self, writes: bool) -> Connection:
        """A connection; SQLite's one writer keeps its own from one transaction to the next."""
        if not writes or self.postgres:
            return (self._writers if writes else self._readers).connect()
        if self._kept is None or self._kept.closed:
            self._kept = self._writers.connect()
        return self._kept
