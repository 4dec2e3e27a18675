"""One process of als beside the fake Teams, as `als serve` wires it: on a clock that is wound."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.teams.app import MESSAGES
from adapters.teams.serve import Teams
from adapters.teams.settings import TeamsSettings
from bot.delivery.courier import Courier
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY
from tests.mortal import Life, Process
from tests.teams.fake import FakeTeams

NUMBERS = itertools.count(1)


class House(Process):
    """One of Teams'."""

    def __init__(
        self,
        teams: FakeTeams,
        clock: VirtualClock,
        url: str = "sqlite://",
        life: Life | None = None,
        ids: Any = None,
        **settings: Any,
    ) -> None:
        super().__init__(clock, SqlStore(url, plaintext=True).open(), ids, life)
        self.teams = teams
        given = {
            "app_id": teams.app_id,
            "password": teams.app_password,
            "tenant": teams.tenant.id,
            "metadata": teams.login.metadata_url,
            "transport": teams.login.transport(),
            **settings,
        }
        self.side = Teams(TeamsSettings(**given), self.store.vault, clock, self.life)
        platforms = {"teams": self.side.platform}
        worker = f"teams{next(NUMBERS)}"
        self.courier = Courier(self.store, platforms, clock, worker, self.life)

    def attach(self, page: web.Application) -> None:
        self.side.attach(page, self.host, lambda: None)

    def served(self) -> None:
        self.teams.app_url = f"{self.address}{MESSAGES}"

    async def arrived(self) -> None:
        await self.teams.settle()
        assert self.side.app is not None
        await self.side.app.gateway.drain()


@asynccontextmanager
async def fakes(**settings: Any) -> AsyncIterator[tuple[FakeTeams, VirtualClock]]:
    """A fake Teams, and the clock that it goes by."""
    clock = VirtualClock(MONDAY)
    async with FakeTeams(now=lambda: clock.at, **settings) as teams:
        teams.commands |= {"Keep for later": "als_keep", "Ask a question": "als_ask"}
        yield teams, clock
