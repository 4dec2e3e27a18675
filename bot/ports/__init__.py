"""The core's ports: what it needs from a store, a platform, a clock. Vocabulary included.

Everything about the store is synchronous: one event is one transaction, and its body runs in
one hop off the event loop. Whoever implements a port raises only what is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from bot.cards.card import Card, Form
from bot.method.actions import Action
from bot.method.effects import Effect
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import (
    ActionId,
    Address,
    Contribution,
    ContributionId,
    Person,
    PersonId,
    Place,
    SetId,
    Tally,
)

Machine = TypeVar("Machine", LearningSet, Meeting, Session, Action)


@dataclass(frozen=True, slots=True)
class Words:
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
    """Words that somebody had erased: which, and from when they were (UTC). No word, no author."""

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
    `card` is the key of the card it shows (waiting letters of one card collapse to the
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
    """A lane that this worker holds until its lease ends, with the letters due in it."""

    lane: str
    worker: str
    outbox_messages: tuple[OutboxMessage, ...]


class Tx(Protocol):
    """One transaction: all of it is kept, or none of it."""

    # people
    def person(self, id: PersonId) -> Person | None:
        """A person by id."""
        ...

    def person_at(self, address: Address) -> Person | None:
        """By platform, installation and user; `reach` is not looked at."""
        ...

    def people(self, ids: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Several persons at once; unknown ids are left out."""
        ...

    def save_person(self, person: Person) -> None:
        """Keep or replace a person."""
        ...

    # dedupe on what happened, kept 8 days
    def record_once(self, key: str, at: datetime) -> bool:
        """Note the key; False if it had been noted before."""
        ...

    def is_recorded(self, key: str) -> bool:
        """Whether the key has been noted, without noting it."""
        ...

    # the machines' states: no prose; the frozen format is kept once, by its hash
    def lock_set(self, id: SetId, session: str = "") -> LearningSet | None:
        """Load a set and lock its row: every event of a set queues here, in arrival order.

        `session` says which one is asked for next, so that it can be read along.
        """
        ...

    def load(self, kind: type[Machine], id: str) -> Machine | None:
        """A machine's state by its id, not locked; None if there is none."""
        ...

    def save(self, state: LearningSet | Meeting | Session | Action) -> None:
        """Keep a machine's state. Of a set, under the lock that lock_set took."""
        ...

    def set_of(self, id: str) -> SetId | None:
        """The set that a meeting, session, action or contribution belongs to."""
        ...

    def home(self, id: SetId) -> Place | None:
        """Where the set meets."""
        ...

    def set_home(self, id: SetId, place: Place) -> None:
        """The conversation in which the set meets from now on."""
        ...

    def move_conversation(self, was: Place, now: Place, lane: str, to: str) -> None:
        """A conversation has another id: what stands and waits there, stands and waits here."""
        ...

    def set_at(self, place: Place) -> SetId | None:
        """The live set whose home is this conversation (the thread is not looked at)."""
        ...

    def sets_of(self, person: PersonId) -> tuple[SetId, ...]:
        """Live sets that the person is a member of or invited to, oldest first."""
        ...

    def every_set(self) -> tuple[SetId, ...]:
        """All sets there are, those that have ended too, the oldest first."""
        ...

    def actions_of(self, owner: PersonId, unsettled: bool = True) -> tuple[Action, ...]:
        """A person's actions, the oldest first; with `unsettled` only those still asked about."""
        ...

    def actions_in(self, session: str) -> tuple[Action, ...]:
        """The actions chosen in a session, the oldest first."""
        ...

    def action(self, id: ActionId) -> Action | None:
        """One action by its id."""
        ...

    # words
    def put_words(self, words: Words) -> None:
        """Keep or replace the words of (kind, about)."""
        ...

    def words(self, kind: str, about: str) -> Words | None:
        """The words of (kind, about); None if there are none or they were erased."""
        ...

    def many_words(self, kind: str, about: Iterable[str]) -> dict[str, Words]:
        """The words of several `about` at once; those without any are left out."""
        ...

    def words_by(self, author: PersonId, kind: str, limit: int = 50) -> tuple[Words, ...]:
        """The newest first."""
        ...

    def written_by(self, author: PersonId) -> Mapping[SetId | None, int]:
        """How many words of a person's are kept in each set; under None what belongs to none."""
        ...

    def erase_words(self, kind: str, about: str) -> None:
        """Erase the words of (kind, about) for good."""
        ...

    def erase_person(self, set: SetId, person: PersonId) -> tuple[str, ...]:
        """Erase what a person wrote in a set; the keys of cards that showed it."""
        ...

    # contributions: what was said in threads, without the words
    def contribution(self, id: ContributionId) -> Contribution | None:
        """A contribution by its id."""
        ...

    def contribution_said(self, place: Place, message: str) -> Contribution | None:
        """The contribution that is this message."""
        ...

    def save_contribution(
        self, contribution: Contribution, place: Place | None = None, message: str = ""
    ) -> None:
        """Keep or replace a contribution; with `message` also where it stands."""
        ...

    def contributions(
        self,
        session: str,
        *,
        kind: str | None = None,
        state: str | None = None,
        by: PersonId | None = None,
        entry: int | None = None,
        limit: int = 100,
    ) -> tuple[Contribution, ...]:
        """The oldest first."""
        ...

    def tally(self, sessions: Iterable[str]) -> tuple[Tally, ...]:
        """How many contributions of which kind each person has made in these sessions."""
        ...

    def unanswered_nudges(self, person: PersonId) -> tuple[Contribution, ...]:
        """Nudged once, not acted on: to be offered once more while the stage is open."""
        ...

    # where cards stand
    def posted(self, key: str) -> Posted | None:
        """Where the card of this key stands; None if it was never posted."""
        ...

    def card_at(self, place: Place, message: str) -> str | None:
        """The key of the card that is this message."""
        ...

    # outbox and timers
    def enqueue(
        self,
        effect: Effect,
        lane: str,
        set: SetId | None,
        card: str,
        not_before: datetime,
        at: datetime,
    ) -> None:
        """Write a letter. A waiting letter with the same card key is replaced by this one."""
        ...

    def suspended(self, lane: str) -> str:
        """Why nothing goes out in this lane; "" if nothing is in the way."""
        ...

    def resume(self, lane: str) -> None:
        """The lane can be reached again; what waited in it goes out."""
        ...

    def set_timer(self, timer: Timer) -> None:
        """Keep a timer; it replaces the owner's timer of that name."""
        ...

    def clear_timer(self, owner: str, name: str) -> None:
        """Forget the owner's timer of that name, if there is one."""
        ...

    def clear_timers(self, owner: str) -> None:
        """Forget all timers of an owner."""
        ...

    def timer(self, owner: str, name: str) -> Timer | None:
        """The owner's timer of that name."""
        ...

    def take_timer(self, timer: Timer) -> bool:
        """Forget this very timer, to fire it; False if it is gone, or was set anew."""
        ...

    def take_due(self, beginning: str, now: datetime, limit: int) -> Sequence[Timer]:
        """Forget timers that are due, to fire them together; of owners that begin so."""
        ...

    # many at once: what was foreseen is answered from memory
    def prefetch(self, people: Iterable[PersonId], since: date | None = None) -> None:
        """Read what a digest asks about each of them; of nudges those of `since` and later."""
        ...

    def prefetch_message(
        self, key: str, gone: str, at: datetime, thread: Place, author: Address
    ) -> None:
        """Ask together what is asked about every message in a thread.

        Is it new, whose thread is it, who wrote it; if it is a session's thread, its set and the
        session, under the set's lock, and whether `gone` was seen. `key` is noted by that, as by
        `first_time`, which then says what came of it.
        """
        ...

    def prefetch_texts(self, kind: str, about: Iterable[str]) -> None:
        """Read the words of several `about` at once."""
        ...

    def lock_actions(self, ids: Iterable[str]) -> Mapping[str, Action]:
        """Read these actions, by id; nobody else changes them before this transaction ends."""
        ...

    def save_locked(self, actions: Iterable[Action]) -> None:
        """Keep the new states of actions that `hold_actions` has read."""
        ...

    def note_nudges(self, noted: Iterable[tuple[PersonId, date, str]]) -> None:
        """Note several nudges that were really sent."""
        ...

    # the nudge ledger: what was really sent to whom on which of their own days
    def nudges_on(self, person: PersonId, day: date) -> tuple[str, ...]:
        """The kinds of nudges sent to a person on a day of their own zone."""
        ...

    def note_nudge(self, person: PersonId, day: date, kind: str) -> None:
        """Note one that was really sent."""
        ...


