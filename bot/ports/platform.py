"""What the courier needs from Slack, Teams or the browser."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.method.terms import Place
from bot.ports.vocabulary import Delivery


class Platform(Protocol):
    """A platform to which cards are delivered."""

    name: str
    has_per_user_views: bool  # whether a public card can show each person buttons of their own

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post or edit; where it stands and its id.

        Raises Transient, Undeliverable, LaneClosed (of a person: PersonClosed) or UnknownFate,
        and nothing else.
        """
        ...

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """Look for a post of unknown fate by its key; None when it is surely not there."""
        ...

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """When this may go out at the earliest, for the platform's pace; `now` if at once.

        Called where the store is called: it may ask `RateLimiter`.
        """
        ...

    def edits_every(self, place: Place, live: bool = False) -> float:
        """Seconds that must lie between two edits of one card; fewer where the set meets live."""
        ...
