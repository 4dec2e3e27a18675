"""Several transactions on SQLite that share one commit.

Each transaction runs between a SAVEPOINT and its release, so it can fail by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from store.cache import Shared
from store.errors import driver_error, translated
from store.transaction import SqlTransaction, open_transaction


class GroupCommit:
    """An outer transaction on `connection`.

    `failure` is the database's error in one of the transactions. SQLite may have rolled back all of
    them by then, and a later one would be committed by itself: so no later one is begun.
    """

    def __init__(self, connection: Connection, shared: Shared) -> None:
        self.connection, self._shared = connection, shared
        self.kept: list[SqlTransaction] = []
        self.failure: Exception | None = None

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """One of the transactions. Raises as `SqlStore.transaction` does."""
        if self.failure is not None:
            raise self.failure
        raw: Any = self.connection.connection.dbapi_connection
        try:
            raw.execute("SAVEPOINT one")
            with open_transaction(self.connection, self._shared, True) as tx:
                yield tx
                tx.finish()
            raw.execute("RELEASE one")
            self.kept.append(tx)
        except SQLAlchemyError as error:
            self.failure = translated(error)
        except sqlite3.Error as error:
            self.failure = driver_error(error)
        except BaseException:
            self._roll_back(raw)
            raise
        if self.failure is not None:
            raise self.failure

    def _roll_back(self, raw: Any) -> None:
        try:
            raw.execute("ROLLBACK TO one")
            raw.execute("RELEASE one")
        except sqlite3.Error as error:
            self.failure = driver_error(error)
