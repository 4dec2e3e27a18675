from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.ports import Timer
from tests.store.factories import NOW, later


def timer(owner="session", name="close", turn=1, due=NOW):
    return Timer(owner, name, turn, due)


def test_a_timer_is_kept_and_replaced_by_its_name(store):
    with store.transaction() as tx:
        assert tx.timers.get("session", "close") is None
        tx.timers.set(timer())
        tx.timers.set(timer(turn=2, due=later(hours=1)))
        tx.timers.set(timer(name="nudge:ann"))
    with store.reading() as tx:
        assert tx.timers.get("session", "close") == timer(turn=2, due=later(hours=1))
        assert tx.timers.get("session", "nudge:ann") == timer(name="nudge:ann")


def test_timers_are_cleared_by_name_or_all_of_an_owner(store):
    with store.transaction() as tx:
        for owner in ("session", "meeting"):
            for name in ("close", "resume", "nudge:ann"):
                tx.timers.set(timer(owner, name))
        tx.timers.clear("session", "close")
        tx.timers.clear("session", "never set")
        tx.timers.clear_all("meeting")
    assert [(t.owner, t.name) for t in store.timers.due(NOW)] == [
        ("session", "nudge:ann"),
        ("session", "resume"),
    ]


def test_timers_come_due_the_longest_overdue_first(store):
    assert store.timers.next_due() is None
    with store.transaction() as tx:
        for minutes in (5, 1, 3, 9):
            tx.timers.set(timer(f"s{minutes}", due=later(minutes=minutes)))
    assert store.timers.next_due() == later(minutes=1)
    assert store.timers.due(later(minutes=1) - timedelta(microseconds=1)) == ()
    found = store.timers.due(later(minutes=5))
    assert [t.owner for t in found] == ["s1", "s3", "s5"]
    store.timers.give_back(found)
    assert [t.owner for t in store.timers.due(later(minutes=5), limit=2)] == ["s1", "s3"]


def test_a_timer_is_due_until_it_is_taken(store):
    with store.transaction() as tx:
        tx.timers.set(timer())
    for _ in range(2):
        found = store.timers.due(NOW)
        assert found == (timer(),)
        store.timers.give_back(found)
    with store.transaction() as tx:
        assert tx.timers.take(timer())
        assert not tx.timers.take(timer())
    assert store.timers.due(NOW) == ()
    assert store.timers.next_due() is None


def test_a_timer_that_was_set_anew_is_another(store):
    with store.transaction() as tx:
        tx.timers.set(timer())
        tx.timers.set(timer(turn=2))
        assert not tx.timers.take(timer())
        assert not tx.timers.take(timer(turn=2, due=later(minutes=1)))
        assert tx.timers.take(timer(turn=2))


def test_a_timer_that_was_left_is_not_asked_for_until_a_newer_process_had_its_time(store):
    with store.transaction() as tx:
        tx.timers.set(timer())
        tx.timers.set(timer("other", due=later(seconds=1)))
    (found,) = store.timers.due(NOW)
    store.timers.defer_to_newer(found, NOW)
    assert store.timers.next_due() == later(seconds=1)
    assert [t.owner for t in store.timers.due(later(seconds=1))] == ["other"]
    assert [t.owner for t in store.timers.due(later(seconds=60))][:1] == ["session"]


# Several workers on one PostgreSQL


def test_a_due_timer_goes_to_one_worker(workers):
    one, two = workers(), workers()
    with one.transaction() as tx:
        for number in range(6):
            tx.timers.set(timer(f"s{number}"))
    first, second = one.timers.due(NOW, limit=4), two.timers.due(NOW, limit=4)
    assert (len(first), len(second)) == (4, 2)
    assert not set(first) & set(second)
    assert one.timers.next_due() == two.timers.next_due() == later(seconds=60), (
        "nobody looks in vain"
    )


def test_a_worker_that_dies_loses_its_timers_after_a_minute(workers):
    one, two = workers(), workers()
    with one.transaction() as tx:
        tx.timers.set(timer())
    assert one.timers.due(NOW) == (timer(),)
    assert two.timers.due(later(seconds=59)) == ()
    assert two.timers.due(later(seconds=60)) == (timer(),)