class Store(Protocol):
    """What the host, the courier and the scheduler need."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """A write transaction. Raises StoreBusy if it could not begin, StoreFull on a full disk."""
        ...

    def reading(self) -> AbstractContextManager[Tx]:
        """The same for reading only: it takes no lock and keeps nothing."""
        ...

    # timers
    def due_timers(
        self, now: datetime, limit: int = 100, together: str | None = None
    ) -> Sequence[Timer]:
        """The timers due at `now`, the earliest first; among many workers each goes to one.

        Whoever dies with some loses them to the others after a minute. Owners that begin with
        `together` are only told of: whoever takes them (`Tx.take_due`) has them.
        """
        ...

    def give_back(self, timers: Sequence[Timer]) -> None:
        """Timers that were not fired: another worker may have them at once."""
        ...

    def defer_to_newer(self, timer: Timer, now: datetime) -> None:
        """Only a newer process can fire it: it is given back, and for a while not asked for."""
        ...

    def next_timer(self) -> datetime | None:
        """When the next timer is due (UTC); None without any."""
        ...

    # the outbox, by lanes
    def claim(self, worker: str, now: datetime, seconds: int, limit: int = 20) -> Claim | None:
        """Lease the lane whose first due letter is oldest and that nobody else holds."""
        ...

    def claims(
        self, worker: str, now: datetime, seconds: int, lanes: int, limit: int = 20
    ) -> Sequence[Claim]:
        """The same for several lanes at once, the longest overdue first; () when none is due."""
        ...

    def next_outbox_message(self) -> datetime | None:
        """When the next waiting letter of an unsuspended lane is due."""
        ...

    def sending(self, outbox_message: OutboxMessage) -> None:
        """Committed before the platform is called, so that a crash leaves a trace."""
        ...

    def sent(
        self,
        outbox_message: OutboxMessage,
        at: datetime,
        posted: Posted | None = None,
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """Delivered. `also` is run in the same transaction (a nudge notes itself there)."""
        ...

    def sending_all(self, outbox_messages: Sequence[OutboxMessage]) -> None:
        """The same as `sending` for several that are called for at once."""
        ...

    def sent_all(
        self,
        outbox_messages: Sequence[OutboxMessage],
        at: datetime,
        posted: Sequence[Posted] = (),
        also: Callable[[Tx], None] | None = None,
    ) -> None:
        """The same as `sent` for several, in one transaction."""
        ...

    def later(
        self,
        outbox_message: OutboxMessage,
        not_before: datetime,
        failed: bool = False,
        sure: bool = False,
    ) -> None:
        """Back to waiting; `failed` counts an attempt, a deferral does not.

        `sure`: the attempt had no effect; without it the letter stays marked as being sent.
        """
        ...

    def hold(self, lane: str, until: datetime) -> None:
        """Nothing goes out in this lane before that moment (its pace); its order stays."""
        ...

    def park(self, outbox_message: OutboxMessage, code: str) -> None:
        """This letter cannot be delivered; the lane goes on. Doctor shows it."""
        ...

    def drop(self, outbox_message: OutboxMessage, why: str) -> None:
        """Not to be delivered at all; `why` is a code."""
        ...

    def release(self, claim: Claim) -> None:
        """Give the lane back before its lease ends."""
        ...

    def release_all(self, claims: Sequence[Claim], held: datetime | None = None) -> None:
        """Give several lanes back; nothing goes out in them before `held`."""
        ...

    def leave(self, claim: Claim, now: datetime) -> None:
        """Only a newer process can serve it: it is given back, and for a while not asked for."""
        ...

    def suspend(self, lane: str, code: str) -> None:
        """Deliver nothing to this lane until it is resumed; `code` says why."""
        ...

    def resume(self, lane: str) -> None:
        """The lane can be reached again; what waited goes out."""
        ...

    # keeping house
    def beat(self, name: str, at: datetime) -> None:
        """Note a sign of life of this name."""
        ...

    def beats(self) -> Mapping[str, datetime]:
        """The last sign of life by name (UTC)."""
        ...

    def tidy(self, now: datetime) -> Mapping[str, int]:
        """The daily round: dedupe keys after 8 days, sent letters after 8, words on time."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Rows by kind, parked letters, suspended lanes: for doctor and metrics. No words."""
        ...


