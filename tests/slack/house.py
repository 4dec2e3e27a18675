"""One process of als beside the fake Slack, as `als serve` wires it: on a clock that is wound.

    async with houses() as (slack, house):
        ana = slack.person("Ana")
        await house.after(ana.command(channel, "/als present"))

A process can be killed at any hop between Slack and the database (`Life`), and another one
started on what it left.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from aiohttp import web

from adapters.slack.serve import Slack, SlackSettings
from bot.courier import Courier
from bot.host import Host
from bot.winding import WoundClock
from store import SqlStore
from tests.play import MONDAY, Numbers
from tests.slack.fake import FakeSlack

NUMBERS = itertools.count(1)


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
        """Run a transaction, as bot.courier.Runner."""
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


class House:
    """A process: `await start()` it, let people act, `await settle()` what follows."""

    def __init__(
        self,
        slack: FakeSlack,
        clock: WoundClock,
        url: str = "sqlite://",
        life: Life | None = None,
        ids: Any = None,
        keys: tuple[str, ...] = (),
        **settings: Any,
    ) -> None:
        self.slack, self.clock, self.life = slack, clock, life or Life()
        self.store = SqlStore(url, keys=keys, plaintext=not keys).open()
        self.host = Host(self.store, ids or Numbers())
        many = "client_id" in settings
        given = {
            "bot_token": "" if many else slack.bot_token,
            "signing_secret": slack.signing_secret,
            "api": slack.base_url,
            **settings,
        }
        self.side = Slack(SlackSettings(**given), self.store, clock, self.life)
        worker = f"worker{next(NUMBERS)}"
        platforms = {"slack": self.side.platform}
        self.courier = Courier(self.store, platforms, clock, worker, self.life)
        self.address = ""
        self.runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Serve; Slack sends here from now on."""
        page = web.Application()
        self.side.attach(page, self.host, lambda: None)
        self.runner = web.AppRunner(page, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", port)
        await site.start()
        self.address = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        self.slack.app_url = f"{self.address}/slack/events"

    async def stop(self) -> None:
        """Go, in order."""
        if self.runner is not None:
            with suppress(asyncio.CancelledError):
                await self.runner.cleanup()
        self.store.close()

    async def settle(self) -> None:
        """All that is due now happens, until nothing is, or the process is dead."""
        await self.slack.settle()
        if self.side.side is not None:
            await self.side.side.finish()
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
            self.clock.wind_to(max(due, self.clock.at + timedelta(milliseconds=1)))
            await self.settle()
        if not self.life.dead:
            self.clock.wind_to(until)

    def next_due(self) -> datetime | None:
        """The next moment at which something is due."""
        moments = (self.store.next_timer(), self.store.next_letter())
        return min((m for m in moments if m is not None), default=None)

    # What several tests begin with

    async def presents(self, ana: Any, channel: Any, *helpers: Any, **more: Any) -> None:
        """Somebody brings an issue, and the helpers join."""
        await self.after(ana.command(channel, "/als present"))
        given = {"f.issue": "My team is silent", "f.people": list(helpers), **more}
        await self.after(ana.submits(given))
        for helper in helpers:
            await self.after(helper.presses("Join"))
            await self.after(helper.submits())


@asynccontextmanager
async def houses(url: str = "sqlite://", **settings: Any) -> AsyncIterator[tuple[FakeSlack, House]]:
    """A fake Slack and one process, on one clock."""
    async with fakes() as (slack, clock):
        house = House(slack, clock, url, **settings)
        await house.start()
        try:
            yield slack, house
        finally:
            await house.stop()


@asynccontextmanager
async def fakes(**settings: Any) -> AsyncIterator[tuple[FakeSlack, WoundClock]]:
    """A fake Slack, and the clock that it goes by."""
    clock = WoundClock(MONDAY)
    async with FakeSlack(now=lambda: clock.at, **settings) as slack:
        slack.deliver.signed_at = lambda: clock.at.timestamp()
        slack.shortcuts |= {"Keep for later": "als_keep", "This answers…": "als_answers"}
        yield slack, clock
