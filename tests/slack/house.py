"""One process of als beside the fake Slack, as `als serve` wires it: on a clock that is wound.

    async with houses() as (slack, house):
        ana = slack.person("Ana")
        await house.after(ana.command(channel, "/als present"))

It can be killed at any hop between Slack and the database, and another one started on what it
left (tests/faulty.py).
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.slack.serve import Slack
from adapters.slack.settings import SlackSettings
from bot.delivery.courier import Courier
from bot.judge import prepare
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY
from tests.mortal import Life, Process
from tests.slack.fake import FakeSlack

NUMBERS = itertools.count(1)


class House(Process):
    """One of Slack's."""

    def __init__(
        self,
        slack: FakeSlack,
        clock: VirtualClock,
        url: str = "sqlite://",
        life: Life | None = None,
        ids: Any = None,
        keys: tuple[str, ...] = (),
        **settings: Any,
    ) -> None:
        store = SqlStore(url, keys=keys, plaintext=not keys).open()
        super().__init__(clock, store, ids, life)
        self.slack = slack
        many = "client_id" in settings
        given = {
            "bot_token": "" if many else slack.bot_token,
            "signing_secret": slack.signing_secret,
            "api": slack.base_url,
            **settings,
        }
        self.side = Slack(SlackSettings(**given), self.store.vault, clock, self.life)
        worker = f"worker{next(NUMBERS)}"
        platforms = {"slack": self.side.platform}
        self.courier = Courier(self.store, platforms, clock, worker, self.life)

    def attach(self, page: web.Application) -> None:
        self.side.attach(page, self.host, lambda: None)

    def served(self) -> None:
        self.slack.app_url = f"{self.address}/slack/events"

    async def arrived(self) -> None:
        await self.slack.settle()
        if self.side.app is not None:
            await self.side.app.gateway.drain()

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
    prepare()  # as `als serve` does: the first message must not wait for the judge
    async with fakes() as (slack, clock):
        house = House(slack, clock, url, **settings)
        await house.start()
        try:
            yield slack, house
        finally:
            await house.stop()


@asynccontextmanager
async def fakes(**settings: Any) -> AsyncIterator[tuple[FakeSlack, VirtualClock]]:
    """A fake Slack, and the clock that it goes by."""
    clock = VirtualClock(MONDAY)
    async with FakeSlack(now=lambda: clock.at, **settings) as slack:
        slack.deliver.signed_at = lambda: clock.at.timestamp()
        slack.shortcuts |= {"Keep for later": "als_keep", "This answers…": "als_answers"}
        yield slack, clock
