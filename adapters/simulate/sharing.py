"""What each member hands in: the problem as they see it, check-ins, the meeting's own forms."""

from __future__ import annotations

from adapters.simulate.observer import TAG
from adapters.simulate.platform import NAME
from adapters.simulate.world import INSTALLATION, Sim, World
from bot.cards.card import Button
from bot.method.terms import Place


class Sharing:
    """Forms that every member may fill in."""

    def __init__(self, world: World) -> None:
        self.world = world

    def problem(self, sim: Sim, user: str, button: Button) -> None:
        """The problem as this member sees it."""
        reply = self.world.press(user, sim.place, button)
        if reply.form is not None:
            tag = self.world.tag(user, sim, "problem")
            self.world.send(user, sim.place, reply.form, {"text": self.world.line("issues", tag)})

    def check_in(self, sim: Sim, user: str, button: Button, words: str) -> None:
        """An answer to a check-in, with what was learned; or later, please."""
        place = Place(NAME, INSTALLATION, f"@{user}")
        reply = self.world.press(user, place, button)
        if reply.form is None:
            return
        if button.press in ("done", "changed"):
            self.world.observer.settled |= set(TAG.findall(words))
        values: dict[str, str] = {}
        if button.press != "snooze":
            tag = self.world.tag(user, sim, "learned")
            values = {"learned": self.world.line("learned", tag)}
        self.world.send(user, place, reply.form, values)

    def part(self, sim: Sim, user: str, button: Button) -> None:
        """A part in the meeting's own stages: report back, a bid, a skill, a look back."""
        if user not in self.world.observer.members[sim.name] or self.world.rng.random() < 0.1:
            return
        reply = self.world.press(user, sim.place, button)
        if reply.form is None:
            return
        if button.press == "report":
            values = {}
            for f in reply.form.fields:
                name = getattr(f, "name", "")
                if name.startswith("outcome_"):
                    values[name] = self.world.rng.choice(("done", "partly", "not_yet", "changed"))
                elif name.startswith("happened_"):
                    tag = self.world.tag(user, sim, "report")
                    values[name] = self.world.line("happened", tag)
            taken = self.world.send(user, sim.place, reply.form, values)
            if taken.ok:
                for tag in TAG.findall(" ".join(values.values())):
                    self.world.observer.record_form_text(tag)
            return
        if button.press in ("bid", "skill"):
            tag = self.world.tag(user, sim, "bid")
            line = {"line": self.world.line("issues", tag)} if button.press == "bid" else {}
            self.world.send(user, sim.place, reply.form, line)
            return
        shared = self.world.rng.random() < 0.4
        tag = self.world.tag(user, sim, "reflection" if shared else "private")
        values = {"self": self.world.line("learned", tag), "share": "yes" if shared else ""}
        self.world.send(user, sim.place, reply.form, values)
