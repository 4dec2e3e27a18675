"""What goes straight back to whoever acted, and what happens when their chat is closed to us."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace

from botbuilder.schema import Activity

from adapters.teams import incoming, outgoing, views
from adapters.teams.connector import Lost, Refused, Unreached
from adapters.teams.deliver import TeamsPlatform
from adapters.teams.sdk import Turn
from bot.cards.card import Card
from bot.delivery import unreachable
from bot.handlers import workspace_events
from bot.handlers.inputs import Actor
from bot.method.terms import Person
from bot.ports import (
    LaneClosed,
    PersonClosed,
    Reply,
    Transient,
    Undeliverable,
    UnknownFate,
)
from bot.runtime.gateway import Gateway

CALL_FAILED = (LaneClosed, Transient, Undeliverable, UnknownFate, Refused, Unreached, Lost)
PATIENCE = 3.0  # seconds for a look whether somebody can be written to

log = logging.getLogger("als.teams")


class Answers:
    """Private answers. A person whose chat is closed is suspended, and their facilitator told."""

    def __init__(self, gateway: Gateway, platform: TeamsPlatform) -> None:
        self._gateway, self._platform = gateway, platform

    async def send(self, actor: Actor, *cards: Card) -> bool:
        """Post cards in the person's own chat with the bot; False if that is closed to us."""
        person = await self._gateway.ask(workspace_events.person, actor)
        if person is not None and await self._gateway.ask(unreachable.is_person_suspended, person):
            return False
        try:
            for card in cards:
                await self._platform.answer(actor.address, card)
        except PersonClosed as error:
            await self._suspend(person, error.code)
            return False
        except CALL_FAILED as error:
            log.warning("an answer could not be given: %s", type(error).__name__)
        return True

    async def send_or_explain(self, turn: Turn, actor: Actor, language: str, *cards: Card) -> None:
        """The same; who has no chat with the bot reads where they asked how to open one."""
        if not await self.send(actor, *cards):
            explanation = Activity.deserialize(outgoing.message(views.explain_no_chat(language)))
            with suppress(*CALL_FAILED):
                await turn.send_activity(explanation)

    async def blocked_card(self, actor: Actor) -> Card | None:
        """How somebody lets us write to them again; None for somebody the core never met."""
        person = await self._gateway.ask(workspace_events.person, actor)
        if person is None:
            return None
        card: Card = await self._gateway.ask(
            unreachable.unreachable_card, person, self._gateway.now()
        )
        return card

    async def check_newcomer(self, reply: Reply, actor: Actor) -> Reply:
        """Tell whoever has just joined a set if we cannot write to them; joining stands."""
        person = await self._gateway.ask(workspace_events.person, actor)
        if not reply.joined or person is None:
            return reply
        if await self._is_reachable(person):
            own = incoming.own(person.address.installation, person.address.user)
            await self._gateway.ask(workspace_events.conversation_reached, own)
            return reply
        await self._suspend(person, "not_reachable")
        blocked = await self.blocked_card(actor)
        if not reply.cards or blocked is None:
            return reply
        last = reply.cards[-1]
        explained = replace(last, parts=(*last.parts, *blocked.parts))
        return replace(reply, cards=(*reply.cards[:-1], explained))

    async def _is_reachable(self, person: Person) -> bool:
        """Asked while the form waits for its answer, so not for long; in doubt, yes."""
        try:
            return await asyncio.wait_for(self._platform.reachable(person), PATIENCE)
        except TimeoutError:
            return True

    async def _suspend(self, person: Person | None, code: str) -> None:
        if person is not None:
            await self._gateway.change(
                unreachable.suspend_person, person, code, self._gateway.now()
            )
