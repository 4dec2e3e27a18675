"""Engines: what is set on a connection to SQLite or to PostgreSQL, and why.

Rule: neither ever echoes, and both hide parameters: what people write is in them.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import StaticPool

from store.errors import StoreRefused

WAIT = 5  # seconds for a lock or a connection before StoreBusy: Slack gives a press 3, then repeats
STATEMENT = 15  # seconds for one statement on PostgreSQL
IDLE = 60  # seconds a transaction may do nothing on PostgreSQL
IDLE_PING = 1  # seconds without use after which a connection to PostgreSQL is tested first
POOL = 12  # connections: more than there are threads, so that none waits for one
BEGIN = "als_begin"  # how SQLite begins: the option's name


def address(url: str) -> URL:
    """The URL with the driver that we use. Raises StoreRefused("bad_url")."""
    if url.startswith("postgres://"):  # what many hosts hand out
        url = url.replace("postgres://", "postgresql://", 1)
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is not None and parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed is not None and parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return parsed.set(drivername="sqlite")
    raise StoreRefused("bad_url")


def is_memory(url: URL) -> bool:
    """Whether the database lives and dies with its connection."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def engine_for(url: URL) -> Engine:
    """An engine. It connects when it is first used."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=WAIT,
        connect_args={
            "connect_timeout": WAIT,
            "tcp_user_timeout": STATEMENT * 1000,  # ms until a server that is silent counts as lost
            "application_name": "als",
            "options": f"-c statement_timeout={STATEMENT}s -c lock_timeout={WAIT}s"
            f" -c idle_in_transaction_session_timeout={IDLE}s -c timezone=UTC",
        },
    )
    _ping_idle_connections(engine)
    return engine


def _ping_idle_connections(engine: Engine) -> None:
    """Test a pooled connection before use, unless it was used less than IDLE_PING seconds ago.

    Testing each time (pool_pre_ping) costs a tenth of an event. After one was found lost, the
    server may have been restarted: then each that was used before that moment is tested first.
    """
    lost = [0.0]

    @event.listens_for(engine, "checkin")
    def note(connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "invalidate")
    def suspect(connection: Any, record: Any, error: Any) -> None:
        lost[0] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, proxy: Any) -> None:
        used = record.info.get("used")
        if used is None or (used > lost[0] and time.monotonic() - used < IDLE_PING):
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise DisconnectionError  # the pool makes another one


def _sqlite(url: URL) -> Engine:
    memory = is_memory(url)
    if not memory:
        # Nobody but its owner reads the file; its -wal and -shm take after it.
        Path(url.database or "").touch(mode=0o600, exist_ok=True)
    # One connection is the database in memory, so all must use that one.
    options: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_timeout": WAIT}
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": WAIT},
        **options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # The driver must not begin by itself: it would begin too late, and without the lock.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        if not memory:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL")  # what we acked outlives a power cut

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Straight to the driver: Core's own way costs five times what SQLite needs for it.
        raw: Any = connection.connection.dbapi_connection
        raw.execute(connection.get_execution_options().get(BEGIN, "BEGIN"))

    return engine


def _write_ahead(connection: Any) -> None:
    """Switch a file to WAL. It is remembered in the file, so mostly this only looks.

    For this one switch SQLite does not wait for another process that is just doing the same.
    """
    for remaining in reversed(range(WAIT * 20)):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not remaining:
                raise
            time.sleep(1 / 20)
