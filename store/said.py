"""Contributions (without words), words (encrypted), and where cards stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
)

from bot.method.terms import (
    Contribution,
    ContributionId,
    PersonId,
    Place,
    QuestionState,
    SetId,
    Tally,
)
from bot.ports import Posted, Words
from store import tables
from store.base import Base, Shared, chunks, place_columns, place_of
from store.prepared import Values

_c, _w, _p = tables.contribution.c, tables.words.c, tables.posted.c
_CONTRIBUTION = select(
    _c.id,
    _c.session_id,
    _c.by_id,
    _c.kind,
    _c.state,
    _c.at,
    _c.entry,
    _c.verdict,
    _c.reason,
    _c.nudged,
    _c.acted,
    _c.ours,
    _c.answers,
)
_COUNTED = (_c.by_id, _c.kind, _c.state, _c.verdict, _c.reason)
_BY_ID = _CONTRIBUTION.where(_c.id == bindparam("id"))
_SAID = _CONTRIBUTION.where(
    _c.platform == bindparam("platform"),
    _c.installation == bindparam("installation"),
    _c.conversation == bindparam("conversation"),
    _c.message == bindparam("message"),
    text("message IS NOT NULL"),
)
_ALL = (
    _CONTRIBUTION.where(_c.session_id == bindparam("session"))
    .order_by(_c.at, _c.number)
    .limit(bindparam("most"))
)
_FILTERS = {
    name: column == bindparam(name)
    for name, column in {
        "kind": _c.kind,
        "state": _c.state,
        "by": _c.by_id,
        "entry": _c.entry,
    }.items()
}


@cache
def _fitting(*names: str) -> Select[Any]:
    """Those of a session that fit in these ways; built once, so that it is compiled once."""
    return _ALL.where(*(_FILTERS[name] for name in names))


_TALLY = (
    select(_c.session_id, *_COUNTED, func.count().label("n"))
    .where(_c.session_id.in_(bindparam("sessions", expanding=True)))
    .group_by(_c.session_id, *_COUNTED)
    .order_by(_c.session_id, *_COUNTED)
)
_NUDGED = (
    _CONTRIBUTION.join(tables.session, tables.session.c.id == _c.session_id)
    .where(
        _c.by_id == bindparam("by"),
        text(tables.NUDGED),
        ~tables.session.c.over,
        tables.session.c.entry == _c.entry,
    )
    .order_by(_c.at, _c.number)
)

_WORDS = select(_w.kind, _w.about, _w.set_id, _w.author_id, _w.at, _w.data)
_WORDS_OF = _WORDS.where(_w.kind == bindparam("kind"), _w.about == bindparam("about"))
_MANY_WORDS = _WORDS.where(
    _w.kind == bindparam("kind"), _w.about.in_(bindparam("abouts", expanding=True))
)
_WORDS_BY = (
    _WORDS.where(_w.author_id == bindparam("author"), _w.kind == bindparam("kind"))
    .order_by(_w.at.desc(), _w.about.desc())
    .limit(bindparam("most"))
)
# What somebody wrote down for the whole set stays the set's: its name, its ground rules.
_OWN = _w.kind.not_in(("set", "rules"))
_WRITTEN_BY = (
    select(_w.set_id, func.count().label("n"))
    .where(_w.author_id == bindparam("author"), _OWN)
    .group_by(_w.set_id)
)
_ERASED = (_w.kind, _w.about, _w.owner, _w.at)
_ERASE = (
    delete(tables.words)
    .where(_w.kind == bindparam("kind"), _w.about == bindparam("about"))
    .returning(*_ERASED)
)
_BY_PERSON = (_w.set_id == bindparam("set"), _w.author_id == bindparam("author"), _OWN)
_ERASE_PERSON = delete(tables.words).where(*_BY_PERSON).returning(*_ERASED)
_LEDGER = insert(tables.erased)
_SESSIONS_OF = select(_c.session_id).where(_c.id.in_(bindparam("ids", expanding=True))).distinct()
_SESSIONS_OF_ACTIONS = (
    select(tables.action.c.session_id)
    .where(tables.action.c.id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_POSTED = select(tables.posted).where(_p.key == bindparam("key"))
_POSTED_KEYS = select(_p.key).where(_p.key.in_(bindparam("keys", expanding=True)))
_STANDS_AT = (
    _p.platform == bindparam("platform"),
    _p.installation == bindparam("installation"),
    _p.conversation == bindparam("conversation"),
    _p.message == bindparam("message"),
)
_CARD_AT = select(_p.key).where(*_STANDS_AT)


class Said(Base):
    """The part of a transaction that keeps what was said."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        super().__init__(connection, shared, writes)
        # What this transaction has written nobody else can have changed; a card that stands
        # somewhere stays the card it is. Neither is asked for twice.
        self._written: dict[str, Contribution] = {}
        self._cards: dict[tuple[str, ...], str] = {}

    # Contributions

    def contribution(self, id: ContributionId) -> Contribution | None:
        """A contribution by id."""
        if id in self._written:
            return self._written[id]
        row = self._one(_BY_ID, {"id": id})
        return _contribution(row) if row else None

    def contribution_said(self, place: Place, message: str) -> Contribution | None:
        """The contribution that is this message (the thread is not looked at)."""
        row = self._one(_SAID, _message(place, message))
        return _contribution(row) if row else None

    def save_contribution(
        self, contribution: Contribution, place: Place | None = None, message: str = ""
    ) -> None:
        """Keep or replace; without a place, the message it is known to be stays."""
        values: dict[str, Any] = {
            "id": contribution.id,
            "session_id": contribution.session,
            "by_id": contribution.by,
            "kind": contribution.kind,
            "state": contribution.state.value,
            "at": contribution.at,
            "entry": contribution.entry,
            "verdict": contribution.verdict,
            "reason": contribution.reason,
            "nudged": contribution.nudged,
            "acted": contribution.acted,
            "ours": contribution.ours,
            "answers": json.dumps(contribution.answers),
        }
        if place is not None:
            values |= {**place_columns(place), "message": message or None}
        self._upsert(tables.contribution, ("id",), values)
        self._written[contribution.id] = contribution

    def contributions(
        self,
        session: str,
        *,
        kind: str | None = None,
        state: str | None = None,
        by: PersonId | None = None,
        entry: int | None = None,
        limit: int = 100,
    ) -> tuple[Contribution, ...]:
        """Those of a session or meeting that fit, the oldest first."""
        asked = {"kind": kind, "state": state, "by": by, "entry": entry}
        given = {name: value for name, value in asked.items() if value is not None}
        rows = self._all(_fitting(*given), {"session": session, "most": limit, **given})
        return tuple(_contribution(row) for row in rows)

    def tally(self, sessions: Iterable[str]) -> tuple[Tally, ...]:
        """How many contributions of which kind each person has made in these sessions."""
        return tuple(
            Tally(
                row.session_id,
                row.by_id,
                row.kind,
                QuestionState(row.state),
                row.verdict,
                row.reason,
                int(row.n),
            )
            for part in chunks(list(dict.fromkeys(sessions)))
            for row in self._all(_TALLY, {"sessions": part})
        )

    def unanswered_nudges(self, person: PersonId) -> tuple[Contribution, ...]:
        """Nudged once, not acted on, in a stage that is still open; the oldest first."""
        return tuple(_contribution(row) for row in self._all(_NUDGED, {"by": person}))

    # Words

    def put_words(self, words: Words) -> None:
        """Keep or replace the words of (kind, about)."""
        values = {
            "kind": words.kind,
            "about": words.about,
            "owner": re.split("[:/]", words.about, maxsplit=1)[0],
            "set_id": words.set,
            "author_id": words.author,
            "at": words.at,
            "data": self._shared.cipher.seal(words.parts),
        }
        self._upsert(tables.words, ("kind", "about"), values)

    def words(self, kind: str, about: str) -> Words | None:
        """The words of (kind, about). Raises StoreRefused("wrong_key")."""
        row = self._one(_WORDS_OF, {"kind": kind, "about": about})
        return self._words(row) if row else None

    def many_words(self, kind: str, about: Iterable[str]) -> dict[str, Words]:
        """Those that there are, by what they are about."""
        found = {}
        for part in chunks(list(dict.fromkeys(about))):
            for row in self._all(_MANY_WORDS, {"kind": kind, "abouts": part}):
                found[row.about] = self._words(row)
        return found

    def words_by(self, author: PersonId, kind: str, limit: int = 50) -> tuple[Words, ...]:
        """What a person wrote of a kind, the newest first."""
        rows = self._all(_WORDS_BY, {"author": author, "kind": kind, "most": limit})
        return tuple(self._words(row) for row in rows)

    def written_by(self, author: PersonId) -> dict[SetId | None, int]:
        """How many words of a person's are kept, by the set they belong to."""
        return {row.set_id: int(row.n) for row in self._all(_WRITTEN_BY, {"author": author})}

    def erase_words(self, kind: str, about: str) -> None:
        """Erase the words of (kind, about), if there are any."""
        self._erased(_ERASE, {"kind": kind, "about": about})

    def erase_person(self, set: SetId, person: PersonId) -> tuple[str, ...]:
        """Erase what a person wrote in a set; the keys of cards that showed it."""
        rows = self._erased(_ERASE_PERSON, {"set": set, "author": person})
        keys = [f"{row.kind}/{row.about}" for row in rows]
        owners = [row.owner for row in rows]
        for part in chunks([row.owner for row in rows if row.kind == "said"]):
            owners += [row.session_id for row in self._all(_SESSIONS_OF, {"ids": part})]
        for part in chunks([row.owner for row in rows if row.kind in ("action", "check_in")]):
            owners += [row.session_id for row in self._all(_SESSIONS_OF_ACTIONS, {"ids": part})]
        for owner in owners:
            keys += [f"session/{owner}", f"meeting/{owner}", f"wave/{owner}"]
            keys += [f"problems/{owner}:first", f"problems/{owner}:again"]
        keys = list(dict.fromkeys(keys))
        posted = {
            row.key for part in chunks(keys) for row in self._all(_POSTED_KEYS, {"keys": part})
        }
        return tuple(key for key in keys if key in posted)

    def _erased(self, statement: Executable, values: Values) -> Sequence[Row[Any]]:
        """Erase, and note the ids in the ledger (method.md §8)."""
        self._may_write()
        rows = self._all(statement, values)
        if rows:
            noted = [{"kind": r.kind, "about": r.about, "written": r.at} for r in rows]
            self._later(tables.erased, _LEDGER, noted)
        return rows

    def _words(self, row: Any) -> Words:
        parts = self._shared.cipher.open(row.data)
        return Words(row.kind, row.about, row.set_id, PersonId(row.author_id), parts, row.at)

    # Where cards stand

    def posted(self, key: str) -> Posted | None:
        """Where the card of this key stands."""
        row = self._one(_POSTED, {"key": key})
        return Posted(row.key, place_of(row), row.message, row.shown_at) if row else None

    def card_at(self, place: Place, message: str) -> str | None:
        """The key of the card that is this message (the thread is not looked at)."""
        values = _message(place, message)
        where = tuple(values.values())
        if where not in self._cards:
            row = self._one(_CARD_AT, values)
            if row is None:
                return None
            self._cards[where] = str(row.key)
        return self._cards[where]

    def save_posted(self, posted: Posted) -> None:
        """Note where a card stands now."""
        values = {
            "key": posted.key,
            **place_columns(posted.place),
            "message": posted.message,
            "shown_at": posted.shown_at,
        }
        self._cards.clear()
        self._upsert(tables.posted, ("key",), values)


def _message(place: Place, message: str) -> dict[str, str]:
    values = {**place_columns(place), "message": message}
    del values["thread"]
    return values


def _contribution(row: Any) -> Contribution:
    return Contribution(
        id=row.id,
        session=row.session_id,
        by=row.by_id,
        kind=row.kind,
        state=QuestionState(row.state),
        at=row.at,
        entry=row.entry,
        verdict=row.verdict,
        reason=row.reason,
        nudged=row.nudged,
        acted=row.acted,
        ours=row.ours,
        answers=tuple(json.loads(row.answers)),
    )
