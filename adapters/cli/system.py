"""The machine's clock and randomness, which the core is given and never reads itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

BATCH = 128  # ids drawn from the system at once


class RealClock:
    """The time of this machine, in UTC."""

    def now(self) -> datetime:
        """An aware datetime."""
        return datetime.now(UTC)


class RandomIds:
    """Ids that nobody can guess."""

    def __init__(self) -> None:
        self._ready: list[str] = []

    def new(self) -> str:
        """96 random bits, in 16 characters.

        Drawn in batches, because other threads run each time the system is asked.
        """
        while True:
            try:
                return self._ready.pop()
            except IndexError:
                drawn = secrets.token_urlsafe(12 * BATCH)
                self._ready.extend(drawn[n : n + 16] for n in range(0, 16 * BATCH, 16))
