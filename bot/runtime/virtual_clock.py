"""A clock that can be wound, and the winding: for the playground and the simulator.

Everything that falls due on the way happens in its order of time: timers through the host,
letters through the courier, exactly as it would on a real clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.courier import Courier
from bot.handlers.host import Host


@dataclass
class VirtualClock:
    """A clock that stands still until it is wound; it never goes back."""

    at: datetime

    def now(self) -> datetime:
        """The time it shows (UTC)."""
        return self.at

    def move_to(self, at: datetime) -> None:
        """Wind it forward; a moment in the past changes nothing."""
        self.at = max(self.at, at)


@dataclass
class Winder:
    """Winds the clock from one due moment to the next."""

    clock: VirtualClock
    host: Host
    courier: Courier

    async def settle(self) -> None:
        """Everything that is due now happens, until nothing is."""
        while True:
            woken = self.host.wake(self.clock.now())
            delivered = await self.courier.run_once()
            if not woken and not delivered:
                return

    def next_due(self) -> datetime | None:
        """The next moment at which something is due (UTC), or None."""
        store = self.host.store
        moments = [m for m in (store.timers.next_due(), store.outbox.next_due()) if m is not None]
        return min(moments) if moments else None

    async def wind(self, until: datetime) -> None:
        """Wind to `until`; what falls due on the way happens at its own moment."""
        await self.settle()
        while (due := self.next_due()) is not None and due <= until:
            # A moment that is not later than now must still move on, or winding would not end.
            self.clock.move_to(max(due, self.clock.now() + timedelta(milliseconds=1)))
            await self.settle()
        self.clock.move_to(until)
