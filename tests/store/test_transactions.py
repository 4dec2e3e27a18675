"""One event, one transaction: all of it is kept, or none of it."""

import sqlite3
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, Event
from typing import get_type_hints

import pytest
from sqlalchemy import event

from bot.method.session import Session
from bot.ports import Store, Timer, Tx
from store import SqlStore, StoreBusy, StoreFailed, StoreFull, StoreRefused, migrate
from tests.store.factories import HOME, LANE, NOW, action, group, person, put, said, session, words

CANARY = "my manager reads my diary"


def something_of_everything(tx):
    tx.people.save(person())
    tx.processed.record_once("key", NOW)
    tx.machines.save(group())
    tx.machines.save(session())
    tx.machines.save(action())
    tx.contributions.save(said())
    tx.texts.put(words())
    tx.timers.set(Timer("session", "close", 1, NOW))
    tx.nudges.record("ann", NOW.date(), "digest")
    put(tx, "card")


def rows(store):
    return {name: n for name, n in store.maintenance.counts().items() if n}


def has_roles(whole, port):
    """Every role of the port is there, with every method of the role."""
    for name, role in vars(port).items():
        if isinstance(role, property):
            kind = get_type_hints(role.fget)["return"]
            for method in vars(kind):
                assert method.startswith("_") or callable(getattr(getattr(whole, name), method))
        else:
            assert name.startswith("_") or callable(getattr(whole, name)), name
    return True


def test_the_ports_are_the_cores(store):
    whole: Store = store
    with whole.transaction() as tx:
        part: Tx = tx
        assert has_roles(part, Tx)
    assert has_roles(whole, Store)


def test_an_exception_leaves_nothing(store):
    with suppress(ZeroDivisionError), store.transaction() as tx:
        something_of_everything(tx)
        raise ZeroDivisionError
    assert rows(store) == {}
    with store.reading() as tx:
        assert not tx.processed.is_recorded("key")
        assert tx.machines.load(Session, "session") is None
        assert tx.nudges.on_day("ann", NOW.date()) == ()
    assert store.outbox.claim("w", NOW, 60) is None


def test_after_a_rollback_the_store_goes_on(store):
    with suppress(ZeroDivisionError), store.transaction():
        raise ZeroDivisionError
    with store.transaction() as tx:
        something_of_everything(tx)
    assert rows(store)["session"] == 1


def test_what_is_not_committed_is_not_seen(process):
    one, two = process(), process()
    with one.transaction() as tx:
        something_of_everything(tx)
        with two.reading() as other:
            assert other.machines.load(Session, "session") is None
    with two.reading() as other:
        assert other.machines.load(Session, "session") == session()


def test_those_who_come_at_once_queue_at_their_set(process):
    """Eight people answer in the same moment: each is counted, and nobody is told to try again."""
    stores = [process() for _ in range(2)]
    with stores[0].transaction() as tx:
        tx.machines.save(group())
        tx.machines.save(session())
    together = Barrier(8)

    def answer(person):
        together.wait()
        for _ in range(10):
            with stores[person % 2].transaction() as tx:
                tx.machines.lock_set("set")
                before = tx.machines.load(Session, "session")
                counts = {**before.counts, str(person): before.counts.get(str(person), 0) + 1}
                tx.machines.save(replace(before, asked=before.asked + 1, counts=counts))
                put(tx, "session/session", asked=before.asked + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer, range(8)))
    with stores[0].reading() as tx:
        after = tx.machines.load(Session, "session")
    assert after.asked == 80
    assert after.counts == {str(person): 10 for person in range(8)}
    letters = stores[0].outbox.claim("w", NOW, 60).outbox_messages
    assert [letter.effect.values for letter in letters] == [{"asked": 80}]


def test_two_sets_do_not_wait_for_each_other(process):
    one, two = process(), process()
    with one.transaction() as tx:
        tx.machines.save(group("a"))
        tx.machines.save(group("b"))
    if not one.postgres:
        return  # SQLite has one writer
    with one.transaction() as tx:
        tx.machines.lock_set("a")
        with two.transaction() as other:
            other.machines.save(replace(other.machines.lock_set("b"), number=7))


def test_two_sets_that_write_to_the_same_people_do_not_wait_in_a_circle(process):
    stores = [process() for _ in range(2)]
    together = Barrier(2)

    def tell(which):
        together.wait()
        for i in range(40):
            with stores[which].transaction() as tx:
                people = ["ann", "bob"] if which else ["bob", "ann"]
                for who in people:
                    put(tx, f"{which}/{i}/{who}", lane=f"web/one/@{who}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tell, range(2)))
    assert rows(stores[0])["letters_waiting"] == 160


def test_couriers_and_events_at_once_lose_nothing(process):
    stores = [process() for _ in range(3)]
    sent, done = [], Event()

    def deliver(which):
        while True:
            last = done.is_set()
            found = stores[which].outbox.claim(f"w{which}", NOW, 60)
            if found is None:
                if last:
                    return
                continue
            for letter in found.outbox_messages:
                stores[which].outbox.mark_sending([letter])
                stores[which].outbox.mark_sent([letter], NOW)
                sent.append((letter.lane, letter.id, letter.effect.values["n"]))
            stores[which].outbox.release([found])

    def write():
        try:
            for n in range(150):
                with stores[2].transaction() as tx:
                    put(tx, f"card/{n % 3}", lane=f"{LANE}/{n % 2}", n=n)
        finally:
            done.set()

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(deliver, 0), pool.submit(deliver, 1), pool.submit(write)]:
            future.result()
    assert rows(stores[2]).get("letters_waiting", 0) == 0
    newest = {n % 6: n for n in range(150)}  # of each card in each lane
    assert {n for _, _, n in sent} >= set(newest.values())
    for lane in {lane for lane, _, _ in sent}:
        ids = [id for where, id, _ in sent if where == lane]
        assert ids == sorted(ids)
        assert len(ids) == len(set(ids))


