"""What every part of a transaction stands on: a connection, its dialect, and few round trips."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Insert, Row, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.formats import Format
from bot.terms import Place
from store.crypt import Cipher
from store.errors import StoreRefused
from store.prepared import Values, change, fetch

CHUNK = 500  # ids in one IN (…): far below any database's limit


class Shared:
    """What all transactions of a store share. Only committed knowledge goes in here."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher
        self.formats: dict[str, Format] = {}
        self.hashes: dict[Format, str] = {}

    def hash_of(self, format: Format) -> str:
        """The format's hash, worked out once (it is the dearest part of a save)."""
        found = self.hashes.get(format)
        if found is None:
            found = self.hashes[format] = format.hash
        return found


class Base:
    """A connection inside a transaction. `writes` is False in one for reading only."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        self._connection, self._shared, self._writes = connection, shared, writes
        self._postgres = connection.dialect.name == "postgresql"

    def _one(self, statement: Executable, values: Values) -> Row[Any] | None:
        rows = fetch(self._connection, statement, values)
        return rows[0] if rows else None

    def _all(self, statement: Executable, values: Values) -> Sequence[Row[Any]]:
        return fetch(self._connection, statement, values)

    def _change(self, statement: Executable, values: Values | Sequence[Values]) -> int:
        """Carry out a write; how many rows it touched. Raises StoreRefused when reading only."""
        self._may_write()
        return change(self._connection, statement, values)

    def _may_write(self) -> None:
        if not self._writes:
            raise StoreRefused("reading_only")

    def _insert(self, table: Table, values: Values) -> bool:
        """Insert unless its key is there; whether it was new."""
        return self._change(insert_new(table, self._postgres), values) > 0

    def _upsert(self, table: Table, keys: tuple[str, ...], values: Values) -> None:
        """Insert, or overwrite exactly the given columns of the row with these keys."""
        self._change(upsert(table, keys, tuple(values), self._postgres), values)


@lru_cache(maxsize=256)
def insert_new(table: Table, postgres: bool) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING, built once."""
    new: Insert = (postgresql if postgres else sqlite).insert(table).on_conflict_do_nothing()
    return new


@lru_cache(maxsize=256)
def upsert(
    table: Table, keys: tuple[str, ...], columns: tuple[str, ...], postgres: bool, where: str = ""
) -> Insert:
    """INSERT … ON CONFLICT DO UPDATE of the columns that are not keys, built once."""
    condition = text(where) if where else None
    rest = [name for name in columns if name not in keys]
    if postgres:
        new = postgresql.insert(table)
        return new.on_conflict_do_update(
            index_elements=keys,
            index_where=condition,
            set_={name: new.excluded[name] for name in rest},
        )
    same = sqlite.insert(table)
    return same.on_conflict_do_update(
        index_elements=keys,
        index_where=condition,
        set_={name: same.excluded[name] for name in rest},
    )


def chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    """The ids in lists short enough for one statement."""
    return [ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK)]


def place_columns(place: Place) -> dict[str, str]:
    """A place as the columns that every table with a place has."""
    return {
        "platform": place.platform,
        "installation": place.installation,
        "conversation": place.conversation,
        "thread": place.thread,
    }


def place_of(row: Row[Any]) -> Place:
    """The place that a row's columns name."""
    return Place(row.platform, row.installation, row.conversation, row.thread or "")