class StoreBusy(Exception):
    """The store could not begin a transaction in time. The platform may send again."""


class StoreFull(Exception):
    """The disk is full: nothing of this event was kept, and the person is told so."""


class NewerSchema(Exception):
    """What is kept is of a newer schema than this process knows: it steps back.

    It acknowledges nothing and puts nothing off, so that a newer process gets it.
    """

    def __init__(self, kind: str, schema: int) -> None:
        super().__init__(f"{kind} of schema {schema}")
        self.kind, self.schema = kind, schema


class RateLimiter(Protocol):
    """Budgets that all processes share, where there are several."""

    def grant(self, key: str, most: int, seconds: float, now: datetime) -> datetime:
        """Take one of `most` calls in any `seconds`; `now` if it may go, else when to ask again."""
        ...


class Vault(Protocol):
    """Where an adapter keeps its secrets: named, opaque, encrypted at rest."""

    def secret(self, name: str) -> str | None:
        """The secret of this name; None without one."""
        ...

    def keep_secret(self, name: str, text: str) -> None:
        """Keep or replace it."""
        ...

    def swap_secret(self, name: str, was: str, text: str) -> bool:
        """Replace it only if it still is `was`: of two who would, one does."""
        ...

    def take_secret(self, name: str) -> str | None:
        """Read it and forget it: of two who ask, one gets it."""
        ...

    def forget_secret(self, name: str) -> None:
        """Erase it for good."""
        ...

    def secrets(self, beginning: str) -> tuple[str, ...]:
        """The names that begin so."""
        ...


