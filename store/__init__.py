"""Where the core's state is kept: SQLModel tables, the outbox, timers and migrations."""

from bot.ports import NewerSchema, StoreBusy, StoreFull
from store.alone import alone
from store.crypt import new_key
from store.errors import StoreFailed, StoreRefused
from store.migrate import migrate
from store.transactions import SqlStore
from store.waiting import CAN_WAIT

__all__ = [
    "CAN_WAIT",
    "NewerSchema",
    "SqlStore",
    "StoreBusy",
    "StoreFailed",
    "StoreFull",
    "StoreRefused",
    "alone",
    "migrate",
    "new_key",
]
