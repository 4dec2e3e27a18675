"""What people wrote: encrypted, editable, erasable. Every erasure is noted in the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, func, insert, select

from bot.method.terms import PersonId, SetId
from bot.ports import UserText
from store import models
from store.cache import Cache
from store.crypt import Cipher
from store.sql.connection import SqlConnection
from store.sql.driver import Values
from store.sql.statements import chunks

_t, _c, _p = models.user_text.c, models.contribution.c, models.posted.c
TEXT = select(_t.kind, _t.about, _t.set_id, _t.author_id, _t.at, _t.data)
_GET = TEXT.where(_t.kind == bindparam("kind"), _t.about == bindparam("about"))
_GET_MANY = TEXT.where(
    _t.kind == bindparam("kind"), _t.about.in_(bindparam("abouts", expanding=True))
)
_BY_AUTHOR = (
    TEXT.where(_t.author_id == bindparam("author"), _t.kind == bindparam("kind"))
    .order_by(_t.at.desc(), _t.about.desc())
    .limit(bindparam("most"))
)
# What somebody wrote down for the whole set stays the set's: its name, its ground rules.
_PERSONAL = _t.kind.not_in(("set", "rules"))
_COUNT_BY_AUTHOR = (
    select(_t.set_id, func.count().label("n"))
    .where(_t.author_id == bindparam("author"), _PERSONAL)
    .group_by(_t.set_id)
)
_ERASED = (_t.kind, _t.about, _t.owner, _t.at)
_ERASE = (
    delete(models.user_text)
    .where(_t.kind == bindparam("kind"), _t.about == bindparam("about"))
    .returning(*_ERASED)
)
_ERASE_PERSON = (
    delete(models.user_text)
    .where(_t.set_id == bindparam("set"), _t.author_id == bindparam("author"), _PERSONAL)
    .returning(*_ERASED)
)
_LEDGER = insert(models.erased)
_SESSIONS_OF = select(_c.session_id).where(_c.id.in_(bindparam("ids", expanding=True))).distinct()
_SESSIONS_OF_ACTIONS = (
    select(models.action.c.session_id)
    .where(models.action.c.id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_POSTED_KEYS = select(_p.key).where(_p.key.in_(bindparam("keys", expanding=True)))


class UserTexts:
    """The port's `UserTexts`."""

    def __init__(self, connection: SqlConnection, cache: Cache, cipher: Cipher) -> None:
        self._connection, self._cache, self._cipher = connection, cache, cipher

    def put(self, text: UserText) -> None:
        """Insert or replace the text of (kind, about)."""
        self._cache.prefetched.texts.pop((text.kind, text.about), None)
        values = {
            "kind": text.kind,
            "about": text.about,
            "owner": re.split("[:/]", text.about, maxsplit=1)[0],
            "set_id": text.set,
            "author_id": text.author,
            "at": text.at,
            "data": self._cipher.seal(text.parts),
        }
        self._connection.upsert(models.user_text, ("kind", "about"), values)

    def get(self, kind: str, about: str) -> UserText | None:
        """The text of (kind, about). Raises StoreRefused("wrong_key")."""
        if (kind, about) in self._cache.prefetched.texts:
            return self._cache.prefetched.texts[kind, about]
        row = self._connection.fetch_one(_GET, {"kind": kind, "about": about})
        return self.decrypt(row) if row else None

    def get_many(self, kind: str, about: Iterable[str]) -> dict[str, UserText]:
        """The texts that there are, by what they are about."""
        texts = {}
        for part in chunks(list(dict.fromkeys(about))):
            for row in self._connection.fetch_all(_GET_MANY, {"kind": kind, "abouts": part}):
                texts[row.about] = self.decrypt(row)
        return texts

    def by_author(self, author: PersonId, kind: str, limit: int = 50) -> tuple[UserText, ...]:
        """What a person wrote of a kind, the newest first."""
        values = {"author": author, "kind": kind, "most": limit}
        return tuple(self.decrypt(row) for row in self._connection.fetch_all(_BY_AUTHOR, values))

    def count_by_author(self, author: PersonId) -> dict[SetId | None, int]:
        """How many texts of a person's are kept, by the set they belong to."""
        rows = self._connection.fetch_all(_COUNT_BY_AUTHOR, {"author": author})
        return {row.set_id: int(row.n) for row in rows}

    def erase(self, kind: str, about: str) -> None:
        """Erase the text of (kind, about), if there is one."""
        self._erase(_ERASE, {"kind": kind, "about": about})

    def erase_person(self, set: SetId, person: PersonId) -> tuple[str, ...]:
        """Erase what a person wrote in a set; the keys of cards that showed it."""
        rows = self._erase(_ERASE_PERSON, {"set": set, "author": person})
        keys = [f"{row.kind}/{row.about}" for row in rows]
        owners = [row.owner for row in rows]
        fetch = self._connection.fetch_all
        for part in chunks([row.owner for row in rows if row.kind == "said"]):
            owners += [row.session_id for row in fetch(_SESSIONS_OF, {"ids": part})]
        for part in chunks([row.owner for row in rows if row.kind in ("action", "check_in")]):
            owners += [row.session_id for row in fetch(_SESSIONS_OF_ACTIONS, {"ids": part})]
        for owner in owners:
            keys += [f"session/{owner}", f"meeting/{owner}", f"wave/{owner}"]
            keys += [f"problems/{owner}:first", f"problems/{owner}:again"]
        keys = list(dict.fromkeys(keys))
        posted = {row.key for part in chunks(keys) for row in fetch(_POSTED_KEYS, {"keys": part})}
        return tuple(key for key in keys if key in posted)

    def decrypt(self, row: Any) -> UserText:
        """The text in a row with the columns of TEXT. Raises StoreRefused("wrong_key")."""
        parts = self._cipher.open(row.data)
        return UserText(row.kind, row.about, row.set_id, PersonId(row.author_id), parts, row.at)

    def _erase(self, statement: Executable, values: Values) -> Sequence[Row[Any]]:
        """Erase, and note the ids in the ledger (method.md §8)."""
        self._cache.prefetched.texts.clear()
        self._connection.require_writes()
        rows = self._connection.fetch_all(statement, values)
        if rows:
            entries = [{"kind": r.kind, "about": r.about, "written": r.at} for r in rows]
            self._connection.defer(models.erased, _LEDGER, entries)
        return rows
