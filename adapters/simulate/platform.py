"""A chat platform in memory that refuses what a real one refuses.

It can be slow, fail, or fail after a post took effect, as its seed says.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.cards.card import Card, Row, Said
from bot.method.terms import Place
from bot.ports import Clock, Delivery, Transient, Undeliverable, UnknownFate

NAME = "sim"
LONGEST_BLOCKS = 100
REMEMBERED = 400  # posts per conversation whose ids are kept, as a stand-in for scrolling back

OnDelivery = Callable[[Delivery, Place, str], None]


class SimPlatform:
    """Posts, edits and private messages; each one is shown to whoever watches."""

    name = NAME
    has_per_user_views = False

    def __init__(
        self, clock: Clock, rng: random.Random, on_delivery: OnDelivery, *, flaky: float = 1.0
    ) -> None:
        self.clock, self.rng, self.on_delivery, self.flaky = clock, rng, on_delivery, flaky
        self._count = 0
        self._keys: OrderedDict[str, tuple[Place, str]] = OrderedDict()
        self._posts: dict[str, OrderedDict[str, str]] = {}
        self.refused: list[str] = []

    def new_id(self) -> str:
        """A message id in the manner of Slack's timestamps."""
        self._count += 1
        return f"{int(self.clock.now().timestamp())}.{self._count:06}"

    def post_typed(self, place: Place) -> str:
        """A person's own message: it stands at once."""
        message = self.new_id()
        self._remember(place, message, "person")
        return message

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post or edit, like `bot.ports.Platform`."""
        self._check(delivery)
        luck = self.rng.random() / self.flaky if self.flaky else 1.0
        if luck < 0.01:
            raise Transient("rate_limited", retry_after=self.rng.choice((1.0, 3.0, 30.0)))
        place, message = self._post(delivery)
        self.on_delivery(delivery, place, message)
        if luck < 0.02 and not delivery.message:
            raise UnknownFate("timed_out")
        return place, message

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """By the key that stands on the post."""
        return self._keys.get(delivery.key)

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """Seconds between two edits of one card (design.md)."""
        return 5.0 if live else 30.0

    def _post(self, delivery: Delivery) -> tuple[Place, str]:
        place = delivery.place
        if delivery.private == "dm" or place is None:
            assert delivery.to is not None
            user = delivery.to.address
            place = Place(NAME, user.installation, f"@{user.user}")
        if delivery.message:
            return place, delivery.message
        message = self.new_id()
        if not delivery.private:
            self._remember(place, message, delivery.key)
        self._keys[delivery.key] = (place, message)
        while len(self._keys) > 5000:
            self._keys.popitem(last=False)
        return place, message

    def _remember(self, place: Place, message: str, key: str) -> None:
        posts = self._posts.setdefault(place.conversation, OrderedDict())
        posts[message] = key
        while len(posts) > REMEMBERED:
            posts.popitem(last=False)

    def _check(self, delivery: Delivery) -> None:
        """What a real platform refuses."""
        conversation = delivery.place.conversation if delivery.place else ""
        posts: Mapping[str, str] = self._posts.get(conversation, {})
        if delivery.message and posts.get(delivery.message) == "person":
            self._refuse("cant_update_message")
        if delivery.place and delivery.place.thread and delivery.place.thread not in posts:
            self._refuse("thread_not_found")
        size = sum(1 + isinstance(p, Said | Row) for p in delivery.card.parts)
        if size > LONGEST_BLOCKS or not delivery.card.summary:
            self._refuse("invalid_blocks")

    def _refuse(self, code: str) -> None:
        self.refused.append(code)
        raise Undeliverable(code)


def texts(card: Card) -> list[str]:
    """Every person's words on a card."""
    return [p.text for p in card.parts if isinstance(p, Said)]
