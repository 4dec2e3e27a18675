"""The machines' states, and what they are looked up by.

Rule 1: whoever changes a set locks its row first; all that happens in a set queues there.
Rule 2: what was read before the lock may be stale and is read again after it.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import (
    Connection,
    Executable,
    String,
    bindparam,
    delete,
    insert,
    select,
    text,
    union_all,
    update,
)

from bot.method.actions import Action
from bot.method.formats import Format
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import ActionId, PersonId, Place, SetId
from bot.ports import Machine
from store import codec, tables
from store.base import Base, Shared, place_columns, place_of
from store.prepared import Values

State = LearningSet | Meeting | Session | Action

_TABLE = {
    LearningSet: tables.learning_set,
    Meeting: tables.meeting,
    Session: tables.session,
    Action: tables.action,
}
_s, _a, _m = tables.learning_set.c, tables.action.c, tables.membership.c
_PLACE = (_s.platform, _s.installation, _s.conversation, _s.thread)
# A set's home comes along with it: whoever holds a set asks for its home next.
_MORE = {
    LearningSet: (_s.format_hash, *_PLACE),
    Meeting: (tables.meeting.c.format_hash,),
    Session: (tables.session.c.format_hash,),
    Action: (),
}
_LOAD = {
    kind: select(table.c.state, table.c.schema, *_MORE[kind]).where(table.c.id == bindparam("id"))
    for kind, table in _TABLE.items()
}
_LOCK = _LOAD[LearningSet].with_for_update()
_FORMAT = select(tables.frozen_format.c.state, tables.frozen_format.c.schema).where(
    tables.frozen_format.c.hash == bindparam("hash")
)
_HOME = select(*_PLACE).where(_s.id == bindparam("id"))
_SET_HOME = update(tables.learning_set).where(_s.id == bindparam("set_id"))
_SET_AT = select(_s.id).where(
    _s.platform == bindparam("platform"),
    _s.installation == bindparam("installation"),
    _s.conversation == bindparam("conversation"),
    text("over = false AND conversation IS NOT NULL"),
)
_SETS_OF = (
    select(_s.id)
    .join(tables.membership, _m.set_id == _s.id)
    .where(_m.person_id == bindparam("person"), ~_s.over)
    .order_by(_s.number)
)
_EVERY_SET = select(_s.id).order_by(_s.number)
_PEOPLE_OF = select(_m.person_id).where(_m.set_id == bindparam("set"))
_COME = insert(tables.membership)
_GO = delete(tables.membership).where(
    _m.set_id == bindparam("set"), _m.person_id == bindparam("person")
)
_ACTIONS = select(_a.state, _a.schema).order_by(_a.number)
_ACTIONS_OF = _ACTIONS.where(_a.owner_id == bindparam("owner"))
_UNSETTLED_OF = _ACTIONS_OF.where(~_a.over)
_ACTIONS_IN = _ACTIONS.where(_a.session_id == bindparam("session"))


def _set_of() -> Any:
    id = bindparam("id", type_=String())
    said, session, meeting = tables.contribution.c, tables.session.c, tables.meeting.c
    owned = [
        select(table.c.set_id).where(table.c.id == id)
        for table in (tables.session, tables.meeting, tables.action)
    ]
    owned += [
        select(owner.set_id).where(owner.id == said.session_id, said.id == id)
        for owner in (session, meeting)
    ]
    return union_all(*owned)


_SET_OF = _set_of()


class States(Base):
    """The part of a transaction that keeps the machines."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        super().__init__(connection, shared, writes)
        self._loaded: dict[tuple[type[Any], str], State] = {}
        self._homes: dict[str, Place] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._frozen: dict[str, Format] = {}
        self._owners: dict[str, SetId] = {}

    def lock_set(self, id: SetId, session: str = "") -> LearningSet | None:
        """Load a set and lock its row: every event of a set queues here, in arrival order.

        `session` is asked for next: it is read along, once the lock is there.
        """
        if not (self._postgres and self._writes):  # SQLite: this transaction is the only writer
            return self.load(LearningSet, id)
        asked: list[tuple[Executable, Values]] = [(_LOCK, {"id": id})]
        if session:
            asked.append((_LOAD[Session], {"id": session}))
        rows, *more = self._all_of(asked)
        self._loaded.clear()
        self._homes.clear()
        found = self._made(LearningSet, id, rows[0] if rows else None)
        for of_session in more:
            self._made(Session, session, of_session[0] if of_session else None)
        return found

    def load(self, kind: type[Machine], id: str) -> Machine | None:
        """A machine's state. Raises NewerSchema."""
        known = self._loaded.get((kind, id))
        if known is not None:
            return cast(Machine, known)
        return self._made(kind, id, self._one(_LOAD[kind], {"id": id}))

    def _made(self, kind: type[Machine], id: str, row: Any) -> Machine | None:
        if row is None:
            return None
        format = self._format(row.format_hash) if kind in codec.WITH_FORMAT else None
        found = codec.load(kind, row.state, row.schema, format)
        self._loaded[kind, id] = found
        if isinstance(found, LearningSet):
            self._members[id] = _people(found)
            if row.conversation is not None:
                self._homes[id] = place_of(row)
        return found

    def _format(self, hash: str) -> Format:
        found = self._shared.formats.get(hash) or self._frozen.get(hash)
        if found is None:
            row = self._one(_FORMAT, {"hash": hash})
            assert row is not None, "a state without its frozen format"
            found = self._frozen[hash] = codec.load(Format, row.state, row.schema)
        return found

    def _freeze(self, format: Format) -> str:
        hash = self._shared.hash_of(format)
        if hash not in self._shared.formats and hash not in self._frozen:
            state, schema = codec.dump(format)
            values = {"hash": hash, "state": state, "schema": schema}
            self._insert(tables.frozen_format, values)
            self._frozen[hash] = format
        return hash

    def committed(self) -> None:
        """What this transaction kept is now known to be kept."""
        self._shared.formats.update(self._frozen)
        self._shared.belongs(self._owners)

    def save(self, state: State) -> None:
        """Keep or replace a machine's state."""
        text, schema = codec.dump(state)
        values: dict[str, Any] = {"id": state.id, "state": text, "schema": schema}
        if not isinstance(state, Action):
            values |= {"over": state.over, "format_hash": self._freeze(state.format)}
        values |= _columns(state)
        if not values["over"]:
            # An action may be taken up again: its words then live on.
            values |= {"closed_at": None, "wiped": False}
        table = _TABLE[type(state)]
        if (type(state), state.id) in self._loaded:
            self._later(table, _REPLACE[table], {**values, "the_id": state.id})
        else:
            self._upsert(table, ("id",), values)
        self._loaded[type(state), state.id] = state
        if isinstance(state, LearningSet):
            self._save_members(state)

    def _save_members(self, group: LearningSet) -> None:
        now = _people(group)
        before = self._members.get(group.id)
        if before is None:
            before = frozenset(r.person_id for r in self._all(_PEOPLE_OF, {"set": group.id}))
        if come := sorted(now - before):
            self._later(
                tables.membership, _COME, [{"set_id": group.id, "person_id": p} for p in come]
            )
        if gone := sorted(before - now):
            self._later(tables.membership, _GO, [{"set": group.id, "person": p} for p in gone])
        self._members[group.id] = now

    def set_of(self, id: str) -> SetId | None:
        """The set that a meeting, session, action or contribution belongs to."""
        known = self._shared.owners.get(id) or self._owners.get(id)
        if known is None:
            row = self._one(_SET_OF, {"id": id})
            if row is None:
                return None
            known = self._owners[id] = SetId(row.set_id)
        return known

    def home(self, id: SetId) -> Place | None:
        """The conversation in which a set lives."""
        if id not in self._homes:
            row = self._one(_HOME, {"id": id})
            if row is None or row.conversation is None:
                return None
            self._homes[id] = place_of(row)
        return self._homes[id]

    def set_home(self, id: SetId, place: Place) -> None:
        """Say where a set lives. It must have been saved before.

        A conversation has one live set; a second one that was made at the same moment by another
        process ends in StoreBusy, and finds the first when it is sent again.
        """
        changed = self._change(_SET_HOME, {"set_id": id, **place_columns(place)})
        assert changed == 1, "a set is saved before it gets a home"
        self._homes[id] = place

    def set_at(self, place: Place) -> SetId | None:
        """The live set whose home is this conversation (the thread is not looked at)."""
        values = place_columns(place)
        del values["thread"]
        row = self._one(_SET_AT, values)
        return SetId(row.id) if row else None

    def sets_of(self, person: PersonId) -> tuple[SetId, ...]:
        """Live sets that the person is a member of or invited to, oldest first."""
        return tuple(SetId(row.id) for row in self._all(_SETS_OF, {"person": person}))

    def every_set(self) -> tuple[SetId, ...]:
        """All sets there are, those that have ended too, the oldest first."""
        return tuple(SetId(row.id) for row in self._all(_EVERY_SET, {}))

    def actions_of(self, owner: PersonId, unsettled: bool = True) -> tuple[Action, ...]:
        """A person's actions over all their sets, oldest first."""
        return self._actions(_UNSETTLED_OF if unsettled else _ACTIONS_OF, {"owner": owner})

    def actions_in(self, session: str) -> tuple[Action, ...]:
        """The actions that were made in a session, oldest first."""
        return self._actions(_ACTIONS_IN, {"session": session})

    def _actions(self, statement: Any, values: Values) -> tuple[Action, ...]:
        rows = self._all(statement, values)
        return tuple(codec.load(Action, row.state, row.schema) for row in rows)

    def action(self, id: ActionId) -> Action | None:
        """An action by id."""
        return self.load(Action, id)


def _people(group: LearningSet) -> frozenset[str]:
    return frozenset((*(m.person for m in group.members), *group.invited))


def _columns(state: State) -> Values:
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


def _replace_statements() -> dict[Any, Any]:
    found = {}
    for table in _TABLE.values():
        found[table] = update(table).where(table.c.id == bindparam("the_id"))
    return found


_REPLACE = _replace_statements()
