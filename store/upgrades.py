"""Schemas of what is stored as JSON, and the upgrade from each to the next (design.md, Versions).

Rule 1: whoever changes a stored dataclass raises its number here, adds the upgrader, and adds
        golden states of the new schema to the tests; those of old schemas stay.
Rule 2: an upgrader gets the JSON of schema N and returns that of N+1. It runs at load; the row is
        written in the new schema when it is next saved.
Rule 3: a state of a newer schema than ours is never guessed at: NewerSchema is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.ports import NewerSchema

Json = dict[str, Any]
Upgraders = Mapping[str, Mapping[int, Callable[[Json], Json]]]

SCHEMA: Mapping[str, int] = {
    "person": 1,
    "format": 1,
    "set": 1,
    "meeting": 1,
    "session": 1,
    "action": 1,
    "letter": 1,
}

UPGRADERS: Upgraders = {
    # "session": {1: lambda state: {**state, "new_field": 0}},
}


def upgrade_state(
    kind: str,
    schema: int,
    state: Json,
    current: Mapping[str, int] = SCHEMA,
    upgraders: Upgraders = UPGRADERS,
) -> Json:
    """The state in the current schema of its kind. Raises NewerSchema."""
    if schema > current[kind]:
        raise NewerSchema(kind, schema)
    for step in range(schema, current[kind]):
        state = upgraders[kind][step](state)
    return state
