"""People's actions over all their sets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, text

from bot.method.actions import Action
from bot.method.terms import ActionId, PersonId
from store import codec, models
from store.cache import Cache
from store.machines import Machines
from store.sql.connection import SqlConnection
from store.sql.driver import Values
from store.sql.lists import among, as_json_list, as_json_rows, table_of
from store.sql.statements import chunks

_a = models.action.c
_STATES = select(_a.state, _a.schema).order_by(_a.number)
_OF_OWNER = _STATES.where(_a.owner_id == bindparam("owner"))
_UNSETTLED_OF_OWNER = _OF_OWNER.where(~_a.over)
_IN_SESSION = _STATES.where(_a.session_id == bindparam("session"))
_COLUMNS = {"id": "text", "state": "text", "schema": "integer", "over": "boolean"}


@cache
def _lock(postgres: bool) -> Any:
    these = text(among("action.id", "ids", "text", postgres))
    # In the order of their ids: two transactions that lock several queue, and do not deadlock.
    return select(_a.state, _a.schema).where(these).order_by(_a.id).with_for_update()


@cache
def _replace(postgres: bool) -> Any:
    """New states of actions that exist; PostgreSQL takes all in one statement."""
    if postgres:
        return text(
            "UPDATE action SET state = new.state, schema = new.schema, over = new.over,"
            " closed_at = CASE WHEN new.over THEN action.closed_at END,"
            f" wiped = new.over AND action.wiped FROM {table_of(_COLUMNS)}"
            " WHERE action.id = new.id"
        )
    return text(
        "UPDATE action SET state = :state, schema = :schema, over = :over,"
        " closed_at = CASE WHEN :over THEN closed_at END, wiped = :over AND wiped WHERE id = :id"
    )


class Actions:
    """The port's `Actions`."""

    def __init__(self, connection: SqlConnection, cache: Cache, machines: Machines) -> None:
        self._connection, self._cache, self._machines = connection, cache, machines

    def get(self, id: ActionId) -> Action | None:
        """An action by id."""
        return self._machines.load(Action, id)

    def of_owner(self, owner: PersonId, unsettled: bool = True) -> tuple[Action, ...]:
        """A person's actions over all their sets, oldest first."""
        if unsettled and owner in self._cache.prefetched.actions:
            return tuple(self._cache.prefetched.actions[owner])
        return self._load(_UNSETTLED_OF_OWNER if unsettled else _OF_OWNER, {"owner": owner})

    def in_session(self, session: str) -> tuple[Action, ...]:
        """The actions that were chosen in a session, oldest first."""
        return self._load(_IN_SESSION, {"session": session})

    def lock_actions(self, ids: Iterable[str]) -> dict[str, Action]:
        """Load these actions by id; nobody else changes them before this transaction ends."""
        actions: dict[str, Action] = {}
        for part in chunks(sorted(set(ids))):
            query = {"ids": as_json_list(part)}
            for row in self._connection.fetch_all(_lock(self._connection.postgres), query):
                action = codec.load(Action, row.state, row.schema)
                self._cache.machines[Action, action.id] = actions[action.id] = action
        return actions

    def save_locked(self, actions: Iterable[Action]) -> None:
        """Replace the states of actions that `lock_actions` has loaded."""
        rows, postgres = [], self._connection.postgres
        for action in sorted(actions, key=lambda action: action.id):
            assert (Action, action.id) in self._cache.machines, "only locked actions are replaced"
            self._cache.prefetched.actions.pop(action.owner, None)
            self._cache.machines[Action, action.id] = action
            state, schema = codec.dump(action)
            rows.append({"id": action.id, "state": state, "schema": schema, "over": action.settled})
        if rows:
            self._connection.execute(_replace(postgres), as_json_rows(rows) if postgres else rows)

    def _load(self, statement: Any, values: Values) -> tuple[Action, ...]:
        rows = self._connection.fetch_all(statement, values)
        return tuple(codec.load(Action, row.state, row.schema) for row in rows)
