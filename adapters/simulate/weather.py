"""Bad weather: what really goes wrong around a process, from a seed.

News comes twice, late, in another order, or only at the second try; calls fail, or time out after
they took effect; the process is killed before or after any transaction, and another one goes on;
its clock runs behind; the database stands still for a while.
Rule 1: nothing of it is a mistake of ours: whatever the observer then finds wrong, is.
Rule 2: people behave as people do: what failed before their eyes they do again.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.handlers.host import HandlingFailed, Host
from bot.handlers.inputs import AnyInput, Commanded, Pressed, Sent
from bot.ports import Reply, Store, StoreBusy, UnknownFate
from bot.runtime.virtual_clock import VirtualClock

DEATH = 0.003  # at each transaction, before and after it
FATAL_CALL = 0.02  # a call that took effect, and nobody lives to hear of it
LATE, TWICE, MISSED = 0.25, 0.10, 0.05  # of what is typed, edited, deleted
PAUSE = 0.003  # at each transaction: the database stands still from here on
AGAIN = (timedelta(seconds=60), timedelta(seconds=300))  # when a platform tries again
BEHIND = 90  # seconds, at most, that a process's clock is behind
LEEWAY = timedelta(minutes=7)  # by which news may be late: retries, a pause, a clock behind
TRIES = 12  # of a person, until the world is at fault


class Killed(BaseException):
    """The process is no more. Nothing of it runs on: what would tidy up is cut off as well."""


@dataclass
class Behind:
    """The clock of a process: the world's, or a little behind it."""

    world: VirtualClock
    by: timedelta = timedelta()

    def now(self) -> datetime:
        """What the process takes for now (UTC)."""
        return self.world.now() - self.by


class Calm(random.Random):
    """No luck at all, good or bad."""

    def random(self) -> float:
        """Nothing happens."""
        return 1.0


