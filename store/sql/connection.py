"""A connection inside a transaction, with few round trips.

A write whose outcome nobody asks for is deferred until something is read, or until the end. Several
writes to one row become one, and on PostgreSQL all deferred writes take one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table
from sqlmodel import Session

from store.errors import StoreRefused
from store.sql.driver import Driver, Values
from store.sql.statements import insert_new, upsert

Write = tuple[Executable, Values | Sequence[Values]]


class SqlConnection:
    """Runs statements for the repositories of one transaction.

    `writes` is False in a transaction for reading only; `postgres` names the dialect.
    """

    def __init__(self, connection: Connection, writes: bool = True) -> None:
        self.core, self.writes = connection, writes
        self.postgres = connection.dialect.name == "postgresql"
        self._driver = Driver(connection)
        self._deferred: list[Write] = []
        self._upserts: dict[Table, dict[tuple[Any, ...], int]] = {}  # index in _deferred by key
        self._before_flush: Callable[[], None] | None = None

    def before_flush(self, collect: Callable[[], None]) -> None:
        """`collect` is called before deferred writes are sent, and may defer more."""
        self._before_flush = collect

    @property
    def deferred(self) -> int:
        """How many writes wait."""
        return len(self._deferred)

    def fetch_one(self, statement: Executable, values: Values) -> Row[Any] | None:
        """The first row, or None."""
        rows = self.fetch_all(statement, values)
        return rows[0] if rows else None

    def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row[Any]]:
        """All rows, after the deferred writes were sent."""
        self.flush()
        return self._driver.fetch(statement, values)

    def fetch_many(self, queries: Sequence[tuple[Executable, Values]]) -> list[Sequence[Row[Any]]]:
        """The rows of several statements; on PostgreSQL in one round trip."""
        self.flush()
        return self._driver.fetch_many(queries)

    def execute(self, statement: Executable, values: Values | Sequence[Values]) -> int:
        """Run a write now; how many rows it touched. Raises StoreRefused when reading only."""
        self.require_writes()
        self.flush()
        return self._driver.execute(statement, values)

    def insert_new(self, table: Table, values: Values) -> bool:
        """Insert unless the key exists; whether it was new."""
        return self.execute(insert_new(table, self.postgres), values) > 0

    def defer(self, table: Table, statement: Executable, values: Values | Sequence[Values]) -> None:
        """A write to this table whose outcome nobody asks for."""
        self.require_writes()
        self._upserts.pop(table, None)  # later upserts of its rows must come after this write
        self._deferred.append((statement, values))

    def upsert(self, table: Table, keys: tuple[str, ...], values: Values) -> None:
        """Deferred: insert, or overwrite exactly the given columns of the row with these keys."""
        self.require_writes()
        rows, row = self._upserts.setdefault(table, {}), tuple(values[key] for key in keys)
        index = rows.setdefault(row, len(self._deferred))
        if index == len(self._deferred):
            self._deferred.append((upsert(table, keys, tuple(values), self.postgres), values))
            return
        values = {**self._deferred[index][1], **values}  # type: ignore[dict-item]
        self._deferred[index] = upsert(table, keys, tuple(values), self.postgres), values

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A SQLModel session in this transaction, for typed rows; flushed at the end of the block.

        It never commits: the transaction does.
        """
        self.flush()
        with Session(bind=self.core) as session:
            yield session
            session.flush()

    def require_writes(self) -> None:
        """Raise StoreRefused("reading_only") in a transaction for reading."""
        if not self.writes:
            raise StoreRefused("reading_only")

    def flush(self, commit: bool = False) -> None:
        """Send the deferred writes. On PostgreSQL `commit` adds the COMMIT to the round trip."""
        if self._before_flush is not None:
            self._before_flush()
        if self._deferred:
            writes, self._deferred = self._deferred, []
            self._upserts.clear()
            self._driver.send(writes, commit)

    def close(self) -> None:
        """Give the cursor back; the transaction is over."""
        self._driver.close()
