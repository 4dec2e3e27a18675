"""Keys of events that were processed, so that nothing is processed twice."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import bindparam, select

from store import models
from store.cache import Cache
from store.sql.connection import SqlConnection

LONGEST_KEY = 200  # characters; a longer key is kept as its hash: platforms do not limit their ids
RECORDED = select(models.processed_event.c.at).where(
    models.processed_event.c.key == bindparam("key")
)


class ProcessedEvents:
    """The port's `ProcessedEvents`."""

    def __init__(self, connection: SqlConnection, cache: Cache) -> None:
        self._connection, self._cache = connection, cache

    def record_once(self, key: str, at: datetime) -> bool:
        """Record the key; False if it had been recorded before."""
        self._cache.recorded.pop(key, None)
        if key in self._cache.newly_recorded:
            return self._cache.newly_recorded.pop(key)
        values = {"key": stored_key(key), "at": at}
        return self._connection.insert_new(models.processed_event, values)

    def is_recorded(self, key: str) -> bool:
        """Whether the key has been recorded, without recording it."""
        if key in self._cache.recorded:
            return self._cache.recorded[key]
        return self._connection.fetch_one(RECORDED, {"key": stored_key(key)}) is not None


def stored_key(key: str) -> str:
    """The key as it is stored."""
    if len(key) <= LONGEST_KEY:
        return key
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()
