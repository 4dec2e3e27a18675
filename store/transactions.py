"""SqlStore: the core's port `Store` on SQLite or PostgreSQL (design.md, Store).

Rule 1: everything here is synchronous; threads are around it.
Rule 2: SQLite has one writer, and threads queue for it here; on PostgreSQL they queue at the
        row of their set.
Rule 3: what leaves is StoreBusy, StoreFull, or an error of ours without a word in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, get_ident
from typing import Any, Self

from sqlalchemy import Connection, exc
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
from store.waiting import beside


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
        self._common: Common | None = None
        self._kept: Connection | None = None

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

    beside = staticmethod(beside)

    def close(self) -> None:
        """Give all connections back."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
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
        if self._holder == get_ident() and self._common is not None:
            with self._common.one() as tx:
                yield tx
            return
        with (
            self._alone(not self.postgres),
            self._connected(True) as connection,
            opened(connection, self.shared, True) as tx,
        ):
            yield tx
            tx.finish()
        tx.committed()

    @contextmanager
    def reading(self) -> Iterator[SqlTx]:
        """The same for reading only: it takes no lock and keeps nothing.

        In memory there is one connection, so there it waits for a transaction to end.
        """
        if self._holder == get_ident() and self._common is not None:
            with opened(self._common.connection, self.shared, False) as tx:
                yield tx
            return
        with (
            self._alone(self.memory),
            self._connected(False) as connection,
            opened(connection, self.shared, False) as tx,
        ):
            yield tx

    @contextmanager
    def together(self) -> Iterator[None]:
        """One commit for all transactions that this thread makes in its body. Only on SQLite.

        A commit waits for the disk; that is most of what a small transaction costs. Each is still
        whole or not there at all. Raises StoreBusy or StoreFull when the database failed one of
        them or the commit: then none is kept, whatever came of it before.
        """
        assert not self.postgres, "there each conversation commits by itself, beside the others"
        with self._alone(True):
            with self._connected(True) as connection:
                common = self._common = Common(connection, self.shared)
                try:
                    yield
                finally:
                    self._common = None
                if common.fault is not None:
                    raise common.fault
            for tx in common.kept:
                tx.committed()

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
    def _connected(self, writes: bool) -> Iterator[Connection]:
        """A connection in a transaction; it is committed if all went well.

        Reading too: after a rollback psycopg has the server forget all that was prepared.
        """
        connection: Connection | None = None
        failed: Exception | None = None
        stays = False
        try:
            connection = self._open(writes)
            connection.begin()
            yield connection
            connection.commit()
            stays = writes and connection is self._kept
        except SQLAlchemyError as error:
            failed = translated(error)
        except sqlite3.Error as error:
            failed = _of_driver(error)
        finally:
            if connection is not None and not stays:
                self._kept = None if connection is self._kept else self._kept
                with suppress(SQLAlchemyError):  # a lost connection rolls back by itself
                    connection.close()
        if failed is not None:
            raise failed from None

    def _open(self, writes: bool) -> Connection:
        """A connection; SQLite's one writer keeps its own from one transaction to the next."""
        if not writes or self.postgres:
            return (self._writers if writes else self._readers).connect()
        if self._kept is None or self._kept.closed:
            self._kept = self._writers.connect()
        return self._kept


class Common:
    """A transaction on SQLite that others are parts of: each between a savepoint and its release.

    `fault` is what the database said when it failed one of them. SQLite may have given all of
    them up by then, and what came after would be kept at once: so nothing comes after it.
    """

    def __init__(self, connection: Connection, shared: Shared) -> None:
        self.connection, self._shared = connection, shared
        self.kept: list[SqlTx] = []
        self.fault: Exception | None = None

    @contextmanager
    def one(self) -> Iterator[SqlTx]:
        """A part. Raises as `SqlStore.transaction` does."""
        if self.fault is not None:
            raise self.fault
        raw: Any = self.connection.connection.dbapi_connection
        try:
            raw.execute("SAVEPOINT one")
            with opened(self.connection, self._shared, True) as tx:
                yield tx
                tx.finish()
            raw.execute("RELEASE one")
            self.kept.append(tx)
        except SQLAlchemyError as error:
            self.fault = translated(error)
        except sqlite3.Error as error:
            self.fault = _of_driver(error)
        except BaseException:
            self._take_back(raw)
            raise
        if self.fault is not None:
            raise self.fault

    def _take_back(self, raw: Any) -> None:
        try:
            raw.execute("ROLLBACK TO one")
            raw.execute("RELEASE one")
        except sqlite3.Error as error:
            self.fault = _of_driver(error)


def _of_driver(error: sqlite3.Error) -> Exception:
    return translated(exc.DBAPIError("", None, error))


@contextmanager
def opened(connection: Connection, shared: Shared, writes: bool) -> Iterator[SqlTx]:
    """The core's transaction on a connection that is in one."""
    tx = SqlTx(connection, shared, writes)
    try:
        yield tx
    finally:
        tx.leave()
