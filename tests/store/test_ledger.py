"""What somebody had erased is erased again after a restore; what they wrote later stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.method.terms import PersonId, SetId
from bot.ports import Erased, UserText
from tests.store.factories import NOW

ONE = UserText("log", "entry-1", SetId("set-1"), PersonId("ana"), {"text": "what I learned"}, NOW)


def put(store, *words):
    with store.transaction() as tx:
        for one in words:
            tx.texts.put(one)


def said(store, one=ONE):
    with store.reading() as tx:
        found = tx.texts.get(one.kind, one.about)
        return found.parts["text"] if found else None


def test_what_is_erased_is_noted_by_its_ids(store):
    put(store, ONE)
    with store.transaction() as tx:
        tx.texts.erase("log", "entry-1")
        tx.texts.erase("log", "never-there")
    assert list(store.ledger.entries()) == [Erased("log", "entry-1", NOW)]


def test_so_is_what_a_person_leaves_behind(store):
    put(store, ONE, replace(ONE, about="entry-2"), replace(ONE, about="x", author=PersonId("bo")))
    with store.transaction() as tx:
        tx.texts.erase_person(SetId("set-1"), PersonId("ana"))
    assert {e.about for e in store.ledger.entries()} == {"entry-1", "entry-2"}


def test_a_restored_backup_loses_it_again(process):
    store, restored = process(), process()
    put(store, ONE)
    with store.transaction() as tx:
        tx.texts.erase("log", "entry-1")
    ledger = list(store.ledger.entries())
    put(restored, ONE)  # as it came out of the backup
    assert restored.ledger.erase_again(ledger) == 1
    assert said(restored) is None
    assert restored.ledger.erase_again(ledger) == 0


def test_what_was_written_later_under_the_same_ids_stays(store):
    put(store, ONE)
    with store.transaction() as tx:
        tx.texts.erase("log", "entry-1")
    put(store, replace(ONE, parts={"text": "anew"}, at=NOW + timedelta(hours=1)))
    assert store.ledger.erase_again(list(store.ledger.entries())) == 0
    assert said(store) == "anew"


def test_an_erasure_that_is_taken_back_is_not_noted(store):
    put(store, ONE)
    try:
        with store.transaction() as tx:
            tx.texts.erase("log", "entry-1")
            raise KeyError
    except KeyError:
        pass
    assert list(store.ledger.entries()) == []
    assert said(store) == "what I learned"


def test_the_ledger_goes_when_no_backup_can_be_older(store):
    put(store, ONE)
    with store.transaction() as tx:
        tx.texts.erase("log", "entry-1")
    store.maintenance.run_retention(NOW)
    store.maintenance.run_retention(NOW + timedelta(days=399))
    assert len(list(store.ledger.entries())) == 1
    store.maintenance.run_retention(NOW + timedelta(days=401))
    assert list(store.ledger.entries()) == []


def test_a_long_ledger_is_read_page_by_page(store):
    many = [replace(ONE, about=f"entry-{n:04}") for n in range(1201)]
    put(store, *many)
    with store.transaction() as tx:
        for one in many:
            tx.texts.erase(one.kind, one.about)
    assert [e.about for e in store.ledger.entries()] == [one.about for one in many]
