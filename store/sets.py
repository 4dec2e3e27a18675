"""Where sets meet, and which set something belongs to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, bindparam, select, text, union_all, update

from bot.method.terms import PersonId, Place, SetId
from store import models
from store.cache import Cache, Shared
from store.sql.connection import SqlConnection
from store.sql.statements import place_columns, place_of

_s, _m = models.learning_set.c, models.membership.c
_HOME = select(_s.platform, _s.installation, _s.conversation, _s.thread).where(
    _s.id == bindparam("id")
)
_SET_HOME = update(models.learning_set).where(_s.id == bindparam("set_id"))
_AT = select(_s.id).where(
    _s.platform == bindparam("platform"),
    _s.installation == bindparam("installation"),
    _s.conversation == bindparam("conversation"),
    text("over = false AND conversation IS NOT NULL"),
)
_OF_PERSON = (
    select(_s.id)
    .join(models.membership, _m.set_id == _s.id)
    .where(_m.person_id == bindparam("person"), ~_s.over)
    .order_by(_s.number)
)
_ALL = select(_s.id).order_by(_s.number)


def _owner_statement() -> Any:
    id = bindparam("id", type_=String())
    contribution, session, meeting = models.contribution.c, models.session.c, models.meeting.c
    owned = [
        select(table.c.set_id).where(table.c.id == id)
        for table in (models.session, models.meeting, models.action)
    ]
    owned += [
        select(owner.set_id).where(owner.id == contribution.session_id, contribution.id == id)
        for owner in (session, meeting)
    ]
    return union_all(*owned)


_OWNER = _owner_statement()


class Sets:
    """The port's `Sets`."""

    def __init__(self, connection: SqlConnection, cache: Cache, shared: Shared) -> None:
        self._connection, self._cache, self._shared = connection, cache, shared

    def owner_of(self, id: str) -> SetId | None:
        """The set that a meeting, session, action or contribution belongs to."""
        owner = self._shared.owners.get(id) or self._cache.owners.get(id)
        if owner is None:
            row = self._connection.fetch_one(_OWNER, {"id": id})
            if row is None:
                return None
            owner = self._cache.owners[id] = SetId(row.set_id)
        return owner

    def home(self, id: SetId) -> Place | None:
        """The conversation in which a set meets."""
        if id not in self._cache.homes:
            row = self._connection.fetch_one(_HOME, {"id": id})
            if row is None or row.conversation is None:
                return None
            self._cache.homes[id] = place_of(row)
        return self._cache.homes[id]

    def set_home(self, id: SetId, place: Place) -> None:
        """Say where a set meets. It must have been saved before.

        A conversation has one live set; if another process makes one there at the same moment,
        the second ends in StoreBusy, and finds the first when the event is sent again.
        """
        changed = self._connection.execute(_SET_HOME, {"set_id": id, **place_columns(place)})
        assert changed == 1, "a set is saved before it gets a home"
        self._cache.homes[id] = place

    def at(self, place: Place) -> SetId | None:
        """The live set whose home is this conversation (the thread is not looked at)."""
        values = place_columns(place)
        del values["thread"]
        row = self._connection.fetch_one(_AT, values)
        return SetId(row.id) if row else None

    def of_person(self, person: PersonId) -> tuple[SetId, ...]:
        """Live sets that the person is a member of or invited to, oldest first."""
        if person in self._cache.prefetched.sets:
            return tuple(self._cache.prefetched.sets[person])
        rows = self._connection.fetch_all(_OF_PERSON, {"person": person})
        return tuple(SetId(row.id) for row in rows)

    def all(self) -> tuple[SetId, ...]:
        """All sets there are, those that have ended too, the oldest first."""
        return tuple(SetId(row.id) for row in self._connection.fetch_all(_ALL, {}))
