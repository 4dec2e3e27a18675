"""Turns a delivery into one call, and the connector's errors into the core's.

Rule 1: one call, no retry, no decision. Whoever calls decides what happens next.
Rule 2: Teams offers no way to look a message up, so an unknown fate stays unknown.
Rule 3: pace: the documented budgets of a conversation and of a tenant.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adapters.teams import outgoing
from adapters.teams.connector import Connector, Lost, Refused, Unreached
from adapters.teams.incoming import PLATFORM, THREAD, own
from adapters.teams.references import References
from bot.cards.card import Card, Words
from bot.cards.wording import wording
from bot.handlers.payloads import BadPayload
from bot.method.card_key import CardKey, CardKind
from bot.method.terms import Address, Person, Place
from bot.ports import (
    Clock,
    Delivery,
    LaneClosed,
    PersonClosed,
    RateLimiter,
    Transient,
    Undeliverable,
    UnknownFate,
)

PASSING = frozenset({408, 412, 429, 500, 502, 503, 504})
NO_EFFECT = frozenset({412, 429})  # refused without effect; after a gateway's error nobody knows
PER_THREAD = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))  # messages, seconds
PER_TENANT = ((50, 1.0),)
SHARED = 30.0  # seconds: a conversation's budgets of at least this span are shared by processes
NO_MESSAGE = "ActivityNotFoundInConversation"
GONE = frozenset({404, 410})
SHUT = frozenset({403, 404, 410})  # for a person's own chat: blocked, removed, never installed
JITTER = 1.0  # seconds at most, so that workers do not retry in step


class TeamsPlatform:
    """bot.ports.Platform on Microsoft Teams."""

    name = PLATFORM
    has_per_user_views = True

    def __init__(
        self,
        connector: Connector,
        references: References,
        *,
        targeted: bool = False,
        typed: bool = True,
        dice: random.Random | None = None,
        clock: Clock | None = None,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self._connector, self._references = connector, references
        self._targeted, self._typed = targeted, typed
        self._dice, self._clock, self._rate_limiter = dice or random.Random(), clock, rate_limiter
        self._used: dict[str, deque[datetime]] = {}

    # What the courier calls

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        """Post, edit, or tell one person. Returns where the message is, and its id."""
        body = self._body(delivery)
        try:
            if delivery.message:
                return await self._edit(delivery, body)
            if delivery.private == "dm":
                assert delivery.to is not None
                return await self._direct(delivery.to.address, body, delivery.shut)
            if delivery.private == "near":
                return await self._near(delivery, body)
            assert delivery.place is not None
            return await self._post(delivery.place, body)
        except Refused as error:
            raise self._translate(error) from None
        except Unreached:
            raise Transient("cannot_connect", sure=True) from None
        except Lost:
            raise UnknownFate from None

    async def answer(self, who: Address, card: Card) -> None:
        """Answer whoever acted in their own chat: at once, but counted against the budgets."""
        for body in outgoing.messages(card):
            self._count_answer(who)
            await self._direct(who, body)

    def _count_answer(self, to: Address) -> None:
        if self._clock is not None:
            self._count(to.installation, f"@{to.user}", self._clock.now())

    def _body(self, delivery: Delivery) -> dict[str, Any]:
        try:
            card = self.with_note(delivery.key, delivery.card)
            return outgoing.message(card, delivery.key, delivery.faces)
        except BadPayload as error:
            raise Undeliverable(str(error)) from None

    def with_note(self, key: CardKey, card: Card) -> Card:
        """The card; a session's card says so if the bot may not read what is typed."""
        if self._typed or key.kind is not CardKind.SESSION:
            return card
        note = Words(wording(card.language).label("teams.no_rsc"))
        return replace(card, parts=(*card.parts, note))

    async def _post(self, where: Place, body: dict[str, Any]) -> tuple[Place, str]:
        service = await self._service(where.installation)
        if where.thread and not self._is_chat(where):
            target = f"{where.conversation}{THREAD}{where.thread}"
            answer = await self._connector.post(service, target, body)
            return where, str(answer.get("id", ""))
        if self._is_chat(where):
            # A group chat has no threads: everything is in the one conversation.
            answer = await self._connector.post(service, where.conversation, body)
            return where, str(answer.get("id", ""))
        parameters = {
            "isGroup": True,
            "channelData": {"channel": {"id": where.conversation}},
            "tenantId": where.installation,
            "activity": body,
        }
        answer = await self._connector.create(service, parameters)
        return where, str(answer.get("activityId") or answer.get("id", "").partition(THREAD)[2])

    async def _edit(self, delivery: Delivery, body: dict[str, Any]) -> tuple[Place, str]:
        where = delivery.place
        assert where is not None
        service = await self._service(where.installation)
        root = where.thread or delivery.message
        target = where.conversation
        if not self._is_chat(where):
            target = f"{where.conversation}{THREAD}{root}"
        await self._connector.update(service, target, delivery.message, body)
        return where, delivery.message

    async def _near(self, delivery: Delivery, body: dict[str, Any]) -> tuple[Place, str]:
        """Post for one person's eyes: in place if the tenant allows that, else in their chat."""
        where, to = delivery.place, delivery.to
        assert where is not None
        assert to is not None
        if not self._targeted or not to.address.reach:
            return await self._direct(to.address, body, delivery.shut)
        service = await self._service(where.installation)
        thread = f"{THREAD}{where.thread}" if where.thread and not self._is_chat(where) else ""
        targeted_body = {**body, "recipient": {"id": to.address.reach}}
        try:
            answer = await self._connector.post(
                service, where.conversation + thread, targeted_body, targeted=True
            )
        except Refused as error:
            if error.status in PASSING:
                raise
            return await self._direct(to.address, body, delivery.shut)
        return where, str(answer.get("id", ""))

    async def _direct(
        self, to: Address, body: dict[str, Any], shut: bool = False
    ) -> tuple[Place, str]:
        """Post in the person's own chat with the bot, which is created when first needed."""
        if shut:
            raise PersonClosed("refused_before")
        tenant, user = to.installation, to.user
        service = await self._service(tenant)
        known_chat = await self._references.chat(tenant, user)
        try:
            chat = known_chat or await self._chat(service, to)
            try:
                answer = await self._connector.post(service, chat, body)
            except Refused as error:
                if error.status not in GONE or not known_chat:
                    raise
                # The chat that we knew is gone: there may be another.
                answer = await self._connector.post(service, await self._chat(service, to), body)
        except Refused as error:
            raise (PersonClosed(error.code) if error.status in SHUT else error) from None
        return own(tenant, user), str(answer.get("id", ""))

    async def _chat(self, service: str, to: Address) -> str:
        """Ask Teams for the chat with a person; it has one, or makes one."""
        tenant = to.installation
        parameters = {
            "isGroup": False,
            "bot": {"id": self._connector.bot},
            # Somebody who was picked but never acted is known by their directory id only.
            "members": [{"id": to.reach or to.user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        try:
            made = await self._connector.create(service, parameters)
        except Refused as error:
            if error.status == 400:  # the request holds no message, so the person must be wrong
                raise PersonClosed(error.code) from None
            raise
        chat = str(made.get("id", ""))
        await self._references.keep_chat(tenant, to.user, chat)
        return chat

    async def reachable(self, to: Person) -> bool:
        """Whether somebody can be written to, without sending a message that they would see.

        Whether the chat is there is asked of Teams; whether it may be written to, by the sign
        that somebody is typing, which leaves nothing behind. What cannot be found out now is yes.
        """
        self._count_answer(to.address)
        try:
            await self._direct(to.address, {"type": "typing"})
        except PersonClosed:
            return False
        except (LaneClosed, Refused, Unreached, Lost):
            return True
        return True

    async def _service(self, tenant: str) -> str:
        service = await self._references.service(tenant)
        if not service:
            raise LaneClosed("never_met")
        return service

    @staticmethod
    def _is_chat(where: Place) -> bool:
        return where.conversation.endswith(("@thread.v2", "@unq.gbl.spaces"))

    def _translate(self, error: Refused) -> Exception:
        """The connector's error as one of the core's: transient, this message, or this place."""
        if error.status in PASSING:
            wait = error.retry_after if error.retry_after is not None else 1.0
            wait += self._dice.random() * JITTER
            return Transient(f"status_{error.status}", wait, sure=error.status in NO_EFFECT)
        if error.status == 401:
            return Transient("token_refused", sure=True)
        if error.code == NO_MESSAGE:
            return Undeliverable(error.code)  # the message was deleted; the place is fine
        if error.status in (403, 404, 410):
            return LaneClosed(error.code)
        return Undeliverable("too_long" if error.status == 413 else error.code)

    async def find(self, delivery: Delivery) -> tuple[Place, str] | None:
        """Teams lets no bot look a message up. What only one person sees is told again."""
        if delivery.private:
            return None
        raise UnknownFate

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        """When this may be sent, by conversation and tenant; counts it as sent if that is now."""
        tenant = _tenant(delivery)
        lanes = ((f"{tenant}/{_lane(delivery)}", PER_THREAD), (tenant, PER_TENANT))
        free = max(_free(self._used.setdefault(key, deque()), b, now) for key, b in lanes)
        if free == now:
            free = self._shared_free_at(tenant, _lane(delivery), now)
        if free == now:
            self._count(tenant, _lane(delivery), now)
            if len(self._used) > 10_000:
                self._used = {k: v for k, v in self._used.items() if v and now - v[-1] < HOUR}
        return free

    def _shared_free_at(self, tenant: str, lane: str, now: datetime) -> datetime:
        """The same by the budgets that all processes share; the lane paces the shorter ones."""
        if self._rate_limiter is None:
            return now
        shared = [(f"{tenant}/{lane}", *b) for b in PER_THREAD if b[1] >= SHARED]
        for key, most, seconds in [*((tenant, *b) for b in PER_TENANT), *shared]:
            free = self._rate_limiter.acquire(f"{PLATFORM}/{key}/{seconds:g}", most, seconds, now)
            if free > now:
                return free  # what was granted before is lost, so the scarcest is asked first
        return now

    def _count(self, tenant: str, lane: str, now: datetime) -> None:
        for key in (f"{tenant}/{lane}", tenant):
            self._used.setdefault(key, deque()).append(now)

    def edits_every(self, place: Place, live: bool = False) -> float:
        """The seconds between two edits of one card."""
        return 5.0 if live else 30.0


HOUR = timedelta(hours=1)


def _free(used: deque[datetime], budgets: tuple[tuple[int, float], ...], now: datetime) -> datetime:
    while used and now - used[0] >= timedelta(seconds=budgets[-1][1]):
        used.popleft()
    free = now
    for most, seconds in budgets:
        if len(used) >= most:
            free = max(free, used[-most] + timedelta(seconds=seconds))
    return free


def _tenant(delivery: Delivery) -> str:
    if delivery.place is not None:
        return delivery.place.installation
    assert delivery.to is not None
    return delivery.to.address.installation


def _lane(delivery: Delivery) -> str:
    if delivery.place is not None and not delivery.private:
        return delivery.place.conversation  # the threads of a channel share one budget
    assert delivery.to is not None
    return f"@{delivery.to.address.user}"
