"""What this process has left to a newer one, and does not ask for again for a while.

Rule: it is remembered here only. What is left is free for every other process at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

LEFT = timedelta(seconds=60)  # four looks of a newer process, which looks every 15 seconds


class Left:
    """Names of lanes or of timers' owners, each until a moment (UTC)."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def leave(self, name: str, now: datetime) -> None:
        """Do not ask for it for a while."""
        with self._lock:
            self._until[name] = now + LEFT

    def names(self, now: datetime | None = None) -> list[str]:
        """What is not to be asked for; with `now`, what has been left long enough is let go."""
        with self._lock:
            if now is not None:
                self._until = {k: v for k, v in self._until.items() if v > now}
            return list(self._until)
