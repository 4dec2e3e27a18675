"""SqlStore: the core's port `Store` on SQLite or PostgreSQL (design.md, Store).

Rule 1: everything here is synchronous; threads are around it.
Rule 2: SQLite has one writer, and threads queue for it here; on PostgreSQL they queue at the
        row of their set.
Rule 3: what leaves is StoreBusy, StoreFull, or an error of ours without a word in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, get_ident
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.ports import StoreBusy
from store import tables
from store.base import Shared
from store.budgets import Budgets
from store.crypt import Cipher
from store.engine import BEGIN, WAIT, address, engine_for, is_memory
from store.errors import translated
from store.foreseen import Foreseen
from store.house import House
from store.ledger import Ledger
from store.left import Left
from store.migrate import check, upgrade
from store.moves import Moves
from store.outbox import Outbox
from store.timers import Timers
from store.vault import Vaulted


class SqlTx(Foreseen, Moves):
    """One transaction: the core's port `Tx`. It takes and returns the core's types only."""


class SqlStore(Outbox, Timers, Budgets, House, Vaulted, Ledger):
    """The store. `keys` encrypt the words, the newest first; `plaintext` does without, by name.

    `open` it before use. Raises StoreRefused: bad_url, no_key, bad_key.
    """

    def __init__(self, url: str, *, keys: Sequence[str] = (), plaintext: bool = False) -> None:
        self.shared = Shared(Cipher(keys, plaintext))
        where = address(url)
        self.memory = is_memory(where)
        self.postgres = where.get_backend_name() == "postgresql"
        self.engine = engine_for(where)
        self._readers = self.engine
        self._writers = self.engine
        if self.postgres:
            self._readers = self.engine.execution_options(postgresql_readonly=True)
        else:
            self._writers = self.engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self.left = Left()
        self.granted = {}
        self._writer = Lock()
        self._holder = 0

    def open(self) -> Self:
        """Make SQLite's schema or bring it up to date; on PostgreSQL only look at it.

        Raises StoreRefused: schema_behind (PostgreSQL: run `als migrate`), schema_ahead.
        """
        failed: Exception | None = None
        try:
            if self.memory:
                # The same tables, without Alembic: a simulation makes thousands of these.
                # A test holds the migrations against the tables.
                with self._writers.begin() as connection:
                    tables.metadata.create_all(connection, checkfirst=False)
            elif self.postgres:
                with self._readers.begin() as connection:
                    check(connection)
            else:
                with self._writers.begin() as connection:
                    upgrade(connection)
        except SQLAlchemyError as error:
            failed = translated(error)
        if failed is not None:
            raise failed
        return self

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[SqlTx]:
        """A write transaction. Raises StoreBusy if it could not begin, StoreFull on a full disk.

        They do not nest. An exception in its body leaves nothing of it behind.
        """
        with self._alone(not self.postgres), self._run(True) as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[SqlTx]:
        """The same for reading only: it takes no lock and keeps nothing.

        In memory there is one connection, so there it waits for a transaction to end.
        """
        with self._alone(self.memory), self._run(False) as tx:
            yield tx

    @contextmanager
    def _alone(self, needed: bool) -> Iterator[None]:
        if not needed:
            yield
            return
        assert self._holder != get_ident(), "transactions do not nest"
        if not self._writer.acquire(timeout=WAIT):
            raise StoreBusy("writer")
        self._holder = get_ident()
        try:
            yield
        finally:
            self._holder = 0
            self._writer.release()

    @contextmanager
    def _run(self, writes: bool) -> Iterator[SqlTx]:
        connection: Connection | None = None
        tx: SqlTx | None = None
        failed: Exception | None = None
        try:
            connection = (self._writers if writes else self._readers).connect()
            connection.begin()
            tx = SqlTx(connection, self.shared, writes)
            yield tx
            if writes:
                tx.finish()
                connection.commit()
                tx.committed()
        except SQLAlchemyError as error:
            failed = translated(error)
        finally:
            if tx is not None:
                tx.leave()
            if connection is not None:
                with suppress(SQLAlchemyError):  # a lost connection rolls back by itself
                    connection.close()
        if failed is not None:
            raise failed from None
