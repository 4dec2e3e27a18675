"""Many rows in one statement whose text does not change with their number.

A list goes to the database as JSON: IN (?, ?, …) would be another statement for each length,
compiled anew each time, and PostgreSQL's driver takes ten times as long to write an array.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any


def among(column: str, name: str, kind: str, postgres: bool) -> str:
    """SQL for: the column is one of the list `name`; `kind` is PostgreSQL's type of it."""
    if postgres:
        each = f"json_array_elements_text(CAST(:{name} AS json))"
        return f"{column} = ANY(ARRAY(SELECT CAST(one AS {kind}) FROM {each} AS one))"
    return f"{column} IN (SELECT value FROM json_each(:{name}))"


def as_json_list(values: Iterable[Any]) -> str:
    """Texts or numbers as one JSON parameter."""
    return json.dumps(list(values))


def table_of(columns: Mapping[str, str]) -> str:
    """SQL for the rows in the parameter `rows`, on PostgreSQL; `columns` by type.

    `nth` is a row's place, for an order that must be kept.
    """
    named = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    rows = f"json_to_recordset(CAST(:rows AS json)) AS ({named})"
    return f"ROWS FROM ({rows}) WITH ORDINALITY AS new ({', '.join(columns)}, nth)"


def as_json_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter `rows`."""
    return {"rows": json.dumps(rows, default=_iso)}


def _iso(value: Any) -> str:
    assert isinstance(value, datetime | date)
    return value.isoformat()
