from dataclasses import replace
from datetime import date

import pytest

from bot.method.terms import Address
from bot.worktime import Hours
from tests.store.factories import NOW, person


def test_a_person_comes_back_as_kept(store):
    hours = Hours("Pacific/Auckland", 600, 1440, (6, 0), "NZ", ((date(2026, 1, 1),) * 2,))
    ann = person(hours=hours, nudges=False, paused_until=date(2026, 2, 3), follows=False)
    with store.transaction() as tx:
        tx.people.save(ann)
        assert tx.people.get("ann") == ann
    with store.reading() as tx:
        assert tx.people.get("ann") == ann
        assert tx.people.get("bob") is None


def test_a_saved_person_replaces_the_old_one(store):
    with store.transaction() as tx:
        tx.people.save(person())
    with store.transaction() as tx:
        tx.people.get("ann")
        tx.people.save(replace(person(), name="Anna"))
        assert tx.people.get("ann").name == "Anna"
    with store.reading() as tx:
        assert tx.people.get("ann").name == "Anna"


def test_a_person_is_found_by_address_without_reach(store):
    with store.transaction() as tx:
        tx.people.save(person())
    with store.reading() as tx:
        assert tx.people.at(Address("web", "one", "ann", "elsewhere")) == person()
        assert tx.people.at(Address("web", "one", "bob")) is None
        assert tx.people.at(Address("slack", "one", "ann")) is None


def test_the_same_user_of_another_installation_is_another_person(store):
    here, there = person("here", "u1", "one"), person("there", "u1", "two")
    with store.transaction() as tx:
        tx.people.save(here)
        tx.people.save(there)
    with store.reading() as tx:
        assert tx.people.at(here.address) == here
        assert tx.people.at(there.address) == there


@pytest.mark.parametrize("known_before", [True, False])
def test_many_people_at_once(store, known_before):
    everyone = [person(f"p{i}") for i in range(1200)]
    with store.transaction() as tx:
        for one in everyone[:1100]:
            tx.people.save(one)
    with store.reading() as tx:
        if known_before:
            tx.people.get("p7")
        found = tx.people.get_many([*(p.id for p in everyone), "p7"])
    assert found == {p.id: p for p in everyone[:1100]}


def test_a_key_is_new_once(store):
    with store.transaction() as tx:
        assert not tx.processed.is_recorded("message/1")
        assert tx.processed.record_once("message/1", NOW)
        assert tx.processed.is_recorded("message/1")
        assert not tx.processed.record_once("message/1", NOW)
    with store.transaction() as tx:
        assert not tx.processed.record_once("message/1", NOW)
        assert tx.processed.record_once("message/2", NOW)


def test_a_key_may_be_very_long(store):
    with store.transaction() as tx:
        assert tx.processed.record_once("x" * 5000 + "1", NOW)
        assert tx.processed.record_once("x" * 5000 + "2", NOW)
        assert not tx.processed.record_once("x" * 5000 + "1", NOW)
        assert tx.processed.is_recorded("x" * 5000 + "2")


def test_sent_nudges_are_counted_by_person_and_day(store):
    monday, tuesday = date(2026, 1, 5), date(2026, 1, 6)
    with store.transaction() as tx:
        tx.nudges.record("ann", monday, "digest")
        tx.nudges.record("ann", monday, "last_call")
        tx.nudges.record("ann", tuesday, "digest")
    with store.reading() as tx:
        assert tx.nudges.on_day("ann", monday) == ("digest", "last_call")
        assert tx.nudges.on_day("ann", tuesday) == ("digest",)
        assert tx.nudges.on_day("bob", monday) == ()
