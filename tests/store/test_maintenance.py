"""The daily round (method.md §8), heartbeats, counts, keys."""

from dataclasses import replace
from datetime import date

import pytest

from bot.ports import Timer
from store import StoreRefused, new_key
from tests.store.conftest import KEY
from tests.store.factories import (
    LANE,
    NOW,
    THREAD,
    action,
    group,
    later,
    meeting,
    person,
    put,
    said,
    session,
    words,
)


def kept(store, *names):
    with store.reading() as tx:
        return [f"{kind}/{about}" for kind, about in names if tx.texts.get(kind, about)]


def test_keys_letters_and_nudges_go_after_eight_days(store):
    with store.transaction() as tx:
        tx.processed.record_once("old", NOW)
        tx.processed.record_once("new", later(days=1))
        for i, at in enumerate((NOW, NOW, NOW, NOW, later(days=1))):
            put(tx, f"card{i}", at=at)
        tx.nudges.record("ann", date(2026, 1, 5), "digest")
        tx.nudges.record("ann", date(2026, 1, 6), "digest")
    found = store.outbox.claim("w", later(days=1), 60)
    sent, dropped, parked, waiting, newer = found.outbox_messages
    store.outbox.mark_sent([sent], NOW)
    store.outbox.drop(dropped, "stale")
    store.outbox.park(parked, "too_long")
    store.outbox.postpone(waiting, later(days=30))
    store.outbox.mark_sent([newer], NOW)
    store.outbox.release([found])
    done = store.maintenance.run_retention(later(days=8, hours=1))
    assert (done["seen"], done["letters"], done["parked"], done["nudges"]) == (1, 2, 0, 0)
    with store.reading() as tx:
        assert not tx.processed.is_recorded("old")
        assert tx.processed.is_recorded("new")
    counts = store.maintenance.counts()
    assert [counts[f"letters_{s}"] for s in ("waiting", "sent", "parked")] == [1, 1, 1]
    assert store.maintenance.run_retention(later(days=9, hours=1))["nudges"] == 1
    assert store.maintenance.run_retention(later(days=91))["parked"] == 1


def test_the_round_goes_on_until_nothing_is_left(store):
    with store.transaction() as tx:
        for i in range(1200):
            tx.processed.record_once(f"k{i}", NOW)
    assert store.maintenance.run_retention(later(days=9))["seen"] == 1200


def test_words_go_ninety_days_after_their_session_closed(store):
    of_session = [("issue", "session"), ("no_action", "session"), ("said", "c1")]
    of_meeting = [("report", "meeting:ann"), ("reflection", "meeting:ann"), ("said", "c2")]
    others = [("issue", "open"), ("said", "c3"), ("action", "action"), ("log", "l1")]
    with store.transaction() as tx:
        tx.machines.save(session(over=True))
        tx.machines.save(session("open"))
        tx.machines.save(meeting(over=True))
        tx.machines.save(action())
        tx.contributions.save(said("c1"))
        tx.contributions.save(said("c2", session="meeting"))
        tx.contributions.save(said("c3", session="open"))
        for kind, about in (*of_session, *of_meeting, *others):
            tx.texts.put(words(kind, about))
    assert store.maintenance.run_retention(NOW)["words"] == 0
    assert store.maintenance.run_retention(later(days=89))["words"] == 0
    assert len(kept(store, *of_session, *of_meeting, *others)) == 10
    assert store.maintenance.run_retention(later(days=90))["words"] == 6
    assert kept(store, *of_session, *of_meeting) == []
    assert len(kept(store, *others)) == 4
    assert store.maintenance.run_retention(later(days=200))["words"] == 0


def test_the_words_of_an_action_go_thirty_days_after_it_was_settled(store):
    with store.transaction() as tx:
        tx.machines.save(action(settled=True))
        tx.texts.put(words("action", "action"))
        tx.texts.put(words("check_in", "action"))
    store.maintenance.run_retention(NOW)
    assert store.maintenance.run_retention(later(days=29))["words"] == 0
    assert store.maintenance.run_retention(later(days=30))["words"] == 2


