"""What can go wrong in the store, and how a driver's error becomes one of ours.

Rule: no error carries people's words or parameters. A driver's own message may quote a row, so it
is dropped: an error of ours has a code, the database's own state code, and the statement's text.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import exc

from bot.ports import StoreBusy, StoreFull


class StoreRefused(Exception):
    """The store cannot be used as it is. `code` has its words in prompts/.

    no_key (no key and no explicit plaintext) · bad_key (not a key) · wrong_key (words that none
    of the keys opens) · bad_url · schema_behind (run `als migrate`) · schema_ahead (the database
    is newer than this process) · in_use (another process serves this SQLite file) · reading_only
    (a write in a transaction for reading).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoreFailed(Exception):
    """The database cannot be used, or refused a statement (a bug).

    `code` is no_connection (the server cannot be reached when the store is opened) or the
    database's own error code. Names the statement, never its values.
    """

    def __init__(self, code: str, statement: str = "") -> None:
        super().__init__(f"{code} in: {statement}" if statement else code)
        self.code, self.statement = code, statement


# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_SQLITE_BUSY = frozenset({5, 6})
_SQLITE_FULL = 13

# PostgreSQL's, https://www.postgresql.org/docs/current/errcodes-appendix.html: lock and statement
# time-outs, deadlock, serialization, too many connections, out of memory, the
# server going down or starting up.
_PG_BUSY = frozenset(
    {"55P03", "57014", "40P01", "40001", "53300", "57P01", "57P02", "57P03", "53200"}
)
_PG_FULL = "53100"
_PG_UNIQUE = "23505"


def opening_error(error: exc.SQLAlchemyError) -> Exception:
    """The same while a store is opened or migrated: then nobody tries again, so it is a failure."""
    failed = translated(error)
    if not isinstance(failed, StoreBusy):
        return failed
    code = str(failed.args[0])
    return StoreFailed("no_connection" if code == "connection" else code)


def driver_error(error: sqlite3.Error) -> Exception:
    """The same for an error of SQLite's driver, where it was called without Core."""
    return translated(exc.DBAPIError("", None, error))


def translated(error: exc.SQLAlchemyError) -> Exception:
    """The error of ours that says the same. Never carries the original with it."""
    if isinstance(error, exc.TimeoutError):  # no connection came free in time
        return StoreBusy("pool")
    if not isinstance(error, exc.StatementError):
        return StoreFailed(type(error).__name__, "")
    if not isinstance(error, exc.DBAPIError):  # a value of a wrong kind, before it was sent
        return StoreFailed(type(error.orig).__name__, _statement(error))
    if error.connection_invalidated:
        return StoreBusy("connection")
    original = error.orig
    sqlite = getattr(original, "sqlite_errorcode", None)
    if sqlite is not None:
        if sqlite & 0xFF in _SQLITE_BUSY:
            return StoreBusy("sqlite")
        if sqlite & 0xFF == _SQLITE_FULL:
            return StoreFull("sqlite")
        return StoreFailed(getattr(original, "sqlite_errorname", "sqlite"), _statement(error))
    state = getattr(original, "sqlstate", None)
    if state in _PG_BUSY or (state or "").startswith("08"):
        return StoreBusy(state)
    if state is None and isinstance(error, exc.OperationalError):
        return StoreBusy("connection")  # psycopg could not connect, or lost the server
    if state == _PG_FULL:
        return StoreFull(state)
    if state == _PG_UNIQUE:
        # Two processes made the same thing at once. What is sent again finds it made.
        return StoreBusy(state)
    return StoreFailed(state or type(original).__name__, _statement(error))


def _statement(error: exc.StatementError) -> str:
    return " ".join((error.statement or "").split())
