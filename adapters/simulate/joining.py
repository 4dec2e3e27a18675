"""A set's people: who begins it, joins, opts out of nudges, leaves."""

from __future__ import annotations

from datetime import timedelta

from adapters.simulate.platform import NAME
from adapters.simulate.presenting import Presenting
from adapters.simulate.world import INSTALLATION, Sim, World
from bot.cards.card import Button
from bot.cards.form import Ask
from bot.handlers.inputs import Actor
from bot.method import formats
from bot.method.terms import Place
from bot.worktime import next_working

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


class Joining:
    """What people do about belonging to a set."""

    def __init__(self, world: World, presenting: Presenting) -> None:
        self.world, self.presenting = world, presenting

    def found_set(self, number: int, members: int, meetings: int) -> Sim:
        """A set to be: its people and place; its first member soon presents."""
        name = f"set{number}"
        people = [f"p{number}x{i}" for i in range(members)]
        for user in people:
            self.world.person(user, self.world.rng.choice(ZONES))
        outsider = f"o{number}"
        self.world.person(outsider, "UTC")
        place = Place(NAME, INSTALLATION, f"C{number}")
        sim = Sim(name, place, people, outsider, meetings, helpers=people[1:])
        self.world.by_user |= dict.fromkeys(people, sim)
        self.world.sets[name] = self.world.by_conversation[place.conversation] = sim
        self.world.observer.home[place.conversation] = name
        self.world.observer.members[name] = {people[0]}
        self.world.observer.home_hours[name] = self.world.observer.people[people[0]].hours
        start = self.world.clock.now() + timedelta(minutes=self.world.rng.randrange(3 * 24 * 60))
        self.world.at(next_working(start, self.world.hours(people[0])), self._first, sim)
        return sim

    def _first(self, sim: Sim) -> None:
        """`/als present` in a place without a set: one form makes it all."""
        user = sim.people[0]
        helpers = tuple(self.world.actors[u] for u in sim.helpers)
        if self.world.format.name != formats.DEFAULT:
            return self._make_set(sim, user, helpers)
        reply = self.world.command(user, sim.place, "present")
        if reply.form is not None:
            self.presenting.present(sim, user, reply.form, {"people": helpers})

    def _make_set(self, sim: Sim, user: str, helpers: tuple[Actor, ...]) -> None:
        """Another method: the set is made first; its method is chosen when all are there.

        A set of ten chooses at once, as the default has no room for the last to join.
        """
        reply = self.world.command(user, sim.place, "set new")
        if reply.form is None:
            return
        self.world.send(user, sim.place, reply.form, {}, {"people": helpers})
        if len(sim.people) > formats.load(formats.DEFAULT).size.most:
            self._choose(sim, user)

    def _choose(self, sim: Sim, user: str) -> None:
        reply = self.world.command(user, sim.place, f"set format {self.world.format.name}")
        if reply.form is not None:
            self.world.send(user, sim.place, reply.form, {"format": self.world.format.name})

    def _all_in(self, sim: Sim) -> None:
        """Everyone has joined: a coach is named where one is needed, the method chosen."""
        user = sim.people[0]
        if self.world.format.coach:
            reply = self.world.command(user, sim.place, "set facilitator")
            if reply.form is not None:
                coach = (self.world.actors[sim.people[-1]],)
                self.world.send(user, sim.place, reply.form, {}, {"person": coach})
                self.world.observer.coaches.add(sim.people[-1])
        chooser = sim.people[-1] if self.world.format.coach else user
        self._choose(sim, chooser)
        reply = self.world.command(user, sim.place, "present")
        if reply.form is not None:
            self.presenting.present(sim, user, reply.form)

    def join(self, sim: Sim, user: str, button: Button) -> None:
        """Read the ground rules and join; a few then want no nudges."""
        reply = self.world.press(user, sim.place, button)
        if reply.form is not None and self.world.send(user, sim.place, reply.form, {}).ok:
            self.world.observer.members[sim.name].add(user)
            everyone = len(self.world.observer.members[sim.name]) == len(sim.people)
            if everyone and self.world.format.name != formats.DEFAULT:
                self.world.at(self.world.soon(sim.people[0]), self._all_in, sim)
            if self.world.rng.random() < 0.08:
                self._opt_out(user)

    def _opt_out(self, user: str) -> None:
        """No nudges, please: from then on nothing comes unprompted."""
        place = Place(NAME, INSTALLATION, f"@{user}")
        reply = self.world.command(user, place, "settings")
        if reply.form is None:
            return
        values = {f.name: f.value for f in reply.form.fields if isinstance(f, Ask)}
        if self.world.send(user, place, reply.form, {**values, "nudges": "no"}).ok:
            self.world.observer.people[user].nudges = False

    def leave(self, sim: Sim, user: str) -> None:
        """Anyone may leave at any time; our copy of their words goes."""
        reply = self.world.command(user, sim.place, "set leave")
        for card in reply.cards:
            for button in card.buttons:
                if button.press == "leave_now":
                    self.world.press(user, sim.place, button)
                    self.world.observer.members[sim.name].discard(user)