def test_an_action_that_is_taken_up_again_keeps_its_words(store):
    with store.transaction() as tx:
        tx.machines.save(action(settled=True))
        tx.texts.put(words("action", "action"))
    store.maintenance.run_retention(NOW)
    with store.transaction() as tx:
        tx.machines.save(action(settled=False))
    assert store.maintenance.run_retention(later(days=40))["words"] == 0
    with store.transaction() as tx:
        tx.machines.save(action(settled=True))
    assert store.maintenance.run_retention(later(days=41))["words"] == 0
    assert store.maintenance.run_retention(later(days=71))["words"] == 1


def test_all_words_of_a_set_go_thirty_days_after_it_ended(store):
    with store.transaction() as tx:
        tx.machines.save(group(over=True))
        tx.texts.put(words("issue", "session"))
        tx.texts.put(words("set", "set"))
        tx.texts.put(words("draft", "set/ann"))
        tx.texts.put(words("said", "theirs", set="other"))
    store.maintenance.run_retention(NOW)
    assert store.maintenance.run_retention(later(days=29))["words"] == 0
    assert store.maintenance.run_retention(later(days=30))["words"] == 3
    assert kept(store, ("said", "theirs")) == ["said/theirs"]


def test_nudge_records_go_when_the_session_is_over(store):
    with store.transaction() as tx:
        tx.machines.save(session())
        tx.contributions.save(said(nudged=2, acted=True), THREAD, "m1")
    store.maintenance.run_retention(NOW)
    with store.reading() as tx:
        assert tx.contributions.get("c1").nudged == 2
    with store.transaction() as tx:
        tx.machines.save(session(over=True))
    store.maintenance.run_retention(NOW)
    with store.reading() as tx:
        assert tx.contributions.get("c1") == said()
        assert tx.contributions.at_message(THREAD, "m1") == said()


def test_heartbeats(store):
    assert store.maintenance.heartbeats() == {}
    store.maintenance.heartbeat("courier", NOW)
    store.maintenance.heartbeat("scheduler", NOW)
    store.maintenance.heartbeat("courier", later(seconds=5))
    assert store.maintenance.heartbeats() == {"courier": later(seconds=5), "scheduler": NOW}


def test_counts_hold_numbers_and_no_words(store):
    with store.transaction() as tx:
        tx.people.save(person())
        tx.machines.save(group())
        tx.texts.put(words())
        tx.timers.set(Timer("session", "close", 1, NOW))
        put(tx, "card", lane=LANE)
    counts = store.maintenance.counts()
    expected = {"person": 1, "learning_set": 1, "words": 1, "timer": 1, "letters_waiting": 1}
    assert {name: n for name, n in counts.items() if n} == expected
    assert all(isinstance(n, int) for n in counts.values())


def test_a_new_key_reads_old_words_and_rotation_writes_them_anew(process):
    old, new = process(), new_key()
    with old.transaction() as tx:
        for i in range(7):
            tx.texts.put(words(about=f"c{i}", text=f"text {i}"))
    both = process(keys=[new, KEY])
    with both.transaction() as tx:
        tx.texts.put(words(about="new", text="new"))
        assert tx.texts.get("said", "c3").parts == {"text": "text 3"}
    assert both.maintenance.rotate_keys(limit=3) == 7
    assert both.maintenance.rotate_keys(limit=3) == 0
    only_new = process(keys=[new])
    with only_new.reading() as tx:
        assert tx.texts.get("said", "c6").parts == {"text": "text 6"}
        assert tx.texts.get("said", "c6") == replace(words(about="c6"), parts={"text": "text 6"})
    with pytest.raises(StoreRefused, match="wrong_key"), old.reading() as tx:
        tx.texts.get("said", "c3")


def test_words_kept_in_plain_are_encrypted_by_rotation(process):
    plain = process(plaintext=True)
    with plain.transaction() as tx:
        tx.texts.put(words(text="How so?"))
    keyed = process(keys=[KEY])
    assert keyed.maintenance.rotate_keys() == 1
    with keyed.reading() as tx:
        assert tx.texts.get("said", "c1") == words(text="How so?")
    with pytest.raises(StoreRefused, match="wrong_key"), plain.reading() as tx:
        tx.texts.get("said", "c1")
