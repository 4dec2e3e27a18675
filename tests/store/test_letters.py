from datetime import timedelta

from bot.ports import Timer
from tests.store.made import NOW, later


def timer(owner="session", name="close", turn=1, due=NOW):
    return Timer(owner, name, turn, due)


def test_a_timer_is_kept_and_replaced_by_its_name(store):
    with store.transaction() as tx:
        assert tx.timer("session", "close") is None
        tx.set_timer(timer())
        tx.set_timer(timer(turn=2, due=later(hours=1)))
        tx.set_timer(timer(name="nudge:ann"))
    with store.reading() as tx:
        assert tx.timer("session", "close") == timer(turn=2, due=later(hours=1))
        assert tx.timer("session", "nudge:ann") == timer(name="nudge:ann")


def test_timers_are_cleared_by_name_or_all_of_an_owner(store):
    with store.transaction() as tx:
        for owner in ("session", "meeting"):
            for name in ("close", "resume", "nudge:ann"):
                tx.set_timer(timer(owner, name))
        tx.clear_timer("session", "close")
        tx.clear_timer("session", "never set")
        tx.clear_timers("meeting")
    assert [(t.owner, t.name) for t in store.due_timers(NOW)] == [
        ("session", "nudge:ann"),
        ("session", "resume"),
    ]


def test_timers_come_due_the_longest_overdue_first(store):
    assert store.next_timer() is None
    with store.transaction() as tx:
        for minutes in (5, 1, 3, 9):
            tx.set_timer(timer(f"s{minutes}", due=later(minutes=minutes)))
    assert store.next_timer() == later(minutes=1)
    assert [t.owner for t in store.due_timers(later(minutes=5))] == ["s1", "s3", "s5"]
    assert [t.owner for t in store.due_timers(later(minutes=5), limit=2)] == ["s1", "s3"]
    assert store.due_timers(later(minutes=1) - timedelta(microseconds=1)) == ()


def test_a_timer_is_due_until_it_is_cleared(store):
    with store.transaction() as tx:
        tx.set_timer(timer())
    assert store.due_timers(NOW) == store.due_timers(NOW) == (timer(),)
