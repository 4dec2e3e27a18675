"""A transaction, with one role for each subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

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
from bot.ports.vocabulary import Posted, Timer, UserText

Machine = TypeVar("Machine", LearningSet, Meeting, Session, Action)


class People(Protocol):
    """People, by id and by address."""

    def get(self, id: PersonId) -> Person | None:
        """A person by id."""
        ...

    def at(self, address: Address) -> Person | None:
        """By platform, installation and user; `reach` is not looked at."""
        ...

    def get_many(self, ids: Iterable[PersonId]) -> dict[PersonId, Person]:
        """Several persons at once; unknown ids are left out."""
        ...

    def save(self, person: Person) -> None:
        """Insert or replace a person."""
        ...


class ProcessedEvents(Protocol):
    """Keys of what has happened, so that nothing is processed twice; kept SEEN_DAYS."""

    def record_once(self, key: str, at: datetime) -> bool:
        """Record the key; False if it had been recorded before."""
        ...

    def is_recorded(self, key: str) -> bool:
        """Whether the key has been recorded, without recording it."""
        ...


class Machines(Protocol):
    """The machines' states: no prose; the frozen format is kept once, by its hash."""

    def lock_set(self, id: SetId) -> LearningSet | None:
        """Load a set and lock its row: every event of a set queues here, in arrival order."""
        ...

    def load(self, kind: type[Machine], id: str) -> Machine | None:
        """A machine's state by its id, not locked; None if there is none."""
        ...

    def save(self, state: LearningSet | Meeting | Session | Action) -> None:
        """Insert or replace a machine's state. Of a set, under the lock that lock_set took."""
        ...


class Sets(Protocol):
    """Where sets meet, and which set something belongs to."""

    def owner_of(self, id: str) -> SetId | None:
        """The set that a meeting, session, action or contribution belongs to."""
        ...

    def home(self, id: SetId) -> Place | None:
        """Where the set meets."""
        ...

    def set_home(self, id: SetId, place: Place) -> None:
        """The conversation in which the set meets from now on."""
        ...

    def at(self, place: Place) -> SetId | None:
        """The live set whose home is this conversation (the thread is not looked at)."""
        ...

    def of_person(self, person: PersonId) -> tuple[SetId, ...]:
        """Live sets that the person is a member of or invited to, oldest first."""
        ...

    def all(self) -> tuple[SetId, ...]:
        """All sets there are, those that have ended too, the oldest first."""
        ...


class Conversations(Protocol):
    """Conversations whose platform id changes."""

    def move(self, was: Place, now: Place, lane: str, to: str) -> None:
        """Cards, contributions and waiting messages of one conversation go to another id."""
        ...


class Actions(Protocol):
    """People's actions."""

    def get(self, id: ActionId) -> Action | None:
        """One action by its id."""
        ...

    def of_owner(self, owner: PersonId, unsettled: bool = True) -> tuple[Action, ...]:
        """A person's actions, the oldest first; with `unsettled` only those still asked about."""
        ...

    def in_session(self, session: str) -> tuple[Action, ...]:
        """The actions chosen in a session, the oldest first."""
        ...

    def lock_actions(self, ids: Iterable[str]) -> Mapping[str, Action]:
        """Load these actions by id; nobody else changes them before this transaction ends."""
        ...

    def save_locked(self, actions: Iterable[Action]) -> None:
        """Replace the states of actions that `lock_actions` has loaded."""
        ...


class UserTexts(Protocol):
    """What people wrote: encrypted, editable, erasable."""

    def put(self, text: UserText) -> None:
        """Insert or replace the text of (kind, about)."""
        ...

    def get(self, kind: str, about: str) -> UserText | None:
        """The text of (kind, about); None if there is none or it was erased."""
        ...

    def get_many(self, kind: str, about: Iterable[str]) -> dict[str, UserText]:
        """The texts of several `about` at once; those without any are left out."""
        ...

    def by_author(self, author: PersonId, kind: str, limit: int = 50) -> tuple[UserText, ...]:
        """A person's texts of a kind, the newest first."""
        ...

    def count_by_author(self, author: PersonId) -> Mapping[SetId | None, int]:
        """How many of a person's texts are kept in each set; under None what belongs to none."""
        ...

    def erase(self, kind: str, about: str) -> None:
        """Erase the text of (kind, about) for good."""
        ...

    def erase_person(self, set: SetId, person: PersonId) -> tuple[str, ...]:
        """Erase what a person wrote in a set; the keys of cards that showed it."""
        ...


