"""The way from a chat platform's app into the core.

    payload ─ incoming.translate ─▶ gateway.handle ─▶ reply ─▶ ack ─▶ gateway.after_ack

Rule 1: an input is committed before `handle` returns; an adapter acknowledges after that.
Rule 2: everything runs off the event loop, by the store's own runner.
Rule 3: work that the platform need not wait for is tracked, and finished at shutdown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.handlers.host import HandlingFailed, Host
from bot.handlers.inputs import AnyInput
from bot.method.terms import Place
from bot.ports import Clock, Ids, NewerSchema, Reply, StoreBusy, StoreFull
from bot.ports.errors import describe_error
from bot.ports.runner import Runner
from bot.runtime.runners import let_end

HEARTBEAT = timedelta(minutes=1)  # between two notes that the platform has called

log = logging.getLogger("als.gateway")


class TryAgain(Exception):
    """An input was not committed, so the platform must send it again. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gateway:
    """One platform's way into the core. `wake_courier` is called when there may be news to send."""

    def __init__(
        self,
        host: Host,
        run: Runner,
        clock: Clock,
        platform: str,
        *,
        wake_courier: Callable[[], None] = lambda: None,
    ) -> None:
        self._host, self._run, self._clock = host, run, clock
        self._platform, self._wake_courier = platform, wake_courier
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_heard = datetime.min.replace(tzinfo=UTC)

    @property
    def ids(self) -> Ids:
        """Where new ids come from."""
        return self._host.ids

    def now(self) -> datetime:
        """The process's time."""
        return self._clock.now()

    # What people do

    async def handle(self, input: AnyInput) -> Reply:
        """Commit an input and its effects. Raises TryAgain if that was not possible."""
        try:
            reply: Reply = await self._run(self._host.handle, input)
        except (StoreBusy, StoreFull, NewerSchema, HandlingFailed) as error:
            raise TryAgain(type(error).__name__) from None
        self._wake_courier()
        return reply

    async def is_ours(self, place: Place, message: str = "") -> bool:
        """Whether a message is known, or in a thread of ours. Others are ignored."""
        if self._host.is_known_thread(place):
            return True
        if not message and not place.thread:
            return False
        try:
            return bool(await self._run(self._host.is_our_thread, place, message))
        except (StoreBusy, StoreFull) as error:
            raise TryAgain(type(error).__name__) from None

    # What an adapter asks of the core besides

    async def ask(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function of the core that reads the store, which is its first argument."""
        return await self._run(function, self._host.store, *arguments)

    async def change(self, function: Callable[..., Any], *arguments: object) -> Any:
        """The same for a function that changes the store: there may be news to send."""
        result = await self._run(function, self._host.store, *arguments)
        self._wake_courier()
        return result

    async def note_heard(self) -> None:
        """Note that the platform has called, once a minute at most: `als doctor` looks for it."""
        now = self._clock.now()
        if now - self._last_heard < HEARTBEAT:
            return
        self._last_heard = now
        with suppress(StoreBusy, StoreFull):  # the next call will do
            await self._run(self._host.store.maintenance.heartbeat, self._platform, now)

    # What the platform need not wait for

    def after_ack(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this as a task beside the acknowledgement; failures are only logged."""

        async def run_logged() -> None:
            try:
                await work
            except Exception as error:
                log.error("work after an acknowledgement failed: %s", describe_error(error))

        task = asyncio.get_running_loop().create_task(run_logged())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for the work after acknowledgements, and for what it began; not for ever."""
        while self._tasks:
            await let_end(tuple(self._tasks))
