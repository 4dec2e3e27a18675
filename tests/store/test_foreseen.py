"""What was foreseen is what the single question would be answered with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.method.actions import CheckIn
from bot.method.session import Session
from bot.method.terms import PersonId
from bot.ports import Posted
from tests.store.made import (
    HOME,
    NOW,
    THREAD,
    action,
    group,
    later,
    meeting,
    person,
    said,
    session,
    words,
)

PEOPLE = tuple(PersonId(name) for name in ("ann", "bob", "cem", "dee"))
TODAY = NOW.date()


@pytest.fixture
def full(store):
    with store.transaction() as tx:
        for name in PEOPLE[:3]:
            tx.save_person(person(name))
        for n, people in enumerate((("ann", "bob"), ("bob", "cem"), ("ann",))):
            tx.save(group(f"set{n}", people, over=n == 2))
            tx.set_home(f"set{n}", replace(HOME, conversation=f"c{n}"))
        tx.save(meeting())
        tx.save(session(entry=1))
        for n, owner in enumerate(("bob", "ann", "bob", "ann")):
            tx.save(action(f"a{n}", owner, settled=n == 3))
            tx.put_words(words("action", f"a{n}", f"do {n}"))
        for n in range(4):
            tx.save_contribution(
                said(f"c{n}", PEOPLE[n % 2], later(minutes=-n), entry=1, nudged=1, acted=n == 3)
            )
        for days, name in enumerate(("ann", "ann", "bob")):
            tx.note_nudge(PersonId(name), TODAY - timedelta(days=days), "digest")
    return store


def asked(tx):
    return [
        (
            tx.person(p),
            tx.actions_of(p),
            tx.actions_of(p, unsettled=False),
            tx.sets_of(p),
            tx.unanswered_nudges(p),
            [tx.nudges_on(p, TODAY - timedelta(days=d)) for d in range(4)],
            [tx.load(type(group()), id) for id in tx.sets_of(p)],
        )
        for p in PEOPLE
    ]


def test_it_is_what_the_single_questions_say(full):
    with full.reading() as tx:
        single = asked(tx)
    with full.reading() as tx:
        tx.prefetch([*PEOPLE, PEOPLE[0]], TODAY - timedelta(days=1))
        assert asked(tx) == single
    with full.reading() as tx:
        tx.prefetch(PEOPLE)
        assert asked(tx) == single
    assert single[1][1], "bob has something to do"


def test_it_is_read_in_one_go(full, monkeypatch):
    with full.reading() as tx:
        tx.prefetch(PEOPLE, TODAY)
        tx.prefetch_texts("action", ["a0", "a9"])
        monkeypatch.setattr(tx, "_all", None)
        for p in PEOPLE[:3]:
            tx.person(p), tx.actions_of(p), tx.unanswered_nudges(p), tx.nudges_on(p, TODAY)
            assert [tx.load(type(group()), id) is not None for id in tx.sets_of(p)]
        assert tx.words("action", "a0").parts == {"text": "do 0"}
        assert tx.words("action", "a9") is None


def test_what_the_transaction_changes_is_not_foreseen_any_more(full):
    with full.transaction() as tx:
        tx.prefetch(PEOPLE, TODAY - timedelta(days=1))
        tx.prefetch_texts("action", ["a0", "a1", "a2"])
        tx.save(action("a0", "bob", settled=True))
        tx.save(group("set3", ("cem",)))
        tx.set_home("set3", replace(HOME, conversation="c3"))
        tx.note_nudge(PEOPLE[0], TODAY, "last_call")
        tx.save_contribution(said("c0", "ann", NOW, entry=1, nudged=1, acted=True))
        tx.put_words(words("action", "a1", "do it well"))
        tx.erase_words("action", "a2")
        changed = asked(tx)
        assert [a.id for a in tx.actions_of(PEOPLE[1])] == ["a2"]
        assert tx.nudges_on(PEOPLE[0], TODAY) == ("digest", "last_call")
        assert tx.words("action", "a1").parts == {"text": "do it well"}
        assert tx.words("action", "a2") is None
    with full.reading() as tx:
        assert asked(tx) == changed


def test_what_is_read_under_a_lock_is_read_anew(process):
    one, two = process(), process()
    with one.transaction() as tx:
        tx.save_person(person("ann"))
        tx.save(group("set", ("ann",)))
    with one.transaction() as tx:
        tx.save(action("a0", "ann"))
    if not one.postgres:
        return
    with one.transaction() as tx:
        tx.prefetch([PEOPLE[0]])
        with two.transaction() as other:
            other.save(action("a0", "ann", settled=True))
        tx.lock_set("set")
        assert tx.actions_of(PEOPLE[0]) == ()


@pytest.mark.parametrize("settled", [False, True])
def test_held_actions_are_replaced_as_saved_ones_are(full, settled):
    checked = (CheckIn("due", TODAY, "sent"),)
    with full.transaction() as tx:
        held = tx.lock_actions(["a2", "a0", "a9", "a0"])
        assert sorted(held) == ["a0", "a2"]
        after = [replace(a, check_ins=checked, settled=settled) for a in held.values()]
        tx.save_locked(after)
        assert tx.action("a0") in after
    with full.reading() as tx:
        assert [tx.action("a0"), tx.action("a2")] == sorted(after, key=lambda a: a.id)
        assert tx.action("a1") == action("a1")
        assert len(tx.actions_of(PEOPLE[1])) == (0 if settled else 2)


def test_several_nudges_are_noted_in_their_order(full):
    with full.transaction() as tx:
        tx.note_nudges([(PEOPLE[2], TODAY, "digest"), (PEOPLE[2], TODAY, "last_call")])
        tx.note_nudges([])
        tx.save_locked([])
    with full.reading() as tx:
        assert tx.nudges_on(PEOPLE[2], TODAY) == ("digest", "last_call")


def test_what_is_foreseen_of_a_message_is_what_the_single_questions_answer(store):
    thread = replace(THREAD, thread="root")
    with store.transaction() as tx:
        tx.save_person(person())
        tx.save_posted(Posted("session/session", HOME, "root", NOW))
    for new in (True, False):
        with store.transaction() as tx:
            tx.prefetch_message("typed/1", "gone/1", NOW, thread, person().address)
            assert tx.record_once("typed/1", NOW) is new
            assert tx.card_at(HOME, "root") == "session/session"
            assert tx.person_at(person().address) == person()
            assert not tx.record_once("typed/1", NOW), "it is noted by now, whoever asks"


def test_what_is_foreseen_of_nobody_and_nowhere_is_nothing(store):
    with store.transaction() as tx:
        tx.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.record_once("typed/1", NOW)
        assert tx.card_at(THREAD, THREAD.thread) is None
        assert tx.person_at(person().address) is None
        tx.save_person(person())
        assert tx.person_at(person().address) == person()


def test_a_message_whose_transaction_fails_is_new_again(store):
    with pytest.raises(ZeroDivisionError):
        fail_after(store)
    with store.transaction() as tx:
        tx.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.record_once("typed/1", NOW)


def fail_after(store):
    with store.transaction() as tx:
        tx.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.record_once("typed/1", NOW)
        raise ZeroDivisionError


def test_a_session_that_is_read_along_is_read_under_the_lock(store):
    with store.transaction() as tx:
        tx.save(group())
        tx.save(session())
    with store.transaction() as tx:
        assert tx.lock_set("set", "session") == group()
        assert tx.load(Session, "session") == session()
    with store.transaction() as tx:
        assert tx.lock_set("set", "nowhere") == group()
        assert tx.load(Session, "nowhere") is None
        assert tx.lock_set("nowhere", "session") is None
