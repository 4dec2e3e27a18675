"""A question round as members live it: they ask, advise, edit, take back, pass, stay silent."""

from __future__ import annotations

from datetime import timedelta

from adapters.simulate.observed import Thread
from adapters.simulate.platform import NAME
from adapters.simulate.world import INSTALLATION, Sim, World
from bot.cards.card import Button
from bot.handlers.inputs import Deleted, Edited
from bot.method.terms import Place


class Asking:
    """What members, the host and an outsider do while questions are open."""

    def __init__(self, world: World) -> None:
        self.world = world

    def take_part(self, sim: Sim, user: str, ask: Button, thread: Thread) -> None:
        """A member's part in a question round."""
        if user not in self.world.peers(sim) or thread.over:
            return
        if not self._in_round(thread, ask):
            return
        luck = self.world.rng.random()
        if luck < 0.08:
            return  # silent
        if luck < 0.16:
            reply = self.world.press(user, sim.place, Button("pass", "", ask.ref, ask.entry))
            if reply.ok:
                self.world.observer.record_pass(thread, user)
            return
        if luck < 0.26:
            self.world.press(user, sim.place, Button("thinking", "", ask.ref, ask.entry))
        for n in range(self.world.rng.choice((1, 1, 1, 2, 2, 2, 3, 5))):
            moment = self.world.clock.now() + timedelta(minutes=7 * n)
            self.world.at(moment, self._ask, sim, user, ask, thread)

    def _in_round(self, thread: Thread, ask: Button) -> bool:
        asking = thread.stage in self.world.observer.rounds
        return not thread.over and asking and thread.entry == ask.entry

    def _ask(self, sim: Sim, user: str, ask: Button, thread: Thread) -> None:
        if not self._in_round(thread, ask) or user in thread.passed:
            return
        if user not in self.world.observer.members[sim.name]:
            return
        luck = self.world.rng.random()
        root = sim.roots.get(thread.key, "")
        if luck < 0.2:
            reply = self.world.press(user, sim.place, ask)
            if reply.form is None:
                return
            tag = self.world.tag(user, sim, "question")
            taken = self.world.send(
                user, sim.place, reply.form, {"text": self.world.line("questions", tag)}
            )
            if taken.ok:
                self.world.observer.record_form_text(tag)
                self.world.observer.count_question(thread, user)
        elif luck < 0.72:
            kind = "closed" if luck < 0.3 else "questions"
            tag = self.world.tag(user, sim, "question")
            message = self.world.type(user, sim, root, self.world.line(kind, tag))
            full = self.world.observer.is_full(thread, user)
            self.world.observer.count_question(thread, user)
            if self.world.rng.random() < 0.06 and not full:
                self._take_back(sim, user, ask, thread, message)
        elif luck < 0.8:
            self.world.type(user, sim, root, self.world.line("thanks", ""))
        else:
            self._advise(sim, user, ask, thread, root)

    def _take_back(self, sim: Sim, user: str, ask: Button, thread: Thread, message: str) -> None:
        """Deletes the message at once, before anyone could answer it."""
        place = Place(NAME, INSTALLATION, sim.place.conversation, sim.roots[thread.key])
        gone = Deleted(
            at=self.world.clock.now(), actor=self.world.actors[user], place=place, message=message
        )
        self.world.observer.record_deed(place.conversation)
        self.world.hand(gone)
        self.world.observer.count_question(thread, user, -1)

    def _advise(self, sim: Sim, user: str, ask: Button, thread: Thread, root: str) -> None:
        tag = self.world.tag(user, sim, "advice")
        message = self.world.type(user, sim, root, self.world.line("advice", tag))
        if self.world.rng.random() < 0.6:
            moment = self.world.clock.now() + timedelta(minutes=self.world.rng.randrange(1, 40))
            self.world.at(moment, self._edit, sim, user, ask, thread, message)

    def _edit(self, sim: Sim, user: str, ask: Button, thread: Thread, message: str) -> None:
        """The natural act after a nudge: the message becomes a question."""
        if not self._in_round(thread, ask) or user not in self.world.observer.members[sim.name]:
            return
        tag = self.world.tag(user, sim, "question")
        place = Place(NAME, INSTALLATION, sim.place.conversation, sim.roots[thread.key])
        self.world.observer.record_deed(place.conversation)
        self.world.hand(
            Edited(
                at=self.world.clock.now(),
                actor=self.world.actors[user],
                place=place,
                message=message,
                text=self.world.line("questions", tag),
                edition="1",
            )
        )
        self.world.observer.count_question(thread, user)

    def outsider(self, sim: Sim, thread: Thread) -> None:
        """Somebody who is not in the set writes in its thread."""
        if thread.over or thread.stage not in self.world.observer.rounds:
            return
        tag = self.world.tag(sim.outsider, sim, "outsider")
        self.world.type(sim.outsider, sim, sim.roots[thread.key], self.world.line("questions", tag))

    def process(self, sim: Sim, thread: Thread, ask: Button) -> None:
        """Sometimes the host gives another day, or stops the clock for a while."""
        host, luck = sim.people[0], self.world.rng.random()
        if host not in self.world.observer.members[sim.name]:
            return
        later = self.world.soon(host)
        if luck < 0.12:
            self.world.at(later, self._press_if, sim, thread, ask, host, "extend")
        elif luck < 0.2:
            self.world.at(later, self._press_if, sim, thread, ask, host, "pause")
            on = later + timedelta(hours=self.world.rng.randrange(2, 30))
            self.world.at(on, self._press_if, sim, thread, ask, host, "resume")

    def _press_if(self, sim: Sim, thread: Thread, ask: Button, user: str, press: str) -> None:
        if self._in_round(thread, ask):
            self.world.press(user, sim.place, Button(press, "", ask.ref, ask.entry))
