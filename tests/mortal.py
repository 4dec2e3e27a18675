"""A process that dies between any two transactions, without a chance to tidy up."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from aiohttp import web

from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore
from tests.memory_platform import Numbers


@dataclass
class Life:
    """The way of a process to its database; it may die there, before or after a transaction.

    Once dead, none of its code does anything any more: what would tidy up is cut off as well.
    """

    dice: Random = field(default_factory=Random)
    chance: float = 0.0
    dead: bool = False
    hops: int = 0

    async def __call__(self, call: Callable[..., Any], *args: object) -> Any:
        """Run a transaction, as bot.delivery.courier.Runner."""
        await asyncio.sleep(0)
        self.hops += 1
        self._may_die()
        done = call(*args)
        self._may_die()
        return done

    def _may_die(self) -> None:
        if self.chance and self.dice.random() < self.chance:
            self.dead = True
        if self.dead:
            raise asyncio.CancelledError


class Process(ABC):
    """A process: `await start()` it, let people act, `await settle()` what follows."""

    def __init__(self, clock: VirtualClock, store: SqlStore, ids: Any, life: Life | None) -> None:
        self.clock, self.store, self.life = clock, store, life or Life()
        self.host = Host(store, ids or Numbers())
        self.courier: Courier
        self.address = ""
        self.runner: web.AppRunner | None = None

    @abstractmethod
    def attach(self, page: web.Application) -> None:
        """Add the platform's routes."""

    @abstractmethod
    def served(self) -> None:
        """Tell the platform where the process is."""

    @abstractmethod
    async def arrived(self) -> None:
        """All that the platform has sent has come, and what it began is done."""

    async def start(self, port: int = 0) -> None:
        """Serve; the platform sends here from now on."""
        page = web.Application()
        self.attach(page)
        self.runner = web.AppRunner(page, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.address = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        self.served()

    async def stop(self) -> None:
        """Go, in order."""
        if self.runner is not None:
            with suppress(asyncio.CancelledError):
                await self.runner.cleanup()
        self.store.close()

    async def settle(self) -> None:
        """All that is due now happens, until nothing is, or the process is dead."""
        await self.arrived()
        try:
            while True:
                woken = await self.life(self.host.wake, self.clock.now())
                if not await self.courier.run_once() and not woken:
                    return
        except asyncio.CancelledError:
            if not self.life.dead:
                raise

    async def after(self, act: Awaitable[Any]) -> Any:
        """An act of somebody's, and a minute in which its consequences come."""
        done = await act
        await self.settle()
        await self.wind(minutes=1)
        return done

    async def wind(self, *, to: str = "", **spans: float) -> None:
        """Let time pass; what falls due on the way happens at its own moment."""
        until = datetime.fromisoformat(f"{to}+00:00") if to else self.clock.at + timedelta(**spans)
        await self.settle()
        while not self.life.dead and (due := self.next_due()) is not None and due <= until:
            self.clock.move_to(max(due, self.clock.at + timedelta(milliseconds=1)))
            await self.settle()
        if not self.life.dead:
            self.clock.move_to(until)

    def next_due(self) -> datetime | None:
        """The next moment at which something is due."""
        moments = (self.store.timers.next_due(), self.store.outbox.next_due())
        return min((m for m in moments if m is not None), default=None)
