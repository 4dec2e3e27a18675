"""A statement in the form that the driver takes, worked out once and kept.

SQLAlchemy's Core describes the statements; carrying one out through it costs about seven times
what the driver itself needs, mostly for things that never change here: the cache key, the names
of columns, the converters, events that nobody listens to (docs/performance.md). So what is fixed
is compiled once, by Core, and handed to the driver's own cursor. What Core must shape anew for
each call (a list in IN, a default that Python works out) still goes through it.

Rule: errors leave as Core's, with neither values nor the driver's connection in a bad state.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, exc
from sqlalchemy.engine import Dialect

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
EXPANDS = "__[POSTCOMPILE_"
"""How Core marks what it must write anew for each call."""


class Prepared:
    """One statement for one dialect, with values of these names.

    `fixed` is False where Core has to shape it for each call; then nothing else may be asked.
    """

    __slots__ = ("_columns", "_given", "_made", "_order", "_row", "fixed", "text")

    def __init__(self, statement: Any, names: tuple[str, ...], dialect: Dialect) -> None:
        # for_executemany: an insert asks for no key back; nobody here reads one.
        compiled = statement.compile(
            dialect=dialect, column_keys=list(names), compile_kwargs={}, for_executemany=True
        )
        self.text: str = compiled.string
        self.fixed = EXPANDS not in self.text and not (
            getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ())
        )
        self._order: tuple[str, ...] | None = (
            tuple(compiled.positiontup) if compiled.positional else None
        )
        self._given: dict[str, Any] = {}
        self._made: list[tuple[str, Convert]] = []
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if name not in names:
                self._given[name] = convert(bind.value) if convert else bind.value
            elif convert:
                self._made.append((name, convert))
        self._columns: list[tuple[int, Convert]] = []
        self._row: Callable[[Sequence[Any]], Any] = tuple
        columns = getattr(statement, "exported_columns", None)
        if columns:
            named: Any = namedtuple  # its names are known only now, which types cannot say
            self._row = named("Row", columns.keys(), rename=True)._make
            for at, column in enumerate(columns):
                convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if convert:
                    self._columns.append((at, convert))

    def bound(self, values: Values) -> Any:
        """The values as the driver takes them. Raises StatementError for one of a wrong kind."""
        all = {**self._given, **values}
        try:
            for name, convert in self._made:
                all[name] = convert(all[name])
            return all if self._order is None else [all[name] for name in self._order]
        except Exception as error:
            raise exc.StatementError("", self.text, None, error, hide_parameters=True) from None

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        """What came back, by the names of its columns."""
        if not self._columns:
            return [self._row(one) for one in fetched]
        found = []
        for one in fetched:
            row = list(one)
            for at, convert in self._columns:
                row[at] = convert(row[at])
            found.append(self._row(row))
        return found


@lru_cache(maxsize=512)
def prepared(statement: Executable, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    """The statement for this dialect. One that is built for each call is never found again."""
    return Prepared(statement, names, dialect)


def fetch(connection: Connection, statement: Executable, values: Values) -> Sequence[Any]:
    """All rows that a statement answers with, by the names of its columns."""
    ready = prepared(statement, tuple(values), connection.dialect)
    if not ready.fixed:
        return connection.execute(statement, values).all()
    cursor = _carry_out(connection, ready, ready.bound(values))
    try:
        return ready.rows(cursor.fetchall())
    except Exception as error:
        raise _core(connection, ready, cursor, error) from None
    finally:
        cursor.close()


def change(connection: Connection, statement: Executable, values: Values | Sequence[Values]) -> int:
    """Carry out a write, once for each of the values; how many rows it touched."""
    many = not isinstance(values, Mapping)
    first: Values = values[0] if many else values  # type: ignore[index,assignment]
    ready = prepared(statement, tuple(first), connection.dialect)
    if not ready.fixed:
        return connection.execute(statement, values).rowcount
    if many:
        given: Any = [ready.bound(one) for one in values]  # type: ignore[arg-type]
    else:
        given = ready.bound(first)
    cursor = _carry_out(connection, ready, given, many)
    try:
        touched: int = cursor.rowcount
        return touched
    finally:
        cursor.close()


def _carry_out(connection: Connection, ready: Prepared, given: Any, many: bool = False) -> Any:
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(ready.text, given)
    except Exception as error:
        cursor.close()
        raise _core(connection, ready, cursor, error) from None
    return cursor


def _core(connection: Connection, ready: Prepared, cursor: Any, error: Exception) -> Exception:
    """A driver's error as Core raises it; a connection that is lost is never used again."""
    driver = connection.dialect.loaded_dbapi
    if not isinstance(error, driver.Error):
        return error
    raw = connection.connection.dbapi_connection
    lost = connection.dialect.is_disconnect(error, raw, cursor)
    if lost:
        connection.invalidate(error)
    return exc.DBAPIError.instance(
        ready.text,
        None,
        error,
        driver.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )
