"""The world of one run: its people and sets, the clock, and the heap of what people will do.

It decides nothing. It knows what anyone can do (type, press, fill in), not why they do it.
"""

from __future__ import annotations

import heapq
import itertools
import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import resources

from adapters.simulate.observed import Member
from adapters.simulate.observer import Observer
from adapters.simulate.platform import NAME, SimPlatform
from bot.cards.card import Button, Card
from bot.cards.form import Choice, Form, PickDate
from bot.handlers.host import Host
from bot.handlers.inputs import Actor, AnyInput, Commanded, Deleted, Pressed, Sent, Typed
from bot.judge import judge_for
from bot.method.formats import Format
from bot.method.policy import DEFAULT_LANGUAGE
from bot.method.terms import Address, Place
from bot.ports import Reply
from bot.runtime.virtual_clock import VirtualClock
from bot.worktime import Hours, add_working, next_working

INSTALLATION = "simulated"


@dataclass
class Sim:
    """One simulated set: its place, its people, how far it has come."""

    name: str
    place: Place
    people: list[str]
    outsider: str
    meetings: int
    done: int = 0
    helpers: list[str] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)
    finished: bool = False

    def once(self, what: str) -> bool:
        """Whether this comes up for the first time; then somebody plans to do it."""
        if what in self.planned:
            return False
        self.planned.add(what)
        return True


