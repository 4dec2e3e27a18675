"""Many rows in one statement whose text does not change with their number.

PostgreSQL takes a list as an array, SQLite as JSON. IN (?, ?, …) would be another statement for
each length, compiled anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def among(column: str, name: str, kind: str, postgres: bool) -> str:
    """SQL for "the column is one of the list `name`"; `kind` is PostgreSQL's type of it."""
    if postgres:
        return f"{column} = ANY(CAST(:{name} AS {kind}[]))"
    return f"{column} IN (SELECT value FROM json_each(:{name}))"


def listed(values: Iterable[Any], postgres: bool) -> Any:
    """Texts or numbers as the statement takes them."""
    return list(values) if postgres else json.dumps(list(values))


def table_of(columns: Mapping[str, str]) -> str:
    """SQL for rows that come as a list for each column, on PostgreSQL; `columns` by type.

    `nth` is a row's place, for an order that must be kept.
    """
    lists = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    return f"unnest({lists}) WITH ORDINALITY AS new ({', '.join(columns)}, nth)"


def turned(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as a list for each column."""
    return {name: [row[name] for row in rows] for name in rows[0]}
