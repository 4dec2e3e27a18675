"""The values that pass between the core, the store and a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.card import Card
from bot.cards.form import Form
from bot.method.card_key import CardKey
from bot.method.effects import Effect
from bot.method.terms import Person, PersonId, Place, SetId


@dataclass(frozen=True, slots=True)
class UserText:
    """What a person wrote: the only rows that hold prose, encrypted, editable, erasable.

    `kind` and `about` name it: said/contribution · issue/session · action/action ·
    draft/set:person · report/meeting:person · reflection/meeting:person · check_in/action ·
    rating/set:person:when · pulse/meeting (sums, by nobody) ·
    log/entry · intake/session · shown/session or meeting (ids of the bank, by nobody).
    `parts` are the fields of the form it came from ({"text": …} for a message).
    """

    kind: str
    about: str
    set: SetId | None
    author: PersonId
    parts: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """A text that somebody had erased: which, and when it was written (UTC). No word, no author."""

    kind: str
    about: str
    written: datetime


@dataclass(frozen=True, slots=True)
class Timer:
    """`owner` is the id of a set, meeting or session, or `digest:{person}`."""

    owner: str
    name: str
    turn: int
    due: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a card stands, and when it was last drawn there."""

    key: str
    place: Place
    message: str
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One outbox row: an effect to be rendered and delivered, in the order of its lane.

    `id` grows with the order of writing. `lane` is installation + conversation (or person).
    `card` is the key of the card it shows (waiting messages of one card collapse to the
    newest). `state` is waiting · sending · sent · parked · dropped.
    """

    id: int
    lane: str
    effect: Effect
    set: SetId | None
    card: str
    not_before: datetime
    state: str = "waiting"
    attempts: int = 0
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A lane that this worker holds until its lease ends, with the messages due in it."""

    lane: str
    worker: str
    outbox_messages: tuple[OutboxMessage, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One card on its way. `to` is set for private ones; `message` for an edit in place.

    `key` is opaque; a platform that can stamps it on the post, to recognise it again.
    """

    key: CardKey
    card: Card
    place: Place | None = None
    to: Person | None = None
    message: str = ""
    private: str = ""  # "" public · near (only this person, in the thread) · dm
    faces: tuple[str, ...] = ()  # `reach` of those for whom this card has a face of its own
    shut: bool = False  # their own chat has refused us: nothing goes there, near or not at all


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes straight back to the person who pressed, typed a command or sent a form.

    `language` is theirs, for what the platform's adapter says to them by itself.
    """

    cards: tuple[Card, ...] = ()
    form: Form | None = None
    ok: bool = True
    codes: tuple[str, ...] = field(default=())
    joined: bool = False  # they have just come into a set: can they be written to?
    language: str = ""
