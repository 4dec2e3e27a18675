"""Runs each blocking transaction off the event loop, in one hop.

SQLite has one writer, so one thread runs all transactions in the order in which they were asked
for; short ones that wait at the same time share a commit. On PostgreSQL a small pool of threads
runs them.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import groupby
from threading import Lock
from typing import Any, TypeVar

from bot.ports import StoreBusy, StoreFull
from bot.ports.runner import Runner, is_batchable

T = TypeVar("T")
SWITCH = (
    0.001  # seconds; with Python's 5 ms a thread that is back from the database waits that long
)
ENDING = 10  # seconds that unfinished tasks may still take when a process ends
GROUP = 32  # calls that share one commit: the last of them waits for all before it


def thread_pool(size: int) -> Runner:
    """Run calls in so many threads."""
    pool = ThreadPoolExecutor(size, thread_name_prefix="store")
    sys.setswitchinterval(SWITCH)

    async def run(call: Callable[..., Any], *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(call, *args))

    return run


async def let_end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Wait for tasks that follow an answer, and cancel those that take longer than ENDING.

    Their changes are committed already, so a cancelled task only delays an answer.
    """
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=ENDING)
        for task in late:
            task.cancel()


class PendingCall:
    """A call that waits for its turn, and the future of its result."""

    def __init__(self, call: Callable[[], Any], batchable: bool) -> None:
        self.call, self.batchable = call, batchable
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run the call, and keep its result or its error."""
        self._result = self._error = None
        try:
            self._result = self.call()
        except BaseException as error:
            self._error = error

    def resolve(self) -> None:
        """Set the future; called in its own event loop."""
        if self.future.done():  # whoever asked was cancelled
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)


def resolve_all(calls: Sequence[PendingCall]) -> None:
    """Set the futures, from the thread that ran the calls. Each event loop is woken once."""
    for loop, pending in groupby(calls, key=lambda call: call.loop):
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve_each, list(pending))


def _resolve_each(calls: Sequence[PendingCall]) -> None:
    for call in calls:
        call.resolve()


class WriterThread:
    """A Runner with one thread. `group_commit` is the store's context manager of that name."""

    def __init__(self, group_commit: Callable[[], AbstractContextManager[None]]) -> None:
        self._group_commit = group_commit
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._queue: deque[PendingCall] = deque()
        self._lock, self._busy = Lock(), False
        sys.setswitchinterval(SWITCH)

    async def __call__(self, call: Callable[..., Any], *args: object) -> Any:
        """Run the call in its turn; its result."""
        pending = PendingCall(partial(call, *args), is_batchable(call))
        self._queue.append(pending)
        with self._lock:
            idle, self._busy = not self._busy, True
        if idle:
            self._pool.submit(self._work)
        return await pending.future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._busy = False
                    return
            group = [self._queue.popleft()]
            while group[0].batchable and len(group) < GROUP:
                if not self._queue or not self._queue[0].batchable:
                    break
                group.append(self._queue.popleft())
            self._run(group)
            resolve_all(group)

    def _run(self, group: Sequence[PendingCall]) -> None:
        if len(group) > 1:
            with suppress(StoreBusy, StoreFull):
                with self._group_commit():
                    for call in group:
                        call.run()
                return
        # A single call; or the database failed the group and kept nothing: run each by itself.
        for call in group:
            call.run()
