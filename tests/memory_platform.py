"""A chat platform of memory: it keeps and refuses what a real one does."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.cards.card import Card
from bot.method.terms import Place
from bot.ports import Delivery, PersonClosed, Undeliverable
from bot.runtime.virtual_clock import VirtualClock

NAME = "memory"
INSTALLATION = "house"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Numbers:
    """Ids that a script can be played again with."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def new(self) -> str:
        return f"i{next(self._next)}"


@dataclass
class Post:
    """A message that stands in the memory platform. `to` is set for what one person sees."""

    id: str
    place: Place
    at: datetime
    card: Card | None = None
    text: str = ""
    to: str = ""
    kind: str = ""  # "" public · near · dm · person
    edits: int = 0


@dataclass
class MemoryPlatform:
    """A small honest chat platform: posts, edits, threads, private messages."""

    clock: VirtualClock
    name: str = NAME
    has_per_user_views = False
    posts: dict[str, Post] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)  # users whose own chat takes nothing from us
    turned_away: Counter[str] = field(default_factory=Counter)  # how often that was tried
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def person_writes(self, place: Place, text: str, by: str) -> str:
        """A person's own message stands at once, and only they can change it."""
        post = Post(f"m{next(self._numbers)}", place, self.clock.at, None, text, by, "person")
        self.posts[post.id] = post
        return post.id

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post or edit, or refuse what a real platform refuses."""
        if self.failing:
            raise self.failing.pop(0)
        place = delivery.place
        if delivery.to is not None and delivery.to.address.user in self.closed:
            # As in Teams, a private line of a thread goes the same way as any other.
            if not delivery.shut:
                self.turned_away[delivery.to.address.user] += 1
            raise PersonClosed("blocked")
        if delivery.private == "dm":
            assert delivery.to is not None
            place = Place(NAME, INSTALLATION, f"@{delivery.to.address.user}")
        if place is None:
            self._refuse("channel_not_found")
        assert place is not None
        if not delivery.card.summary.strip():
            self._refuse("no_text")
        if place.thread and place.thread not in self.posts:
            self._refuse("thread_not_found")
        self.delivered.append(delivery)
        if delivery.message:
            known = self.posts.get(delivery.message)
            if known is None or known.kind == "person" or known.to:
                self._refuse("cant_update_message")
            assert known is not None
            known.card, known.edits = delivery.card, known.edits + 1
            return known.place, known.id
        to = delivery.to.address.user if delivery.to else ""
        post = Post(f"m{next(self._numbers)}", place, self.clock.at, delivery.card)
        post.to, post.kind = to, delivery.private
        self.posts[post.id] = post
        return place, post.id

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """It cannot look a post up: what is of unknown fate stays so."""
        return None

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """Seconds between two edits of one card, as on a real platform."""
        return 5.0 if live else 30.0

    def _refuse(self, code: str) -> None:
        self.refused.append(code)
        raise Undeliverable(code)
