"""Where the store's work is done: off the event loop's way, a whole transaction in one hop.

SQLite has one writer, so one thread does all of it in the order in which it was asked; what waits
there together is kept by one commit. PostgreSQL is waited for: what comes often and is short runs
in the loop's own thread, which goes on with others meanwhile, and all else in threads.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import groupby
from threading import Lock
from typing import Any, TypeVar

from bot.haste import NotYet, hasty
from bot.ports import StoreBusy, StoreFull

Runner = Callable[..., Awaitable[Any]]
Call = TypeVar("Call", bound=Callable[..., Any])
T = TypeVar("T")
TURN = 0.001  # seconds; with Python's 5 ms, whoever is back from the database waits that long
ENDING = 10  # seconds that what is under way may still take when a process ends
TOGETHER = 32  # calls kept by one commit: the last of them waits for all before it

_joining: set[Callable[..., Any]] = set()


def joins(call: Call) -> Call:
    """Mark a call that is short, and may share its commit or its thread with others.

    Nothing that it does outside of its transactions may matter before they are kept, and it may
    be done again when they were not.
    """
    _joining.add(call)
    return call


def _joins(call: Callable[..., Any]) -> bool:
    return getattr(call, "__func__", call) in _joining


async def inline(call: Callable[..., T], *args: object) -> T:
    """Run the store's work right here: for a simulation, which has no threads."""
    return call(*args)


def threads(many: int) -> Runner:
    """Run work in so many threads."""
    pool = ThreadPoolExecutor(many, thread_name_prefix="store")
    sys.setswitchinterval(TURN)

    async def run(call: Callable[..., Any], *args: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(call, *args))

    return run


class Interleaved:
    """A Runner for a store that is waited for: what `joins` runs in the loop's thread.

    `beside` is the store's way to run it there, so many at once; all else runs elsewhere. What
    comes upon something that takes long is done again when that has been done elsewhere.
    """

    def __init__(self, beside: Callable[..., Awaitable[Any]], many: int, elsewhere: Runner) -> None:
        self._beside, self._elsewhere = beside, elsewhere
        self._gate = asyncio.Semaphore(many)

    async def __call__(self, call: Callable[..., Any], *args: object) -> Any:
        """Do it, and say what came of it."""
        if not _joins(call):
            return await self._elsewhere(call, *args)
        async with self._gate:
            while True:
                token = hasty.set(True)
                try:
                    return await self._beside(call, *args)
                except NotYet as found:
                    first = found.prepare
                finally:
                    hasty.reset(token)
                await self._elsewhere(first)


async def let_end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Let what was begun beside an answer come to its end, unless it takes too long.

    All of it was kept before; what is cut off is only told later, or asked for again.
    """
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=ENDING)
        for task in late:
            task.cancel()


class Asked:
    """A call that waits for its turn, and whoever waits for what comes of it."""

    def __init__(self, call: Callable[[], Any], joins: bool) -> None:
        self.call, self.joins = call, joins
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = self.loop.create_future()
        self._result: Any = None
        self._error: BaseException | None = None

    def do(self) -> None:
        """Do it, and keep what comes of it."""
        self._result = self._error = None
        try:
            self._result = self.call()
        except BaseException as error:
            self._error = error

    def tell(self) -> None:
        """Say what came of it, in the loop in which somebody waits for it."""
        if self.answer.done():  # whoever asked has gone
            return
        if self._error is not None:
            self.answer.set_exception(self._error)
        else:
            self.answer.set_result(self._result)


def tell(turn: Sequence[Asked]) -> None:
    """Say what came of them; from the thread that did them. A loop is woken once."""
    for loop, asked in groupby(turn, key=lambda asked: asked.loop):
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell_each, list(asked))


def _tell_each(turn: Sequence[Asked]) -> None:
    for asked in turn:
        asked.tell()


class OneThread:
    """A Runner with one thread. `together` is the store's: one commit for what is in its body."""

    def __init__(self, together: Callable[[], AbstractContextManager[None]]) -> None:
        self._together = together
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._waiting: deque[Asked] = deque()
        self._lock, self._works = Lock(), False
        sys.setswitchinterval(TURN)

    async def __call__(self, call: Callable[..., Any], *args: object) -> Any:
        """Do it in its turn, and say what came of it."""
        asked = Asked(partial(call, *args), _joins(call))
        self._waiting.append(asked)
        with self._lock:
            begins, self._works = not self._works, True
        if begins:
            self._pool.submit(self._work)
        return await asked.answer

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._works = False
                    return
            turn = [self._waiting.popleft()]
            while turn[0].joins and len(turn) < TOGETHER:
                if not self._waiting or not self._waiting[0].joins:
                    break
                turn.append(self._waiting.popleft())
            self._do(turn)
            tell(turn)

    def _do(self, turn: Sequence[Asked]) -> None:
        if len(turn) > 1:
            with suppress(StoreBusy, StoreFull):
                with self._together():
                    for asked in turn:
                        asked.do()
                return
        # One alone; or the database failed them together, and nothing was kept: each for itself.
        for asked in turn:
            asked.do()
