"""Where the core gets the time from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, so that nobody reads it on their own."""

    def now(self) -> datetime:
        """An aware datetime in UTC."""
        ...
