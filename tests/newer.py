"""A process of a release to come, beside the one under test: its states have a schema more.

    with newer(url, play.platform) as new:
        codes = new.handle(given)   # None: it stepped back
        new.settle(now)

It is a real process on the same database. What it posts goes to the test's own platform, through
the pipe that it also hears on.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from bot.delivery.courier import Courier
from bot.handlers.host import Host
from bot.handlers.inputs import AnyInput
from bot.method.terms import Place
from bot.ports import Delivery, NewerSchema
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore, upgrades
from tests.memory_platform import NAME, MemoryPlatform

KINDS = ("set", "meeting", "session", "letter")


@dataclass
class Newer:
    """The test's end of the pipe."""

    pipe: Connection
    platform: MemoryPlatform

    def handle(self, given: AnyInput) -> tuple[str, ...]:
        """Hand it an input; the codes of its reply."""
        codes: tuple[str, ...] = self._ask("handle", given)
        return codes

    def settle(self, now: datetime) -> int:
        """Let it do all that is due; how many timers and letters there were."""
        done: int = self._ask("settle", now)
        return done

    def _ask(self, what: str, about: object) -> Any:
        self.pipe.send((what, about))
        while True:
            kind, told = self.pipe.recv()
            if kind == "done":
                return told
            self.pipe.send(asyncio.run(self.platform.deliver(told)))


@contextmanager
def newer(url: str, platform: MemoryPlatform) -> Iterator[Newer]:
    """Start one; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_live, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Newer(ours, platform)
    finally:
        ours.close()
        process.join(20)
        assert process.exitcode == 0


@dataclass
class _Piped:
    """The platform as the newer process sees it."""

    pipe: Connection
    name: str = NAME
    has_per_user_views = False

    async def deliver(self, delivery: Delivery) -> tuple[Place, str]:
        self.pipe.send(("deliver", delivery))
        stands: tuple[Place, str] = self.pipe.recv()
        return stands

    async def find(self, delivery: Delivery) -> None:
        return None

    def free_at(self, delivery: Delivery, now: datetime) -> datetime:
        return now

    def edits_every(self, place: Place, live: bool = False) -> float:
        return 5.0 if live else 30.0


class _Ids:
    """Ids unlike those of the older process."""

    def __init__(self) -> None:
        self.last = 0

    def new(self) -> str:
        self.last += 1
        return f"newer{self.last}"


def _live(url: str, pipe: Connection) -> None:
    schemas: Any = upgrades.SCHEMA
    upgraders: Any = upgrades.UPGRADERS
    for kind in KINDS:
        upgraders[kind] = {**upgraders.get(kind, {}), schemas[kind]: lambda state: state}
        schemas[kind] += 1
    store = SqlStore(url, plaintext=True).open()
    host, clock = Host(store, _Ids()), VirtualClock(datetime.now(UTC))
    courier = Courier(store, {NAME: _Piped(pipe)}, clock, "newer")
    while True:
        try:
            what, about = pipe.recv()
        except EOFError:
            store.close()
            return
        pipe.send(("done", _does(what, about, host, courier, clock)))


def _does(what: str, about: Any, host: Host, courier: Courier, clock: VirtualClock) -> Any:
    if what == "handle":
        return host.handle(about).codes
    clock.at, done = about, 0
    while now_done := host.wake(about) + asyncio.run(courier.run_once()):
        done += now_done
    return done


def steps_back(host: Host, given: AnyInput) -> bool:
    """Whether the older process leaves an input to the newer one."""
    try:
        host.handle(given)
    except NewerSchema:
        return True
    return False
