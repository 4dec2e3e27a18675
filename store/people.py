"""People, by id and by address."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from bot.method.terms import Address, Person, PersonId
from store import codec, models
from store.cache import Cache
from store.models import PersonRow
from store.sql.connection import SqlConnection
from store.sql.statements import chunks

_p = models.person.c
_STATE = select(_p.state, _p.schema)
_BY_IDS = _STATE.where(_p.id.in_(bindparam("ids", expanding=True)))
_BY_ID = _STATE.where(_p.id == bindparam("id"))
BY_ADDRESS = _STATE.where(
    _p.platform == bindparam("platform"),
    _p.installation == bindparam("installation"),
    _p.user == bindparam("user"),
)


class People:
    """The port's `People`."""

    def __init__(self, connection: SqlConnection, cache: Cache) -> None:
        self._connection, self._cache = connection, cache

    def get(self, id: PersonId) -> Person | None:
        """A person by id."""
        if id not in self._cache.people:
            row = self._connection.fetch_one(_BY_ID, {"id": id})
            if row is None:
                return None
            self.remember(codec.load(Person, row.state, row.schema))
        return self._cache.people[id]

    def at(self, address: Address) -> Person | None:
        """By platform, installation and user; `reach` is not looked at."""
        key = (address.platform, address.installation, address.user)
        if key in self._cache.people_at:
            return self._cache.people[self._cache.people_at[key]]
        row = self._connection.fetch_one(BY_ADDRESS, address_columns(address))
        if row is None:
            return None
        person = self.remember(codec.load(Person, row.state, row.schema))
        self._cache.people_at[key] = person.id
        return person

    def get_many(self, ids: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Those of them who are known, by id."""
        wanted, people = list(dict.fromkeys(ids)), self._cache.people
        for part in chunks([id for id in wanted if id not in people]):
            for row in self._connection.fetch_all(_BY_IDS, {"ids": part}):
                self.remember(codec.load(Person, row.state, row.schema))
        return {id: people[id] for id in wanted if id in people}

    def save(self, person: Person) -> None:
        """Insert or replace a person."""
        self._connection.require_writes()
        state, schema = codec.dump(person)
        row = PersonRow(
            id=person.id, **address_columns(person.address), state=state, schema_=schema
        )
        with self._connection.session() as session:
            session.merge(row)
        self._cache.people[person.id] = person

    def remember(self, person: Person) -> Person:
        """A person that was read; what this transaction has written already wins."""
        return self._cache.people.setdefault(person.id, person)


def address_columns(address: Address) -> dict[str, str]:
    """An address as the columns that a person is looked up by."""
    return {
        "platform": address.platform,
        "installation": address.installation,
        "user": address.user,
    }
