"""Delivers the outbox: in order per lane, at the platform's pace, and as the only retrier.

Three kinds of error (design.md): *transient* (back off, the lane waits), *row* (this letter is
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
from typing import Any, TypeVar

from bot.delivery import policy, unreachable
from bot.delivery.policy import Never, NotNow, Ready
from bot.method import effects as fx
from bot.method.terms import ContributionId, Person, PersonId, Place
from bot.ports import (
    Claim,
    Clock,
    Delivery,
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
from bot.ports.lanes import home_lane, person_lane
from bot.ports.metrics import Metrics
from bot.ports.runner import Runner, inline

log = logging.getLogger("als.courier")

LEASE = 60  # seconds that a worker holds a lane
AT_ONCE = 50  # lanes held at a time: as many calls are under way together
A_DAY = timedelta(days=1)
OURS = timedelta(seconds=LEASE / 2)  # into a lease, a letter is begun: a call takes up to 10 s
NO_TIME = timedelta(0)
TRIES = 8  # then a letter is parked
BACK_OFF = (1, 5, 20, 60, 180, 600, 1800, 3600)  # seconds, by attempt
T = TypeVar("T")
PERSONS_WORDS = ("said", "report", "reflection")


@dataclass(frozen=True, slots=True)
class _Going:
    """A letter on its way, with what was drawn of it."""

    outbox_message: OutboxMessage
    ready: Ready
    platform: Platform


class Courier:
    """Claims lanes and delivers their letters until nothing is due.

    `tally` counts what was deferred or dropped at the moment of sending, by kind. `apart` is kept
    after each lane, so that another worker keeps a conversation's pace too. With several `hands`
    one draws while another waits for the database. Once `draining`, it finishes the letters that
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
        """Deliver everything that is due now; how many letters were dealt with."""
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
        """A letter of each lane at the same time, then the next of each: order holds in a lane."""
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
                outbox_messages = [queue.popleft() for queue in waiting.values()]
                goes_on = await self._round(outbox_messages)
                dealt += len(outbox_messages)
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

    async def _round(self, outbox_messages: Sequence[OutboxMessage]) -> dict[str, bool | None]:
        """Deliver one letter of each lane; whether it goes on. None: only a newer process can.

        What is new is prepared, marked and noted together, and called for at the same moment, so
        that "being sent" is never said of a letter that nobody is sending.
        """
        now, goes_on, ready = self.clock.now(), dict[str, bool | None](), list[_Going]()
        new = [
            one for one in outbox_messages if one.state != "sending" and self._platform(one.lane)
        ]
        found = await self.run(self._prepare_all, new, now) if len(new) > 1 else {}
        others: list[OutboxMessage] = []
        for outbox_message in outbox_messages:
            decided, platform = found.get(outbox_message.id), self._platform(outbox_message.lane)
            if isinstance(decided, Ready) and platform is not None:
                ready.append(_Going(outbox_message, decided, platform))
            else:
                others.append(outbox_message)

        async def by_itself(outbox_message: OutboxMessage) -> None:
            decided = found.get(outbox_message.id)
            if isinstance(decided, NotNow | Never):
                goes_on[outbox_message.lane] = await self._kept_back(outbox_message, decided, now)
            else:
                goes_on[outbox_message.lane] = await self._alone(outbox_message)

        async def together() -> None:
            goes_on.update(await self._together(ready))

        # At the same time: so a round takes no longer than its slowest letter, and the lease holds.
        await all_of([*([together()] if ready else []), *(by_itself(one) for one in others)])
        return goes_on

    async def _alone(self, outbox_message: OutboxMessage) -> bool | None:
        try:
            return await self._letter(outbox_message.lane, outbox_message)
        except NewerSchema as error:
            log.warning("a lane is left to a newer process: %s", error)
            return None

    def _platform(self, lane: str) -> Platform | None:
        return self.platforms.get(lane.partition("/")[0])

    async def _letter(self, lane: str, outbox_message: OutboxMessage) -> bool:
        """Deliver one letter; False if the rest of the lane must wait behind it."""
        now, platform = self.clock.now(), self._platform(lane)
        if platform is None:
            await self.run(self.store.outbox.park, outbox_message, "no_platform")
            return True
        try:
            ready = await self.run(self._prepare, outbox_message, now, platform)
        except (StoreBusy, StoreFull, NewerSchema):
            raise  # it is not the letter's fault
        except Exception as error:
            log.error("a letter could not be drawn: %s", describe_error(error))
            await self.run(self.store.outbox.park, outbox_message, "not_drawn")
            return True
        if not isinstance(ready, Ready):
            return await self._kept_back(outbox_message, ready, now)
        return await self._deliver(lane, outbox_message, ready, platform)

    async def _kept_back(
        self, outbox_message: OutboxMessage, ready: NotNow | Never, now: datetime
    ) -> bool:
        """Deferred or dropped at the moment of sending: the lane goes on."""
        kind = outbox_message.effect.kind if isinstance(outbox_message.effect, fx.Nudge) else "card"
        name = outbox_message.lane.partition("/")[0]
        if isinstance(ready, NotNow):
            self.tally[f"{kind}_deferred"] += 1
            self.metrics.delivered(name, "deferred")
            await self.run(self.store.outbox.postpone, outbox_message, ready.until)
            return True
        self.tally[f"{kind}_dropped"] += 1
        self.metrics.delivered(name, "dropped")
        if ready.also is None:
            await self.run(self.store.outbox.drop, outbox_message, ready.why)
        else:
            await self.run(self.store.outbox.mark_sent, [outbox_message], now, (), ready.also)
        return True

    async def _together(self, going: Sequence[_Going]) -> dict[str, bool]:
        """Deliver letters of different lanes at the same time."""
        now, goes_on, let = self.clock.now(), dict[str, bool](), list[_Going]()
        free = await self.run(_all_free_at, going, now)
        for one, at in zip(going, free, strict=True):
            if at > now:
                await self.run(self.store.outbox.pause, one.outbox_message.lane, at)
                goes_on[one.outbox_message.lane] = False
            else:
                let.append(one)
        if not let:
            return goes_on
        await self.run(self.store.outbox.mark_sending, [one.outbox_message for one in let])
        calls = [one.platform.deliver(one.ready.delivery) for one in let]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        sent, failed = list[tuple[_Going, tuple[Place, str]]](), list[tuple[_Going, Exception]]()
        for one, answer in zip(let, answers, strict=True):
            if isinstance(answer, Exception):
                failed.append((one, answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                sent.append((one, answer))
        if sent:
            await self._sent(sent, now)
        goes_on |= {one.outbox_message.lane: True for one, _ in sent}
        wrong: Exception | None = None
        for one, error in failed:
            lane, delivery = one.outbox_message.lane, one.ready.delivery
            try:
                goes_on[lane] = await self._failed(
                    lane, one.outbox_message, delivery, error, one.platform.name
                )
            except Exception as another:
                wrong = wrong or another  # the rest is noted first
        if wrong is not None:
            raise wrong
        return goes_on

    async def _sent(self, sent: Sequence[tuple[_Going, tuple[Place, str]]], now: datetime) -> None:
        """Note all that went out; if that cannot be in one, each by itself."""
        try:
            await self.run(self._note, sent, now)
        except (StoreBusy, StoreFull):
            raise
        except Exception as error:
            if len(sent) == 1:
                raise
            log.warning("what was sent is noted one by one: %s", describe_error(error))
            for one in sent:
                await self.run(self._note, [one], now)
        for gone, _ in sent:
            self.metrics.delivered(gone.platform.name, "sent")

    def _note(self, sent: Sequence[tuple[_Going, tuple[Place, str]]], now: datetime) -> None:
        posted = [
            Posted(one.ready.delivery.key, place, message, now)
            for one, (place, message) in sent
            if not one.ready.delivery.private
        ]
        also = [one.ready.also for one, _ in sent if one.ready.also is not None]
        outbox_messages = [one.outbox_message for one, _ in sent]
        self.store.outbox.mark_sent(
            outbox_messages, now, posted, partial(policy.record_sent, also) if also else None
        )

    async def _deliver(
        self, lane: str, outbox_message: OutboxMessage, ready: Ready, platform: Platform
    ) -> bool:
        delivery, now = ready.delivery, self.clock.now()
        free = await self.run(platform.free_at, delivery, now)
        if free > now:
            await self.run(self.store.outbox.pause, lane, free)
            return False
        posting = outbox_message.state != "sending"
        try:
            found = None
            if outbox_message.state == "sending":
                # It may have gone out before: look for it first (design.md, Unknown fate).
                found = await self._look_for(platform, delivery, outbox_message)
                posting = True
            else:
                await self.run(self.store.outbox.mark_sending, [outbox_message])
            answer = found or await platform.deliver(delivery)
        except (Transient, UnknownFate, Undeliverable, LaneClosed, _WordsOfUnknownFate) as error:
            return await self._failed(lane, outbox_message, delivery, error, platform.name, posting)
        await self._sent([(_Going(outbox_message, ready, platform), answer)], now)
        return True

    async def _failed(
        self,
        lane: str,
        outbox_message: OutboxMessage,
        delivery: Delivery,
        error: Exception,
        platform: str,
        posting: bool = True,
    ) -> bool:
        """What follows from a call that did not work; whether the lane goes on."""
        match error:
            case Transient():
                self.metrics.delivered(platform, error.code)
                # Of a look that failed nothing is learnt about the post that it was for.
                sure = posting and error.sure
                return await self._again(outbox_message, error.code, error.retry_after, sure)
            case UnknownFate():
                self.metrics.delivered(platform, "unknown_fate")
                return await self._again(outbox_message, "unknown_fate", None)
            case Undeliverable():
                self.metrics.delivered(platform, error.code)
                await self.run(self.store.outbox.park, outbox_message, error.code)
                return True
            case PersonClosed():
                self.metrics.delivered(platform, error.code)
                return await self._shut_out(lane, outbox_message, delivery, error.code)
            case LaneClosed():
                self.metrics.delivered(platform, error.code)
                await self._close(lane, outbox_message, error.code)
                return False
            case _WordsOfUnknownFate():
                await self.run(self._ask_the_author, outbox_message, self.clock.now())
                return True
        raise error

    async def _look_for(
        self, platform: Platform, delivery: Delivery, outbox_message: OutboxMessage
    ) -> Any:
        if delivery.message:
            return None  # an edit repeated is the same edit
        try:
            return await platform.find(delivery)
        except UnknownFate:
            if (
                isinstance(outbox_message.effect, fx.Show)
                and outbox_message.effect.card in PERSONS_WORDS
            ):
                raise _WordsOfUnknownFate from None
            return None

    async def _again(
        self,
        outbox_message: OutboxMessage,
        code: str,
        retry_after: float | None,
        sure: bool = False,
    ) -> bool:
        """Back off; the lane waits behind this letter, so that order holds."""
        if outbox_message.attempts + 1 >= TRIES:
            await self.run(self.store.outbox.park, outbox_message, code)
            return True
        wait = retry_after or BACK_OFF[min(outbox_message.attempts, len(BACK_OFF) - 1)]
        until = self.clock.now() + timedelta(seconds=wait)
        await self.run(self.store.outbox.postpone, outbox_message, until, True, sure)
        return False

    async def _close(self, lane: str, outbox_message: OutboxMessage, code: str) -> None:
        await self.run(self.store.outbox.postpone, outbox_message, self.clock.now(), False)
        await self.run(self.store.outbox.suspend, lane, code)
        await self.run(self._tell_host, lane, outbox_message, self.clock.now())

    async def _shut_out(
        self, lane: str, outbox_message: OutboxMessage, delivery: Delivery, code: str
    ) -> bool:
        """A person's own chat is closed: what is theirs waits there, what is the set's goes on."""
        person = delivery.to
        assert person is not None
        now, theirs = self.clock.now(), person_lane(person)
        if not await self.run(unreachable.suspend_lane, self.store, person):
            await self.run(unreachable.suspend_person, self.store, person, code, now)
        if lane != theirs:
            await self.run(self._hand_over, outbox_message, theirs, delivery.key, now)
            return True
        await self.run(self.store.outbox.postpone, outbox_message, now, False)
        return False

    # Synchronous halves, each one transaction

    def _hand_over(self, outbox_message: OutboxMessage, lane: str, key: str, now: datetime) -> None:
        """A private line of a thread waits in its person's own lane instead."""
        with self.store.transaction() as tx:
            since = outbox_message.created or now
            tx.outbox.enqueue(outbox_message.effect, lane, outbox_message.set, key, now, since)
        self.store.outbox.drop(outbox_message, "waits_for_person")

    def _prepare_all(
        self, outbox_messages: Sequence[OutboxMessage], now: datetime
    ) -> Mapping[int, Ready | NotNow | Never]:
        """The same for several, by the letter's id; nothing if one of them is not to be drawn.

        Then each is prepared by itself, and what is wrong is only its own.
        """
        try:
            with self.store.reading() as tx:
                digests = [x.effect for x in outbox_messages if isinstance(x.effect, fx.Nudge)]
                people = {n.person for n in digests if n.kind == "digest"}
                tx.prefetch.for_digests(
                    people, now.date() - A_DAY
                )  # their day may still be yesterday
                theirs = (a.id for person in people for a in tx.actions.of_owner(person))
                tx.prefetch.texts("action", theirs)
                found = {}
                for outbox_message in outbox_messages:
                    platform = self._platform(outbox_message.lane)
                    assert platform is not None
                    found[outbox_message.id] = policy.decide(tx, outbox_message, now, platform)
                return found
        except (StoreBusy, StoreFull):
            raise
        except Exception as error:
            log.info("letters are prepared one by one: %s", describe_error(error))
            return {}

    def _prepare(
        self, outbox_message: OutboxMessage, now: datetime, platform: Platform
    ) -> Ready | NotNow | Never:
        """Decide and draw a letter from the newest state."""
        with self.store.reading() as tx:
            return policy.decide(tx, outbox_message, now, platform)

    def _ask_the_author(self, outbox_message: OutboxMessage, now: datetime) -> None:
        """A person's words may or may not stand there: they are asked, nothing is repeated.

        Asked before the letter is parked: whoever dies in between asks again.
        """
        assert isinstance(outbox_message.effect, fx.Show)
        with self.store.transaction() as tx:
            author, about = _author(tx, outbox_message.effect.ref)
            if author is not None:
                ask = fx.Whisper(author.id, "did_it_arrive", about)
                tx.outbox.enqueue(
                    ask,
                    person_lane(author),
                    outbox_message.set,
                    f"arrived/{outbox_message.id}",
                    now,
                    now,
                )
        self.store.outbox.park(outbox_message, "unknown_fate")

    def _tell_host(self, lane: str, outbox_message: OutboxMessage, now: datetime) -> None:
        """The set's place cannot be reached: its host hears of it in private."""
        if outbox_message.set is None:
            return
        with self.store.transaction() as tx:
            group = tx.machines.lock_set(outbox_message.set)
            if group is None or lane != home_lane(tx, group.id) or group.host is None:
                return
            host = tx.people.get(group.host)
            if host is not None:
                tell = fx.Whisper(host.id, "cannot_reach_home", group.id)
                tx.outbox.enqueue(
                    tell, person_lane(host), group.id, f"unreachable/{group.id}", now, now
                )


async def all_of(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Let all of them come to their end; then what came of them, or the first error."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    found = list[T]()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer)
    return found


def _all_free_at(going: Sequence[_Going], now: datetime) -> list[datetime]:
    return [one.platform.free_at(one.ready.delivery, now) for one in going]


def _author(tx: Tx, ref: str) -> tuple[Person | None, str]:
    """Whose words a card shows, and what they belong to: a contribution, or meeting:person."""
    meeting, _, person = ref.partition(":")
    if person:
        return tx.people.get(PersonId(person)), meeting
    contribution = tx.contributions.get(ContributionId(ref))
    return (tx.people.get(contribution.by), ref) if contribution is not None else (None, ref)


class _WordsOfUnknownFate(Exception):
    """A person's own words may have been posted, and cannot be looked for."""