class World:
    """Everyone, and the heap of what they are about to do."""

    def __init__(
        self,
        clock: VirtualClock,
        rng: random.Random,
        observer: Observer,
        host: Host,
        format: Format,
    ) -> None:
        self.format = format
        self.clock, self.rng, self.observer, self.host = clock, rng, observer, host
        self.lines = read_lines()
        self.platform: SimPlatform
        self.sets: dict[str, Sim] = {}
        self.by_conversation: dict[str, Sim] = {}
        self.by_user: dict[str, Sim] = {}
        self.actors: dict[str, Actor] = {}
        self._acts: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._tags = itertools.count(1)
        self._nonces = itertools.count(1)
        self.doubled_elsewhere = False  # in bad weather (weather.py) things come twice by itself
        self.carry: Callable[[AnyInput], Reply] = host.handle
        self.on_reply: Callable[[Sim, str, Card], None] = lambda sim, user, card: None
        self.events = 0
        self.actions = 0

    def person(self, user: str, zone: str, *, nudges: bool = True) -> None:
        """Somebody new, known to the observer too."""
        address = Address(NAME, INSTALLATION, user)
        self.actors[user] = Actor(address, user.capitalize(), zone, DEFAULT_LANGUAGE)
        self.observer.people[user] = Member(user, Hours(zone=zone), nudges)

    def hours(self, user: str) -> Hours:
        """A person's working hours."""
        return self.observer.people[user].hours

    # The heap

    def at(self, moment: datetime, act: Callable[..., None], *args: object) -> None:
        """Plan an act."""
        planned: Callable[[], None] = partial(act, *args)
        heapq.heappush(self._acts, (moment, next(self._numbers), planned))

    def next_act(self) -> datetime | None:
        """When somebody does something next (UTC)."""
        return self._acts[0][0] if self._acts else None

    def act(self) -> None:
        """Let the next person do what they planned."""
        _, _, act = heapq.heappop(self._acts)
        act()

    def soon(self, user: str, closes: datetime | None = None, *, share: float = 0.7) -> datetime:
        """A moment in the person's own hours, usually before `closes`; some answer late."""
        now, hours = self.clock.now(), self.hours(user)
        if closes is None or closes <= now or self.rng.random() < 0.05:
            return add_working(now, self.rng.randrange(5, 400), hours)
        span = (closes - now) * share * self.rng.random()
        moment = now + span
        # Most act at work; a few are night owls, and nobody's nudges follow them there.
        return next_working(moment, hours) if self.rng.random() < 0.9 else moment

    def tag(self, user: str, sim: Sim, kind: str) -> str:
        """A word of its own for one sentence, made known to the observer."""
        letters = "".join(self.rng.choice("aeiou") for _ in range(2))
        tag = f"kov{letters}{next(self._tags)}"
        self.observer.record_sentence(tag, user, sim.name, kind)
        return tag

    def line(self, kind: str, tag: str) -> str:
        """A sentence of this kind with its tag."""
        return str(self.rng.choice(self.lines[kind])).replace("{tag}", tag)

    def peers(self, sim: Sim) -> set[str]:
        """The members who ask; a coach explains the process and gives no content."""
        return self.observer.members[sim.name] - self.observer.coaches

    # What a person can do

    def hand(self, input: AnyInput) -> Reply:
        """Hand an input to the core, now and then twice."""
        self.events += 1
        reply = self.carry(input)
        user = input.actor.address.user
        sim = self.by_user.get(user)
        if sim is not None:
            for card in reply.cards:
                self.on_reply(sim, user, card)
        if self.rng.random() < 0.05 and not self.doubled_elsewhere:
            # Platforms deliver twice; the second time must change nothing (design.md).
            again = self.carry(input)
            if again.ok and again.codes != ("seen_before",) and not isinstance(input, Deleted):
                self.observer.duplicated += 1
        return reply

    def command(self, user: str, place: Place, text: str) -> Reply:
        """Type `/als …`."""
        self.observer.record_deed(place.conversation)
        return self.hand(
            Commanded(
                at=self.clock.now(),
                actor=self.actors[user],
                place=place,
                text=text,
                nonce=str(next(self._nonces)),
            )
        )

    def press(self, user: str, place: Place, button: Button) -> Reply:
        """Press a button."""
        self.observer.record_deed(place.conversation)
        return self.hand(
            Pressed(
                at=self.clock.now(),
                actor=self.actors[user],
                place=place,
                press=button.press,
                ref=button.ref,
                entry=button.entry,
                nonce=str(next(self._nonces)),
            )
        )

    def send(
        self,
        user: str,
        place: Place,
        form: Form,
        values: dict[str, str],
        people: dict[str, tuple[Actor, ...]] | None = None,
    ) -> Reply:
        """Hand a form in; what it was prefilled with stays where nothing else is given."""
        self.observer.record_deed(place.conversation)
        filled = {f.name: f.value for f in form.fields if isinstance(f, Choice) and f.value}
        filled |= {
            f.name: f.value.isoformat() for f in form.fields if isinstance(f, PickDate) and f.value
        }
        return self.hand(
            Sent(
                at=self.clock.now(),
                actor=self.actors[user],
                place=place,
                form=form.name,
                nonce=form.nonce,
                ref=form.ref,
                entry=form.entry,
                values={**filled, **values},
                people=people or {},
            )
        )

    def type(self, user: str, sim: Sim, thread: str, text: str, quotes: str = "") -> str:
        """Type a message into a thread; its id."""
        place = Place(NAME, INSTALLATION, sim.place.conversation, thread)
        self.observer.record_deed(place.conversation)
        message = self.platform.post_typed(place)
        now = self.clock.now()
        typed = Typed(
            at=now,
            actor=self.actors[user],
            place=place,
            message=message,
            text=text,
            quotes=quotes,
        )
        self.hand(typed)
        return message


def read_lines() -> dict[str, list[str]]:
    """What simulated people write, by kind (prompts/en/simulate.toml)."""
    text = (resources.files("prompts") / DEFAULT_LANGUAGE / "simulate.toml").read_text(
        encoding="utf-8"
    )
    return tomllib.loads(text)


def check_lines() -> list[str]:
    """Lines that the judge reads otherwise than their heading says (for a test)."""
    lines, judge = read_lines(), judge_for(DEFAULT_LANGUAGE)
    wanted = {"questions": "accept", "closed": "tip", "advice": "nudge", "thanks": "accept"}
    return [
        line
        for kind, verdict in wanted.items()
        for line in lines[kind]
        if judge(line.replace("{tag}", "kovae17")).verdict.value != verdict
    ]