# The platform


class Transient(Exception):
    """Try again later, after `retry_after` seconds if the platform said so.

    `sure`: it certainly had no effect, so nothing need be looked for before the next try.
    """

    def __init__(self, code: str, retry_after: float | None = None, sure: bool = False) -> None:
        super().__init__(code)
        self.code, self.retry_after, self.sure = code, retry_after, sure


class Undeliverable(Exception):
    """This one message cannot be delivered as it is (too long, refused): park it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LaneClosed(Exception):
    """Nothing can be delivered to this conversation now (archived, removed, blocked)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PersonClosed(LaneClosed):
    """A person's own chat takes nothing from us: they blocked us, or we are not there for them."""


class UnknownFate(Exception):
    """The call took too long: the message may or may not have been posted."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One card on its way. `to` is set for private ones; `message` for an edit in place.

    `key` is opaque; a platform that can stamps it on the post, to recognise it again.
    """

    key: str
    card: Card
    place: Place | None = None
    to: Person | None = None
    message: str = ""
    private: str = ""  # "" public · near (only this person, in the thread) · dm
    faces: tuple[str, ...] = ()  # `reach` of those for whom this card has a face of its own
    shut: bool = False  # their own chat has refused us: nothing goes there, near or not at all


class Platform(Protocol):
    """What the courier needs from Slack, Teams or the browser."""

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

        Called where the store is called: it may ask `Paces`.
        """
        ...

    def edits_every(self, place: Place, live: bool = False) -> float:
        """Seconds that must lie between two edits of one card; fewer where the set meets live."""
        ...


class Clock(Protocol):
    """The time, so that nobody reads it on their own."""

    def now(self) -> datetime:
        """An aware datetime in UTC."""
        ...


class Ids(Protocol):
    """Where new ids come from."""

    def new(self) -> str:
        """A short, unguessable, unique id; in a simulation from the seed."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes straight back to the person who pressed, typed a command or sent a form."""

    cards: tuple[Card, ...] = ()
    form: Form | None = None
    ok: bool = True
    codes: tuple[str, ...] = field(default=())
    joined: bool = False  # they have just come into a set: can they be written to?
