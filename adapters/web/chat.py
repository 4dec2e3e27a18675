"""An honest chat platform in memory: one channel with threads, and a conversation per person.

It is what the courier calls (bot.ports.Platform) and what the pages show. People's messages
and the bot's cards are the same kind of thing, as on any platform. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.web.cast import INSTALLATION, PLATFORM
from bot.cards.card import Card
from bot.method.terms import Place
from bot.ports import Delivery, LaneClosed, Undeliverable

LONGEST = 40_000  # characters of a message, as on other platforms
MOST_CARDS = 200  # parts of a card

REPLACED = "coach/"  # a private note that a newer one about the same message replaces


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `author` is a user, or "" for the bot, whose messages are cards.

    `only` is the one user who sees it ("" for all who are in the conversation). `edition`
    grows with each edit; `gone` is what remains of a deleted one that has a thread.
    """

    id: str
    place: Place
    at: datetime
    author: str = ""
    text: str = ""
    card: Card | None = None
    only: str = ""
    key: str = ""
    edition: int = 1
    edited: bool = False
    gone: bool = False

    @property
    def number(self) -> int:
        """Messages are numbered in the order in which they were posted."""
        return int(self.id[1:])

    @property
    def answers(self) -> bool:
        """Whether it is what went straight back to somebody who acted."""
        return bool(self.only) and not self.key


class Chat:
    """The platform. `version` grows with every change; `changed` is called after it."""

    name = PLATFORM
    has_per_user_views = False

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._messages: dict[str, Message] = {}
        self._last = 0
        self.version = 0
        self.changed: Callable[[], None] = lambda: None

    # What the courier needs (bot.ports.Platform)

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post a card, or edit the one that stands there."""
        if len(delivery.card.parts) > MOST_CARDS:
            raise Undeliverable("too_long")
        if delivery.message:
            known = self._messages.get(delivery.message)
            if known is None:
                raise Undeliverable("message_not_found")
            self._keep(replace(known, card=delivery.card, edition=known.edition + 1))
            return known.place, known.id
        if delivery.private and delivery.key.startswith(REPLACED):
            for known in self._messages.values():
                if known.key == delivery.key:
                    self._keep(replace(known, card=delivery.card, edition=known.edition + 1))
                    return known.place, known.id
        place, only = _where(delivery), ""
        if delivery.private == "near":
            assert delivery.to is not None
            only = delivery.to.address.user
        message = self._post(place, card=delivery.card, only=only, key=delivery.key)
        return place, message.id

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """The newest message that carries this key, if it was posted."""
        for message in reversed(self._messages.values()):
            if message.key == delivery.key and delivery.key:
                return message.place, message.id
        return None

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """Nothing paces posts here."""
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        """Nothing limits how often a card may be edited here."""
        return 0

    # What people do

    def say(self, author: str, place: Place, text: str) -> Message:
        """A person's message; what is longer than the platform allows is cut."""
        return self._post(place, author=author, text=text[:LONGEST])

    def edit(self, id: str, author: str, text: str) -> Message | None:
        """Change one's own message. None if it is not theirs, or nothing changed."""
        known = self.own(id, author)
        text = text[:LONGEST]
        if known is None or known.text == text or not text.strip():
            return None
        changed = replace(known, text=text, edition=known.edition + 1, edited=True)
        self._keep(changed)
        return changed

    def delete(self, id: str, author: str) -> Message | None:
        """Delete one's own message. It leaves a trace only where a thread hangs on it."""
        known = self.own(id, author)
        if known is None:
            return None
        if any(m.place.thread == id for m in self._messages.values()):
            self._keep(replace(known, text="", gone=True, edition=known.edition + 1))
        else:
            del self._messages[id]
            self._touch()
        return known

    def own(self, id: str, author: str) -> Message | None:
        """A message that this person wrote and has not deleted."""
        known = self._messages.get(id)
        return known if known and known.author == author and author and not known.gone else None

    def answer(self, user: str, place: Place, card: Card) -> Message:
        """What goes straight back to whoever acted: only they see it, where they are."""
        return self._post(place, card=card, only=user)

    def put_away_coaching(self, about: str, user: str) -> None:
        """The private note about one message has been answered: it is cleared away."""
        for message in self.visible(user):
            if message.key.startswith(f"{REPLACED}{about}/"):
                self.put_away(message.id, user)

    def put_away(self, id: str, user: str) -> None:
        """A person clears away what only they see."""
        known = self._messages.get(id)
        if known is not None and known.only == user:
            del self._messages[id]
            self._touch()

    # What is there

    def get(self, id: str) -> Message | None:
        """A message by its id, whoever may see it."""
        return self._messages.get(id)

    def seen_by(self, user: str, place: Place) -> tuple[Message, ...]:
        """The messages at a place (a thread, or what is at the top of a conversation)."""
        if place.conversation.startswith("@") and place.conversation != f"@{user}":
            return ()
        return tuple(
            m for m in self._messages.values() if m.place == place and m.only in ("", user)
        )

    def visible(self, user: str) -> tuple[Message, ...]:
        """Everything this person can see, in the order in which it was posted."""
        return tuple(
            m
            for m in self._messages.values()
            if m.only in ("", user)
            and (not m.place.conversation.startswith("@") or m.place.conversation == f"@{user}")
        )

    def everything(self) -> tuple[Message, ...]:
        """Every message, whoever may see it."""
        return tuple(self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    def _post(
        self,
        place: Place,
        *,
        author: str = "",
        text: str = "",
        card: Card | None = None,
        only: str = "",
        key: str = "",
    ) -> Message:
        if place.thread and place.thread not in self._messages:
            place = replace(place, thread="")
        self._last += 1
        message = Message(
            f"m{self._last}", place, self._now(), author, text, card, only=only, key=key
        )
        self._keep(message)
        return message

    def _keep(self, message: Message) -> None:
        self._messages[message.id] = message
        self._touch()

    def _touch(self) -> None:
        self.version += 1
        self.changed()


def _where(delivery: Delivery) -> Place:
    if delivery.private == "dm":
        assert delivery.to is not None
        return Place(PLATFORM, INSTALLATION, f"@{delivery.to.address.user}")
    if delivery.place is None:
        raise LaneClosed("no_place")
    return delivery.place