def test_the_same_key_at_the_same_moment_is_new_to_one(process):
    stores = [process() for _ in range(4)]
    together = Barrier(4)

    def first(store):
        together.wait()
        with store.transaction() as tx:
            return tx.processed.record_once("key", NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(first, stores)) == [False, False, False, True]


def test_two_sets_made_in_one_place_at_once_become_one(process):
    one, two = process(), process()
    if not one.postgres:
        return  # the second would see the first: SQLite has one writer
    with one.transaction() as tx:
        tx.machines.save(group("first of this format"))
    held, go = Event(), Event()

    def make():
        with one.transaction() as tx:
            tx.machines.save(group("a"))
            tx.sets.set_home("a", HOME)
            held.set()
            assert go.wait(300)

    def make_too():
        assert held.wait(300)
        with two.transaction() as tx:
            tx.machines.save(group("b"))
            assert tx.sets.at(HOME) is None
            go.set()
            tx.sets.set_home("b", HOME)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(make), pool.submit(make_too)
        first.result()
        with pytest.raises(StoreBusy):
            second.result()
    with two.reading() as tx:
        assert tx.sets.at(HOME) == "a"


def test_transactions_do_not_nest_on_sqlite(file):
    store = file()
    with store.transaction(), pytest.raises(AssertionError, match="nest"), store.transaction():
        pass
    with store.transaction() as tx:
        tx.processed.record_once("key", NOW)


def test_reading_goes_on_beside_a_writer(process):
    store = process()
    with store.transaction() as tx:
        tx.machines.save(session())
    with store.transaction() as tx:
        tx.machines.save(session(asked=1))
        with store.reading() as other:
            assert other.machines.load(Session, "session").asked == 0


def test_an_unopened_store_says_what_is_missing(postgres_database):
    store = SqlStore(postgres_database, plaintext=True)
    with pytest.raises(StoreRefused, match="schema_behind"):
        store.open()
    store.close()


# What goes wrong


def test_a_locked_database_is_busy(file, tmp_path):
    store = file()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "als.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), store.transaction():
        pass
    other.execute("ROLLBACK")
    other.close()
    with store.transaction() as tx:
        assert tx.processed.record_once("key", NOW)


def lock_it(store, first):
    with store.transaction() as tx:
        tx.connection.core.exec_driver_sql(first)
        tx.machines.lock_set("set")


def test_a_lock_that_takes_too_long_is_busy(postgres_database):
    migrate(postgres_database)
    with (
        SqlStore(postgres_database, plaintext=True) as one,
        SqlStore(postgres_database, plaintext=True) as two,
    ):
        with one.transaction() as tx:
            tx.machines.save(group())
        with one.transaction() as tx:
            tx.machines.lock_set("set")
            with pytest.raises(StoreBusy):
                lock_it(two, "SET LOCAL lock_timeout = 20")
        with two.transaction() as other:
            assert other.machines.lock_set("set") == group()


def test_a_lost_connection_is_busy_and_the_next_is_a_new_one(postgres_database):
    migrate(postgres_database)
    with SqlStore(postgres_database, plaintext=True) as store:

        def lose():
            with store.transaction() as tx:
                mine = tx.connection.core.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                with SqlStore(postgres_database, plaintext=True) as other, other.reading() as kill:
                    kill.connection.core.exec_driver_sql(f"SELECT pg_terminate_backend({mine})")
                tx.processed.record_once("key", NOW)

        with pytest.raises(StoreBusy):
            lose()
        with store.transaction() as tx:
            assert tx.processed.record_once("key", NOW)


def test_a_server_that_is_not_there_is_busy():
    store = SqlStore("postgresql://nobody@127.0.0.1:1/nothing", plaintext=True)
    with pytest.raises(StoreBusy), store.transaction():
        pass
    with pytest.raises(StoreFailed, match="no_connection") as caught:
        store.open()
    assert caught.value.__context__ is None, "one clear error"


def test_a_full_disk_keeps_what_was_and_nothing_of_the_event(file):
    store = file()
    with store.transaction() as tx:
        something_of_everything(tx)
    store.close()

    @event.listens_for(store.engine, "connect")
    def small(connection, record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    before = rows(store)

    def fill():
        with store.transaction() as tx:
            for i in range(1000):
                tx.texts.put(words(about=f"c{i}", text=CANARY * 20))

    with pytest.raises(StoreFull) as caught:
        fill()
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert rows(store) == before
    event.remove(store.engine, "connect", small)
    store.close()
    with store.transaction() as tx:
        tx.texts.put(words(about="later"))
    assert rows(store)["words"] == before["words"] + 1


@pytest.mark.parametrize("wrong", [{"author": None}, {"about": None}])
def test_errors_carry_no_words(process, wrong):
    store = process(plaintext=True)

    def fail():
        with store.transaction() as tx:
            tx.texts.put(replace(words(text=CANARY), **{"about": CANARY, **wrong}))

    with pytest.raises((StoreFailed, TypeError)) as caught:
        fail()
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert CANARY not in repr(caught.value)
    assert "words" in str(caught.value) or isinstance(caught.value, TypeError)
