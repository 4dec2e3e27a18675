"""Work skipped because a newer release must handle it.

It is kept in this process only: what this process skips is free for every other process at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

SKIP = timedelta(seconds=60)  # four polls of a newer process, which polls every 15 seconds


class SkipList:
    """Names of lanes or of timers' owners, each skipped until a moment (UTC)."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def add(self, name: str, now: datetime) -> None:
        """Do not ask for it for a while."""
        with self._lock:
            self._until[name] = now + SKIP

    def names(self, now: datetime | None = None) -> list[str]:
        """What is skipped; with `now`, entries that have ended are removed first."""
        with self._lock:
            if now is not None:
                self._until = {k: v for k, v in self._until.items() if v > now}
            return list(self._until)
