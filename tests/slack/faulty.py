"""A bad day in Slack (tests/faulty.py): what goes wrong there, and what can be told of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from bot.runtime.virtual_clock import VirtualClock
from tests.faulty import BadDay
from tests.mortal import Life
from tests.slack.fake import FakeSlack, Refused
from tests.slack.house import House, fakes

CALLS = {"429": 0.03, "500": 0.03, "refused": 0.03, "lost": 0.04}
EVENTS = {"duplicate": 0.1, "retry": 0.06, "late": 0.05, "reorder": 0.05}


class Trial(BadDay):
    """Everything can be looked up: nothing stands there twice."""

    refused = Refused
    tag = "faults"

    def fakes(self) -> AbstractAsyncContextManager[tuple[FakeSlack, VirtualClock]]:
        return fakes(seed=self.seed)

    def process(self, life: Life) -> House:
        return House(self.fake, self.clock, self.url, life, self.ids)

    def gather(self) -> None:
        self.channel = self.fake.channel("night-shift", *self.people, private=True)
        self.fake.faults.calls, self.fake.faults.events = dict(CALLS), dict(EVENTS)

    def calm(self) -> None:
        self.fake.faults.calls, self.fake.faults.events = {}, {}

    async def again(self) -> None:
        await self.fake.retries(anyway=True)

    async def asks_for(self, who: Any, text: str) -> None:
        await who.command(self.channel, text)

    def window(self, who: Any) -> Any:
        return who.view

    def has(self, who: Any, form: str) -> bool:
        return bool(who.view) and who.view.data["callback_id"] == f"als.{form}"

    async def close(self, who: Any) -> None:
        await who.closes(everything=True)

    def filled(self, who: Any, given: dict[str, Any]) -> dict[str, Any]:
        return {f"f.{name}": value for name, value in given.items()}

    def ours(self) -> list[Any]:
        posts = [m for c in self.fake.world.channels.values() for m in c.messages.values()]
        return sorted((m for m in posts if m.bot_id and not m.deleted), key=lambda m: float(m.ts))

    def tried_to_tell(self, message: Any) -> list[Any]:
        told = [d for d in self.fake.deliveries if d.event.get("ts") == message.ts]
        return [sent for delivery in told for sent in delivery.answers]

    def nothing_twice(self, ours: list[Any]) -> None:
        keys = Counter((m.channel.id, key) for m in ours if (key := _key(m)))
        self.violations += [f"posted {n} times: {key}" for (_, key), n in keys.items() if n > 1]


def _key(message: Any) -> str:
    return str(((message.metadata or {}).get("event_payload") or {}).get("key") or "")


def tried(seed: int, folder: Path) -> Trial:
    """One seed, played and judged."""
    trial = Trial(seed, folder)
    asyncio.run(trial.play())
    return trial