def test_setting_a_timer_clears_its_lease(workers):
    one, two = workers(), workers()
    with one.transaction() as tx:
        tx.timers.set(timer())
    assert one.timers.due(NOW) == (timer(),)
    with two.transaction() as tx:
        tx.timers.set(timer(turn=2))
    one.timers.give_back([timer()])
    assert two.timers.due(NOW) == (timer(turn=2),)
    assert one.timers.due(NOW) == ()


def test_a_timer_that_a_worker_left_is_another_workers_at_once(workers):
    old, new = workers(), workers()
    with old.transaction() as tx:
        tx.timers.set(timer())
    old.timers.defer_to_newer(old.timers.due(NOW)[0], NOW)
    assert (old.timers.due(NOW), old.timers.next_due()) == ((), None)
    assert new.timers.due(NOW) == (timer(),)


def test_many_workers_at_once_share_the_timers(workers):
    stores = [workers() for _ in range(4)]
    with stores[0].transaction() as tx:
        for number in range(100):
            tx.timers.set(timer(f"s{number}"))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda store: store.timers.due(NOW, limit=30), stores))
    owners = [t.owner for timers in found for t in timers]
    assert len(owners) == len(set(owners))


# Together


def test_timers_that_are_due_are_taken_together_by_how_their_owners_begin(store):
    with store.transaction() as tx:
        for n in range(12):
            tx.timers.set(timer(f"digest:p{n:02}", "digest", due=later(minutes=n)))
        tx.timers.set(timer("digestive"))
        tx.timers.set(timer("session"))
    with store.transaction() as tx:
        got = tx.timers.take_due("digest:", later(minutes=9), 4)
        assert len(got) == 4
        got += tx.timers.take_due("digest:", later(minutes=9), 99)
        assert [t.owner for t in got] == [f"digest:p{n:02}" for n in range(10)]
        assert tx.timers.take_due("digest:", later(minutes=9), 99) == ()
    assert [t.owner for t in store.timers.due(later(minutes=9))] == ["digestive", "session"]
    assert store.timers.next_due() is not None


def test_what_one_process_is_taking_another_passes_over(process):
    one, two = process(), process()
    if not one.postgres:
        return  # SQLite has one writer, and the other would wait for it
    with one.transaction() as tx:
        for n in range(12):
            tx.timers.set(timer(f"digest:p{n:02}"))
    with one.transaction() as tx, two.transaction() as other:
        first = tx.timers.take_due("digest:", NOW, 5)
        rest = other.timers.take_due("digest:", NOW, 99)
        assert not {t.owner for t in first} & {t.owner for t in rest}
        assert len(first) + len(rest) == 12


def test_those_that_are_taken_together_are_told_of_and_not_leased(process):
    one, two = process(), process()
    with one.transaction() as tx:
        tx.timers.set(timer("digest:ann", "digest"))
        tx.timers.set(timer("session"))
    told = one.timers.due(NOW, shared_prefix="digest:")
    assert sorted(t.owner for t in told) == ["digest:ann", "session"]
    if one.postgres:
        assert [t.owner for t in two.timers.due(NOW)] == ["digest:ann"]
    with two.transaction() as tx:
        assert len(tx.timers.take_due("digest:", NOW, 9)) == (0 if one.postgres else 1), (
            "leased by two"
        )


def test_many_timers_are_set_as_a_few_are(store):
    with store.transaction() as tx:
        for n in range(20):
            tx.timers.set(timer(f"s{n:02}"))
    leased = store.timers.due(NOW)
    with store.transaction() as tx:
        for n in range(20):
            tx.timers.set(timer(f"s{n:02}", turn=2))
            tx.timers.set(timer(f"s{n:02}", turn=3))
        tx.timers.clear("s00", "close")
        tx.timers.clear_all("s01")
    again = store.timers.due(NOW)
    assert (len(leased), [t.turn for t in again]) == (20, [3] * 18), "a new timer has no lease"