class Weather:
    """Carries what people do to the core, and lets things go wrong on the way."""

    def __init__(self, clock: VirtualClock, rng: random.Random, store: Store) -> None:
        self.world, self.rng, self.store = clock, rng, store
        self.clock = Behind(clock)
        self.dead = False
        self.host: Host  # of the process that lives
        self.deaths = self.pauses = self.redelivered = self.doubled = 0
        self._still: datetime | None = None  # until then the database stands still
        self._on_its_way: list[tuple[datetime, int, AnyInput, int]] = []
        self._numbers = itertools.count()

    # What people do

    def carry(self, input: AnyInput) -> Reply:
        """Bring one input to the core. What was typed may come later; a press is answered now."""
        if not input.interactive:
            return self._carry_message(input)
        for _ in range(TRIES):
            reply = self._press(input)
            if reply is not None:
                if self.rng.random() < TWICE:
                    self._comes_twice(input)
                return reply
            input = self._once_more(input)
        raise AssertionError("a person has tried again and again, and it never worked")

    def _press(self, input: AnyInput) -> Reply | None:
        """None when nothing came back, and the person tries again."""
        try:
            reply = self.host.handle(input)
        except Killed:
            return None
        if any(card.name == "store_busy" for card in reply.cards):
            self._still = None  # they wait until it works
            return None
        if reply.codes == ("seen_before",) and self._was_lost(input):
            # It was dealt with when the process died; the person sees on the card what came of it.
            return (
                Reply(ok=self._dealt == (input.idempotency_key, True))
                if isinstance(input, Sent)
                else None
            )
        self._lost = ""
        return reply

    def _comes_twice(self, input: AnyInput) -> None:
        """A platform may deliver a press twice; the second time must change nothing."""
        try:
            again = self.host.handle(input)
        except Killed:
            return self.revive()
        busy = any(card.name == "store_busy" for card in again.cards)
        self.doubled += again.ok and again.codes != ("seen_before",) and not busy

    _lost = ""  # what was being done when the process died

    _dealt = ("", True)  # what the process had dealt with last, and whether it was taken

    def take_over(self, host: Host) -> None:
        """This process lives from now on."""
        self.host, understood = host, host._in

        def dealt_with(tx: Any, input: AnyInput) -> Any:
            taken = understood(tx, input)
            if taken[0].codes != ("seen_before",):
                self._dealt = (input.idempotency_key, taken[0].ok)
            return taken

        host._in = dealt_with  # type: ignore[method-assign]

    def _was_lost(self, input: AnyInput) -> bool:
        return self._lost == input.idempotency_key

    def _once_more(self, input: AnyInput) -> AnyInput:
        """The same deed, after the process was killed under it: first by the same key."""
        if self.dead:
            self.revive()
        if not self._was_lost(input):
            self._lost = input.idempotency_key
            return input
        if isinstance(input, Pressed | Commanded):
            again = replace(input, nonce=f"{input.nonce}/again")
            self._lost = again.idempotency_key
            return again
        return input

    def _carry_message(self, input: AnyInput) -> Reply:
        """News of a message goes its own way."""
        luck, now = self.rng.random(), self.world.now()
        if luck < MISSED:
            self._later(input, now + AGAIN[0], 1)
            return Reply()
        if luck < MISSED + LATE:
            self._later(input, now + timedelta(seconds=self.rng.uniform(1, 40)), 0)
        else:
            self._arrives(input, 0)
        if self.rng.random() < TWICE:
            self._later(input, now + timedelta(seconds=self.rng.uniform(1, 300)), 0)
        return Reply()

    def _later(self, input: AnyInput, at: datetime, tries: int) -> None:
        heapq.heappush(self._on_its_way, (at, next(self._numbers), input, tries))

    def _arrives(self, input: AnyInput, tries: int) -> None:
        """What is not acknowledged comes again."""
        try:
            self.host.handle(input)
        except (Killed, StoreBusy, HandlingFailed):
            self.redelivered += 1
            wait = AGAIN[min(tries, len(AGAIN) - 1)]
            self._later(input, self.world.now() + wait, tries + 1)
        if self.dead:
            self.revive()

    def next(self) -> datetime | None:
        """When something that is on its way arrives."""
        return self._on_its_way[0][0] if self._on_its_way else None

    def arrive(self) -> None:
        """All that is due now arrives."""
        while self._on_its_way and self._on_its_way[0][0] <= self.world.now():
            _, _, input, tries = heapq.heappop(self._on_its_way)
            self._arrives(input, tries)

    # The process

    def revive(self) -> None:
        """Another process on the same database: it knows nothing but what is kept there."""
        self.dead = False
        self.deaths += 1
        self._still = None
        self.clock.by = timedelta(seconds=self.rng.choice((0, 0, self.rng.uniform(1, BEHIND))))
        self.begins()

    def begins(self) -> None:
        """Set by the simulation: makes the host and the courier of the new process."""
        raise NotImplementedError

    @contextmanager
    def around(self) -> Iterator[None]:
        """For as long as a simulation runs, its store may stand still or lose its process."""
        store: Any = self.store
        transaction, reading = store.transaction, store.reading
        store.transaction = lambda: self._unsafe(transaction())
        store.reading = lambda: self._unsafe(reading())
        try:
            yield
        finally:
            # As it was, and not as the class has it: what happens afterwards is recorded as well.
            store.transaction, store.reading = transaction, reading

    @contextmanager
    def _unsafe(self, transaction: AbstractContextManager[Any]) -> Iterator[Any]:
        self._may_die()
        self._may_stand_still()
        with transaction as tx:
            yield tx
        self._may_die()

    def _may_die(self) -> None:
        if not self.dead and self.rng.random() < DEATH:
            self.dead = True
        if self.dead:
            raise Killed

    def _may_stand_still(self) -> None:
        now = self.world.now()
        if self._still is None and self.rng.random() < PAUSE:
            self.pauses += 1
            self._still = now + timedelta(seconds=self.rng.uniform(5, 90))
        if self._still is not None and now < self._still:
            raise StoreBusy("paused")
        self._still = None

    # The platform

    def on(self, platform: Any) -> None:
        """Calls to this platform fail more often, and some of them nobody survives."""
        platform.flaky, deliver = 6.0, platform.deliver

        async def call(delivery: Any) -> Any:
            if self.rng.random() < 0.01:
                raise UnknownFate("lost_on_the_way")
            posted = await deliver(delivery)
            if self.rng.random() < FATAL_CALL:
                self.dead = True
                raise Killed
            return posted

        platform.deliver = call
