"""Reading for many people in one go what would be asked for each of them by itself.

Rule 1: what is read here is exactly what the single question would be answered with; where
        nothing was foreseen, the single question is asked.
Rule 2: what this transaction changes, or reads anew under a lock, is not foreseen any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Date, bindparam, func, insert, select, text
from sqlalchemy.dialects import postgresql

from bot.method.actions import Action
from bot.method.learning_set import LearningSet
from bot.method.session import Session
from bot.method.terms import Address, Contribution, Person, PersonId, Place, SetId
from bot.ports import Words
from store import codec, tables
from store.base import Shared, chunks
from store.lists import among, listed, rows_of, table_of
from store.people import _AT, _SEEN, People, _short
from store.said import _CARD_AT, _CONTRIBUTION, _STANDS_AT, _WORDS, Said, _contribution, _message
from store.states import _MORE, States

_a, _c, _s = tables.action.c, tables.contribution.c, tables.learning_set.c
_m, _n, _p = tables.membership.c, tables.nudge_sent.c, tables.person.c


_NOTE_KEY = (
    postgresql.insert(tables.seen).on_conflict_do_nothing().returning(tables.seen.c.key)
)  # a row comes back only for a key that is new


def _of_thread(statement: Any) -> Any:
    """The session whose thread begins with the card that is this message."""
    key, begins = tables.posted.c.key, "session/"
    its_session = func.substr(key, len(begins) + 1) == tables.session.c.id
    a_sessions = func.substr(key, 1, len(begins)) == begins
    return statement.join(tables.posted, its_session).where(*_STANDS_AT, a_sessions)


_LOCK_THREADS_SET = _of_thread(
    select(_s.id, _s.state, _s.schema, *_MORE[LearningSet]).join(
        tables.session, tables.session.c.set_id == _s.id
    )
).with_for_update(of=tables.learning_set)
_THREADS_SESSION = _of_thread(
    select(
        *(tables.session.c[name] for name in ("id", "set_id", "state", "schema", "format_hash"))
    ).select_from(tables.session)
)


@cache
def _persons(postgres: bool) -> Any:
    return select(_p.state, _p.schema).where(text(among("person.id", "ids", "text", postgres)))


@cache
def _actions(postgres: bool) -> Any:
    mine = text(among("action.owner_id", "ids", "text", postgres))
    return select(_a.owner_id, _a.state, _a.schema).where(mine, ~_a.over).order_by(_a.number)


@cache
def _held_actions(postgres: bool) -> Any:
    these = text(among("action.id", "ids", "text", postgres))
    # In the order of their ids, as everyone takes them who takes several.
    return select(_a.state, _a.schema).where(these).order_by(_a.id).with_for_update()


@cache
def _memberships(postgres: bool) -> Any:
    return (
        select(_m.person_id, _s.id)
        .join(tables.learning_set, _m.set_id == _s.id)
        .where(text(among("membership.person_id", "ids", "text", postgres)), ~_s.over)
        .order_by(_s.number)
    )


@cache
def _sets(postgres: bool) -> Any:
    these = text(among("learning_set.id", "ids", "text", postgres))
    return select(_s.id, _s.state, _s.schema, *_MORE[LearningSet]).where(these)


@cache
def _nudged(postgres: bool) -> Any:
    return (
        _CONTRIBUTION.join(tables.session, tables.session.c.id == _c.session_id)
        .where(
            text(among("contribution.by_id", "ids", "text", postgres)),
            text(tables.NUDGED),
            ~tables.session.c.over,
            tables.session.c.entry == _c.entry,
        )
        .order_by(_c.at, _c.number)
    )


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
def _words(postgres: bool) -> Any:
    about = text(among("words.about", "abouts", "text", postgres))
    return _WORDS.where(tables.words.c.kind == bindparam("kind"), about)


_ACTION = {"id": "text", "state": "text", "schema": "integer", "over": "boolean"}
_NUDGE = {"person_id": "text", "day": "date", "kind": "text"}


@cache
def _replaced(postgres: bool) -> Any:
    """Actions that are there already, each with its new state; PostgreSQL takes all in one."""
    if postgres:
        return text(
            "UPDATE action SET state = new.state, schema = new.schema, over = new.over,"
            " closed_at = CASE WHEN new.over THEN action.closed_at END,"
            f" wiped = new.over AND action.wiped FROM {table_of(_ACTION)}"
            " WHERE action.id = new.id"
        )
    return text(
        "UPDATE action SET state = :state, schema = :schema, over = :over,"
        " closed_at = CASE WHEN :over THEN closed_at END, wiped = :over AND wiped WHERE id = :id"
    )


@cache
def _noted(postgres: bool) -> Any:
    if postgres:
        return text(
            "INSERT INTO nudge_sent (person_id, day, kind)"
            f" SELECT person_id, day, kind FROM {table_of(_NUDGE)} ORDER BY nth"
        )
    return insert(tables.nudge_sent)


class Foreseen(People, States, Said):
    """The part of a transaction that asks for many at once."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        super().__init__(connection, shared, writes)
        self._since: date | None = None
        self._noted: dict[str, bool] = {}
        self._seen: dict[str, bool] = {}
        self._held: SetId | None = None  # a set that was locked by what was foreseen
        self._forget()

    def _forget(self) -> None:
        self._their_actions: dict[str, list[Action]] = {}
        self._their_sets: dict[str, list[SetId]] = {}
        self._their_nudged: dict[str, list[Contribution]] = {}
        self._their_nudges: dict[str, list[tuple[date, str]]] = {}
        self._their_words: dict[tuple[str, str], Words | None] = {}

    def prefetch(self, people: Iterable[PersonId], since: date | None = None) -> None:
        """Read what a digest asks about each of them; of nudges those of `since` and later."""
        self._forget()
        self._since = since
        for part in chunks(list(dict.fromkeys(people))):
            self._foresee(part)

    def _foresee(self, people: Any) -> None:
        ids = listed(people)
        for person in people:
            self._their_actions[person], self._their_sets[person] = [], []
            self._their_nudged[person] = []
        for row in self._all(_persons(self._postgres), {"ids": ids}):
            found = codec.load(Person, row.state, row.schema)
            self._known.setdefault(found.id, found)
        for row in self._all(_actions(self._postgres), {"ids": ids}):
            self._their_actions[row.owner_id].append(codec.load(Action, row.state, row.schema))
        for row in self._all(_memberships(self._postgres), {"ids": ids}):
            self._their_sets[row.person_id].append(SetId(row.id))
        sets = [s for p in people for s in self._their_sets[p]]
        wanted = [s for s in dict.fromkeys(sets) if (LearningSet, s) not in self._loaded]
        for part in chunks(wanted):
            asked = {"ids": listed(part)}
            for row in self._all(_sets(self._postgres), asked):
                self._made(LearningSet, row.id, row)
        for row in self._all(_nudged(self._postgres), {"ids": ids}):
            self._their_nudged[row.by_id].append(_contribution(row))
        if self._since is not None:
            self._their_nudges |= {person: [] for person in people}
            since: dict[str, Any] = {"ids": ids, "since": self._since}
            for row in self._all(_nudges(self._postgres), since):
                self._their_nudges[row.person_id].append((row.day, row.kind))

    def prefetch_texts(self, kind: str, about: Iterable[str]) -> None:
        """Read the words of several at once."""
        for part in chunks(list(dict.fromkeys(about))):
            self._their_words.update(dict.fromkeys((kind, one) for one in part))
            asked = {"kind": kind, "abouts": listed(part)}
            for row in self._all(_words(self._postgres), asked):
                self._their_words[kind, row.about] = self._words(row)

    def prefetch_message(
        self, key: str, gone: str, at: datetime, thread: Place, author: Address
    ) -> None:
        """Ask in one round trip what is asked about every message in a thread.

        Whether it is new (the key is noted by that), whose thread it is, who wrote it; the set of
        a session's thread is locked, and under the lock come its session and whether the message
        is gone already. SQLite has no round trips to spare.
        """
        if not self._postgres:
            return
        where = _message(thread, thread.thread)
        who = (author.platform, author.installation, author.user)
        new, cards, people, sets, sessions, deleted = self._all_of(
            [
                (_NOTE_KEY, {"key": _short(key), "at": at}),
                (_CARD_AT, where),
                (_AT, dict(zip(("platform", "installation", "user"), who, strict=True))),
                (_LOCK_THREADS_SET, where),
                (_THREADS_SESSION, where),
                (_SEEN, {"key": _short(gone)}),
            ]
        )
        self._noted[key] = bool(new)
        if sets:  # without the lock it would be too early to ask
            self._seen[gone] = bool(deleted)
        for card in cards:
            self._cards[tuple(where.values())] = str(card.key)
        for row in people:
            found = codec.load(Person, row.state, row.schema)
            self._at[who] = self._known.setdefault(found.id, found).id
        for row in sets:
            self._made(LearningSet, row.id, row)
            self._held = SetId(row.id)
        for row in sessions:
            self._owners[row.id] = SetId(row.set_id)
            self._made(Session, row.id, row)

    # The single questions

    def record_once(self, key: str, at: datetime) -> bool:
        """Note the key; False if it had been noted before."""
        self._seen.pop(key, None)
        return self._noted.pop(key) if key in self._noted else super().record_once(key, at)

    def is_recorded(self, key: str) -> bool:
        """Whether the key has been noted, without noting it."""
        return self._seen[key] if key in self._seen else super().is_recorded(key)

    def actions_of(self, owner: PersonId, unsettled: bool = True) -> tuple[Action, ...]:
        """A person's actions over all their sets, oldest first."""
        if unsettled and owner in self._their_actions:
            return tuple(self._their_actions[owner])
        return super().actions_of(owner, unsettled)

    def sets_of(self, person: PersonId) -> tuple[SetId, ...]:
        """Live sets that the person is a member of or invited to, oldest first."""
        if person in self._their_sets:
            return tuple(self._their_sets[person])
        return super().sets_of(person)

    def unanswered_nudges(self, person: PersonId) -> tuple[Contribution, ...]:
        """Nudged once, not acted on, in a stage that is still open; the oldest first."""
        if person in self._their_nudged:
            return tuple(self._their_nudged[person])
        return super().unanswered_nudges(person)

    def nudges_on(self, person: PersonId, day: date) -> tuple[str, ...]:
        """The kinds of nudges that were sent to the person on this day of theirs, in order."""
        if person in self._their_nudges and self._since is not None and day >= self._since:
            return tuple(kind for on, kind in self._their_nudges[person] if on == day)
        return super().nudges_on(person, day)

    def words(self, kind: str, about: str) -> Words | None:
        """The words of (kind, about). Raises StoreRefused("wrong_key")."""
        if (kind, about) in self._their_words:
            return self._their_words[kind, about]
        return super().words(kind, about)

    # What ends it

    def lock_set(self, id: SetId, session: str = "") -> LearningSet | None:
        """Load a set and lock its row: every event of a set queues here, in arrival order."""
        self._forget()
        if id == self._held and (session == "" or (Session, session) in self._loaded):
            return self.load(LearningSet, id)  # locked, and read after that
        return super().lock_set(id, session)

    def save(self, state: Any) -> None:
        """Keep or replace a machine's state."""
        if isinstance(state, Action):
            self._their_actions.pop(state.owner, None)
        else:
            self._their_sets.clear()
            self._their_nudged.clear()
        super().save(state)

    def note_nudge(self, person: PersonId, day: date, kind: str) -> None:
        """A nudge was really sent."""
        self._their_nudges.pop(person, None)
        super().note_nudge(person, day, kind)

    def save_contribution(
        self, contribution: Contribution, place: Place | None = None, message: str = ""
    ) -> None:
        """Keep or replace; without a place, the message it is known to be stays."""
        self._their_nudged.pop(contribution.by, None)
        super().save_contribution(contribution, place, message)

    def put_words(self, words: Words) -> None:
        """Keep or replace the words of (kind, about)."""
        self._their_words.pop((words.kind, words.about), None)
        super().put_words(words)

    def _erased(self, statement: Any, values: Any) -> Any:
        self._their_words.clear()
        return super()._erased(statement, values)

    # Changing many

    def lock_actions(self, ids: Iterable[str]) -> dict[str, Action]:
        """Read these actions, by id; nobody else changes them before this transaction ends."""
        found: dict[str, Action] = {}
        for part in chunks(sorted(set(ids))):
            asked = {"ids": listed(part)}
            for row in self._all(_held_actions(self._postgres), asked):
                action = codec.load(Action, row.state, row.schema)
                self._loaded[Action, action.id] = found[action.id] = action
        return found

    def save_locked(self, actions: Iterable[Action]) -> None:
        """Keep the new states of actions that `hold_actions` has read."""
        rows = []
        for action in sorted(actions, key=lambda action: action.id):
            assert (Action, action.id) in self._loaded, "only what is held is replaced"
            self._their_actions.pop(action.owner, None)
            self._loaded[Action, action.id] = action
            state, schema = codec.dump(action)
            rows.append({"id": action.id, "state": state, "schema": schema, "over": action.settled})
        self._change_many(_replaced(self._postgres), rows)

    def note_nudges(self, noted: Iterable[tuple[PersonId, date, str]]) -> None:
        """Several nudges were really sent."""
        rows = [{"person_id": p, "day": day, "kind": kind} for p, day, kind in noted]
        for row in rows:
            self._their_nudges.pop(str(row["person_id"]), None)
        self._change_many(_noted(self._postgres), rows)

    def _change_many(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._change(statement, rows_of(rows) if self._postgres else rows)
