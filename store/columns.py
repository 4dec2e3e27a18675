"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, false, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives. SQLite counts by itself only in an INTEGER key."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, to the microsecond.

    PostgreSQL has a type for it; in SQLite it is a whole number of microseconds since 1970,
    which sorts and compares as instants do. A naive datetime is a bug: ValueError.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """On the way in."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("an instant must be aware (UTC)")
        if dialect.name == "sqlite":
            return (value - _EPOCH) // _MICROSECOND
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """On the way out, always in UTC itself."""
        if value is None:
            return None
        if isinstance(value, int):
            return _EPOCH + value * _MICROSECOND
        instant: datetime = value.astimezone(UTC)
        return instant


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows that fit a condition, which is the same text on both databases."""
    condition = text(where)
    return Index(name, *columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def schema() -> Any:
    """The schema of the JSON beside it (its name is taken in SQLModel's own classes)."""
    return Field(sa_column=Column("schema", Integer, nullable=False))


def wiped() -> Any:
    """Whether the words of what is over have been erased; the database begins it with no."""
    return Field(sa_column=Column("wiped", Boolean, nullable=False, server_default=false()))


def number() -> Any:
    """A key that counts up: the order in which rows were first written."""
    return Field(default=None, sa_column=Column("number", BigId, primary_key=True))
