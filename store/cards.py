"""Where cards stand."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from bot.method.card_key import CardKey
from bot.method.terms import Place
from bot.ports import Posted
from store import models
from store.cache import Cache
from store.sql.connection import SqlConnection
from store.sql.statements import message_columns, place_columns, place_of

_p = models.posted.c
_GET = select(models.posted).where(_p.key == bindparam("key"))
AT_MESSAGE = (
    _p.platform == bindparam("platform"),
    _p.installation == bindparam("installation"),
    _p.conversation == bindparam("conversation"),
    _p.message == bindparam("message"),
)
KEY_AT = select(_p.key).where(*AT_MESSAGE)


class Cards:
    """The port's `Cards`."""

    def __init__(self, connection: SqlConnection, cache: Cache) -> None:
        self._connection, self._cache = connection, cache

    def get(self, key: str) -> Posted | None:
        """Where the card of this key stands."""
        row = self._connection.fetch_one(_GET, {"key": key})
        return Posted(row.key, place_of(row), row.message, row.shown_at) if row else None

    def key_at(self, place: Place, message: str) -> CardKey | None:
        """The key of the card that is this message (the thread is not looked at)."""
        values = message_columns(place, message)
        where = tuple(values.values())
        if where not in self._cache.cards:
            row = self._connection.fetch_one(KEY_AT, values)
            if row is None:
                return None
            self._cache.cards[where] = CardKey(row.key)
        return self._cache.cards[where]

    def save(self, posted: Posted) -> None:
        """Keep where a card stands now."""
        values = {
            "key": posted.key,
            **place_columns(posted.place),
            "message": posted.message,
            "shown_at": posted.shown_at,
        }
        self._cache.cards.clear()
        self._connection.upsert(models.posted, ("key",), values)
