"""Runs statements on the driver's own cursor, each compiled once by SQLAlchemy Core.

Running a statement through Core costs several times what the driver itself needs: the cache key,
the result metadata and the events are worked out again for each call (docs/performance.md). So the
text, the parameter order and the type conversions are worked out once, with Core's public compiler.
Statements that Core must render anew for each call (a list in IN, a Python default) still go
through `Connection.execute`.

On PostgreSQL several statements share one round trip by psycopg's pipeline mode.

Rule: errors leave as Core raises them, without parameter values.
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
"""How Core marks a parameter that it renders anew for each call."""


class Prepared:
    """One statement compiled for one dialect, with parameters of these names.

    `fixed` is False where Core has to render it for each call; then only that is known of it.
    """

    __slots__ = ("_columns", "_convert", "_defaults", "_order", "_row", "fixed", "text")

    def __init__(self, statement: Any, names: tuple[str, ...], dialect: Dialect) -> None:
        # for_executemany: an insert does not ask for its key back; nobody here reads one.
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
        self._defaults: dict[str, Any] = {}
        self._convert: list[tuple[str, Convert]] = []
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if name not in names:
                self._defaults[name] = convert(bind.value) if convert else bind.value
            elif convert:
                self._convert.append((name, convert))
        self._columns: list[tuple[int, Convert]] = []
        self._row: Callable[..., Any] = _plain
        columns = getattr(statement, "exported_columns", None)
        if columns:
            row_type: Any = namedtuple  # its fields are known only now, which types cannot say
            self._row = row_type("Row", columns.keys(), rename=True)
            for index, column in enumerate(columns):
                convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if convert:
                    self._columns.append((index, convert))

    def bind(self, values: Values) -> Any:
        """The parameters as the driver takes them. Raises StatementError for a wrong type."""
        parameters = {**self._defaults, **values}
        try:
            for name, convert in self._convert:
                parameters[name] = convert(parameters[name])
            if self._order is None:
                return parameters
            return [parameters[name] for name in self._order]
        except Exception as error:
            raise exc.StatementError("", self.text, None, error, hide_parameters=True) from None

    def rows(self, fetched: Sequence[Sequence[Any]]) -> list[Any]:
        """The rows as named tuples, with Python's types."""
        if not self._columns:
            return [self._row(*values) for values in fetched]
        rows = []
        for values in fetched:
            converted = list(values)
            for index, convert in self._columns:
                converted[index] = convert(converted[index])
            rows.append(self._row(*converted))
        return rows


def _plain(*values: Any) -> tuple[Any, ...]:
    """A row of a statement whose columns have no names here."""
    return values


class _DialectKey:
    """A dialect by its name: each engine has an instance of its own, and all of them are alike."""

    __slots__ = ("dialect",)

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __hash__(self) -> int:
        return hash(self.dialect.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _DialectKey) and other.dialect.name == self.dialect.name


@lru_cache(maxsize=512)
def prepared(statement: Executable, names: tuple[str, ...], key: _DialectKey) -> Prepared:
    """The compiled statement; the cache goes by the statement object, so build statements once."""
    return Prepared(statement, names, key.dialect)


class Driver:
    """The cursor of a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        assert connection.in_transaction(), "Core would only begin one for its own statements"
        self._connection, self._dialect = connection, connection.dialect
        self._key = _DialectKey(self._dialect)
        self._pipelines = self._dialect.driver == "psycopg"
        self._open: Any = None

    @property
    def _cursor(self) -> Any:
        if self._open is None:
            self._open = self._connection.connection.cursor()
        return self._open

    def fetch(self, statement: Executable, values: Values) -> Sequence[Any]:
        """All rows that a statement returns."""
        ready = prepared(statement, tuple(values), self._key)
        if not ready.fixed:
            return self._connection.execute(statement, values).all()
        parameters, cursor = ready.bind(values), self._cursor
        try:
            cursor.execute(ready.text, parameters)
            return ready.rows(cursor.fetchall())
        except Exception as error:
            raise self._as_core_error(ready, error) from None

    def fetch_many(self, queries: Sequence[tuple[Executable, Values]]) -> list[Sequence[Any]]:
        """The rows of several statements, in their order; on PostgreSQL in one round trip."""
        if not self._pipelines:
            return [self.fetch(*query) for query in queries]
        statements = [prepared(query, tuple(values), self._key) for query, values in queries]
        assert all(ready.fixed for ready in statements), "these go to the driver as they are"
        parameters = [ready.bind(v) for ready, (_, v) in zip(statements, queries, strict=True)]
        raw = self._cursor.connection
        cursors, ready = [raw.cursor() for _ in statements], statements[0]
        try:
            with raw.pipeline():
                for cursor, ready, values in zip(cursors, statements, parameters, strict=True):
                    cursor.execute(ready.text, values)
            results: list[Sequence[Any]] = []
            for cursor, ready in zip(cursors, statements, strict=True):
                results.append(ready.rows(cursor.fetchall()))
                cursor.close()
            return results
        except Exception as error:
            raise self._as_core_error(ready, error) from None

    def execute(self, statement: Executable, values: Values | Sequence[Values]) -> int:
        """Run a write, once for each set of parameters; how many rows it touched."""
        ready, parameters, many = self._prepare(statement, values)
        if not ready.fixed:
            return self._connection.execute(statement, values).rowcount
        cursor = self._cursor
        try:
            (cursor.executemany if many else cursor.execute)(ready.text, parameters)
        except Exception as error:
            raise self._as_core_error(ready, error) from None
        touched: int = cursor.rowcount
        return touched

    def send(
        self, writes: Sequence[tuple[Executable, Values | Sequence[Values]]], commit: bool = False
    ) -> None:
        """Run writes in their order; on PostgreSQL in one round trip for all.

        With `commit` the COMMIT is part of that round trip: the server skips it when a write
        failed. Core's own commit then has nothing left to do.
        """
        fixed = [self._prepare(*write) for write in writes] if self._pipelines else []
        if len(fixed) + commit < 2 or not all(ready.fixed for ready, _, _ in fixed):
            for write in writes:
                self.execute(*write)
            return
        cursor, ready = self._cursor, fixed[0][0]
        try:
            with cursor.connection.pipeline():
                for ready, parameters, many in fixed:
                    (cursor.executemany if many else cursor.execute)(ready.text, parameters)
                if commit:
                    cursor.execute("COMMIT", prepare=False)
        except Exception as error:
            raise self._as_core_error(ready, error) from None

    def close(self) -> None:
        """Give the cursor back."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _prepare(
        self, statement: Executable, values: Values | Sequence[Values]
    ) -> tuple[Prepared, Any, bool]:
        if isinstance(values, Mapping):
            ready = prepared(statement, tuple(values), self._key)
            return ready, ready.bind(values) if ready.fixed else None, False
        ready = prepared(statement, tuple(values[0]), self._key)
        return ready, [ready.bind(one) for one in values] if ready.fixed else None, True

    def _as_core_error(self, ready: Prepared, error: Exception) -> Exception:
        """A driver's error as Core raises it; a connection that is lost is never used again."""
        driver_error = self._dialect.loaded_dbapi.Error
        if not isinstance(error, driver_error):
            return error
        raw = self._connection.connection.dbapi_connection
        lost = self._dialect.is_disconnect(error, raw, self._open)
        if lost:
            self._open = None
            self._connection.invalidate(error)
        return exc.DBAPIError.instance(
            ready.text,
            None,
            error,
            driver_error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self._dialect,
        )
