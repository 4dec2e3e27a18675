"""Loading in few round trips what is asked next.

Rule 1: what is loaded here is exactly what the single question would return; where nothing was
        prefetched, the single question is asked.
Rule 2: what this transaction changes, or reads anew under a lock, is not prefetched any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Date, bindparam, func, select, text
from sqlalchemy.dialects import postgresql

from bot.method.actions import Action
from bot.method.card_key import CardKey
from bot.method.learning_set import LearningSet
from bot.method.session import Session
from bot.method.terms import Address, Person, PersonId, Place, SetId
from store import codec, models
from store.cache import Cache, Prefetched
from store.cards import AT_MESSAGE, KEY_AT
from store.contributions import NUDGED, contribution_of
from store.machines import COLUMNS, Machines
from store.people import BY_ADDRESS, People, address_columns
from store.processed_events import RECORDED, stored_key
from store.sql.connection import SqlConnection
from store.sql.lists import among, as_json_list
from store.sql.statements import chunks, message_columns
from store.user_texts import TEXT, UserTexts

_a, _s = models.action.c, models.learning_set.c
_m, _n, _p = models.membership.c, models.nudge_sent.c, models.person.c

_RECORD_KEY = (
    postgresql.insert(models.processed_event)
    .on_conflict_do_nothing()
    .returning(models.processed_event.c.key)
)  # a row comes back only for a key that is new


def _of_thread(statement: Any) -> Any:
    """The session whose thread begins with the card that is this message."""
    key, prefix = models.posted.c.key, "session/"
    its_session = func.substr(key, len(prefix) + 1) == models.session.c.id
    is_session = func.substr(key, 1, len(prefix)) == prefix
    return statement.join(models.posted, its_session).where(*AT_MESSAGE, is_session)


_LOCK_SET_OF_THREAD = _of_thread(
    select(_s.id, _s.state, _s.schema, *COLUMNS[LearningSet]).join(
        models.session, models.session.c.set_id == _s.id
    )
).with_for_update(of=models.learning_set)
_SESSION_OF_THREAD = _of_thread(
    select(
        *(models.session.c[name] for name in ("id", "set_id", "state", "schema", "format_hash"))
    ).select_from(models.session)
)


@cache
def _people(postgres: bool) -> Any:
    return select(_p.state, _p.schema).where(text(among("person.id", "ids", "text", postgres)))


@cache
def _actions(postgres: bool) -> Any:
    mine = text(among("action.owner_id", "ids", "text", postgres))
    return select(_a.owner_id, _a.state, _a.schema).where(mine, ~_a.over).order_by(_a.number)


@cache
def _memberships(postgres: bool) -> Any:
    return (
        select(_m.person_id, _s.id)
        .join(models.learning_set, _m.set_id == _s.id)
        .where(text(among("membership.person_id", "ids", "text", postgres)), ~_s.over)
        .order_by(_s.number)
    )


@cache
def _sets(postgres: bool) -> Any:
    these = text(among("learning_set.id", "ids", "text", postgres))
    return select(_s.id, _s.state, _s.schema, *COLUMNS[LearningSet]).where(these)


@cache
def _nudged(postgres: bool) -> Any:
    return NUDGED.where(text(among("contribution.by_id", "ids", "text", postgres)))


@cache
def _nudges(postgres: bool) -> Any:
    return (
        select(_n.person_id, _n.day, _n.kind)
        .where(
            text(among("nudge_sent.person_id", "ids", "text", postgres)),
            _n.day >= bindparam("since", type_=Date()),
        )
        .order_by(_n.number)
    )


@cache
def _texts(postgres: bool) -> Any:
    about = text(among("words.about", "abouts", "text", postgres))
    return TEXT.where(models.user_text.c.kind == bindparam("kind"), about)


class Prefetch:
    """The port's `Prefetch`."""

    def __init__(
        self,
        connection: SqlConnection,
        cache: Cache,
        people: People,
        machines: Machines,
        texts: UserTexts,
    ) -> None:
        self._connection, self._cache = connection, cache
        self._people, self._machines, self._texts = people, machines, texts

    def for_digests(self, people: Iterable[PersonId], since: date | None = None) -> None:
        """Load what a digest asks about each of them; of nudges those of `since` and later."""
        self._cache.forget_prefetched()
        self._cache.prefetched.nudges_since = since
        for part in chunks(list(dict.fromkeys(people))):
            self._for_digests(part, self._cache.prefetched)

    def _for_digests(self, people: Sequence[str], known: Prefetched) -> None:
        fetch, postgres = self._connection.fetch_all, self._connection.postgres
        ids = as_json_list(people)
        for person in people:
            known.actions[person], known.sets[person], known.nudged[person] = [], [], []
        for row in fetch(_people(postgres), {"ids": ids}):
            self._people.remember(codec.load(Person, row.state, row.schema))
        for row in fetch(_actions(postgres), {"ids": ids}):
            known.actions[row.owner_id].append(codec.load(Action, row.state, row.schema))
        for row in fetch(_memberships(postgres), {"ids": ids}):
            known.sets[row.person_id].append(SetId(row.id))
        sets = dict.fromkeys(id for person in people for id in known.sets[person])
        missing = [id for id in sets if (LearningSet, id) not in self._cache.machines]
        for part in chunks(missing):
            for row in fetch(_sets(postgres), {"ids": as_json_list(part)}):
                self._machines.remember(LearningSet, row.id, row)
        for row in fetch(_nudged(postgres), {"ids": ids}):
            known.nudged[row.by_id].append(contribution_of(row))
        if known.nudges_since is not None:
            known.nudges |= {person: [] for person in people}
            for row in fetch(_nudges(postgres), {"ids": ids, "since": known.nudges_since}):
                known.nudges[row.person_id].append((row.day, row.kind))

    def texts(self, kind: str, about: Iterable[str]) -> None:
        """Load the texts of several `about` at once."""
        known = self._cache.prefetched.texts
        for part in chunks(list(dict.fromkeys(about))):
            known.update(dict.fromkeys((kind, one) for one in part))
            values = {"kind": kind, "abouts": as_json_list(part)}
            for row in self._connection.fetch_all(_texts(self._connection.postgres), values):
                known[kind, row.about] = self._texts.decrypt(row)

    def prefetch_message(
        self, key: str, deletion_key: str, at: datetime, thread: Place, author: Address
    ) -> None:
        """Load in one round trip what is asked about every message in a thread.

        Whether it is new (the key is recorded by that), whose thread it is, who wrote it; the set
        of a session's thread is locked, and under the lock its session is loaded, and whether the
        message was deleted already. SQLite has no round trips to spare, so nothing is done there.
        """
        if not self._connection.postgres:
            return
        where, who = message_columns(thread, thread.thread), address_columns(author)
        new, cards, people, sets, sessions, deleted = self._connection.fetch_many(
            [
                (_RECORD_KEY, {"key": stored_key(key), "at": at}),
                (KEY_AT, where),
                (BY_ADDRESS, who),
                (_LOCK_SET_OF_THREAD, where),
                (_SESSION_OF_THREAD, where),
                (RECORDED, {"key": stored_key(deletion_key)}),
            ]
        )
        cache = self._cache
        cache.newly_recorded[key] = bool(new)
        if sets:  # without the lock it would be too early to ask
            cache.recorded[deletion_key] = bool(deleted)
        for row in cards:
            cache.cards[tuple(where.values())] = CardKey(row.key)
        for row in people:
            person = self._people.remember(codec.load(Person, row.state, row.schema))
            cache.people_at[author.platform, author.installation, author.user] = person.id
        for row in sets:
            self._machines.remember(LearningSet, row.id, row)
            cache.locked_set = SetId(row.id)
        for row in sessions:
            cache.owners[row.id] = SetId(row.set_id)
            self._machines.remember(Session, row.id, row)
