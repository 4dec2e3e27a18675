"""Simulated members: they answer late, advise, edit, take back, leave, live in other zones.

They see what the platform shows them, and do only what a person can: type, press, fill in.
"""

from __future__ import annotations

import heapq
import itertools
import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib import resources

from adapters.simulate.observer import TAG, Member, Observer, Thread, buttons
from adapters.simulate.platform import NAME, SimPlatform, texts
from bot import formats
from bot.cards import Ask, Button, Choice, Closes, Form, PickDate, Row, Said
from bot.formats import Format
from bot.host import Host
from bot.inputs import Actor, AnyInput, Commanded, Deleted, Edited, Pressed, Sent, Typed
from bot.ports import Delivery, Reply
from bot.rule import judge_for
from bot.terms import Address, Place
from bot.winding import WoundClock
from bot.worktime import Hours, add_working, next_working

ZONES = (
    "Europe/London",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Africa/Lagos",
    "America/Los_Angeles",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Australia/Lord_Howe",
)
INSTALLATION = "simulated"
DECIDED = ("ideas_yes", "ideas_no", "agree_yes", "agree_more")
OF_MEETING = ("report", "reflect", "bid", "skill")
CHECK_INS = ("done", "partly", "not_yet", "changed", "snooze")


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


class World:
    """Everyone, and the heap of what they are about to do."""

    def __init__(
        self,
        clock: WoundClock,
        rng: random.Random,
        observer: Observer,
        host: Host,
        format: Format,
    ) -> None:
        self.format = format
        self.clock, self.rng, self.observer, self.host = clock, rng, observer, host
        text = (resources.files("prompts") / "en" / "simulate.toml").read_text(encoding="utf-8")
        self.lines = tomllib.loads(text)
        self.platform: SimPlatform
        self.sets: dict[str, Sim] = {}
        self.by_conversation: dict[str, Sim] = {}
        self.by_user: dict[str, Sim] = {}
        self.actors: dict[str, Actor] = {}
        self._acts: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._tags = itertools.count(1)
        self._nonces = itertools.count(1)
        self.events = 0
        self.actions = 0

    # Set-up

    def person(self, user: str, zone: str, *, nudges: bool = True) -> None:
        """Somebody new, known to the observer too."""
        address = Address(NAME, INSTALLATION, user)
        self.actors[user] = Actor(address, user.capitalize(), zone, "en")
        self.observer.people[user] = Member(user, Hours(zone=zone), nudges)

    def found_set(self, number: int, members: int, meetings: int) -> Sim:
        """A set to be: its people and place; its first member soon presents."""
        name = f"set{number}"
        people = [f"p{number}x{i}" for i in range(members)]
        for user in people:
            self.person(user, self.rng.choice(ZONES))
        outsider = f"o{number}"
        self.person(outsider, "UTC")
        place = Place(NAME, INSTALLATION, f"C{number}")
        sim = Sim(name, place, people, outsider, meetings, helpers=people[1:])
        self.by_user |= dict.fromkeys(people, sim)
        self.sets[name] = self.by_conversation[place.conversation] = sim
        self.observer.home[place.conversation] = name
        self.observer.members[name] = {people[0]}
        self.observer.home_hours[name] = self.observer.people[people[0]].hours
        start = self.clock.now() + timedelta(minutes=self.rng.randrange(3 * 24 * 60))
        self.at(next_working(start, self.hours(people[0])), self._first, sim)
        return sim

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
        self.observer.wrote(tag, user, sim.name, kind)
        return tag

    def line(self, kind: str, tag: str) -> str:
        """A sentence of this kind with its tag."""
        return str(self.rng.choice(self.lines[kind])).replace("{tag}", tag)

    # What a person can do

    def hand(self, input: AnyInput) -> Reply:
        """Hand an input to the core, now and then twice."""
        self.events += 1
        reply = self.host.handle(input)
        user = input.actor.address.user
        sim = self.by_user.get(user)
        if sim is not None:
            for card in reply.cards:
                if card.name == "your_part":
                    self._my_part(sim, user, card.buttons)
        if self.rng.random() < 0.05:
            # Platforms deliver twice; the second time must change nothing (design.md).
            again = self.host.handle(input)
            if again.ok and again.codes != ("seen_before",) and not isinstance(input, Deleted):
                self.observer.duplicated += 1
        return reply

    def command(self, user: str, place: Place, text: str) -> Reply:
        """Type `/als …`."""
        self.observer.deed(place.conversation)
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
        self.observer.deed(place.conversation)
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
        self.observer.deed(place.conversation)
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
        self.observer.deed(place.conversation)
        message = self.platform.typed(place)
        now = self.clock.now()
        said = Typed(
            at=now,
            actor=self.actors[user],
            place=place,
            message=message,
            text=text,
            quotes=quotes,
        )
        self.hand(said)
        return message

    # A set's life

    def _first(self, sim: Sim) -> None:
        """`/als present` in a place without a set: one form makes it all."""
        user = sim.people[0]
        helpers = tuple(self.actors[u] for u in sim.helpers)
        if self.format.name != formats.DEFAULT:
            return self._found(sim, user, helpers)
        reply = self.command(user, sim.place, "present")
        if reply.form is not None:
            self._present(sim, user, reply.form, {"people": helpers})

    def _found(self, sim: Sim, user: str, helpers: tuple[Actor, ...]) -> None:
        """Another method: the set is made first; its method is chosen when all are there."""
        reply = self.command(user, sim.place, "set new")
        if reply.form is None:
            return
        self.send(user, sim.place, reply.form, {}, {"people": helpers})

    def _all_in(self, sim: Sim) -> None:
        """Everyone has joined: a coach is named where one is needed, the method chosen."""
        user = sim.people[0]
        if self.format.coach:
            reply = self.command(user, sim.place, "set facilitator")
            if reply.form is not None:
                coach = (self.actors[sim.people[-1]],)
                self.send(user, sim.place, reply.form, {}, {"person": coach})
                self.observer.coaches.add(sim.people[-1])
        chooser = sim.people[-1] if self.format.coach else user
        reply = self.command(chooser, sim.place, f"set format {self.format.name}")
        if reply.form is not None:
            self.send(chooser, sim.place, reply.form, {"format": self.format.name})
        reply = self.command(user, sim.place, "present")
        if reply.form is not None:
            self._present(sim, user, reply.form)

    def _present(
        self, sim: Sim, user: str, form: Form, people: dict[str, tuple[Actor, ...]] | None = None
    ) -> None:
        tag = self.tag(user, sim, "issue")
        detail = self.tag(user, sim, "issue")
        values = {"issue": self.line("issues", tag), "detail": self.line("details", detail)}
        if self.rng.random() < 0.15:
            values["more"] = "yes"
        if self.rng.random() < 0.5:
            values["support"] = "ideas"
        self.send(user, sim.place, form, values, people)

    def seen(self, delivery: Delivery, place: Place, message: str) -> None:
        """Something appeared: whoever sees it may plan to do something about it."""
        self.observer.seen(delivery, place, message)
        sim = self.by_conversation.get(place.conversation)
        if delivery.private and delivery.to is not None:
            self._private(delivery.to.address.user, delivery, place)
        elif sim is not None:
            self._public(sim, delivery, message)

    def _once(self, sim: Sim, what: str) -> bool:
        if what in sim.planned:
            return False
        sim.planned.add(what)
        return True

    def _public(self, sim: Sim, delivery: Delivery, message: str) -> None:
        card, key = delivery.card, delivery.key
        if key.startswith(("session/", "meeting/")) and not delivery.message:
            sim.roots[key] = message
        if card.name == "invitation":
            for button in card.buttons:
                for user in sim.helpers:
                    if self._once(sim, f"join/{user}"):
                        self.at(self.soon(user), self._join, sim, user, button)
        elif key.startswith("session/"):
            self._session_card(sim, delivery)
        elif key.startswith("meeting/"):
            self._meeting_card(sim, delivery)

    def _join(self, sim: Sim, user: str, button: Button) -> None:
        reply = self.press(user, sim.place, button)
        if reply.form is not None and self.send(user, sim.place, reply.form, {}).ok:
            self.observer.members[sim.name].add(user)
            everyone = len(self.observer.members[sim.name]) == len(sim.people)
            if everyone and self.format.name != formats.DEFAULT:
                self.at(self.soon(sim.people[0]), self._all_in, sim)
            if self.rng.random() < 0.08:
                self._opt_out(user)

    def _opt_out(self, user: str) -> None:
        """No nudges, please: from then on nothing comes unprompted."""
        place = Place(NAME, INSTALLATION, f"@{user}")
        reply = self.command(user, place, "settings")
        if reply.form is None:
            return
        values = {f.name: f.value for f in reply.form.fields if isinstance(f, Ask)}
        if self.send(user, place, reply.form, {**values, "nudges": "no"}).ok:
            self.observer.people[user].nudges = False

    def _session_card(self, sim: Sim, delivery: Delivery) -> None:
        card = delivery.card
        thread = self.observer.threads.get(delivery.key)
        if thread is None:
            return  # a card of a session that is long over, drawn again
        issue = [t for t in texts(card)[:1] for t in [self._author(t)] if t]
        if issue:
            thread.presenter = issue[0]
        found = buttons(card)
        closes = next((p.at for p in card.parts if isinstance(p, Closes)), None)
        self._other_stages(sim, thread, found, delivery)
        for button in found:
            if button.press == "ask" and self._once(sim, f"round/{button.ref}/{button.entry}"):
                for user in sorted(self._peers(sim) - {thread.presenter}):
                    moment = self.soon(user, closes)
                    self.at(moment, self._take_part, sim, user, button, thread)
                if self.rng.random() < 0.2:
                    self.at(self.clock.now() + timedelta(hours=2), self._outsider, sim, thread)
                self._process(sim, thread, button)
            answers = button.press == "answer" and thread.presenter
            if answers and self._once(sim, f"answer/{button.ref}"):
                moment = self.soon(thread.presenter, closes, share=0.4)
                row = [b for b in found if b.ref == button.ref]
                self.at(moment, self._treat, sim, thread, row)
            if button.press == "next" and self._once(sim, f"ready/{button.ref}/{button.entry}"):
                user = thread.presenter
                if user and not any(b.press == "ask" for b in found):
                    self.at(self.soon(user, closes), self._ready, sim, user, button)

    def _other_stages(
        self, sim: Sim, thread: Thread, found: list[Button], delivery: Delivery
    ) -> None:
        """Ideas, the problem as each sees it, offers: what the other methods ask of people."""
        closes = next((p.at for p in delivery.card.parts if isinstance(p, Closes)), None)
        for button in found:
            what = f"{button.press}/{button.ref}/{button.entry}"
            if button.press in ("ideas_yes", "agree_yes") and thread.presenter:
                if self._once(sim, what):
                    moment = self.soon(thread.presenter, closes)
                    self.at(
                        moment, self._decide, sim, thread, [b for b in found if b.press in DECIDED]
                    )
            elif button.press == "state_problem":
                for user in sorted(self.observer.members[sim.name]):
                    if self._once(sim, f"{user}/{what}"):
                        self.at(self.soon(user, closes), self._problem, sim, user, button)

    def _decide(self, sim: Sim, thread: Thread, choices: list[Button]) -> None:
        self.press(thread.presenter, sim.place, self.rng.choice(choices))

    def _problem(self, sim: Sim, user: str, button: Button) -> None:
        reply = self.press(user, sim.place, button)
        if reply.form is not None:
            tag = self.tag(user, sim, "problem")
            self.send(user, sim.place, reply.form, {"text": self.line("issues", tag)})

    def _peers(self, sim: Sim) -> set[str]:
        """The members who ask; a coach explains the process and gives no content."""
        return self.observer.members[sim.name] - self.observer.coaches

    def _author(self, text: str) -> str:
        tags = TAG.findall(text)
        return self.observer.tags.get(tags[0], ("", "", ""))[0] if tags else ""

    def _ready(self, sim: Sim, user: str, button: Button) -> None:
        self.press(user, sim.place, button)

    def _take_part(self, sim: Sim, user: str, ask: Button, thread: Thread) -> None:
        """A member's part in a question round."""
        if user not in self._peers(sim) or thread.over:
            return
        if not self._in_round(thread, ask):
            return
        luck = self.rng.random()
        if luck < 0.08:
            return  # silent
        if luck < 0.16:
            reply = self.press(user, sim.place, Button("pass", "", ask.ref, ask.entry))
            if reply.ok:
                self.observer.passed_on(thread, user)
            return
        if luck < 0.26:
            self.press(user, sim.place, Button("thinking", "", ask.ref, ask.entry))
        for n in range(self.rng.choice((1, 1, 1, 2, 2, 2, 3, 5))):
            moment = self.clock.now() + timedelta(minutes=7 * n)
            self.at(moment, self._ask, sim, user, ask, thread)

    def _in_round(self, thread: Thread, ask: Button) -> bool:
        asking = thread.stage in self.observer.rounds
        return not thread.over and asking and thread.entry == ask.entry

    def _ask(self, sim: Sim, user: str, ask: Button, thread: Thread) -> None:
        if not self._in_round(thread, ask) or user in thread.passed:
            return
        if user not in self.observer.members[sim.name]:
            return
        luck = self.rng.random()
        root = sim.roots.get(thread.key, "")
        if luck < 0.2:
            reply = self.press(user, sim.place, ask)
            if reply.form is None:
                return
            tag = self.tag(user, sim, "question")
            taken = self.send(user, sim.place, reply.form, {"text": self.line("questions", tag)})
            if taken.ok:
                self.observer.handed_in(tag)
                self.observer.asked(thread, user)
        elif luck < 0.72:
            kind = "closed" if luck < 0.3 else "questions"
            tag = self.tag(user, sim, "question")
            message = self.type(user, sim, root, self.line(kind, tag))
            full = self.observer.is_full(thread, user)
            self.observer.asked(thread, user)
            if self.rng.random() < 0.06 and not full:
                self._take_back(sim, user, ask, thread, message)
        elif luck < 0.8:
            self.type(user, sim, root, self.line("thanks", ""))
        else:
            self._advise(sim, user, ask, thread, root)

    def _take_back(self, sim: Sim, user: str, ask: Button, thread: Thread, message: str) -> None:
        """Deletes the message at once, before anyone could answer it."""
        place = Place(NAME, INSTALLATION, sim.place.conversation, sim.roots[thread.key])
        gone = Deleted(at=self.clock.now(), actor=self.actors[user], place=place, message=message)
        self.observer.deed(place.conversation)
        self.hand(gone)
        self.observer.asked(thread, user, -1)

    def _advise(self, sim: Sim, user: str, ask: Button, thread: Thread, root: str) -> None:
        tag = self.tag(user, sim, "advice")
        message = self.type(user, sim, root, self.line("advice", tag))
        if self.rng.random() < 0.6:
            moment = self.clock.now() + timedelta(minutes=self.rng.randrange(1, 40))
            self.at(moment, self._edit, sim, user, ask, thread, message)

    def _edit(self, sim: Sim, user: str, ask: Button, thread: Thread, message: str) -> None:
        """The natural act after a nudge: the message becomes a question."""
        if not self._in_round(thread, ask) or user not in self.observer.members[sim.name]:
            return
        tag = self.tag(user, sim, "question")
        place = Place(NAME, INSTALLATION, sim.place.conversation, sim.roots[thread.key])
        self.observer.deed(place.conversation)
        self.hand(
            Edited(
                at=self.clock.now(),
                actor=self.actors[user],
                place=place,
                message=message,
                text=self.line("questions", tag),
                edition="1",
            )
        )
        self.observer.asked(thread, user)

    def _outsider(self, sim: Sim, thread: Thread) -> None:
        if thread.over or thread.stage not in self.observer.rounds:
            return
        tag = self.tag(sim.outsider, sim, "outsider")
        self.type(sim.outsider, sim, sim.roots[thread.key], self.line("questions", tag))

    def _process(self, sim: Sim, thread: Thread, ask: Button) -> None:
        """Sometimes the host gives another day, or stops the clock for a while."""
        host, luck = sim.people[0], self.rng.random()
        if host not in self.observer.members[sim.name]:
            return
        later = self.soon(host)
        if luck < 0.12:
            self.at(later, self._press_if, sim, thread, ask, host, "extend")
        elif luck < 0.2:
            self.at(later, self._press_if, sim, thread, ask, host, "pause")
            on = later + timedelta(hours=self.rng.randrange(2, 30))
            self.at(on, self._press_if, sim, thread, ask, host, "resume")

    def _press_if(self, sim: Sim, thread: Thread, ask: Button, user: str, press: str) -> None:
        if self._in_round(thread, ask):
            self.press(user, sim.place, Button(press, "", ask.ref, ask.entry))

    def _treat(self, sim: Sim, thread: Thread, row: list[Button]) -> None:
        """The presenter answers in the form, or parks, declines, marks it."""
        user = thread.presenter
        if thread.over or user not in self.observer.members[sim.name]:
            return
        luck = self.rng.random()
        press = (
            "answer" if luck < 0.75 else "park" if luck < 0.85
            else "decline" if luck < 0.92 else "landed"
        )  # fmt: skip
        button = next(b for b in row if b.press == press)
        reply = self.press(user, sim.place, button)
        if reply.form is None or press != "answer":
            return
        tag = self.tag(user, sim, "answer")
        taken = self.send(user, sim.place, reply.form, {"text": self.line("answers", tag)})
        if taken.ok:
            self.observer.handed_in(tag)

    # Private messages

    def _private(self, user: str, delivery: Delivery, place: Place) -> None:
        card = delivery.card
        sim = self.by_user.get(user)
        if sim is None or sim.finished:
            return
        if card.name == "your_part":
            self._my_part(sim, user, card.buttons)
        elif card.name in ("digest", "last_call"):
            for button in buttons(card):
                what = f"{button.press}/{button.ref}/{button.entry}"
                if button.press == "present" and self._once(sim, what):
                    self._my_part(sim, user, (button,))
                elif button.press in OF_MEETING and self._once(sim, f"{user}/{what}"):
                    self.at(self.soon(user), self._meeting_part, sim, user, button)
            self._check_ins(sim, user, delivery)

    def _my_part(self, sim: Sim, user: str, found: tuple[Button, ...]) -> None:
        for button in found:
            if button.press == "present" and self._once(sim, f"mine/{button.ref}"):
                self.at(self.soon(user), self._my_turn, sim, user, button)
            if button.press == "new_action" and self._once(sim, f"act/{button.ref}"):
                self.at(self.soon(user), self._act, sim, user, button)

    def _my_turn(self, sim: Sim, user: str, button: Button) -> None:
        reply = self.press(user, sim.place, button)
        if reply.form is not None:
            self._present(sim, user, reply.form)

    def _act(self, sim: Sim, user: str, button: Button) -> None:
        """The presenter commits to one or two actions, and finishes."""
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            reply = self.press(user, sim.place, button)
            if reply.form is None:
                return
            tag = self.tag(user, sim, "action")
            if self.send(user, sim.place, reply.form, {"what": self.line("actions", tag)}).ok:
                self.actions += 1
        done = Button("actions_done", "", button.ref, button.entry)
        reply = self.press(user, sim.place, done)
        if reply.form is not None:
            self.send(user, sim.place, reply.form, {})

    def _check_ins(self, sim: Sim, user: str, delivery: Delivery) -> None:
        """Most people answer a check-in; the action's words stand just above its buttons."""
        words = ""
        for part in delivery.card.parts:
            if isinstance(part, Said):
                words = part.text
            if not isinstance(part, Row) or self.rng.random() < 0.2:
                continue
            chosen = [b for b in part.buttons if b.press in CHECK_INS]
            if chosen:
                button = self.rng.choice(chosen)
                moment = self.soon(user)
                self.at(moment, self._check_in, sim, user, button, words)

    def _check_in(self, sim: Sim, user: str, button: Button, words: str) -> None:
        place = Place(NAME, INSTALLATION, f"@{user}")
        reply = self.press(user, place, button)
        if reply.form is None:
            return
        if button.press in ("done", "changed"):
            self.observer.settled |= set(TAG.findall(words))
        values: dict[str, str] = {}
        if button.press != "snooze":
            tag = self.tag(user, sim, "learned")
            values = {"learned": self.line("learned", tag)}
        self.send(user, place, reply.form, values)

    # The meeting's own stages

    def _meeting_card(self, sim: Sim, delivery: Delivery) -> None:
        card = delivery.card
        closes = next((p.at for p in card.parts if isinstance(p, Closes)), None)
        for button in card.buttons:
            if button.press not in OF_MEETING:
                continue
            for user in sorted(self.observer.members[sim.name]):
                if self._once(sim, f"{user}/{button.press}/{button.ref}/{button.entry}"):
                    moment = self.soon(user, closes)
                    self.at(moment, self._meeting_part, sim, user, button)
        ended = not card.buttons and closes is not None
        if ended and self._once(sim, f"over/{delivery.key}"):
            self._meeting_over(sim, delivery.key)

    def _meeting_part(self, sim: Sim, user: str, button: Button) -> None:
        if user not in self.observer.members[sim.name] or self.rng.random() < 0.1:
            return
        reply = self.press(user, sim.place, button)
        if reply.form is None:
            return
        if button.press == "report":
            values = {}
            for f in reply.form.fields:
                name = getattr(f, "name", "")
                if name.startswith("outcome_"):
                    values[name] = self.rng.choice(("done", "partly", "not_yet", "changed"))
                elif name.startswith("happened_"):
                    tag = self.tag(user, sim, "report")
                    values[name] = self.line("happened", tag)
            taken = self.send(user, sim.place, reply.form, values)
            if taken.ok:
                for tag in TAG.findall(" ".join(values.values())):
                    self.observer.handed_in(tag)
            return
        if button.press in ("bid", "skill"):
            tag = self.tag(user, sim, "bid")
            line = {"line": self.line("issues", tag)} if button.press == "bid" else {}
            self.send(user, sim.place, reply.form, line)
            return
        shared = self.rng.random() < 0.4
        tag = self.tag(user, sim, "reflection" if shared else "private")
        values = {"self": self.line("learned", tag), "share": "yes" if shared else ""}
        self.send(user, sim.place, reply.form, values)

    def _meeting_over(self, sim: Sim, key: str) -> None:
        sim.done += 1
        keep = {w for w in sim.planned if w.startswith("join/")}
        sim.planned = keep | {f"over/{key}"}
        sim.roots.clear()
        self.observer.forget(sim.name)
        if sim.done >= sim.meetings:
            sim.finished = True
        elif self.rng.random() < 0.06 and len(self.observer.members[sim.name]) > 5:
            leaver = sorted(self.observer.members[sim.name] - {sim.people[0]})[0]
            self.at(self.soon(leaver), self._leave, sim, leaver)

    def _leave(self, sim: Sim, user: str) -> None:
        """Anyone may leave at any time; our copy of their words goes."""
        reply = self.command(user, sim.place, "set leave")
        for card in reply.cards:
            for button in card.buttons:
                if button.press == "leave_now":
                    self.press(user, sim.place, button)
                    self.observer.members[sim.name].discard(user)


def check_lines() -> list[str]:
    """Lines that the judge reads otherwise than their heading says (for a test)."""
    text = (resources.files("prompts") / "en" / "simulate.toml").read_text(encoding="utf-8")
    lines, judge = tomllib.loads(text), judge_for("en")
    wanted = {"questions": "accept", "closed": "tip", "advice": "nudge", "thanks": "accept"}
    return [
        line
        for kind, verdict in wanted.items()
        for line in lines[kind]
        if judge(line.replace("{tag}", "kovae17")).verdict.value != verdict
    ]
