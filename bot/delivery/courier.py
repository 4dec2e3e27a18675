"""Delivers the outbox: in order per lane, at the platform's pace, and as the only retrier.

Three kinds of error (design.md): *transient* (back off, the lane waits), *row* (this message is
parked, the lane goes on), *lane* (suspended; the host is told elsewhere, of a person by
`bot.delivery.unreachable`). A post of unknown fate is looked for before it is repeated; a person's
own words are never repeated blindly.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.delivery import failures, policy
from bot.delivery.policy import Decision, Defer, Drop, Send
from bot.method import effects as fx
from bot.method.terms import Place
from bot.ports import (
    Claim,
    Clock,
    LaneClosed,
    NewerSchema,
    OutboxMessage,
    PersonClosed,
    Platform,
    Posted,
    Store,
    StoreBusy,
    StoreFull,
    Transient,
    Tx,
    Undeliverable,
    UnknownFate,
)
from bot.ports.errors import describe_error
from bot.ports.lanes import platform_of
from bot.ports.metrics import Metrics
from bot.ports.runner import Runner, inline

log = logging.getLogger("als.courier")

LEASE = 60  # seconds that a worker holds a lane
AT_ONCE = 50  # lanes held at a time: as many calls are under way together
A_DAY = timedelta(days=1)
OURS = timedelta(seconds=LEASE / 2)  # into a lease, a message is begun: a call takes up to 10 s
NO_TIME = timedelta(0)
TRIES = 8  # then a message is parked
BACK_OFF = (1, 5, 20, 60, 180, 600, 1800, 3600)  # seconds, by attempt
T = TypeVar("T")
Receipt = tuple[Place, str]  # where a message was posted, and its id there
PERSONS_WORDS = ("said", "report", "reflection")


@dataclass(frozen=True, slots=True)
class _InDelivery:
    """A message on its way, with what was drawn of it."""

    message: OutboxMessage
    send: Send
    platform: Platform

    @property
    def lane(self) -> str:
        return self.message.lane


@dataclass(frozen=True, slots=True)
class _NotDrawn:
    """A message that could not be drawn: a mistake of ours, so it is parked."""


_Decided = Decision | NewerSchema | _NotDrawn | None  # None: no platform of that name


class Courier:
    """Claims lanes and delivers their messages until nothing is due.

    `tally` counts what was deferred or dropped at the moment of sending, by kind. `apart` is kept
    after each lane, so that another worker keeps a conversation's pace too. With several `hands`
    one draws while another waits for the database. Once `draining`, it finishes the messages that
    it is at, and gives back what it holds.
    """

    def __init__(
        self,
        store: Store,
        platforms: Mapping[str, Platform],
        clock: Clock,
        worker: str = "courier",
        run: Runner = inline,
        metrics: Metrics | None = None,
        apart: timedelta = NO_TIME,
        hands: int = 1,
    ) -> None:
        self.store, self.platforms, self.clock = store, platforms, clock
        self.worker, self.run, self.apart, self.hands = worker, run, apart, hands
        self.metrics = metrics or Metrics()
        self.draining = False
        self.tally: Counter[str] = Counter()

    @property
    def names(self) -> Sequence[str]:
        """By what each hand is known to the store: of two, one holds a lane."""
        return (self.worker, *(f"{self.worker}.{n}" for n in range(1, self.hands)))

    async def run_once(self) -> int:
        """Deliver everything that is due now; how many messages were dealt with."""
        dealt, (first, *others) = 0, self.names
        while not self.draining:
            claims = await self._claims(first)
            if not claims:
                return dealt
            # The other hands are of use only where there is more than one can hold.
            helping = [self.serve(name) for name in others] if len(claims) == AT_ONCE else []
            dealt += sum(await all_of([self._lanes(claims), *helping]))
        return dealt

    async def serve(self, name: str) -> int:
        """The same with one hand."""
        dealt = 0
        while not self.draining:
            claims = await self._claims(name)
            if not claims:
                return dealt
            dealt += await self._lanes(claims)
        return dealt

    async def _claims(self, name: str) -> Sequence[Claim]:
        found: Sequence[Claim] = await self.run(
            self.store.outbox.claims, name, self.clock.now(), LEASE, AT_ONCE
        )
        return found

    async def _lanes(self, claims: Sequence[Claim]) -> int:
        """A message of each lane at the same time, then the next of each: order holds in a lane."""
        dealt, since = 0, self.clock.now()
        held = {claim.lane: claim for claim in claims}
        waiting = {claim.lane: deque(claim.outbox_messages) for claim in claims}

        async def give_back(lanes: Iterable[str]) -> None:
            done = [replace(held[lane], outbox_messages=tuple(waiting[lane])) for lane in lanes]
            await self._give_back(done)
            for claim in done:
                del held[claim.lane], waiting[claim.lane]

        try:
            # The lease may end during the next call: the rest waits for the next claim.
            while waiting and not self.draining and self.clock.now() - since <= OURS:
                messages = [queue.popleft() for queue in waiting.values()]
                goes_on = await self._round(messages)
                dealt += len(messages)
                for lane in [lane for lane in waiting if goes_on[lane] is None]:
                    del waiting[lane]
                    await self.run(
                        self.store.outbox.defer_to_newer, held.pop(lane), self.clock.now()
                    )
                await give_back([k for k, queue in waiting.items() if not queue or not goes_on[k]])
            await give_back(list(waiting))
        finally:
            if held:
                await self.run(self.store.outbox.release, list(held.values()))
        return dealt

    async def _give_back(self, claims: Sequence[Claim]) -> None:
        if claims:
            until = self.clock.now() + self.apart if self.apart else None
            await self.run(self.store.outbox.release, claims, until)

    async def _round(self, messages: Sequence[OutboxMessage]) -> dict[str, bool | None]:
        """Deliver one message of each lane; whether the lane goes on. None: a newer process must.

        All are decided, marked and recorded together and called for at the same moment, so a round
        takes no longer than its slowest message, and "sending" is only said of what is being sent.
        """
        now, goes_on, ready = self.clock.now(), dict[str, bool | None](), list[_InDelivery]()
        decisions = await self.run(self._decide, messages, now)
        for message, decision in zip(messages, decisions, strict=True):
            platform = self.platforms.get(platform_of(message.lane))
            if isinstance(decision, Send) and platform is not None:
                ready.append(_InDelivery(message, decision, platform))
            else:
                goes_on[message.lane] = await self._set_aside(message, decision, now)
        return goes_on | await self._deliver(await self._keep_pace(ready, now), now)

    def _decide(self, messages: Sequence[OutboxMessage], now: datetime) -> Sequence[_Decided]:
        """Decide and draw each message, in one transaction where none of them fails."""
        try:
            with self.store.reading() as tx:
                self._prefetch(tx, messages, now)
                return [self._decide_one(tx, message, now) for message in messages]
        except (StoreBusy, StoreFull):
            raise
        except Exception as error:
            if len(messages) > 1:  # what is wrong with one of them is only its own
                return [self._decide([message], now)[0] for message in messages]
            if isinstance(error, NewerSchema):
                return [error]
            log.error("a message could not be drawn: %s", describe_error(error))
            return [_NotDrawn()]

    def _prefetch(self, tx: Tx, messages: Sequence[OutboxMessage], now: datetime) -> None:
        nudges = [m.effect for m in messages if isinstance(m.effect, fx.Nudge)]
        people = {nudge.person for nudge in nudges if nudge.kind == "digest"}
        tx.prefetch.for_digests(people, now.date() - A_DAY)  # their day may still be yesterday
        tx.prefetch.texts("action", (a.id for p in people for a in tx.actions.of_owner(p)))

    def _decide_one(self, tx: Tx, message: OutboxMessage, now: datetime) -> _Decided:
        platform = self.platforms.get(platform_of(message.lane))
        return None if platform is None else policy.decide(tx, message, now, platform)

    async def _set_aside(
        self, message: OutboxMessage, decision: _Decided, now: datetime
    ) -> bool | None:
        """What is not sent now is deferred, dropped or parked; the lane goes on."""
        outbox, name = self.store.outbox, platform_of(message.lane)
        kind = message.effect.kind if isinstance(message.effect, fx.Nudge) else "card"
        match decision:
            case Defer(until):
                self.tally[f"{kind}_deferred"] += 1
                self.metrics.delivered(name, "deferred")
                await self.run(outbox.postpone, message, until)
            case Drop(why, on_sent):
                self.tally[f"{kind}_dropped"] += 1
                self.metrics.delivered(name, "dropped")
                if on_sent is None:
                    await self.run(outbox.drop, message, why)
                else:
                    await self.run(outbox.mark_sent, [message], now, (), on_sent)
            case NewerSchema() as error:
                log.warning("a lane is left to a newer process: %s", error)
                return None
            case _NotDrawn():
                await self.run(outbox.park, message, "not_drawn")
            case _:
                await self.run(outbox.park, message, "no_platform")
        return True

    async def _keep_pace(
        self, ready: Sequence[_InDelivery], now: datetime
    ) -> Sequence[tuple[_InDelivery, bool]]:
        """Which may be called for now; the lanes of the others rest until their platform's pace."""
        free = await self.run(_all_free_at, ready, now) if ready else ()
        paced = [(one, at <= now) for one, at in zip(ready, free, strict=True)]
        for (one, may), at in zip(paced, free, strict=True):
            if not may:
                await self.run(self.store.outbox.pause, one.lane, at)
        return paced

    async def _deliver(
        self, paced: Sequence[tuple[_InDelivery, bool]], now: datetime
    ) -> dict[str, bool | None]:
        """Call the platforms for messages of different lanes at the same time."""
        goes_on: dict[str, bool | None] = {one.lane: False for one, may in paced if not may}
        batch = [one for one, may in paced if may]
        if not batch:
            return goes_on
        new = [one.message for one in batch if one.message.state != "sending"]
        if new:
            await self.run(self.store.outbox.mark_sending, new)
        answers = await asyncio.gather(*(self._call(one) for one in batch), return_exceptions=True)
        sent, failed = list[tuple[_InDelivery, Receipt]](), list[tuple[_InDelivery, Exception]]()
        for one, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                failed.append((one, answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                sent.append((one, answer))
        if sent:
            await self._record_sent(sent, now)
            goes_on |= {one.lane: True for one, _ in sent}
        unexpected: Exception | None = None
        for one, error in failed:
            try:
                goes_on[one.lane] = await self._handle_failure(one, error)
            except Exception as another:
                unexpected = unexpected or another  # the others are recorded first
        if unexpected is not None:
            raise unexpected
        return goes_on

    async def _call(self, one: _InDelivery) -> Receipt:
        """Deliver a message. One that may already have been delivered is looked for first."""
        receipt = await self._look_for(one) if one.message.state == "sending" else None
        return receipt or await one.platform.deliver(one.send.delivery)

    async def _look_for(self, one: _InDelivery) -> Receipt | None:
        """Where a message of unknown fate was posted; None if it may be delivered (again)."""
        if one.send.delivery.message:
            return None  # repeating an edit changes nothing
        try:
            return await one.platform.find(one.send.delivery)
        except Transient as error:
            # A failed look-up says nothing about the post that it was for.
            raise Transient(error.code, error.retry_after, sure=False) from None
        except UnknownFate:
            effect = one.message.effect
            if isinstance(effect, fx.Show) and effect.card in PERSONS_WORDS:
                raise _WordsOfUnknownFate from None
            return None

    async def _record_sent(
        self, sent: Sequence[tuple[_InDelivery, Receipt]], now: datetime
    ) -> None:
        """Mark all as sent in one transaction; if that fails, each by itself."""
        try:
            await self.run(self._mark_sent, sent, now)
        except (StoreBusy, StoreFull):
            raise
        except Exception as error:
            if len(sent) == 1:
                raise
            log.warning("sent messages are recorded one by one: %s", describe_error(error))
            for pair in sent:
                await self._record_sent([pair], now)
            return
        for one, _ in sent:
            self.metrics.delivered(one.platform.name, "sent")

    def _mark_sent(self, sent: Sequence[tuple[_InDelivery, Receipt]], now: datetime) -> None:
        posted = [
            Posted(one.send.delivery.key, place, message, now)
            for one, (place, message) in sent
            if not one.send.delivery.private
        ]
        on_sent = [one.send.on_sent for one, _ in sent if one.send.on_sent is not None]
        record = partial(policy.record_sent, on_sent) if on_sent else None
        self.store.outbox.mark_sent([one.message for one, _ in sent], now, posted, record)

    async def _handle_failure(self, one: _InDelivery, error: Exception) -> bool:
        """What follows from a call that failed; whether the lane goes on."""
        message, now, name = one.message, self.clock.now(), one.platform.name
        match error:
            case Transient():
                self.metrics.delivered(name, error.code)
                return await self._retry(message, error.code, error.retry_after, error.sure)
            case UnknownFate():
                self.metrics.delivered(name, "unknown_fate")
                return await self._retry(message, "unknown_fate", None)
            case Undeliverable():
                self.metrics.delivered(name, error.code)
                await self.run(self.store.outbox.park, message, error.code)
                return True
            case PersonClosed():
                self.metrics.delivered(name, error.code)
                close = failures.close_person
                goes_on: bool = await self.run(close, self.store, message, one.send, error, now)
                return goes_on
            case LaneClosed():
                self.metrics.delivered(name, error.code)
                await self.run(failures.close_lane, self.store, message, error.code, now)
                return False
            case _WordsOfUnknownFate():
                await self.run(failures.ask_author, self.store, message, now)
                return True
        raise error

    async def _retry(
        self, message: OutboxMessage, code: str, retry_after: float | None, sure: bool = False
    ) -> bool:
        """Back off; the lane waits behind this message, so that order holds."""
        if message.attempts + 1 >= TRIES:
            await self.run(self.store.outbox.park, message, code)
            return True
        wait = retry_after or BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)]
        until = self.clock.now() + timedelta(seconds=wait)
        await self.run(self.store.outbox.postpone, message, until, True, sure)
        return False


async def all_of(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Wait until all have ended; then their results, or the first error."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    results = list[T]()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        results.append(answer)
    return results


def _all_free_at(ready: Sequence[_InDelivery], now: datetime) -> list[datetime]:
    return [one.platform.free_at(one.send.delivery, now) for one in ready]


class _WordsOfUnknownFate(Exception):
    """A person's own words may have been posted, and cannot be looked for."""
