"""People, and the small ledgers about them: what was seen, which nudges were sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, insert, select

from bot.method.terms import Address, Person, PersonId
from store import codec, tables
from store.base import Base, Shared, chunks

_p, _n = tables.person.c, tables.nudge_sent.c
_BY_IDS = select(_p.state, _p.schema).where(_p.id.in_(bindparam("ids", expanding=True)))
_BY_ID = select(_p.state, _p.schema).where(_p.id == bindparam("id"))
_AT = select(_p.state, _p.schema).where(
    _p.platform == bindparam("platform"),
    _p.installation == bindparam("installation"),
    _p.user == bindparam("user"),
)
_SEEN = select(tables.seen.c.at).where(tables.seen.c.key == bindparam("key"))
_NUDGES = (
    select(_n.kind)
    .where(_n.person_id == bindparam("person"), _n.day == bindparam("day"))
    .order_by(_n.number)
)
_NOTE = insert(tables.nudge_sent)
LONGEST_KEY = 200  # a longer one is kept as its digest: platforms set no limit to their ids


class People(Base):
    """The part of a transaction that knows people."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        super().__init__(connection, shared, writes)
        self._known: dict[str, Person] = {}
        self._at: dict[tuple[str, str, str], str] = {}

    def person(self, id: PersonId) -> Person | None:
        """A person by id."""
        if id not in self._known:
            row = self._one(_BY_ID, {"id": id})
            if row is None:
                return None
            self._known[id] = codec.load(Person, row.state, row.schema)
        return self._known[id]

    def person_at(self, address: Address) -> Person | None:
        """By platform, installation and user; `reach` is not looked at."""
        values = {
            "platform": address.platform,
            "installation": address.installation,
            "user": address.user,
        }
        where = (address.platform, address.installation, address.user)
        if where in self._at:
            return self._known[self._at[where]]
        row = self._one(_AT, values)
        if row is None:
            return None
        found = codec.load(Person, row.state, row.schema)
        self._at[where] = found.id
        return self._known.setdefault(found.id, found)

    def people(self, ids: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Those of them who are known, by id."""
        wanted = list(dict.fromkeys(ids))
        unknown = [id for id in wanted if id not in self._known]
        for part in chunks(unknown):
            for row in self._all(_BY_IDS, {"ids": part}):
                found = codec.load(Person, row.state, row.schema)
                self._known[found.id] = found
        return {id: self._known[id] for id in wanted if id in self._known}

    def save_person(self, person: Person) -> None:
        """Keep or replace a person."""
        state, schema = codec.dump(person)
        values = {
            "id": person.id,
            "platform": person.address.platform,
            "installation": person.address.installation,
            "user": person.address.user,
            "state": state,
            "schema": schema,
        }
        self._upsert(tables.person, ("id",), values)
        self._known[person.id] = person

    def record_once(self, key: str, at: datetime) -> bool:
        """Note the key; False if it had been noted before."""
        return self._insert(tables.seen, {"key": _short(key), "at": at})

    def is_recorded(self, key: str) -> bool:
        """Whether the key has been noted, without noting it."""
        return self._one(_SEEN, {"key": _short(key)}) is not None

    def nudges_on(self, person: PersonId, day: date) -> tuple[str, ...]:
        """The kinds of nudges that were sent to the person on this day of theirs, in order."""
        return tuple(row.kind for row in self._all(_NUDGES, {"person": person, "day": day}))

    def note_nudge(self, person: PersonId, day: date, kind: str) -> None:
        """A nudge was really sent."""
        self._later(tables.nudge_sent, _NOTE, {"person_id": person, "day": day, "kind": kind})


def _short(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()
