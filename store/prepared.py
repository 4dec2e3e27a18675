"""A statement in the form that the driver takes, worked out once and kept.

SQLAlchemy's Core describes the statements; carrying one out through it costs about seven times
what the driver itself needs, mostly for things that never change here: the cache key, the names
of columns, the converters, events that nobody listens to (docs/performance.md). So what is fixed
is compiled once, by Core, and handed to the driver's own cursor. What Core must shape anew for
each call (a list in IN, a default that Python works out) still goes through it.

Rule: errors leave as Core's, with neither values nor the driver's connection in a bad state.
"""

from __future__ import annotations

from collections import deque, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
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


class _Kind:
    """A dialect by its name: every engine has one of its own, and they all say the same."""

    __slots__ = ("dialect",)

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def __hash__(self) -> int:
        return hash(self.dialect.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kind) and other.dialect.name == self.dialect.name


@lru_cache(maxsize=512)
def prepared(statement: Executable, names: tuple[str, ...], kind: _Kind) -> Prepared:
    """The statement for this dialect. One that is built for each call is never found again."""
    return Prepared(statement, names, kind.dialect)


@contextmanager
def _in_one_go(raw: Any) -> Iterator[None]:
    """A pipeline of psycopg's whose statements are sent together, at its end.

    psycopg sends each as it comes: for every single one the socket is waited for, and the server is
    woken. Psycopg has no switch for it, so its way of sending is put aside.
    """
    with raw.pipeline() as line:
        # Either is asked for when there is something to send; the latter behind BEGIN alone.
        line._communicate_gen = line._sync_gen = partial(_handed_to_libpq, line.command_queue)
        try:
            yield
        finally:
            del line._communicate_gen, line._sync_gen


def _handed_to_libpq(waiting: deque[Callable[[], None]]) -> Iterator[Any]:
    """Libpq gathers what is to be sent in a buffer. A generator, as psycopg wants one."""
    while waiting:
        waiting.popleft()()
    yield from ()


class Driver:
    """A connection's own cursor, inside a transaction of Core's."""

    def __init__(self, connection: Connection) -> None:
        assert connection.in_transaction(), "Core would only begin one for its own statements"
        self._connection, self._dialect = connection, connection.dialect
        self._kind = _Kind(self._dialect)
        self._pipelines = self._dialect.driver == "psycopg"
        self._open: Any = None

    @property
    def _cursor(self) -> Any:
        if self._open is None:
            self._open = self._connection.connection.cursor()
        return self._open

    def fetch(self, statement: Executable, values: Values) -> Sequence[Any]:
        """All rows that a statement answers with, by the names of its columns."""
        ready = prepared(statement, tuple(values), self._kind)
        if not ready.fixed:
            return self._connection.execute(statement, values).all()
        given, cursor = ready.bound(values), self._cursor
        try:
            cursor.execute(ready.text, given)
            return ready.rows(cursor.fetchall())
        except Exception as error:
            raise self._cores(ready, error) from None

    def fetch_many(self, asked: Sequence[tuple[Executable, Values]]) -> list[Sequence[Any]]:
        """What several statements answer, in their order; where it can be, in one round trip."""
        if not self._pipelines:
            return [self.fetch(*one) for one in asked]
        made = [prepared(statement, tuple(values), self._kind) for statement, values in asked]
        assert all(ready.fixed for ready in made), "these go to the driver as they are"
        given = [ready.bound(values) for ready, (_, values) in zip(made, asked, strict=True)]
        raw = self._cursor.connection
        cursors, ready = [raw.cursor() for _ in made], made[0]
        try:
            with _in_one_go(raw):
                for cursor, ready, one in zip(cursors, made, given, strict=True):
                    cursor.execute(ready.text, one)
            found: list[Sequence[Any]] = []
            for cursor, ready in zip(cursors, made, strict=True):
                found.append(ready.rows(cursor.fetchall()))
                cursor.close()
            return found
        except Exception as error:
            raise self._cores(ready, error) from None

    def change(self, statement: Executable, values: Values | Sequence[Values]) -> int:
        """Carry out a write, once for each of the values; how many rows it touched."""
        ready, given, many = self._ready(statement, values)
        if not ready.fixed:
            return self._connection.execute(statement, values).rowcount
        cursor = self._cursor
        try:
            (cursor.executemany if many else cursor.execute)(ready.text, given)
        except Exception as error:
            raise self._cores(ready, error) from None
        touched: int = cursor.rowcount
        return touched

    def send(
        self, writes: Sequence[tuple[Executable, Values | Sequence[Values]]], commit: bool = False
    ) -> None:
        """Carry out writes in their order; where the driver can, in one round trip for all.

        With `commit` they are kept by that same round trip: the server passes over it when one of
        them failed. Core's own commit then finds nothing to do.
        """
        fixed = [self._ready(*write) for write in writes] if self._pipelines else []
        if len(fixed) + commit < 2 or not all(ready.fixed for ready, _, _ in fixed):
            for write in writes:
                self.change(*write)
            return
        cursor, ready = self._cursor, fixed[0][0]
        try:
            with _in_one_go(cursor.connection):
                for ready, given, many in fixed:
                    (cursor.executemany if many else cursor.execute)(ready.text, given)
                if commit:
                    cursor.execute("COMMIT", prepare=False)
        except Exception as error:
            raise self._cores(ready, error) from None

    def close(self) -> None:
        """Give the cursor back."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ready(
        self, statement: Executable, values: Values | Sequence[Values]
    ) -> tuple[Prepared, Any, bool]:
        if isinstance(values, Mapping):
            ready = prepared(statement, tuple(values), self._kind)
            return ready, ready.bound(values) if ready.fixed else None, False
        ready = prepared(statement, tuple(values[0]), self._kind)
        return ready, [ready.bound(one) for one in values] if ready.fixed else None, True

    def _cores(self, ready: Prepared, error: Exception) -> Exception:
        """A driver's error as Core raises it; a connection that is lost is never used again."""
        known = self._dialect.loaded_dbapi.Error
        if not isinstance(error, known):
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
            known,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self._dialect,
        )
