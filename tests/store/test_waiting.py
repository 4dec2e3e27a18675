"""PostgreSQL is waited for in the loop's own thread, and the loop goes on meanwhile."""

import asyncio
import threading

import pytest
from sqlalchemy import text

from bot.handlers.inputs import Typed
from bot.method.learning_set import LearningSet
from bot.ports import StoreBusy
from store import migrate, waiting
from store.waiting import Waiting
from tests.play import Play
from tests.store.made import group, person


def locked(store, entered, leave):
    """Hold the set's row from another thread until it is told to let go."""
    with store.transaction() as tx:
        assert tx.lock_set("set") is not None
        entered.set()
        assert leave.wait(10)


def hold(store):
    """The set's name, under its lock; and the thread it was read in."""
    with store.transaction() as tx:
        return tx.lock_set("set"), threading.get_ident()


def look(store):
    """Something that waits for nobody."""
    with store.reading() as tx:
        return tx.load(LearningSet, "set"), threading.get_ident()


@pytest.fixture
def store(workers):
    """A store with a set."""
    found = workers()
    with found.transaction() as tx:
        tx.save(group())
    return found


def test_others_go_on_while_one_waits_for_a_lock(store):
    entered, leave = threading.Event(), threading.Event()
    other = threading.Thread(target=locked, args=(store, entered, leave))
    other.start()
    assert entered.wait(10)

    async def play():
        waits = asyncio.ensure_future(store.beside(hold, store))
        seen = [await store.beside(look, store) for _ in range(3)]
        assert not waits.done()
        leave.set()
        return seen, await waits

    seen, held = asyncio.run(play())
    other.join()
    assert [*seen, held] == [(group(), threading.get_ident())] * 4, "all in this one thread"


def test_what_fails_leaves_as_it_does_elsewhere(store):
    def fails():
        with store.transaction() as tx:
            tx.save_person(person())
            raise ZeroDivisionError

    async def play():
        with pytest.raises(ZeroDivisionError):
            await store.beside(fails)
        return await store.beside(hold, store)

    assert asyncio.run(play())[0] == group()
    with store.reading() as tx:
        assert tx.person_at(person().address) is None


def test_whoever_is_called_off_leaves_nothing_behind(store):
    entered, leave = threading.Event(), threading.Event()
    other = threading.Thread(target=locked, args=(store, entered, leave))
    other.start()
    assert entered.wait(10)

    def writes_and_waits(begun):
        with store.transaction() as tx:
            tx.save_person(person())
            begun.set()
            tx.lock_set("set")

    async def play():
        begun = asyncio.Event()
        called_off = asyncio.ensure_future(store.beside(writes_and_waits, begun))
        await begun.wait()
        called_off.cancel()
        with pytest.raises(asyncio.CancelledError):
            await called_off
        leave.set()
        other.join()
        return await asyncio.gather(*(store.beside(hold, store) for _ in range(4)))

    assert [found for found, _ in asyncio.run(play())] == [group()] * 4
    with store.reading() as tx:
        assert tx.person_at(person().address) is None


def test_a_connection_that_is_lost_is_busy_once(store):
    def killed():
        with store.transaction() as tx:
            pid = tx._connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with store.engine.connect() as another:
                another.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            tx.lock_set("set")

    async def play():
        with pytest.raises(StoreBusy):
            await store.beside(killed)
        return await store.beside(hold, store)

    assert asyncio.run(play())[0] == group()


def test_more_than_a_socket_holds_goes_over(store):
    """A write that the server cannot take in one piece: the loop waits for room, and goes on."""
    long = "x" * 8_000_000

    def sends():
        with store.reading() as tx:
            asked = text("SELECT length(:long)")
            return tx._connection.execute(asked, {"long": long}).scalar_one()

    async def play():
        sent = asyncio.ensure_future(store.beside(sends))
        await asyncio.sleep(0)
        assert not sent.done(), "the loop goes on meanwhile"
        return await sent

    assert asyncio.run(play()) == len(long)


def test_a_connection_is_made_in_a_thread(store, monkeypatch):
    """To make one holds up whoever does it, for seconds when the server does not answer."""
    store.engine.dispose()
    made_in, connect = [], Waiting.connect

    def noted(*given, **named):
        made_in.append(threading.get_ident())
        return connect(*given, **named)

    monkeypatch.setattr(Waiting, "connect", noted)
    assert asyncio.run(store.beside(hold, store))[0] == group()
    assert made_in
    assert threading.get_ident() not in made_in


def test_a_message_is_two_round_trips(postgres_database, monkeypatch):
    """All that is asked, up to the lock of its set; all that is written, with the commit."""
    migrate(postgres_database)
    play = Play(url=postgres_database).begins()
    trips, whole, turn = [], Waiting.wait, waiting._turn

    async def noted(socket, wanted):
        trips[-1] = 1
        return await turn(socket, wanted)

    def wait(self, gen, *args, **kwargs):
        trips.append(0)
        return whole(self, gen, *args, **kwargs)

    def typed(number):
        place, actor = play.thread(), play.actor("bo")
        message = play.platform.person_writes(place, f"What now, {number}?", "bo")
        at = play.clock.at
        return Typed(at=at, actor=actor, place=place, message=message, text="What now?")

    async def talk():
        for number in range(8):  # by then all is prepared
            trips.clear()
            await play.store.beside(play.host.handle, typed(number))
            if number == 0:
                monkeypatch.setattr(Waiting, "wait", wait)
                monkeypatch.setattr(waiting, "_turn", noted)

    asyncio.run(talk())
    play.close()
    assert sum(trips) == 2
