"""What a person sees, and what they then plan to do: nobody acts on what they were not shown."""

from __future__ import annotations

from datetime import timedelta

from adapters.simulate.asking import Asking
from adapters.simulate.joining import Joining
from adapters.simulate.observed import Thread, buttons
from adapters.simulate.observer import TAG
from adapters.simulate.platform import texts
from adapters.simulate.presenting import Presenting
from adapters.simulate.sharing import Sharing
from adapters.simulate.world import Sim, World
from bot.cards.card import Button, Card, Closes, Row, Said
from bot.method.card_key import CardKind
from bot.method.terms import Place
from bot.ports import Delivery

DECIDED = ("ideas_yes", "ideas_no", "agree_yes", "agree_more")
OF_MEETING = ("report", "reflect", "bid", "skill")
CHECK_INS = ("done", "partly", "not_yet", "changed", "snooze")


class Seeing:
    """Reads each delivery as the people do who see it; `joining` also begins sets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asking, self.sharing = Asking(world), Sharing(world)
        self.presenting = Presenting(world)
        self.joining = Joining(world, self.presenting)
        world.on_reply = self.react_to_reply

    def plan_reactions(self, delivery: Delivery, place: Place, message: str) -> None:
        """Plan what those who see this delivery will do about it."""
        self.world.observer.judge_delivery(delivery, place, message)
        sim = self.world.by_conversation.get(place.conversation)
        if delivery.private and delivery.to is not None:
            self._private(delivery.to.address.user, delivery, place)
        elif sim is not None:
            self._public(sim, delivery, message)

    def react_to_reply(self, sim: Sim, user: str, card: Card) -> None:
        """React to a card that came straight back to somebody who acted."""
        if card.name == "your_part":
            self._my_part(sim, user, card.buttons)

    def _public(self, sim: Sim, delivery: Delivery, message: str) -> None:
        card, key = delivery.card, delivery.key
        if key.begins_thread and not delivery.message:
            sim.roots[key] = message
        if card.name == "invitation":
            for button in card.buttons:
                for user in sim.helpers:
                    if sim.once(f"join/{user}"):
                        self.world.at(self.world.soon(user), self.joining.join, sim, user, button)
        elif key.kind is CardKind.SESSION:
            self._session_card(sim, delivery)
        elif key.kind is CardKind.MEETING:
            self._meeting_card(sim, delivery)

    def _session_card(self, sim: Sim, delivery: Delivery) -> None:
        card = delivery.card
        thread = self.world.observer.threads.get(delivery.key)
        if thread is None:
            return  # a card of a session that is long over, drawn again
        issue = [t for t in texts(card)[:1] for t in [self._author(t)] if t]
        if issue:
            thread.presenter = issue[0]
        shown_buttons = buttons(card)
        closes = next((p.at for p in card.parts if isinstance(p, Closes)), None)
        self._other_stages(sim, thread, shown_buttons, delivery)
        for button in shown_buttons:
            if button.press == "ask" and sim.once(f"round/{button.ref}/{button.entry}"):
                for user in sorted(self.world.peers(sim) - {thread.presenter}):
                    moment = self.world.soon(user, closes)
                    self.world.at(moment, self.asking.take_part, sim, user, button, thread)
                if self.world.rng.random() < 0.2:
                    self.world.at(
                        self.world.clock.now() + timedelta(hours=2),
                        self.asking.outsider,
                        sim,
                        thread,
                    )
                self.asking.process(sim, thread, button)
            answers = button.press == "answer" and thread.presenter
            if answers and sim.once(f"answer/{button.ref}"):
                moment = self.world.soon(thread.presenter, closes, share=0.4)
                row = [b for b in shown_buttons if b.ref == button.ref]
                self.world.at(moment, self.presenting.treat, sim, thread, row)
            if button.press == "next" and sim.once(f"ready/{button.ref}/{button.entry}"):
                user = thread.presenter
                if user and not any(b.press == "ask" for b in shown_buttons):
                    self.world.at(
                        self.world.soon(user, closes), self.presenting.ready, sim, user, button
                    )

    def _other_stages(
        self, sim: Sim, thread: Thread, shown_buttons: list[Button], delivery: Delivery
    ) -> None:
        """Ideas, the problem as each sees it, offers: what the other methods ask of people."""
        closes = next((p.at for p in delivery.card.parts if isinstance(p, Closes)), None)
        for button in shown_buttons:
            what = f"{button.press}/{button.ref}/{button.entry}"
            if button.press in ("ideas_yes", "agree_yes") and thread.presenter:
                if sim.once(what):
                    moment = self.world.soon(thread.presenter, closes)
                    self.world.at(
                        moment,
                        self.presenting.decide,
                        sim,
                        thread,
                        [b for b in shown_buttons if b.press in DECIDED],
                    )
            elif button.press == "state_problem":
                for user in sorted(self.world.observer.members[sim.name]):
                    if sim.once(f"{user}/{what}"):
                        self.world.at(
                            self.world.soon(user, closes), self.sharing.problem, sim, user, button
                        )

    def _author(self, text: str) -> str:
        tags = TAG.findall(text)
        return self.world.observer.tags.get(tags[0], ("", "", ""))[0] if tags else ""

    def _private(self, user: str, delivery: Delivery, place: Place) -> None:
        card = delivery.card
        sim = self.world.by_user.get(user)
        if sim is None or sim.finished:
            return
        if card.name == "your_part":
            self._my_part(sim, user, card.buttons)
        elif card.name in ("digest", "last_call"):
            for button in buttons(card):
                what = f"{button.press}/{button.ref}/{button.entry}"
                if button.press == "present" and sim.once(what):
                    self._my_part(sim, user, (button,))
                elif button.press in OF_MEETING and sim.once(f"{user}/{what}"):
                    self.world.at(self.world.soon(user), self.sharing.part, sim, user, button)
            self._check_ins(sim, user, delivery)

    def _my_part(self, sim: Sim, user: str, shown_buttons: tuple[Button, ...]) -> None:
        for button in shown_buttons:
            if button.press == "present" and sim.once(f"mine/{button.ref}"):
                self.world.at(self.world.soon(user), self.presenting.my_turn, sim, user, button)
            if button.press == "new_action" and sim.once(f"act/{button.ref}"):
                self.world.at(self.world.soon(user), self.presenting.act, sim, user, button)

    def _check_ins(self, sim: Sim, user: str, delivery: Delivery) -> None:
        """Most people answer a check-in; the action's words stand just above its buttons."""
        words = ""
        for part in delivery.card.parts:
            if isinstance(part, Said):
                words = part.text
            if not isinstance(part, Row) or self.world.rng.random() < 0.2:
                continue
            chosen = [b for b in part.buttons if b.press in CHECK_INS]
            if chosen:
                button = self.world.rng.choice(chosen)
                moment = self.world.soon(user)
                self.world.at(moment, self.sharing.check_in, sim, user, button, words)

    def _meeting_card(self, sim: Sim, delivery: Delivery) -> None:
        card = delivery.card
        closes = next((p.at for p in card.parts if isinstance(p, Closes)), None)
        for button in card.buttons:
            if button.press not in OF_MEETING:
                continue
            for user in sorted(self.world.observer.members[sim.name]):
                if sim.once(f"{user}/{button.press}/{button.ref}/{button.entry}"):
                    moment = self.world.soon(user, closes)
                    self.world.at(moment, self.sharing.part, sim, user, button)
        ended = not card.buttons and closes is not None
        if ended and sim.once(f"over/{delivery.key}"):
            self._meeting_over(sim, delivery.key)

    def _meeting_over(self, sim: Sim, key: str) -> None:
        sim.done += 1
        keep = {w for w in sim.planned if w.startswith("join/")}
        sim.planned = keep | {f"over/{key}"}
        sim.roots.clear()
        self.world.observer.forget(sim.name)
        if sim.done >= sim.meetings:
            sim.finished = True
        elif self.world.rng.random() < 0.06 and len(self.world.observer.members[sim.name]) > 5:
            leaver = sorted(self.world.observer.members[sim.name] - {sim.people[0]})[0]
            self.world.at(self.world.soon(leaver), self.joining.leave, sim, leaver)
