"""Where the core's state is kept: SQLModel rows, repositories by subject, queues, migrations."""

from bot.ports import NewerSchema, StoreBusy, StoreFull
from store.crypt import new_key
from store.errors import StoreFailed, StoreRefused
from store.migrate import migrate
from store.process_lock import process_lock
from store.sql_store import SqlStore

__all__ = [
    "NewerSchema",
    "SqlStore",
    "StoreBusy",
    "StoreFailed",
    "StoreFull",
    "StoreRefused",
    "migrate",
    "new_key",
    "process_lock",
]
