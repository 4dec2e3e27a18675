"""One transaction: a connection, and a repository for each subject."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection

from store.actions import Actions
from store.cache import Cache, Shared
from store.cards import Cards
from store.contributions import Contributions
from store.conversations import Conversations
from store.machines import Machines
from store.nudges import Nudges
from store.outbox import Outbox
from store.people import People
from store.prefetch import Prefetch
from store.processed_events import ProcessedEvents
from store.sets import Sets
from store.sql.connection import SqlConnection
from store.timers import Timers
from store.user_texts import UserTexts


class SqlTransaction:
    """The core's port `Tx`. Its repositories take and return the core's types only."""

    def __init__(self, connection: Connection, shared: Shared, writes: bool = True) -> None:
        sql = self.connection = SqlConnection(connection, writes)
        self.shared, self.cache = shared, Cache()
        self.people = People(sql, self.cache)
        self.processed = ProcessedEvents(sql, self.cache)
        self.machines = Machines(sql, self.cache, shared)
        self.sets = Sets(sql, self.cache, shared)
        self.actions = Actions(sql, self.cache, self.machines)
        self.contributions = Contributions(sql, self.cache)
        self.texts = UserTexts(sql, self.cache, shared.cipher)
        self.cards = Cards(sql, self.cache)
        self.outbox = Outbox(sql)
        self.timers = Timers(sql)
        self.nudges = Nudges(sql, self.cache)
        self.conversations = Conversations(sql, self.outbox)
        self.prefetch = Prefetch(sql, self.cache, self.people, self.machines, self.texts)
        sql.before_flush(self._defer_collected)

    def _defer_collected(self) -> None:
        self.outbox.defer_messages()
        self.timers.defer_new()

    def finish(self) -> None:
        """Send what is still to be written; on PostgreSQL the commit goes along with it.

        Where nothing was written, or it could not go along, whoever opened the connection commits.
        """
        self._defer_collected()
        self.outbox.defer_lanes()
        self.connection.flush(commit=True)

    def committed(self) -> None:
        """Share what is now known to be kept with later transactions."""
        self.shared.formats.update(self.cache.formats)
        self.shared.remember_owners(self.cache.owners)


class Transactions(Protocol):
    """Where the queues and the maintenance get their transactions."""

    def transaction(self) -> AbstractContextManager[SqlTransaction]:
        """A write transaction."""
        ...

    def reading(self) -> AbstractContextManager[SqlTransaction]:
        """One for reading only."""
        ...


@contextmanager
def open_transaction(
    connection: Connection, shared: Shared, writes: bool
) -> Iterator[SqlTransaction]:
    """The core's transaction on a connection that is in one."""
    transaction = SqlTransaction(connection, shared, writes)
    try:
        yield transaction
    finally:
        transaction.connection.close()
