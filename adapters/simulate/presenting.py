"""What a presenter does: brings the issue, answers, decides, commits to actions."""

from __future__ import annotations

from adapters.simulate.observed import Thread
from adapters.simulate.world import Sim, World
from bot.cards.card import Button
from bot.cards.form import Form
from bot.handlers.inputs import Actor


class Presenting:
    """The presenter's own deeds."""

    def __init__(self, world: World) -> None:
        self.world = world

    def present(
        self, sim: Sim, user: str, form: Form, people: dict[str, tuple[Actor, ...]] | None = None
    ) -> None:
        """Bring an issue; half of them want ideas, a few want to add more first."""
        tag = self.world.tag(user, sim, "issue")
        detail = self.world.tag(user, sim, "issue")
        values = {
            "issue": self.world.line("issues", tag),
            "detail": self.world.line("details", detail),
        }
        if self.world.rng.random() < 0.15:
            values["more"] = "yes"
        if self.world.rng.random() < 0.5:
            values["support"] = "ideas"
        self.world.send(user, sim.place, form, values, people)

    def my_turn(self, sim: Sim, user: str, button: Button) -> None:
        """It is their turn: the form for the issue opens."""
        reply = self.world.press(user, sim.place, button)
        if reply.form is not None:
            self.present(sim, user, reply.form)

    def act(self, sim: Sim, user: str, button: Button) -> None:
        """The presenter commits to one or two actions, and finishes."""
        for _ in range(self.world.rng.choice((0, 1, 1, 2))):
            reply = self.world.press(user, sim.place, button)
            if reply.form is None:
                return
            tag = self.world.tag(user, sim, "action")
            if self.world.send(
                user, sim.place, reply.form, {"what": self.world.line("actions", tag)}
            ).ok:
                self.world.actions += 1
        done = Button("actions_done", "", button.ref, button.entry)
        reply = self.world.press(user, sim.place, done)
        if reply.form is not None:
            self.world.send(user, sim.place, reply.form, {})

    def treat(self, sim: Sim, thread: Thread, row: list[Button]) -> None:
        """The presenter answers in the form, or parks, declines, marks it."""
        user = thread.presenter
        if thread.over or user not in self.world.observer.members[sim.name]:
            return
        luck = self.world.rng.random()
        press = (
            "answer" if luck < 0.75 else "park" if luck < 0.85
            else "decline" if luck < 0.92 else "landed"
        )  # fmt: skip
        button = next(b for b in row if b.press == press)
        reply = self.world.press(user, sim.place, button)
        if reply.form is None or press != "answer":
            return
        tag = self.world.tag(user, sim, "answer")
        taken = self.world.send(
            user, sim.place, reply.form, {"text": self.world.line("answers", tag)}
        )
        if taken.ok:
            self.world.observer.record_form_text(tag)

    def decide(self, sim: Sim, thread: Thread, choices: list[Button]) -> None:
        """Ideas or not; the problem as it stands, or another look."""
        self.world.press(thread.presenter, sim.place, self.world.rng.choice(choices))

    def ready(self, sim: Sim, user: str, button: Button) -> None:
        """Nothing more to add: the next stage may begin."""
        self.world.press(user, sim.place, button)
