"""Statements and column values that several repositories share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Row, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.method.terms import Place

CHUNK = 500  # ids in one IN (…): far below any database's limit


def new_row(table: Any, postgres: bool) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if postgres else sqlite.insert(table)


@lru_cache(maxsize=256)
def insert_new(table: Table, postgres: bool) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING, built once."""
    statement: Insert = new_row(table, postgres).on_conflict_do_nothing()
    return statement


@lru_cache(maxsize=256)
def upsert(
    table: Table, keys: tuple[str, ...], columns: tuple[str, ...], postgres: bool, where: str = ""
) -> Insert:
    """INSERT … ON CONFLICT DO UPDATE of the columns that are not keys, built once."""
    new = new_row(table, postgres)
    statement: Insert = new.on_conflict_do_update(
        index_elements=keys,
        index_where=text(where) if where else None,
        set_={name: new.excluded[name] for name in columns if name not in keys},
    )
    return statement


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


def message_columns(place: Place, message: str) -> dict[str, str]:
    """A message's place without its thread, as columns: by these a message is looked up."""
    return {
        "platform": place.platform,
        "installation": place.installation,
        "conversation": place.conversation,
        "message": message,
    }


def place_of(row: Row[Any]) -> Place:
    """The place that a row's columns name."""
    return Place(row.platform, row.installation, row.conversation, row.thread or "")
