"""What reaches the core from any platform, before it is understood as an event.

An adapter's `incoming.py` turns a payload into one of these and does nothing else. `seen` is
what the input is recognised by if it arrives again: what happened, never the platform's
delivery id (design.md, "Dedupe on what happened").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.cards.text_fitting import storable
from bot.method.terms import Address, Place


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as the platform tells us. `zone` is IANA, or "" when it is not told.

    `guest`: of another organisation than this workspace's; None when it is not told.
    """

    address: Address
    name: str = ""
    zone: str = ""
    language: str = ""
    guest: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Something a person did at `at` (aware, UTC) in `place`.

    `public`: everybody in the workspace can read there, as far as the platform tells.
    """

    at: datetime
    actor: Actor
    place: Place
    public: bool = False

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        raise NotImplementedError

    @property
    def interactive(self) -> bool:
        """Whether the platform can answer straight back (a press, a form, a command)."""
        return True


def _place_key(place: Place) -> str:
    return f"{place.platform}/{place.installation}/{place.conversation}"


def _deletion_key(place: Place, message: str) -> str:
    return f"gone/{_place_key(place)}/{message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(Input):
    """A message in a conversation. `quotes` is the id of a message that it quotes."""

    message: str
    text: str
    quotes: str = ""

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        return f"said/{_place_key(self.place)}/{self.message}"

    @property
    def deletion_key(self) -> str:
        """What its deletion is noted by: see `Deleted.seen`."""
        return _deletion_key(self.place, self.message)

    @property
    def interactive(self) -> bool:
        """No: it was typed."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Input):
    """A message got another text. `edition` orders the edits of one message."""

    message: str
    text: str
    edition: str

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        return f"edit/{_place_key(self.place)}/{self.message}/{self.edition}"

    @property
    def interactive(self) -> bool:
        """No: it was typed."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Input):
    """A message is gone: a tombstone that later arrivals respect."""

    message: str

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        return _deletion_key(self.place, self.message)

    @property
    def interactive(self) -> bool:
        """No: it was typed."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Input):
    """A button was pressed. `nonce` tells two presses of one person apart."""

    press: str
    ref: str = ""
    entry: int | None = None
    nonce: str

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        user = self.actor.address.user
        # Of bounded length, and without the words that a "which set?" button carries on.
        about = sha256(self.ref.encode("utf-8", "replace")).hexdigest()[:16]
        return f"press/{_place_key(self.place)}/{self.press}/{about}/{user}/{self.nonce}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Input):
    """A form was handed in. `people` are the values of people pickers."""

    form: str
    nonce: str
    ref: str = ""
    entry: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, tuple[Actor, ...]] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        return f"form/{self.form}/{self.nonce}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded(Input):
    """`/als …`, without the `/als`.

    `message` is the id of the message in which it was written, when it was one ("@als …"), and
    `said` what that message says: in a session's thread, what is no command there is said to the
    set.
    """

    text: str
    nonce: str
    message: str = ""
    said: str = ""

    @property
    def idempotency_key(self) -> str:
        """What happened, as a key."""
        return f"command/{_place_key(self.place)}/{self.actor.address.user}/{self.nonce}"


def clean_input(input: AnyInput) -> AnyInput:
    """The same input with text that can be kept. What a person sees of it stays as it was."""
    changes: dict[str, Any] = {}
    for name in (f.name for f in fields(input)):
        value = getattr(input, name)
        if isinstance(value, str):
            changes[name] = storable(value)
        elif name == "values":
            changes[name] = {storable(k): storable(v) for k, v in value.items()}
        elif name == "people":
            changes[name] = {k: tuple(_clean_actor(a) for a in who) for k, who in value.items()}
        elif name == "actor":
            changes[name] = _clean_actor(value)
    return replace(input, **changes)


def _clean_actor(actor: Actor) -> Actor:
    name, zone, language = map(storable, (actor.name, actor.zone, actor.language))
    return replace(actor, name=name, zone=zone, language=language)


AnyInput = Typed | Edited | Deleted | Pressed | Sent | Commanded
