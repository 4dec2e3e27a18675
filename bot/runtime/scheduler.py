"""Fires what is due. APScheduler holds no jobs of ours, only the moments at which to look.

The truth about what is due is in the database, written with the change that made it due. One
job per nudge in APScheduler's own store stalls the loop for seconds (docs/architecture.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.courier import Courier, all_of
from bot.handlers.host import Host
from bot.ports import Clock, StoreBusy, StoreFull
from bot.ports.errors import describe_error
from bot.ports.runner import Runner, inline

log = logging.getLogger("als.scheduler")
T = TypeVar("T")

SAFETY = 15  # seconds between two looks when nothing is known to be due
AMONG_MANY = 2  # the same where other processes write what is due, and cannot poke this one
BEAT = 30  # seconds between two heartbeats; doctor and /healthz look for them
FEW = 200  # timers fired at a time, before the messages that they enqueued are sent
ROUND = 3600  # seconds between two rounds of housekeeping


class Scheduler:
    """The next due moment, a safety poll, the rounds, a heartbeat."""

    def __init__(
        self,
        host: Host,
        courier: Courier,
        clock: Clock,
        run: Runner = inline,
        every: int = SAFETY,
    ) -> None:
        self.host, self.courier, self.clock, self.run = host, courier, clock, run
        self._every = every
        self._jobs = AsyncIOScheduler(timezone="UTC")
        self._looking, self._housekeeping = asyncio.Lock(), asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._poked = False

    def start(self) -> None:
        """Begin; call it with a running event loop. What was missed is caught up with once."""
        now = self.clock.now()
        self._jobs.add_job(self.look, "interval", seconds=self._every, id="safety", max_instances=1)
        self._jobs.add_job(
            self.record_heartbeat, "interval", seconds=BEAT, id="beat", next_run_time=now
        )
        self._jobs.add_job(
            self.run_retention, "interval", seconds=ROUND, id="round", next_run_time=now
        )
        self._jobs.start()
        self.poke()

    async def stop(self) -> None:
        """Stop looking, and let what has begun come to its end."""
        self.courier.draining = True
        if self._jobs.running:
            self._jobs.pause()
            await asyncio.sleep(0)  # what was just begun gets to its lock
        async with self._looking, self._housekeeping:
            # Only now: APScheduler cuts off what still runs.
            if self._jobs.running:
                self._jobs.shutdown(wait=False)

    def poke(self) -> None:
        """Something was just written that may be due at once; one look serves all who poked."""
        if self._poked:
            return
        self._poked = True
        task = asyncio.get_running_loop().create_task(self.look())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def look(self) -> None:
        """Fire what is due, deliver what is due, and arm the next moment."""
        try:
            async with self._looking:
                self._poked = False
                fired = 1
                while fired and not self.courier.draining:
                    fired = await self._wake()
                    if fired < FEW:
                        await self.courier.run_once()
                    else:
                        await all_of(self._serve(hand) for hand in self.courier.names)
                if not self.courier.draining:
                    await self._arm()
        except Exception as error:
            # The safety poll looks again; a broken moment must not end the scheduler.
            log.error("looking for what is due failed: %s", describe_error(error))

    async def _serve(self, hand: str) -> None:
        """Much is due: each hand delivers some and fires more, side by side with the others."""
        fired = 1
        while fired and not self.courier.draining:
            await self.courier.serve(hand)
            fired = await self._wake()

    async def _wake(self) -> int:
        """A few timers at a time, so that nobody who asks us to stop waits long."""
        fired: int = await self.run(self.host.wake, self.clock.now(), FEW)
        return fired

    async def _arm(self) -> None:
        store = self.host.store
        moments = {
            "timers": await self.run(store.timers.next_due),
            "lanes": await self.run(store.outbox.next_due),
        }
        for what, moment in moments.items():
            self.host.metrics.due(what, moment)
        due = min((m for m in moments.values() if m is not None), default=None)
        if due is not None:
            at: datetime = max(due, self.clock.now() + timedelta(milliseconds=50))
            self._jobs.add_job(self.look, "date", run_date=at, id="next", replace_existing=True)

    async def record_heartbeat(self) -> None:
        """Record a heartbeat, for doctor and /healthz."""
        async with self._housekeeping:
            await self._try(self.host.store.maintenance.heartbeat, "scheduler", self.clock.now())

    async def run_retention(self) -> None:
        """Delete what is kept only for a time (method.md §8)."""
        async with self._housekeeping:
            done = (
                await self._try(self.host.store.maintenance.run_retention, self.clock.now()) or {}
            )
        log.info("deleted by retention: %s", {k: v for k, v in done.items() if v})

    async def _try(self, call: Callable[..., T], *args: object) -> T | None:
        """Run the call; while the store is away, housekeeping waits for the next round."""
        try:
            result: T = await self.run(call, *args)
        except (StoreBusy, StoreFull) as error:
            log.warning("housekeeping has to wait: %s", describe_error(error))
            return None
        return result
