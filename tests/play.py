"""Play whole sessions as scripts: people type, press and fill in; the real core does the rest.

Behind it stand the real host, store, courier and clock. Only the chat platform is made of
memory: it keeps what a real one keeps, and refuses what a real one refuses. A button is pressed
by the words that stand on it, on a card that the person can see, so a missing button fails.
Every act takes a minute, so that everything that is due at once has arrived after it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from bot.cards.card import Button, Card, Said, Words
from bot.cards.form import Form, PickPeople
from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import Actor, AnyInput, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.method.actions import Action
from bot.method.learning_set import LearningSet
from bot.method.meeting import Meeting
from bot.method.session import Session
from bot.method.terms import Address, Place
from bot.ports import Reply
from bot.runtime.virtual_clock import ClockRunner, VirtualClock
from store import SqlStore
from tests.memory_platform import INSTALLATION, MONDAY, NAME, MemoryPlatform, Numbers
from tests.reading import Ear, buttons_of, filled, text_of

T = TypeVar("T")


class Winding(Protocol):
    """What lets things happen: the clock_runner, or the real scheduler."""

    async def settle(self) -> None: ...
    async def advance(self, until: datetime) -> None: ...


@dataclass
class Answer:
    """What came straight back to whoever acted."""

    play: Play
    who: str
    reply: Reply

    @property
    def text(self) -> str:
        """All that the reply says."""
        return "\n\n".join(text_of(card) for card in self.reply.cards)

    @property
    def codes(self) -> tuple[str, ...]:
        """Why it was refused, if it was."""
        return self.reply.codes

    @property
    def form(self) -> Form:
        """The form that opened; without one the script is wrong."""
        assert self.reply.form is not None, f"no form opened, but: {self.text or self.codes}"
        return self.reply.form

    def fills(self, /, people: Sequence[str] = (), **values: str) -> Answer:
        """Fill in the form that opened and hand it in. Only fields that it has can be filled."""
        return self.play.hands_in(self.who, self.form, values, people)


class Play:
    """A set of people in one channel, and the days that pass."""

    def __init__(
        self,
        start: datetime = MONDAY,
        installation: str = INSTALLATION,
        url: str = "sqlite://",
    ) -> None:
        self.clock = VirtualClock(start)
        self.store = SqlStore(url, plaintext=True).open()
        self.host = Host(self.store, Numbers())
        self.platform = MemoryPlatform(self.clock)
        self.courier = Courier(self.store, {NAME: self.platform}, self.clock)
        self.winding: Winding = ClockRunner(self.clock, self.host, self.courier)
        self.place = Place(NAME, installation, "C1")
        self.zones: dict[str, str] = {}
        self.guests: set[str] = set()
        self.installation = installation
        self._nonces = itertools.count(1)
        self._answers: dict[str, list[tuple[datetime, Card]]] = {}
        self._loop = asyncio.Runner()
        self.trouble: list[str] = []
        self._ear = Ear(self.trouble)
        logging.getLogger("als").addHandler(self._ear)

    def close(self) -> None:
        """Put everything away; the platform must have had nothing to refuse."""
        logging.getLogger("als").removeHandler(self._ear)
        self._loop.close()
        parked = self.store.maintenance.counts()["letters_parked"]
        self.store.close()
        assert self.platform.refused == []
        assert self.trouble == []
        assert parked == 0, "a letter could not be drawn or delivered"

    # Who is there

    def actor(self, who: str) -> Actor:
        """A person by first name, in their zone (London unless the script says otherwise)."""
        address = Address(NAME, self.installation, who)
        zone = self.zones.get(who, "Europe/London")
        return Actor(address, who.capitalize(), zone, "en", who in self.guests)

    def id_of(self, who: str) -> str:
        """The person's id in the core."""
        with self.store.reading() as tx:
            found = tx.people.at(self.actor(who).address)
        assert found is not None, f"{who} has not been seen yet"
        return found.id

    # What people do

    def hand(self, who: str, given: AnyInput) -> Answer:
        """Hand one input to the host, and let everything that follows at once happen."""
        reply = self.host.handle(given)
        assert all(card.name != "broken" for card in reply.cards), self.trouble
        cards = self._answers.setdefault(who, [])
        cards += [(self.clock.at, card) for card in reply.cards]
        self.wind(minutes=1)
        return Answer(self, who, reply)

    def does(self, who: str, command: str, *, where: Place | None = None) -> Answer:
        """Type a command: `play.does("ana", "/als present")`."""
        return self.hand(
            who,
            Commanded(
                at=self.clock.at,
                actor=self.actor(who),
                place=where or self.place,
                text=command,
                nonce=self._nonce(),
            ),
        )

    def hands_in(
        self, who: str, form: Form, values: dict[str, str], people: Sequence[str] = ()
    ) -> Answer:
        """Hand a form in: what stood in it already goes along, as it does on a platform."""
        names = {f.name for f in form.fields if not isinstance(f, Words | Said)}
        assert values.keys() <= names, f"the form {form.name} has {sorted(names)}"
        given = {**filled(form), **values}
        pickers = [f.name for f in form.fields if isinstance(f, PickPeople)]
        assert pickers or not people, f"the form {form.name} has no people picker"
        for asked in form.fields:
            if getattr(asked, "required", False) and not isinstance(asked, PickPeople):
                assert given.get(asked.name), f"{asked.name} is required"  # type: ignore[union-attr]
        chosen = {name: tuple(self.actor(p) for p in people) for name in pickers}
        return self.hand(
            who,
            Sent(
                at=self.clock.at,
                actor=self.actor(who),
                place=self.place,
                form=form.name,
                nonce=form.nonce,
                ref=form.ref,
                entry=form.entry,
                values=given,
                people=chosen,
            ),
        )

    def presses(self, who: str, label: str | Button, *, beside: str = "", on: str = "") -> Answer:
        """Press a button that the person can see, by the words on it.

        `beside`: the words that stand just above it; `on`: something that its card says. A
        Button that was kept earlier is pressed as it was (the card may have changed since).
        """
        button = self.button(who, label, beside, on) if isinstance(label, str) else label
        return self.hand(
            who,
            Pressed(
                at=self.clock.at,
                actor=self.actor(who),
                place=self.place,
                press=button.press,
                ref=button.ref,
                entry=button.entry,
                nonce=self._nonce(),
            ),
        )

    def button(self, who: str, label: str, beside: str = "", on: str = "") -> Button:
        """The newest such button before the person's eyes."""
        for card in self._cards_before(who):
            if on and on not in text_of(card):
                continue
            for above, button in buttons_of(card):
                if button.label == label and beside in above:
                    return button
        offered = [b.label for card in self._cards_before(who) for _, b in buttons_of(card)]
        raise AssertionError(f"{who} sees no button {label!r} ({beside or on}), but {offered}")

    def has_button(self, who: str, label: str, beside: str = "", on: str = "") -> bool:
        """Whether the person sees such a button."""
        try:
            self.button(who, label, beside, on)
        except AssertionError:
            return False
        return True

    def types(self, who: str, text: str, *, quoting: str = "", thread: str = "") -> str:
        """Write into the session's thread (or that of "meeting"); the message's id."""
        place = self.thread(thread or "session")
        message = self.platform.person_writes(place, text, who)
        self._typed(who, message, quoting)
        return message

    def _typed(self, who: str, message: str, quoting: str = "") -> None:
        post = self.platform.posts[message]
        typed = Typed(
            at=self.clock.at,
            actor=self.actor(who),
            place=post.place,
            message=message,
            text=post.text,
            quotes=quoting,
        )
        self.hand(who, typed)

    def edits(
        self, message: str, text: str, *, edition: str = "", at: datetime | None = None
    ) -> None:
        """Its author gives a message another text."""
        post = self.platform.posts[message]
        post.text = text
        edited = Edited(
            at=at or self.clock.at,
            actor=self.actor(post.to),
            place=post.place,
            message=message,
            text=text,
            edition=edition or self._nonce(),
        )
        self.hand(post.to, edited)

    def deletes(self, message: str) -> None:
        """Its author deletes a message."""
        post = self.platform.posts[message]
        gone = Deleted(
            at=self.clock.at, actor=self.actor(post.to), place=post.place, message=message
        )
        self.hand(post.to, gone)

    # Time

    def wind(self, *, to: str = "", **spans: float) -> None:
        """Let time pass: `wind(days=1)`, `wind(hours=4)`, `wind(to="2026-03-16 09:05")` (UTC)."""
        until = self.clock.at + timedelta(**spans)
        if to:
            until = datetime.fromisoformat(to).replace(tzinfo=UTC)
        self._loop.run(self.winding.advance(until))

    @property
    def now(self) -> str:
        """Such as "Tue 17:00" (UTC)."""
        return f"{self.clock.at:%a %H:%M}"

    # What they see

    def thread(self, of: str = "session") -> Place:
        """The newest thread of a session or of the meeting itself."""
        for post in reversed(self.platform.posts.values()):
            if post.card is not None and not post.to and post.card.name == of:
                return replace(self.place, thread=post.id)
        raise AssertionError(f"there is no {of} here")

    def channel(self) -> list[str]:
        """Everything public, as it stands now: posts of the bot and messages of people."""
        here = (self.place.installation, self.place.conversation)
        posts = self.platform.posts.values()
        public = [p for p in posts if p.kind in ("", "person")]
        public = [p for p in public if (p.place.installation, p.place.conversation) == here]
        return [text_of(p.card) if p.card else p.text for p in public]

    def card(self, name: str = "session") -> str:
        """The newest public card of a name, as it stands now."""
        return text_of(self._public(name)[-1])

    def cards(self, name: str) -> list[str]:
        """All public cards of a name."""
        return [text_of(card) for card in self._public(name)]

    def _public(self, name: str) -> list[Card]:
        found = [
            p.card for p in self.platform.posts.values() if p.card and p.kind == "" and not p.to
        ]
        found = [card for card in found if card.name == name]
        assert found, f"no card {name} stands in the channel"
        return found

    def sees(self, who: str, name: str = "") -> list[str]:
        """Every private message to a person (of one card), in their order."""
        mine = [p.card for p in self.platform.posts.values() if p.to == who and p.card]
        return [text_of(card) for card in mine if name in ("", card.name)]

    def told(self, who: str, name: str = "") -> list[str]:
        """The same, with what came straight back to them when they acted."""
        seen = [(p.at, p.card) for p in self.platform.posts.values() if p.card and p.to == who]
        every = sorted(seen + self._answers.get(who, []), key=lambda pair: pair[0])
        return [text_of(card) for _, card in every if name in ("", card.name)]

    def _cards_before(self, who: str) -> list[Card]:
        """What the person can see, the newest first."""
        seen = [(p.at, p.card) for p in self.platform.posts.values() if p.card and p.to == who]
        public = [(p.at, p.card) for p in self.platform.posts.values() if p.card and not p.to]
        private = seen + self._answers.get(who, [])
        newest = sorted(private, key=lambda pair: pair[0], reverse=True)
        return [card for _, card in newest] + [card for _, card in reversed(public)]

    # The core's own state, for what cannot be seen

    @property
    def group(self) -> LearningSet:
        """The set that meets here."""
        with self.store.reading() as tx:
            id = tx.sets.at(self.place)
            found = tx.machines.load(LearningSet, id) if id else None
        assert found is not None, "no set meets here"
        return found

    @property
    def meeting(self) -> Meeting:
        """The meeting that runs, or the last one."""
        group = self.group
        return self._load(Meeting, f"{group.id}-m{group.number}")

    @property
    def session(self) -> Session:
        """The newest session."""
        return self._load(Session, self.meeting.sessions[-1])

    @property
    def stage(self) -> str:
        """The name of the stage that runs in the newest session; "" when none does."""
        return self.session.stage.name if self.session.stage else ""

    @property
    def action(self) -> Action:
        """The newest action of the newest session's presenter."""
        return self._load(Action, self.session.actions[-1])

    def _load(self, kind: type[T], id: str) -> T:
        with self.store.reading() as tx:
            found = tx.machines.load(kind, id)  # type: ignore[type-var]
        assert found is not None
        return found

    def _nonce(self) -> str:
        return f"n{next(self._nonces)}"

    # Openings that many scripts share

    def begins(self, presenter: str = "ana", helpers: Sequence[str] = ("bo", "cem", "dee")) -> Play:
        """The presenter brings an issue, the helpers join, questions are open."""
        self.does(presenter, "/als present").fills(
            people=helpers, issue="My team has stopped talking to me"
        )
        for helper in helpers:
            self.joins(helper)
        return self

    def joins(self, who: str) -> Answer:
        """Press Join, read the ground rules, say yes."""
        return self.presses(who, "Join").fills()

    def reaches_actions(self) -> Play:
        """On to the actions: two ask, the presenter answers and closes the questions."""
        self.begins()
        self.types("bo", "What have you tried so far?")
        self.types("ana", "Mostly emails.")
        self.types("cem", "Who else is touched by this?")
        self.types("ana", "Two neighbours.")
        self.presses("ana", "Close the questions")
        return self

    def closes_with(self, *actions: str, due: str = "") -> Play:
        """The presenter commits to these actions and finishes; all others look back."""
        self.reaches_actions()
        for what in actions:
            dated = {"due": due} if due else {}
            self.presses("ana", "Add an action").fills(what=what, **dated)
        self.presses("ana", "Finish")
        for who in ("ana", "bo", "cem", "dee"):
            self.presses(who, "Look back").fills(self="I like to solve.")
        return self
