"""A SQLite file serves one process: the process that serves holds a lock that ends with it.

Rule 1: the lock is an exclusive transaction on an empty SQLite file beside the database, so the
        operating system releases it when the process dies, however it dies, and on every system.
Rule 2: it is for processes that serve and work. Doctor, migrations and counts may run beside.
Rule 3: PostgreSQL serves any number of processes, and a database in memory can have but one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from store.engine import address, is_memory
from store.errors import StoreRefused


@contextmanager
def process_lock(url: str) -> Iterator[None]:
    """Be the one process that serves this database. Raises StoreRefused("in_use")."""
    where = address(url)
    if where.get_backend_name() != "sqlite" or is_memory(where):
        yield
        return
    path = Path(f"{where.database}.lock")
    path.touch(mode=0o600, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        acquired = True
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            acquired = False
        if not acquired:
            raise StoreRefused("in_use")
        yield
