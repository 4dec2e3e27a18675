"""The machines' states: sets, meetings, sessions, actions.

Rule 1: a transaction locks a set's row before it changes anything in the set; so all events of a
        set queue there.
Rule 2: what was read before the lock may be stale and is read again after it.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select, update

from bot.method.actions import Action
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import SetId
from bot.ports import Machine
from store import codec, models
from store.cache import Cache, Shared, State
from store.sql.connection import SqlConnection
from store.sql.driver import Values
from store.sql.statements import place_of

_TABLE = {
    LearningSet: models.learning_set,
    Meeting: models.meeting,
    Session: models.session,
    Action: models.action,
}
_s, _m = models.learning_set.c, models.membership.c
# A set's home is read with it, because whoever loads a set asks for its home next.
COLUMNS: dict[type[Any], tuple[Any, ...]] = {
    LearningSet: (_s.format_hash, _s.platform, _s.installation, _s.conversation, _s.thread),
    Meeting: (models.meeting.c.format_hash,),
    Session: (models.session.c.format_hash,),
    Action: (),
}
_LOAD = {
    kind: select(table.c.state, table.c.schema, *COLUMNS[kind]).where(table.c.id == bindparam("id"))
    for kind, table in _TABLE.items()
}
_LOCK = _LOAD[LearningSet].with_for_update()
_UPDATE: dict[Any, Any] = {
    table: update(table).where(table.c.id == bindparam("the_id")) for table in _TABLE.values()
}
_FORMAT = select(models.frozen_format.c.state, models.frozen_format.c.schema).where(
    models.frozen_format.c.hash == bindparam("hash")
)
_MEMBERS = select(_m.person_id).where(_m.set_id == bindparam("set"))
_ADD_MEMBER = insert(models.membership)
_REMOVE_MEMBER = delete(models.membership).where(
    _m.set_id == bindparam("set"), _m.person_id == bindparam("person")
)


class Machines:
    """The port's `Machines`."""

    def __init__(self, connection: SqlConnection, cache: Cache, shared: Shared) -> None:
        self._connection, self._cache, self._shared = connection, cache, shared

    def lock_set(self, id: SetId) -> LearningSet | None:
        """Load a set and lock its row: every event of a set queues here, in arrival order."""
        self._cache.forget_prefetched()
        if id == self._cache.locked_set:
            return self.load(LearningSet, id)  # the prefetch has locked it, and read it after that
        if not (self._connection.postgres and self._connection.writes):
            return self.load(LearningSet, id)  # on SQLite this transaction is the only writer
        row = self._connection.fetch_one(_LOCK, {"id": id})
        self._cache.machines.clear()
        self._cache.homes.clear()
        return self.remember(LearningSet, id, row)

    def load(self, kind: type[Machine], id: str) -> Machine | None:
        """A machine's state. Raises NewerSchema."""
        known = self._cache.machines.get((kind, id))
        if known is not None:
            return cast(Machine, known)
        return self.remember(kind, id, self._connection.fetch_one(_LOAD[kind], {"id": id}))

    def remember(self, kind: type[Machine], id: str, row: Any) -> Machine | None:
        """The state in a row with the columns state, schema and COLUMNS. Raises NewerSchema."""
        if row is None:
            return None
        format = self._format(row.format_hash) if kind in codec.WITH_FORMAT else None
        state = codec.load(kind, row.state, row.schema, format)
        self._cache.machines[kind, id] = state
        if isinstance(state, LearningSet):
            self._cache.members[id] = _people(state)
            if row.conversation is not None:
                self._cache.homes[id] = place_of(row)
        return state

    def save(self, state: State) -> None:
        """Insert or replace a machine's state."""
        prefetched = self._cache.prefetched
        if isinstance(state, Action):
            prefetched.actions.pop(state.owner, None)
        else:
            prefetched.sets.clear()
            prefetched.nudged.clear()
        text, schema = codec.dump(state)
        values: dict[str, Any] = {"id": state.id, "state": text, "schema": schema}
        if not isinstance(state, Action):
            values |= {"over": state.over, "format_hash": self._freeze(state.format)}
        values |= _lookup_columns(state)
        if not values["over"]:
            # An action may be taken up again: then its texts are not due for erasure any more.
            values |= {"closed_at": None, "wiped": False}
        table, key = _TABLE[type(state)], (type(state), state.id)
        if key in self._cache.machines:
            self._connection.defer(table, _UPDATE[table], {**values, "the_id": state.id})
        else:
            self._connection.upsert(table, ("id",), values)
        self._cache.machines[key] = state
        if isinstance(state, LearningSet):
            self._save_members(state)

    def _format(self, hash: str) -> Format:
        format = self._shared.formats.get(hash) or self._cache.formats.get(hash)
        if format is None:
            row = self._connection.fetch_one(_FORMAT, {"hash": hash})
            assert row is not None, "a state without its frozen format"
            format = self._cache.formats[hash] = codec.load(Format, row.state, row.schema)
        return format

    def _freeze(self, format: Format) -> str:
        hash = self._shared.hash_of(format)
        if hash not in self._shared.formats and hash not in self._cache.formats:
            state, schema = codec.dump(format)
            values = {"hash": hash, "state": state, "schema": schema}
            self._connection.insert_new(models.frozen_format, values)
            self._cache.formats[hash] = format
        return hash

    def _save_members(self, group: LearningSet) -> None:
        now, before = _people(group), self._cache.members.get(group.id)
        if before is None:
            rows = self._connection.fetch_all(_MEMBERS, {"set": group.id})
            before = frozenset(row.person_id for row in rows)
        if added := sorted(now - before):
            new = [{"set_id": group.id, "person_id": person} for person in added]
            self._connection.defer(models.membership, _ADD_MEMBER, new)
        if removed := sorted(before - now):
            old = [{"set": group.id, "person": person} for person in removed]
            self._connection.defer(models.membership, _REMOVE_MEMBER, old)
        self._cache.members[group.id] = now


def _people(group: LearningSet) -> frozenset[str]:
    return frozenset((*(m.person for m in group.members), *group.invited))


def _lookup_columns(state: State) -> Values:
    match state:
        case Session():
            return {"set_id": state.set, "entry": state.entry}
        case Meeting():
            return {"set_id": state.set}
        case Action():
            return {
                "set_id": state.set,
                "session_id": state.session,
                "owner_id": state.owner,
                "over": state.settled,
            }
    return {}
