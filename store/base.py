"""What every part of a transaction stands on: a connection, its dialect, and few round trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Insert, Row, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.method.formats import Format
from bot.method.terms import Place, SetId
from store.crypt import Cipher
from store.errors import StoreRefused
from store.prepared import Driver, Values

OWNERS = 50_000  # ids whose set is remembered
CHUNK = 500  # ids in one IN (…): far below any database's limit


class Shared:
    """What all transactions of a store share. Only committed knowledge goes in here."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher
        self.formats: dict[str, Format] = {}
        self.hashes: dict[Format, str] = {}
        self.owners: dict[str, SetId] = {}

    def belongs(self, owners: Mapping[str, SetId]) -> None:
        """Remember whose these ids are: what belongs to a set belongs to it for ever."""
        if len(self.owners) > OWNERS:
            self.owners.clear()
        self.owners.update(owners)

    def hash_of(self, format: Format) -> str:
        """The format's hash, worked out once (it is the dearest part of a save)."""
        found = self.hashes.get(format)
        if found is None:
            found = self.hashes[format] = format.hash
        return found


class Base:
    """A connection inside a transaction. `writes` is False in one for reading only.

    A write whose outcome nobody asks for waits until something is read, or for the end: then
    what was written to one row is one write, and on PostgreSQL all of them are one round trip.
    """

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        self._connection, self._shared, self._writes = connection, shared, writes
        self._postgres = connection.dialect.name == "postgresql"
        self._driver = Driver(connection)
        self._unsent: list[tuple[Executable, Values | Sequence[Values]]] = []
        self._rows: dict[Table, dict[tuple[Any, ...], int]] = {}  # where in it a row's upsert is

    def _one(self, statement: Executable, values: Values) -> Row[Any] | None:
        rows = self._all(statement, values)
        return rows[0] if rows else None

    def _all(self, statement: Executable, values: Values) -> Sequence[Row[Any]]:
        self._send()
        return self._driver.fetch(statement, values)

    def _all_of(self, asked: Sequence[tuple[Executable, Values]]) -> list[Sequence[Row[Any]]]:
        """What several questions are answered with; on PostgreSQL in one round trip."""
        self._send()
        return self._driver.fetch_many(asked)

    def _change(self, statement: Executable, values: Values | Sequence[Values]) -> int:
        """Carry out a write; how many rows it touched. Raises StoreRefused when reading only."""
        self._may_write()
        self._send()
        return self._driver.change(statement, values)

    def _may_write(self) -> None:
        if not self._writes:
            raise StoreRefused("reading_only")

    def _insert(self, table: Table, values: Values) -> bool:
        """Insert unless its key is there; whether it was new."""
        return self._change(insert_new(table, self._postgres), values) > 0

    def _later(
        self, table: Table, statement: Executable, values: Values | Sequence[Values]
    ) -> None:
        """A write to this table whose outcome nobody asks for."""
        self._may_write()
        self._rows.pop(table, None)  # what is written to its rows after this comes after this
        self._unsent.append((statement, values))

    def _upsert(self, table: Table, keys: tuple[str, ...], values: Values) -> None:
        """Insert, or overwrite exactly the given columns of the row with these keys."""
        self._may_write()
        rows, row = self._rows.setdefault(table, {}), tuple(values[key] for key in keys)
        at = rows.setdefault(row, len(self._unsent))
        if at == len(self._unsent):
            self._unsent.append((upsert(table, keys, tuple(values), self._postgres), values))
            return
        values = {**self._unsent[at][1], **values}  # type: ignore[dict-item]
        self._unsent[at] = upsert(table, keys, tuple(values), self._postgres), values

    def _send(self, commit: bool = False) -> None:
        """Carry out what waits."""
        if self._unsent:
            writes, self._unsent = self._unsent, []
            self._rows.clear()
            self._driver.send(writes, commit)

    def finish(self) -> None:
        """All that is still to be written; on PostgreSQL the commit goes along with it.

        Where nothing was written, or it could not go along, whoever opened the connection commits.
        """
        self._send(commit=True)

    def leave(self) -> None:
        """The transaction is over, well or not."""
        self._driver.close()


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
