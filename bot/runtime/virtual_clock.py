"""A clock that is advanced by hand, for the playground and the simulator.

Whatever falls due on the way happens at its own moment: timers through the host, messages through
the courier, as on a real clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.courier import Courier
from bot.handlers.host import Host


@dataclass
class VirtualClock:
    """A clock that stands still until it is moved; it never goes back."""

    at: datetime

    def now(self) -> datetime:
        """The time it shows (UTC)."""
        return self.at

    def move_to(self, at: datetime) -> None:
        """Move it forward; a moment in the past changes nothing."""
        self.at = max(self.at, at)


@dataclass
class ClockRunner:
    """Advances the clock from one due moment to the next, and lets happen what is due."""

    clock: VirtualClock
    host: Host
    courier: Courier

    async def settle(self) -> None:
        """Fire timers and deliver messages until nothing is due now."""
        while True:
            fired = self.host.wake(self.clock.now())
            delivered = await self.courier.run_once()
            if not fired and not delivered:
                return

    def next_due(self) -> datetime | None:
        """The next moment at which something is due (UTC), or None."""
        store = self.host.store
        moments = [m for m in (store.timers.next_due(), store.outbox.next_due()) if m is not None]
        return min(moments) if moments else None

    async def advance(self, until: datetime) -> None:
        """Advance the clock to `until` (UTC), stopping at each due moment on the way."""
        await self.settle()
        while (due := self.next_due()) is not None and due <= until:
            # Move on even if the moment is not later than now, or this loop would never end.
            self.clock.move_to(max(due, self.clock.now() + timedelta(milliseconds=1)))
            await self.settle()
        self.clock.move_to(until)
