"""Waiting for PostgreSQL without holding a thread.

A transaction is plain code that waits twice for the server. With a thread for each, most of what an
event cost was handing the interpreter from thread to thread (docs/performance.md). `beside` lets
that same code run in the event loop's own thread; wherever it waits for the server, the loop goes
on with others. SQLAlchemy has the two functions for this (it builds its asyncio side on them), and
psycopg leaves the waiting to its connection.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from psycopg import Connection, waiting
from sqlalchemy import Engine, event
from sqlalchemy.util.concurrency import await_, greenlet_spawn, in_greenlet

T = TypeVar("T")
CAN_WAIT = sys.platform != "win32"  # there an event loop cannot look at a socket of libpq's


class Waiting(Connection[Any]):
    """A connection that lets the event loop go on while it waits, in what `beside` runs."""

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Carry out what psycopg wants to send and read. Elsewhere it is psycopg's own way."""
        if not in_greenlet():
            return super().wait(gen, *args, **kwargs)
        socket = self.pgconn.socket
        try:
            wanted = next(gen)
            while True:
                try:
                    ready = _ready(socket, wanted)
                except BaseException:
                    # Called off: an answer may still be on its way, so nobody may use it again.
                    self.pgconn.finish()
                    raise
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def _ready(socket: int, wanted: waiting.Wait) -> waiting.Ready:
    """For which of it the socket is ready: there is nearly always room for what is sent."""
    if wanted & waiting.Wait.W and _has_room(socket):
        return waiting.Ready.W
    return await_(_turn(socket, wanted))


def _has_room(socket: int) -> bool:
    looked = select.poll()
    looked.register(socket, select.POLLOUT)
    return bool(looked.poll(0))


async def _turn(socket: int, wanted: waiting.Wait) -> waiting.Ready:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[waiting.Ready] = loop.create_future()

    def found(what: waiting.Ready) -> None:
        if not ready.done():
            ready.set_result(what)

    if wanted & waiting.Wait.R:
        loop.add_reader(socket, found, waiting.Ready.R)
    if wanted & waiting.Wait.W:
        loop.add_writer(socket, found, waiting.Ready.W)
    try:
        return await ready
    finally:
        loop.remove_reader(socket)
        loop.remove_writer(socket)


async def beside(call: Callable[..., T], *args: object) -> T:
    """Run the store's work in the loop's thread, beside what else the loop does."""
    return await greenlet_spawn(call, *args)


def let_wait(engine: Engine) -> None:
    """Let all connections of this engine wait like that. To make one, a thread waits."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, given: Any, named: Any) -> Any:
        if in_greenlet():
            return await_(asyncio.to_thread(Waiting.connect, *given, **named))
        return Waiting.connect(*given, **named)
