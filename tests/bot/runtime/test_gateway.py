"""What the gateway promises to the apps of chat platforms."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.handlers import workspace_events
from bot.handlers.host import HandlingFailed, Host
from bot.handlers.inputs import Actor, Commanded
from bot.method.terms import Address, Place
from bot.ports import NewerSchema, StoreBusy, StoreFull
from bot.ports.runner import inline
from bot.runtime.gateway import Gateway, TryAgain
from bot.runtime.virtual_clock import VirtualClock
from store import SqlStore
from tests.memory_platform import MONDAY, Numbers

ANA = Actor(Address("memory", "T1", "ana"), "Ana")
HOME = Place("memory", "T1", "C1")


@pytest.fixture
def store() -> Any:
    with SqlStore("sqlite://", plaintext=True) as opened:
        yield opened


def gateway(store: SqlStore, run: Any = inline, **more: Any) -> Gateway:
    return Gateway(Host(store, Numbers()), run, VirtualClock(MONDAY), "memory", **more)


def command(text: str) -> Commanded:
    return Commanded(at=MONDAY, actor=ANA, place=HOME, text=text, nonce="1")


def test_an_input_is_kept_and_the_courier_woken(store: SqlStore) -> None:
    woken: list[int] = []
    way = gateway(store, wake_courier=lambda: woken.append(1))
    reply = asyncio.run(way.handle(command("help")))
    assert reply.cards
    assert woken == [1]


@pytest.mark.parametrize(
    "error", [StoreBusy("x"), StoreFull("x"), NewerSchema("set", 9), HandlingFailed("x")]
)
def test_what_was_not_kept_is_to_be_sent_again(store: SqlStore, error: Exception) -> None:
    async def fails(*_: object) -> None:
        raise error

    woken: list[int] = []
    way = gateway(store, fails, wake_courier=lambda: woken.append(1))
    with pytest.raises(TryAgain) as raised:
        asyncio.run(way.handle(command("help")))
    assert raised.value.code == type(error).__name__
    assert woken == []


def test_a_message_elsewhere_is_not_ours_and_the_store_is_not_asked(store: SqlStore) -> None:
    async def fails(*_: object) -> None:
        raise AssertionError

    assert not asyncio.run(gateway(store, fails).is_ours(HOME))


def test_the_platform_is_noted_as_heard_once_a_minute(store: SqlStore) -> None:
    clock = VirtualClock(MONDAY)
    way = Gateway(Host(store, Numbers()), inline, clock, "memory")
    for seconds, noted in ((0, MONDAY), (59, MONDAY), (60, MONDAY + timedelta(seconds=60))):
        clock.move_to(MONDAY + timedelta(seconds=seconds))
        asyncio.run(way.note_heard())
        assert store.maintenance.heartbeats()["memory"] == noted


def test_ask_gives_the_store_first(store: SqlStore) -> None:
    assert asyncio.run(gateway(store).ask(workspace_events.person, ANA)) is None


def test_draining_waits_for_work_and_for_what_it_began(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    async def played() -> None:
        way, gate = gateway(store), asyncio.Event()

        async def second() -> None:
            done.append("second")

        async def first() -> None:
            await gate.wait()
            done.append("first")
            way.after_ack(second())

        async def fails() -> None:
            raise ValueError("nobody's words")

        way.after_ack(first())
        way.after_ack(fails())
        gate.set()
        await way.drain()

    asyncio.run(played())
    assert done == ["first", "second"]
    assert "ValueError" in caplog.text
    assert "nobody's words" not in caplog.text
