"""Several transactions kept by one commit on SQLite: each whole, or not there at all."""

import pytest
from sqlalchemy import event

from bot.ports import StoreFull, Timer
from store import SqlStore
from tests.store.factories import FORMAT, NOW, group, later, said, session, words


class Commits:
    """How often SQLite was told to commit."""

    def __init__(self, store):
        self.count = 0
        store.close()
        event.listen(store.engine, "connect", self.listen)

    def listen(self, connection, record):
        connection.set_trace_callback(self.heard)

    def heard(self, statement):
        self.count += statement == "COMMIT"


def timers(store):
    return {timer.owner for timer in store.timers.due(later(days=1))}


def timer(owner):
    return Timer(owner, "close", 1, NOW)


def test_many_transactions_are_one_commit(file):
    store = file()
    commits = Commits(store)
    with store.group_commit():
        for owner in ("a", "b", "c"):
            with store.transaction() as tx:
                tx.timers.set(timer(owner))
        assert commits.count == 0
    assert commits.count == 1
    assert timers(store) == {"a", "b", "c"}


def fail(store):
    with store.transaction() as tx:
        tx.timers.set(timer("b"))
        assert tx.timers.get("b", "close") is not None
        raise ZeroDivisionError


def test_a_part_that_fails_leaves_nothing_and_the_others_are_kept(file):
    store = file()
    with store.group_commit():
        with store.transaction() as tx:
            tx.timers.set(timer("a"))
        with pytest.raises(ZeroDivisionError):
            fail(store)
        with store.transaction() as tx:
            assert tx.timers.get("b", "close") is None
            tx.timers.set(timer("c"))
    assert timers(store) == {"a", "c"}


def test_a_part_sees_what_the_parts_before_it_wrote_and_so_does_reading(file):
    store = file()
    with store.group_commit():
        with store.transaction() as tx:
            tx.machines.save(group())
            tx.machines.save(session())
        with store.reading() as tx:
            assert tx.sets.owner_of("session") == "set"
        with store.transaction() as tx:
            tx.contributions.save(said())
            assert tx.sets.owner_of("c1") == "set"


def test_nothing_is_kept_when_the_whole_ends_badly(file):
    store = file()

    def end_badly():
        with store.group_commit():
            with store.transaction() as tx:
                tx.machines.save(group())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_badly()
    with store.reading() as tx:
        assert tx.sets.all() == ()
    # Nothing of it is remembered either: the format is written again, not only thought to be.
    with store.transaction() as tx:
        tx.machines.save(group())
    store.shared.formats.clear()
    with store.reading() as tx:
        assert tx.machines.load(type(group()), "set").format == FORMAT


def test_a_full_disk_keeps_none_of_them_and_says_so(file):
    store = file()
    with store.transaction() as tx:
        tx.timers.set(timer("before"))
    store.close()

    @event.listens_for(store.engine, "connect")
    def small(connection, record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    def write(owner, much=1):
        with store.transaction() as tx:
            tx.timers.set(timer(owner))
            for i in range(much):
                tx.texts.put(words(about=f"{owner}{i}", text="much " * 200))

    def all_three():
        with store.group_commit():
            write("a")
            with pytest.raises(StoreFull):
                write("b", 1000)
            # SQLite has given up all of it by now: this one would be kept by itself.
            with pytest.raises(StoreFull):
                write("c")

    with pytest.raises(StoreFull):
        all_three()
    assert timers(store) == {"before"}
    with store.transaction() as tx:
        tx.timers.set(timer("after"))
    assert timers(store) == {"before", "after"}


def test_a_group_waits_for_the_writer_like_any_other(file):
    store = file()
    with store.transaction(), pytest.raises(AssertionError, match="nest"), store.group_commit():
        raise NotImplementedError


def test_it_is_for_sqlite_alone(postgres_database):
    store = SqlStore(postgres_database, plaintext=True)
    with pytest.raises(AssertionError), store.group_commit():
        raise NotImplementedError