class Contributions(Protocol):
    """What was said in threads, without the words."""

    def get(self, id: ContributionId) -> Contribution | None:
        """A contribution by its id."""
        ...

    def at_message(self, place: Place, message: str) -> Contribution | None:
        """The contribution that is this message."""
        ...

    def save(
        self, contribution: Contribution, place: Place | None = None, message: str = ""
    ) -> None:
        """Insert or replace a contribution; with `message` also where it stands."""
        ...

    def in_session(
        self,
        session: str,
        *,
        kind: str | None = None,
        state: str | None = None,
        by: PersonId | None = None,
        entry: int | None = None,
        limit: int = 100,
    ) -> tuple[Contribution, ...]:
        """Those of a session or meeting that fit, the oldest first."""
        ...

    def tally(self, sessions: Iterable[str]) -> tuple[Tally, ...]:
        """How many contributions of which kind each person has made in these sessions."""
        ...

    def unanswered_nudges(self, person: PersonId) -> tuple[Contribution, ...]:
        """Nudged once, not acted on: to be offered once more while the stage is open."""
        ...


class Cards(Protocol):
    """Where cards stand."""

    def get(self, key: str) -> Posted | None:
        """Where the card of this key stands; None if it was never posted."""
        ...

    def key_at(self, place: Place, message: str) -> str | None:
        """The key of the card that is this message."""
        ...


class Outbox(Protocol):
    """What is to be delivered once this transaction is committed."""

    def enqueue(
        self,
        effect: Effect,
        lane: str,
        set: SetId | None,
        card: str,
        not_before: datetime,
        at: datetime,
    ) -> None:
        """Write a message. A waiting message with the same card key is replaced by this one."""
        ...

    def suspension(self, lane: str) -> str:
        """Why nothing goes out in this lane; "" if nothing is in the way."""
        ...

    def resume(self, lane: str) -> None:
        """The lane can be reached again; what waited in it goes out."""
        ...


class Timers(Protocol):
    """The machines' timers."""

    def set(self, timer: Timer) -> None:
        """Keep a timer; it replaces the owner's timer of that name."""
        ...

    def clear(self, owner: str, name: str) -> None:
        """Delete the owner's timer of that name, if there is one."""
        ...

    def clear_all(self, owner: str) -> None:
        """Delete all timers of an owner."""
        ...

    def get(self, owner: str, name: str) -> Timer | None:
        """The owner's timer of that name."""
        ...

    def take(self, timer: Timer) -> bool:
        """Delete this timer, to fire it; False if it is gone or was set again."""
        ...

    def take_due(self, prefix: str, now: datetime, limit: int) -> Sequence[Timer]:
        """Delete timers that are due, to fire them together; of owners that begin with `prefix`."""
        ...


class Nudges(Protocol):
    """The nudge ledger: what was really sent to whom on which of their own days."""

    def on_day(self, person: PersonId, day: date) -> tuple[str, ...]:
        """The kinds of nudges sent to a person on a day of their own zone."""
        ...

    def record(self, person: PersonId, day: date, kind: str) -> None:
        """Record one that was really sent."""
        ...

    def record_many(self, nudges: Iterable[tuple[PersonId, date, str]]) -> None:
        """Record several that were really sent."""
        ...


class Prefetch(Protocol):
    """Hints for speed: load in few round trips what is asked next. Leaving them out changes
    nothing but the time."""

    def for_digests(self, people: Iterable[PersonId], since: date | None = None) -> None:
        """Load what a digest asks about each of them; of nudges those of `since` and later."""
        ...

    def prefetch_message(
        self, key: str, deletion_key: str, at: datetime, thread: Place, author: Address
    ) -> None:
        """Load what is asked about every message in a thread.

        Is it new, whose thread is it, who wrote it; in a session's thread also the set and the
        session, under the set's lock, and whether `deletion_key` is recorded. `key` is recorded
        by that; `record_once` then returns what came of it.
        """
        ...

    def texts(self, kind: str, about: Iterable[str]) -> None:
        """Load the texts of several `about` at once."""
        ...


class Tx(Protocol):
    """One transaction: all of it is kept, or none of it."""

    @property
    def people(self) -> People:
        """People, by id and by address."""
        ...

    @property
    def processed(self) -> ProcessedEvents:
        """What has happened already."""
        ...

    @property
    def machines(self) -> Machines:
        """The machines' states."""
        ...

    @property
    def sets(self) -> Sets:
        """Where sets meet, and what belongs to them."""
        ...

    @property
    def conversations(self) -> Conversations:
        """Conversations whose platform id changes."""
        ...

    @property
    def actions(self) -> Actions:
        """People's actions."""
        ...

    @property
    def texts(self) -> UserTexts:
        """What people wrote."""
        ...

    @property
    def contributions(self) -> Contributions:
        """What was said in threads, without the words."""
        ...

    @property
    def cards(self) -> Cards:
        """Where cards stand."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is to be delivered."""
        ...

    @property
    def timers(self) -> Timers:
        """The machines' timers."""
        ...

    @property
    def nudges(self) -> Nudges:
        """Which nudges were sent."""
        ...

    @property
    def prefetch(self) -> Prefetch:
        """Hints for speed."""
        ...
