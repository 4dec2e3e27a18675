"""What was foreseen is what the single question would be answered with."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.method.actions import CheckIn
from bot.method.terms import PersonId
from bot.ports import Posted
from tests.store.factories import (
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
            tx.people.save(person(name))
        for n, people in enumerate((("ann", "bob"), ("bob", "cem"), ("ann",))):
            tx.machines.save(group(f"set{n}", people, over=n == 2))
            tx.sets.set_home(f"set{n}", replace(HOME, conversation=f"c{n}"))
        tx.machines.save(meeting())
        tx.machines.save(session(entry=1))
        for n, owner in enumerate(("bob", "ann", "bob", "ann")):
            tx.machines.save(action(f"a{n}", owner, settled=n == 3))
            tx.texts.put(words("action", f"a{n}", f"do {n}"))
        for n in range(4):
            tx.contributions.save(
                said(f"c{n}", PEOPLE[n % 2], later(minutes=-n), entry=1, nudged=1, acted=n == 3)
            )
        for days, name in enumerate(("ann", "ann", "bob")):
            tx.nudges.record(PersonId(name), TODAY - timedelta(days=days), "digest")
    return store


def asked(tx):
    return [
        (
            tx.people.get(p),
            tx.actions.of_owner(p),
            tx.actions.of_owner(p, unsettled=False),
            tx.sets.of_person(p),
            tx.contributions.unanswered_nudges(p),
            [tx.nudges.on_day(p, TODAY - timedelta(days=d)) for d in range(4)],
            [tx.machines.load(type(group()), id) for id in tx.sets.of_person(p)],
        )
        for p in PEOPLE
    ]


def test_it_is_what_the_single_questions_say(full):
    with full.reading() as tx:
        single = asked(tx)
    with full.reading() as tx:
        tx.prefetch.for_digests([*PEOPLE, PEOPLE[0]], TODAY - timedelta(days=1))
        assert asked(tx) == single
    with full.reading() as tx:
        tx.prefetch.for_digests(PEOPLE)
        assert asked(tx) == single
    assert single[1][1], "bob has something to do"


def test_it_is_read_in_one_go(full, monkeypatch):
    with full.reading() as tx:
        tx.prefetch.for_digests(PEOPLE, TODAY)
        tx.prefetch.texts("action", ["a0", "a9"])
        monkeypatch.setattr(tx.connection, "fetch_all", None)
        for p in PEOPLE[:3]:
            (
                tx.people.get(p),
                tx.actions.of_owner(p),
                tx.contributions.unanswered_nudges(p),
                tx.nudges.on_day(p, TODAY),
            )
            assert [tx.machines.load(type(group()), id) is not None for id in tx.sets.of_person(p)]
        assert tx.texts.get("action", "a0").parts == {"text": "do 0"}
        assert tx.texts.get("action", "a9") is None


def test_what_the_transaction_changes_is_not_foreseen_any_more(full):
    with full.transaction() as tx:
        tx.prefetch.for_digests(PEOPLE, TODAY - timedelta(days=1))
        tx.prefetch.texts("action", ["a0", "a1", "a2"])
        tx.machines.save(action("a0", "bob", settled=True))
        tx.machines.save(group("set3", ("cem",)))
        tx.sets.set_home("set3", replace(HOME, conversation="c3"))
        tx.nudges.record(PEOPLE[0], TODAY, "last_call")
        tx.contributions.save(said("c0", "ann", NOW, entry=1, nudged=1, acted=True))
        tx.texts.put(words("action", "a1", "do it well"))
        tx.texts.erase("action", "a2")
        changed = asked(tx)
        assert [a.id for a in tx.actions.of_owner(PEOPLE[1])] == ["a2"]
        assert tx.nudges.on_day(PEOPLE[0], TODAY) == ("digest", "last_call")
        assert tx.texts.get("action", "a1").parts == {"text": "do it well"}
        assert tx.texts.get("action", "a2") is None
    with full.reading() as tx:
        assert asked(tx) == changed


def test_what_is_read_under_a_lock_is_read_anew(process):
    one, two = process(), process()
    with one.transaction() as tx:
        tx.people.save(person("ann"))
        tx.machines.save(group("set", ("ann",)))
    with one.transaction() as tx:
        tx.machines.save(action("a0", "ann"))
    if not one.postgres:
        return
    with one.transaction() as tx:
        tx.prefetch.for_digests([PEOPLE[0]])
        with two.transaction() as other:
            other.machines.save(action("a0", "ann", settled=True))
        tx.machines.lock_set("set")
        assert tx.actions.of_owner(PEOPLE[0]) == ()


@pytest.mark.parametrize("settled", [False, True])
def test_held_actions_are_replaced_as_saved_ones_are(full, settled):
    checked = (CheckIn("due", TODAY, "sent"),)
    with full.transaction() as tx:
        held = tx.actions.lock_actions(["a2", "a0", "a9", "a0"])
        assert sorted(held) == ["a0", "a2"]
        after = [replace(a, check_ins=checked, settled=settled) for a in held.values()]
        tx.actions.save_locked(after)
        assert tx.actions.get("a0") in after
    with full.reading() as tx:
        assert [tx.actions.get("a0"), tx.actions.get("a2")] == sorted(after, key=lambda a: a.id)
        assert tx.actions.get("a1") == action("a1")
        assert len(tx.actions.of_owner(PEOPLE[1])) == (0 if settled else 2)


def test_several_nudges_are_noted_in_their_order(full):
    with full.transaction() as tx:
        tx.nudges.record_many([(PEOPLE[2], TODAY, "digest"), (PEOPLE[2], TODAY, "last_call")])
        tx.nudges.record_many([])
        tx.actions.save_locked([])
    with full.reading() as tx:
        assert tx.nudges.on_day(PEOPLE[2], TODAY) == ("digest", "last_call")


def test_what_is_foreseen_of_a_message_is_what_the_single_questions_answer(store):
    thread = replace(THREAD, thread="root")
    with store.transaction() as tx:
        tx.people.save(person())
        tx.cards.save(Posted("session/session", HOME, "root", NOW))
    for new in (True, False):
        with store.transaction() as tx:
            tx.prefetch.prefetch_message("typed/1", "gone/1", NOW, thread, person().address)
            assert tx.processed.record_once("typed/1", NOW) is new
            assert tx.cards.key_at(HOME, "root") == "session/session"
            assert tx.people.at(person().address) == person()
            assert not tx.processed.record_once("typed/1", NOW), "it is noted by now, whoever asks"


def test_what_is_foreseen_of_nobody_and_nowhere_is_nothing(store):
    with store.transaction() as tx:
        tx.prefetch.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.processed.record_once("typed/1", NOW)
        assert tx.cards.key_at(THREAD, THREAD.thread) is None
        assert tx.people.at(person().address) is None
        tx.people.save(person())
        assert tx.people.at(person().address) == person()


def test_a_message_whose_transaction_fails_is_new_again(store):
    with pytest.raises(ZeroDivisionError):
        fail_after(store)
    with store.transaction() as tx:
        tx.prefetch.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.processed.record_once("typed/1", NOW)


def fail_after(store):
    with store.transaction() as tx:
        tx.prefetch.prefetch_message("typed/1", "gone/1", NOW, THREAD, person().address)
        assert tx.processed.record_once("typed/1", NOW)
        raise ZeroDivisionError
